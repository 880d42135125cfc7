/**
 * The command line as a client of a hub: which one, with which key, and requests that are tried
 * again while the hub cannot store. A write carries a fresh Idempotency-Key, the same in each try,
 * so that one whose answer got lost is told again and not done again. Danger: a report has none;
 * what is given to `post` must be repeatable by itself.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import { MS_PER_SECOND } from '#kernel/instant.ts';
import type { Config } from '#app/start/config.ts';
import { describeLostSecret, isAnswerLost, takesKey } from './repeatable.ts';

export type HubAddress = {
  readonly url: string;
  readonly key: string;
  /** A setting or a file: what to mend when the hub does not know the key. */
  readonly keyFrom?: string;
};

export type AddressReading =
  | { readonly ok: true; readonly address: HubAddress }
  | { readonly ok: false; readonly sentence: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** TOCSIN_URL and TOCSIN_API_KEY; else the hub that the settings here would start. */
export function findHub(config: Config, env: Environment): AddressReading {
  const given = env['TOCSIN_URL']?.trim() ?? '';
  if (given !== '' && (!/^https?:\/\//.test(given) || !URL.canParse(given))) {
    return { ok: false, sentence: 'TOCSIN_URL must be an http or https URL' };
  }
  const key = findKey(config, env);
  if (key === null) {
    const file = join(config.dataDir, 'admin-key');
    const sentence = `no key: set TOCSIN_API_KEY, or TOCSIN_DATA_DIR where ${file} lies`;
    return { ok: false, sentence };
  }
  const url = given === '' ? localUrl(config) : given.replace(/\/+$/, '');
  return { ok: true, address: { url, ...key } };
}

type FoundKey = { readonly key: string; readonly keyFrom: string };

function findKey(config: Config, env: Environment): FoundKey | null {
  const given = env['TOCSIN_API_KEY']?.trim() ?? '';
  if (given !== '') return { key: given, keyFrom: 'TOCSIN_API_KEY' };
  if (config.adminKey !== null) return { key: config.adminKey, keyFrom: 'TOCSIN_ADMIN_KEY' };
  const file = join(config.dataDir, 'admin-key');
  if (!existsSync(file)) return null;
  return { key: readFileSync(file, 'utf8').trim(), keyFrom: file };
}

function localUrl({ host, port }: Config): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export type HubAnswer =
  | { readonly ok: true; readonly body: JsonObject }
  | {
      readonly ok: false;
      /** Null when nobody answered. */
      readonly status: number | null;
      readonly sentence: string;
      /** What the hub says about single fields. */
      readonly details: readonly string[];
    };

export type HubClient = {
  /** One that can be repeated. */
  readonly post: (path: string, body: JsonValue) => Promise<HubAnswer>;
  readonly get: (path: string) => Promise<HubAnswer>;
  /** Any request, sent again only when its answer got lost and the hub knows it by its key; `ifMatch` is the version that a PATCH is about. */
  readonly send: (request: HubRequest) => Promise<HubAnswer>;
  /** The hub's answer as it comes, for streams and for what is no JSON. */
  readonly open: (request: HubRequest, signal: AbortSignal) => Promise<Response>;
  readonly url: string;
};

export type HubRequest = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: JsonValue;
  readonly ifMatch?: number;
  /** Where a stream goes on. */
  readonly lastEventId?: string;
  readonly idempotencyKey?: string;
};

export type HubClientDeps = {
  readonly address: HubAddress;
  readonly wait: (durationMs: number) => Promise<unknown>;
};

/** `isOnce`: again only when it may have been done, and is known again by its key. */
type Insisting = { readonly triesMax: number; readonly isOnce: boolean };

const PATIENT: Insisting = { triesMax: LIMITS.importTriesMax, isOnce: false };
const ONCE: Insisting = { triesMax: LIMITS.lostTriesMax, isOnce: true };

export function createHubClient(deps: HubClientDeps): HubClient {
  const { address } = deps;
  async function insist(asked: HubRequest, { triesMax, isOnce }: Insisting): Promise<HubAnswer> {
    const isKeyed = takesKey(asked.method, asked.path);
    const request = isKeyed ? { ...asked, idempotencyKey: crypto.randomUUID() } : asked;
    let answer: Try = { kind: 'again', sentence: '', waitMs: 0, isLost: false };
    for (let tries = 1; tries <= triesMax; tries += 1) {
      answer = await trySend(address, request);
      if (answer.kind === 'ended') return answer.answer;
      // Whoever waits for a command is told of a hub that is not there at once.
      if (isOnce && !(isKeyed && answer.isLost)) break;
      if (tries < triesMax) await deps.wait(answer.waitMs * tries);
    }
    return {
      ok: false,
      status: null,
      sentence: answer.kind === 'again' ? answer.sentence : '',
      details: [],
    };
  }
  return {
    post: (path, body) => insist({ method: 'POST', path, body }, PATIENT),
    get: (path) => insist({ method: 'GET', path }, { triesMax: 2, isOnce: false }),
    send: (request) => insist(request, ONCE),
    open: (request, signal) => fetch(...toFetch(address, request, signal)),
    url: address.url,
  };
}

function toFetch(
  address: HubAddress,
  { method, path, body, ifMatch, lastEventId, idempotencyKey }: HubRequest,
  signal: AbortSignal,
): [string, RequestInit] {
  const headers: Record<string, string> = { authorization: `Bearer ${address.key}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (ifMatch !== undefined) headers['if-match'] = String(ifMatch);
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
  if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return [`${address.url}${path}`, { method, headers, redirect: 'error', signal, ...sent }];
}

type Try =
  | { readonly kind: 'ended'; readonly answer: HubAnswer }
  | {
      readonly kind: 'again';
      readonly sentence: string;
      readonly waitMs: number;
      /** It may have been done. */
      readonly isLost: boolean;
    };

async function trySend(address: HubAddress, request: HubRequest): Promise<Try> {
  let response: Response;
  let text: string;
  try {
    const signal = AbortSignal.timeout(LIMITS.importRequestMaxMs);
    response = await fetch(...toFetch(address, request, signal));
    text = await response.text();
  } catch (error) {
    const sentence = describeAway(address.url, reasonOf(error));
    return { kind: 'again', sentence, waitMs: MS_PER_SECOND, isLost: isAnswerLost(codeOf(error)) };
  }
  const json = response.status === 204 ? {} : parseAnswer(text);
  if (response.ok && json !== null) {
    return { kind: 'ended', answer: readDone(json, response.headers.get('idempotent-omitted')) };
  }
  const answer = advise(readRefusal(response.status, json), address);
  const isRunning = codeIn(json) === 'idempotency_key_in_use';
  if (response.status !== 503 && !isRunning) return { kind: 'ended', answer };
  const waitMs = (Number(response.headers.get('retry-after')) || 1) * MS_PER_SECOND;
  return { kind: 'again', sentence: answer.sentence, waitMs, isLost: isRunning };
}

function readDone(body: JsonObject, omitted: string | null): HubAnswer {
  if (omitted === null) return { ok: true, body };
  const { id } = body;
  const sentence = describeLostSecret(omitted, typeof id === 'string' ? id : null);
  return { ok: false, status: null, sentence, details: [] };
}

function codeIn(json: JsonObject | null): JsonValue {
  const error = json?.['error'];
  return isJsonObject(error) ? (error['code'] ?? null) : null;
}

/** Code, name and message of an error and of what caused it. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = `${nameOf(error)} ${error.message}`;
  return error.cause instanceof Error ? `${own} ${codeOf(error.cause)}` : own;
}

export function describeAway(url: string, reason: string): string {
  const advice = 'Is the hub running (tocsin serve)? TOCSIN_URL says where it is.';
  return `${url} does not answer: ${reason}. ${advice}`;
}

/** What `fetch` failed for, in our words where theirs are riddles; else in those of the system. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const known = REASONS.find(([pattern]) => pattern.test(`${nameOf(error)} ${error.message}`));
  if (known !== undefined) return known[1];
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  // A name with several addresses: what the first of them came to stands for all.
  return reasonOf(cause instanceof AggregateError ? cause.errors[0] : cause) || error.message;
}

/** By the code, name or message of an error; the first that fits. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'nothing listens there'],
  [/ENOTFOUND|EAI_AGAIN/, 'no address is known for that name'],
  [/EHOSTUNREACH|ENETUNREACH/, 'no way leads there'],
  [/ECONNRESET|EPIPE|UND_ERR_SOCKET|other side closed/, 'the connection broke off'],
  [/TimeoutError|ETIMEDOUT|TIMEOUT/, 'it took too long'],
  [/HTTP\/|HPE_/, 'its answer broke off in the middle, or is not HTTP'],
  [/^\w+ bad port/, 'no client asks at that port'],
  [/unexpected redirect/, 'it sends us elsewhere; give its own address'],
  [
    /wrong version number|ERR_SSL_PACKET_LENGTH/,
    'it does not speak TLS: perhaps it is http, not https',
  ],
  [/CERT|certificate/, 'its certificate is not one that is trusted (NODE_EXTRA_CA_CERTS)'],
];

function nameOf(error: Error): string {
  return 'code' in error ? `${error.name} ${String(error.code)}` : error.name;
}

/** A key that is not known, or may too little: which one it was, and where another comes from. */
function advise(answer: Refusal, { keyFrom }: HubAddress): Refusal {
  const used = keyFrom === undefined ? 'The key' : `The key of ${keyFrom}`;
  const advice: Readonly<Record<number, string>> = {
    401: `${used} is none of this hub: set TOCSIN_API_KEY to one that is.`,
    403: `${used} has too few rights: tocsin key list shows its role, an admin makes another \
with tocsin key create.`,
  };
  const more = advice[answer.status ?? 0];
  return more === undefined ? answer : { ...answer, sentence: `${answer.sentence} ${more}` };
}

function parseAnswer(text: string): JsonObject | null {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/** Of an answer that was opened and not read as JSON. */
export function readRefusalText(status: number, text: string): Refusal {
  return advise(readRefusal(status, parseAnswer(text)), { url: '', key: '' });
}

type Refusal = HubAnswer & { readonly ok: false };

function readRefusal(status: number, json: JsonObject | null): Refusal {
  const error = json?.['error'];
  if (!isJsonObject(error)) {
    const sentence = `the hub answered ${status}; is TOCSIN_URL the address of a Tocsin hub?`;
    return { ok: false, status, sentence, details: [] };
  }
  const parts = [error['message'], error['hint']].filter((part) => typeof part === 'string');
  const sentence = `the hub answered ${status}: ${parts.join(' ')}`;
  const details = Array.isArray(error['details']) ? error['details'].filter(isJsonObject) : [];
  return {
    ok: false,
    status,
    sentence,
    details: details.map((one) => `${textOf(one['path'])}: ${textOf(one['message'])}`),
  };
}
