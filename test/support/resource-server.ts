/**
 * The routes of all that is configured, on a database of their own, for tests that speak HTTP.
 * Callers are named: each name stands for a principal. There are three projects, `default`,
 * `other` and `third`, and the clock moves only when the test moves it.
 */
import assert from 'node:assert/strict';
import { createProject } from '#app/create-project.ts';
import { registerResourceRoutes } from '#app/routes/resource-routes.ts';
import { channelAnswer } from '#contract/channel.ts';
import { errorAnswer } from '#contract/error.ts';
import { listOf } from '#contract/field.ts';
import { createdKeyAnswer, keyAnswer } from '#contract/key.ts';
import { policyAnswer } from '#contract/escalation/policy.ts';
import { projectAnswer } from '#contract/project.ts';
import { redactionAnswer } from '#contract/redaction/policy.ts';
import { responderAnswer } from '#contract/escalation/responder.ts';
import { deviceAnswer } from '#contract/supervision/device.ts';
import { ruleAnswer } from '#contract/rule.ts';
import { channelTypeList } from '#contract/delivery/channel-type.ts';
import { sourceTryAnswer, sourceTypeList } from '#contract/intake/source-type.ts';
import { createdSourceAnswer, sourceAnswer } from '#contract/source.ts';
import { parseWire, type WireSchema } from '#contract/wire.ts';
import { projectId } from '#kernel/id.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '#kernel/syntax/json.ts';
import type { Principal, Role } from '#kernel/principal.ts';
import { createHttpServer } from '#platform/http/http-server.ts';
import { createSecretBox, type SecretBox } from '#platform/secret-box.ts';
import { REDACTOR } from './samples/delivery.ts';
import { createManualClock, type ManualClock } from './clock.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { createSeededIds, createSeededRandom } from './ids.ts';
import { runOn } from './server.ts';

/** One way to authenticate, so that a list of callers reads like a list of people. */
function principal(name: string, role: Role, projects: 'all' | readonly string[]): Principal {
  return {
    principalId: name,
    name,
    authMethod: projects === 'all' ? 'admin_key' : 'api_key',
    role,
    projects: projects === 'all' ? 'all' : projects.map(projectId),
    source: null,
  };
}

const CALLERS = {
  hubAdmin: principal('hubAdmin', 'admin', 'all'),
  admin: principal('admin', 'admin', ['default']),
  operator: principal('operator', 'operator', ['default']),
  responder: principal('responder', 'responder', ['default']),
  viewer: principal('viewer', 'viewer', ['default']),
  ingest: principal('ingest', 'ingest', ['default']),
  otherAdmin: principal('otherAdmin', 'admin', ['other']),
  /** Of two projects, one of them `default`. */
  doubleAdmin: principal('doubleAdmin', 'admin', ['default', 'other']),
  /** Of two projects, neither of them `default`. */
  farAdmin: principal('farAdmin', 'admin', ['other', 'third']),
} as const;

type HttpServer = ReturnType<typeof createHttpServer>;

export type Caller = keyof typeof CALLERS | 'stranger';

export type Answer = {
  readonly status: number;
  readonly text: string;
  readonly body: JsonValue;
  /** By dotted path: `items.0.id`. */
  readonly at: (path: string) => JsonValue | undefined;
  readonly textAt: (path: string) => string;
  /** The fields of the body but these. */
  readonly without: (...names: readonly string[]) => JsonObject;
  /** Where a refusal says that something is wrong. */
  readonly paths: () => readonly string[];
};

export type Request = {
  readonly body?: unknown;
  readonly version?: number;
  readonly headers?: Readonly<Record<string, string>>;
};

export type ResourceServer = {
  /** `call('admin', 'POST /api/v1/rules', { body })`. */
  readonly call: (caller: Caller, what: string, request?: Request) => Promise<Answer>;
  /** The id of a fresh resource; fails the test when it was not made. */
  readonly create: (path: string, body: unknown, caller?: Caller) => Promise<string>;
  readonly clock: ManualClock;
  readonly db: TestDatabase;
  readonly secretBox: SecretBox;
  readonly server: HttpServer;
  /** Projects told of by `onConfigChanged`, in order. */
  readonly changed: string[];
  /** All rows of a table as text, to look for what must not be there. */
  readonly dump: (table: string) => Promise<string>;
  readonly projectVersion: (id?: string) => Promise<number>;
  readonly close: () => Promise<void>;
};

export const PUBLIC_URL = 'https://tocsin.example/base/';

export async function createResourceServer(): Promise<ResourceServer> {
  const db = await createTestDatabase();
  const clock = createManualClock();
  const ids = createSeededIds();
  const random = createSeededRandom();
  const secretBox = createSecretBox({ keys: [{ kid: 'k1', key: random.bytes(32) }], random });
  const changed: string[] = [];
  const server = createHttpServer({
    log: db.log,
    authenticate: async ({ headers }) => findCaller(headers.authorization),
    onAnswer: () => undefined,
  });
  registerResourceRoutes(server, {
    database: db.database,
    clock,
    ids,
    random,
    secretBox,
    publicUrl: () => PUBLIC_URL,
    findRedactor: async () => REDACTOR,
    tellRemoved: async () => () => undefined,
    onConfigChanged: (id) => changed.push(id),
  });
  for (const name of ['default', 'other', 'third']) {
    const project = { projectId: projectId(name), name };
    await db.database.transaction((tx) => createProject(tx, project, { ids, now: clock.now() }));
    clock.advanceMs(1_000);
  }
  const call = async (caller: Caller, what: string, request: Request = {}): Promise<Answer> =>
    send(server, { caller, what, request });
  return {
    call,
    create: async (path, body, caller = 'hubAdmin') => {
      const answer = await call(caller, `POST ${path}`, { body });
      assert.equal(answer.status, 201, answer.text);
      return answer.textAt('id');
    },
    clock,
    db,
    secretBox,
    server,
    changed,
    dump: async (table) => dumpTable(db, table),
    projectVersion: async (id = 'default') => {
      const answer = await call('hubAdmin', `GET /api/v1/projects/${id}`);
      return Number(answer.at('version'));
    },
    close: async () => {
      await server.close();
      await db.drop();
    },
  };
}

function findCaller(name: string | undefined): Principal | null {
  return Object.entries(CALLERS).find(([known]) => known === name)?.[1] ?? null;
}

async function send(
  server: HttpServer,
  asked: { readonly caller: Caller; readonly what: string; readonly request: Request },
): Promise<Answer> {
  const [method, url] = asked.what.split(' ');
  const { body, version, headers } = asked.request;
  const response = await server.inject({
    method: parseMethod(method),
    url: url ?? '',
    headers: {
      authorization: asked.caller,
      ...(version === undefined ? {} : { 'if-match': String(version) }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  const answer = createAnswer(response.statusCode, response.body);
  checkAnswer(`${method} ${url?.split('?')[0]}`, answer);
  return answer;
}

function parseMethod(method: string | undefined): 'GET' | 'POST' | 'PATCH' | 'DELETE' {
  return method as 'GET' | 'POST' | 'PATCH' | 'DELETE';
}

function createAnswer(status: number, text: string): Answer {
  const reading = text === '' ? null : parseJson(text);
  const body = reading?.ok === true ? reading.value : null;
  const at = (path: string): JsonValue | undefined => readPath(body, path);
  return {
    status,
    text,
    body,
    at,
    textAt: (path) => {
      const value = at(path);
      assert.equal(typeof value, 'string', `${path} of ${text}`);
      return typeof value === 'string' ? value : '';
    },
    without: (...names) => {
      const entries = isJsonObject(body) ? Object.entries(body) : [];
      return Object.fromEntries(entries.filter(([name]) => !names.includes(name)));
    },
    paths: () => [...text.matchAll(/"path":"([^"]*)"/g)].map((match) => match[1] ?? ''),
  };
}

function readPath(value: JsonValue, path: string): JsonValue | undefined {
  let current: JsonValue | undefined = value;
  for (const part of path.split('.')) {
    if (Array.isArray(current)) current = parseItems(current)[Number(part)];
    else current = isJsonObject(current) ? current[part] : undefined;
  }
  return current;
}

function parseItems(value: JsonValue): readonly JsonValue[] {
  return value as readonly JsonValue[];
}

type Shapes = { readonly one: WireSchema; readonly created: WireSchema };

const SHAPES: Readonly<Record<string, Shapes>> = {
  channels: { one: channelAnswer, created: channelAnswer },
  keys: { one: keyAnswer, created: createdKeyAnswer },
  policies: { one: policyAnswer, created: policyAnswer },
  projects: { one: projectAnswer, created: projectAnswer },
  devices: { one: deviceAnswer, created: deviceAnswer },
  responders: { one: responderAnswer, created: responderAnswer },
  rules: { one: ruleAnswer, created: ruleAnswer },
  sources: { one: sourceAnswer, created: createdSourceAnswer },
};

/** What is no configured thing itself, but says how one is configured. */
const TYPE_SHAPES: readonly (readonly [RegExp, WireSchema])[] = [
  [/^GET \/api\/v1\/source-types$/, sourceTypeList],
  [/^POST \/api\/v1\/source-types\/\w+\/try$/, sourceTryAnswer],
  [/^GET \/api\/v1\/channel-types$/, channelTypeList],
  [/^GET \/api\/v1\/projects\/[\w-]+\/redaction$/, redactionAnswer],
];

/** Every answer of every test has the shape that the contract promises. */
function checkAnswer(what: string, answer: Answer): void {
  const shape = findShape(what, answer.status);
  if (shape === null) return;
  const reading = parseWire(shape, answer.body);
  const faults = reading.ok ? '' : JSON.stringify(reading.details);
  assert.ok(reading.ok, `${what} ${answer.text}: ${faults}`);
}

function findShape(what: string, status: number): WireSchema | null {
  if (status >= 400) return errorAnswer;
  const known = TYPE_SHAPES.find(([pattern]) => pattern.test(what));
  if (known !== undefined) return known[1];
  const [, method, kind = '', id] = /^(\w+) \/api\/v1\/(\w+)(?:\/(.+))?$/.exec(what) ?? [];
  const shapes = SHAPES[kind];
  assert.ok(shapes !== undefined, `${what} is a route of what is configured`);
  if (status === 204) return null;
  if (method === 'POST') return shapes.created;
  return id === undefined ? listOf(shapes.one) : shapes.one;
}

async function dumpTable(db: TestDatabase, table: string): Promise<string> {
  return runOn(db.connection, async (client) => {
    const { rows } = await client.query(`select t::text as row from ${table} t`);
    return rows.map(({ row }) => String(row)).join('\n');
  });
}
