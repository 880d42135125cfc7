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
      readonly sentence: string;
      /** What the hub says about single fields. */
      readonly details: readonly string[];
    };

export type HubClient = {
  readonly post: (path: string, body: JsonValue) => Promise<HubAnswer>;
};

export type HubClientDeps = {
  readonly address: HubAddress;
  readonly wait: (durationMs: number) => Promise<unknown>;
};

export function createHubClient(deps: HubClientDeps): HubClient {
  return {
    post: async (path, body) => {
      let answer: Try = { kind: 'again', sentence: '', waitMs: 0 };
      for (let tries = 1; tries <= LIMITS.importTriesMax; tries += 1) {
        answer = await tryPost(deps.address, path, body);
        if (answer.kind === 'ended') return answer.answer;
        if (tries < LIMITS.importTriesMax) await deps.wait(answer.waitMs * tries);
      }
      return { ok: false, sentence: answer.kind === 'again' ? answer.sentence : '', details: [] };
    },
  };
}

type Try =
  | { readonly kind: 'ended'; readonly answer: HubAnswer }
  | { readonly kind: 'again'; readonly sentence: string; readonly waitMs: number };

async function tryPost(address: HubAddress, path: string, body: JsonValue): Promise<Try> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${address.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${address.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(LIMITS.importRequestMaxMs),
    });
    text = await response.text();
  } catch (error) {
    const sentence = `${address.url} does not answer: ${reasonOf(error)}`;
    return { kind: 'again', sentence, waitMs: MS_PER_SECOND };
  }
  const json = parseAnswer(text);
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
    return { ok: false, sentence, details: [] };
  }
  const parts = [error['message'], error['hint']].filter((part) => typeof part === 'string');
  const sentence = `the hub answered ${status}: ${parts.join(' ')}`;
  const details = Array.isArray(error['details']) ? error['details'].filter(isJsonObject) : [];
  return {
    ok: false,
    sentence,
    details: details.map((one) => `${textOf(one['path'])}: ${textOf(one['message'])}`),
  };
}
