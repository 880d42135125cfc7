/**
 * Settings: one table, read from the environment. An unknown TOCSIN_* variable is an error with a
 * suggestion, because a misspelt one would pass for unset.
 */
import { LIMITS } from '#kernel/limits.ts';
import { findNearest } from '#kernel/syntax/nearest.ts';
import { type Cidr, parseCidrs } from '#platform/http/address-guard.ts';
import { LOG_LEVELS, type LogLevel } from '#platform/logger.ts';
import { type MasterKey, parseMasterKeys } from '#platform/secret-box.ts';

export const SETTINGS = {
  TOCSIN_HOST: { says: 'Address to listen on.', otherwise: '`127.0.0.1`' },
  TOCSIN_PORT: {
    says: 'Port to listen on; 0 picks a free one and prints it.',
    otherwise: '`8470`',
  },
  TOCSIN_DATA_DIR: { says: 'Embedded database and generated keys.', otherwise: '`./data`' },
  DATABASE_URL: {
    says: 'An outside PostgreSQL (15 or later) instead of the embedded one.',
    otherwise: 'embedded',
  },
  TOCSIN_DATABASE_DIRECT_URL: {
    says: 'A direct connection for LISTEN when `DATABASE_URL` goes through a pooler.',
    otherwise: '`DATABASE_URL`',
  },
  TOCSIN_ROLES: {
    says: 'What this process does: comma list of `api`, `worker`.',
    otherwise: '`api,worker`',
  },
  TOCSIN_PUBLIC_URL: { says: 'Base of links in messages.', otherwise: '`http://HOST:PORT`' },
  TOCSIN_MASTER_KEY: {
    says: '`kid:base64(32 bytes)`, comma-separated; the first seals.',
    otherwise: 'made into the data dir',
  },
  TOCSIN_ADMIN_KEY: {
    says: 'Admin key of all projects, 32 characters or more.',
    otherwise: 'made into the data dir',
  },
  TOCSIN_ALLOW_PRIVATE_TARGETS: {
    says: 'CIDRs that requests may reach although private.',
    otherwise: 'none',
  },
  TOCSIN_PUBLIC_METRICS: { says: '`/metrics` without a key.', otherwise: '`false`' },
  TOCSIN_PUBLIC_DOCS: {
    says: '`/docs` and `/openapi.json` without a key.',
    otherwise: '`false`',
  },
  TOCSIN_LOG: { says: '`debug`, `info`, `warn` or `error`.', otherwise: '`info`' },
  TOCSIN_CONFIG: {
    says: 'A YAML file applied at every start, as by `tocsin apply`.',
    otherwise: 'none',
  },
  TOCSIN_URL: { says: 'For the CLI: which hub.', otherwise: 'local hub' },
  TOCSIN_API_KEY: { says: 'For the CLI: which key.', otherwise: "the data dir's" },
} as const satisfies Readonly<Record<string, { says: string; otherwise: string }>>;

export type Role = 'api' | 'worker';

export type Config = {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly databaseUrl: string | null;
  readonly databaseDirectUrl: string | null;
  readonly roles: readonly Role[];
  /** Null: made of the address that is listened on. */
  readonly publicUrl: string | null;
  /** Null: generated into the data dir. */
  readonly masterKeys: readonly MasterKey[] | null;
  readonly adminKey: string | null;
  readonly allowedCidrs: readonly Cidr[];
  readonly isMetricsPublic: boolean;
  readonly isDocsPublic: boolean;
  readonly logLevel: LogLevel;
  /** Applied before the hub listens; null: none. */
  readonly configFile: string | null;
};

export type ConfigReading =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly errors: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

export function parseConfig(env: Environment): ConfigReading {
  const errors: string[] = findUnknown(env);
  const text = (name: keyof typeof SETTINGS): string | null => {
    const value = env[name]?.trim();
    return value === undefined || value === '' ? null : value;
  };
  const fail = <T>(name: keyof typeof SETTINGS, why: string, instead: T): T => {
    errors.push(`${name} ${why}. ${SETTINGS[name].says}`);
    return instead;
  };
  const config: Config = {
    host: text('TOCSIN_HOST') ?? '127.0.0.1',
    port: readPort(text('TOCSIN_PORT'), fail),
    dataDir: text('TOCSIN_DATA_DIR') ?? './data',
    databaseUrl: readPostgresUrl('DATABASE_URL', text('DATABASE_URL'), fail),
    databaseDirectUrl: readPostgresUrl(
      'TOCSIN_DATABASE_DIRECT_URL',
      text('TOCSIN_DATABASE_DIRECT_URL'),
      fail,
    ),
    roles: readRoles(text('TOCSIN_ROLES'), fail),
    publicUrl: readPublicUrl(text('TOCSIN_PUBLIC_URL'), fail),
    masterKeys: readMasterKeys(text('TOCSIN_MASTER_KEY'), fail),
    adminKey: readAdminKey(text('TOCSIN_ADMIN_KEY'), fail),
    allowedCidrs: readCidrs(text('TOCSIN_ALLOW_PRIVATE_TARGETS'), fail),
    isMetricsPublic: readBoolean('TOCSIN_PUBLIC_METRICS', text('TOCSIN_PUBLIC_METRICS'), fail),
    isDocsPublic: readBoolean('TOCSIN_PUBLIC_DOCS', text('TOCSIN_PUBLIC_DOCS'), fail),
    logLevel: readLogLevel(text('TOCSIN_LOG'), fail),
    configFile: text('TOCSIN_CONFIG'),
  };
  return errors.length > 0 ? { ok: false, errors } : { ok: true, config };
}

type Fail = <T>(name: keyof typeof SETTINGS, why: string, instead: T) => T;

const PORT_MAX = 65_535;

function readPort(text: string | null, fail: Fail): number {
  if (text === null) return 8470;
  const port = Number(text);
  const isPort = /^\d+$/.test(text) && port <= PORT_MAX;
  return isPort ? port : fail('TOCSIN_PORT', `must be a number from 0 to ${PORT_MAX}`, 0);
}

function readPostgresUrl(
  name: 'DATABASE_URL' | 'TOCSIN_DATABASE_DIRECT_URL',
  text: string | null,
  fail: Fail,
): string | null {
  if (text === null) return null;
  const isUrl = /^postgres(ql)?:\/\//.test(text) && URL.canParse(text);
  return isUrl ? text : fail(name, 'must look like postgres://user:password@host:5432/name', null);
}

function readRoles(text: string | null, fail: Fail): readonly Role[] {
  if (text === null) return ['api', 'worker'];
  const roles = text.split(',').map((role) => role.trim());
  const known = roles.filter((role): role is Role => role === 'api' || role === 'worker');
  if (known.length === roles.length) return [...new Set(known)];
  return fail('TOCSIN_ROLES', 'knows only api and worker', []);
}

function readPublicUrl(text: string | null, fail: Fail): string | null {
  if (text === null) return null;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    return fail('TOCSIN_PUBLIC_URL', 'must be an http or https URL', null);
  }
  return text.replace(/\/+$/, '');
}

function readMasterKeys(text: string | null, fail: Fail): readonly MasterKey[] | null {
  if (text === null) return null;
  const reading = parseMasterKeys(text);
  return reading.ok ? reading.keys : fail('TOCSIN_MASTER_KEY', reading.message, null);
}

function readAdminKey(text: string | null, fail: Fail): string | null {
  if (text === null || text.length >= LIMITS.adminKeyCharsMin) return text;
  return fail('TOCSIN_ADMIN_KEY', `needs ${LIMITS.adminKeyCharsMin} characters or more`, null);
}

function readCidrs(text: string | null, fail: Fail): readonly Cidr[] {
  if (text === null) return [];
  const reading = parseCidrs(text);
  return reading.ok ? reading.cidrs : fail('TOCSIN_ALLOW_PRIVATE_TARGETS', reading.message, []);
}

function readBoolean(
  name: 'TOCSIN_PUBLIC_METRICS' | 'TOCSIN_PUBLIC_DOCS',
  text: string | null,
  fail: Fail,
): boolean {
  if (text === null || text === 'false') return false;
  return text === 'true' ? true : fail(name, 'must be true or false', false);
}

function readLogLevel(text: string | null, fail: Fail): LogLevel {
  if (text === null) return 'info';
  const level = LOG_LEVELS.find((known) => known === text);
  return level ?? fail('TOCSIN_LOG', `must be one of ${LOG_LEVELS.join(', ')}`, 'info');
}

/** Variables of the test suites; not settings of the product. */
const TEST_PREFIX = 'TOCSIN_TEST_';

function findUnknown(env: Environment): string[] {
  const errors: string[] = [];
  for (const name of Object.keys(env)) {
    if (!name.startsWith('TOCSIN_') || name.startsWith(TEST_PREFIX)) continue;
    if (Object.hasOwn(SETTINGS, name)) continue;
    const near = findNearest(name, Object.keys(SETTINGS));
    const hint = near === null ? '' : ` Did you mean ${near}?`;
    errors.push(`${name} is not a setting.${hint}`);
  }
  return errors;
}
