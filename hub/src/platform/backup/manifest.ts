/** What a backup says of itself: its `manifest.json`, written last, so that half a backup has none. */
import type { MigrationFile } from '#platform/postgres/migrate.ts';

export const BACKUP_FORMAT = 1;

export type AppliedMigration = Pick<MigrationFile, 'version' | 'name' | 'sha256'>;

export type BackedUpTable = {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** Of the text of COPY, before compression. */
  readonly bytes: number;
  /** Of the same text: the rows in the order of their keys. */
  readonly sha256: string;
};

/** A part of a partitioned table, so that what is restored can be dropped by its age again. */
export type BackedUpPartition = {
  readonly name: string;
  readonly parent: string;
  readonly bound: string;
};

export type Manifest = {
  readonly format: typeof BACKUP_FORMAT;
  /** The version of Tocsin that wrote it. */
  readonly tocsin: string;
  readonly createdAt: string;
  readonly migrations: readonly AppliedMigration[];
  readonly partitions: readonly BackedUpPartition[];
  readonly tables: readonly BackedUpTable[];
};

export class BackupError extends Error {
  readonly code: 'backup_unusable' | 'backup_target_not_empty' | 'restore_differs';

  constructor(code: BackupError['code'], sentence: string, options?: { cause: unknown }) {
    super(sentence, options);
    this.name = 'BackupError';
    this.code = code;
  }
}

const NAME = /^[a-z_][a-z0-9_]{0,62}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** Throws when it is none, or of a later format: nothing is guessed about what people rely on. */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BackupError('backup_unusable', 'manifest.json is no JSON.', { cause });
  }
  const fault = findFault(value);
  if (fault !== null) throw new BackupError('backup_unusable', `manifest.json ${fault}.`);
  return value as Manifest;
}

function findFault(value: unknown): string | null {
  if (!isObject(value)) return 'is no object';
  if (value['format'] !== BACKUP_FORMAT) {
    return `has format ${String(value['format'])}; this Tocsin reads format ${BACKUP_FORMAT}`;
  }
  const { tables, partitions, migrations, tocsin, createdAt } = value;
  if (typeof tocsin !== 'string' || typeof createdAt !== 'string') return 'lacks its version';
  const lists = [
    ['tables', tables, isTable],
    ['partitions', partitions, isPartition],
    ['migrations', migrations, isMigration],
  ] as const;
  for (const [name, list, isOne] of lists) {
    if (!Array.isArray(list)) return `has no list of ${name}`;
    if (!list.every(isOne)) return `has something else than ${name} among its ${name}`;
  }
  return null;
}

type Unknown = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names go into SQL, so they are nothing but names. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

function isTable(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { name, columns, rows, bytes, sha256 } = value;
  const isListed = Array.isArray(columns) && columns.length > 0 && columns.every(isName);
  const isCounted = Number.isSafeInteger(rows) && Number.isSafeInteger(bytes);
  return isName(name) && isListed && isCounted && isHash(sha256);
}

const BOUND = /^FOR VALUES FROM \('[0-9a-f-]{36}'\) TO \('[0-9a-f-]{36}'\)$/;

function isPartition(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { name, parent, bound } = value;
  return isName(name) && isName(parent) && typeof bound === 'string' && BOUND.test(bound);
}

function isMigration(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { version, name, sha256 } = value;
  return Number.isSafeInteger(version) && typeof name === 'string' && isHash(sha256);
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && SHA256.test(value);
}
