/**
 * The command line as a client of a hub: which one, with which key, and requests that are tried
 * again while the hub cannot store. Danger: every request given to it must be repeatable, for one
 * whose answer got lost may have been carried out.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import { MS_PER_SECOND } from '#kernel/instant.ts';
import type { Config } from '#app/start/config.ts';

export type HubAddress = { readonly url: string; readonly key: string };

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
  return { ok: true, address: { url, key } };
}

function findKey(config: Config, env: Environment): string | null {
  const given = env['TOCSIN_API_KEY']?.trim() ?? '';
  if (given !== '') return given;
  if (config.adminKey !== null) return config.adminKey;
  const file = join(config.dataDir, 'admin-key');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
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
  /** Any request, sent once; `ifMatch` is the version that a PATCH is about. */
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
};

export type HubClientDeps = {
  readonly address: HubAddress;
  readonly wait: (durationMs: number) => Promise<unknown>;
};

export function createHubClient(deps: HubClientDeps): HubClient {
  const { address } = deps;
  async function insist(request: HubRequest, triesMax: number): Promise<HubAnswer> {
    let answer: Try = { kind: 'again', sentence: '', waitMs: 0 };
    for (let tries = 1; tries <= triesMax; tries += 1) {
      answer = await trySend(address, request);
      if (answer.kind === 'ended') return answer.answer;
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
    post: (path, body) => insist({ method: 'POST', path, body }, LIMITS.importTriesMax),
    get: (path) => insist({ method: 'GET', path }, 2),
    send: (request) => insist(request, 1),
    open: (request, signal) => fetch(...toFetch(address, request, signal)),
    url: address.url,
  };
}

function toFetch(
  address: HubAddress,
  { method, path, body, ifMatch }: HubRequest,
  signal: AbortSignal,
): [string, RequestInit] {
  const headers: Record<string, string> = { authorization: `Bearer ${address.key}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (ifMatch !== undefined) headers['if-match'] = String(ifMatch);
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return [`${address.url}${path}`, { method, headers, redirect: 'error', signal, ...sent }];
}

type Try =
  | { readonly kind: 'ended'; readonly answer: HubAnswer }
  | { readonly kind: 'again'; readonly sentence: string; readonly waitMs: number };

async function trySend(address: HubAddress, request: HubRequest): Promise<Try> {
  let response: Response;
  let text: string;
  try {
    const signal = AbortSignal.timeout(LIMITS.importRequestMaxMs);
    response = await fetch(...toFetch(address, request, signal));
    text = await response.text();
  } catch (error) {
    const sentence = `${address.url} does not answer: ${reasonOf(error)}`;
    return { kind: 'again', sentence, waitMs: MS_PER_SECOND };
  }
  const json = response.status === 204 ? {} : parseAnswer(text);
  if (response.ok && json !== null) return { kind: 'ended', answer: { ok: true, body: json } };
  const answer = readRefusal(response.status, json);
  if (response.status !== 503) return { kind: 'ended', answer };
  const waitMs = (Number(response.headers.get('retry-after')) || 1) * MS_PER_SECOND;
  return { kind: 'again', sentence: answer.sentence, waitMs };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
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

function readRefusal(status: number, json: JsonObject | null): HubAnswer & { ok: false } {
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
