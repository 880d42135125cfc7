/** A request to a hub without a socket, and its answer. */
import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '#kernel/syntax/json.ts';
import { assertDocumented } from '#test/support/api/documented.ts';
import { ADMIN_KEY, type TestNode } from './nodes.ts';

export type Answer = {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly text: string;
  readonly body: JsonValue;
  /** By dotted path: `items.0.id`. */
  readonly at: (path: string) => JsonValue | undefined;
  /** Fails the test when it is no text. */
  readonly textAt: (path: string) => string;
};

export type CallOptions = {
  /** Null: none. The admin key unless given. */
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, instead of JSON. */
  readonly raw?: string | Buffer;
  /** Which process is asked; the first one unless given. */
  readonly node?: TestNode;
};

type Asked = { readonly what: string; readonly body: unknown; readonly more: CallOptions };

export async function sendCall(first: TestNode, { what, body, more }: Asked): Promise<Answer> {
  const [method, url] = what.split(' ');
  const key = more.key === undefined ? ADMIN_KEY : more.key;
  const payload = more.raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await (more.node ?? first).hub.server.inject({
    method: parseMethod(method),
    url: url ?? '',
    headers: {
      ...(key === null ? {} : { authorization: /^\w+ /.test(key) ? key : `Bearer ${key}` }),
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...more.headers,
    },
    ...(payload === undefined ? {} : { payload }),
  });
  const reading = parseJson(response.body);
  const value = reading.ok ? reading.value : null;
  assertDocumented({ method: method ?? '', url: url ?? '', status: response.statusCode, value });
  return {
    status: response.statusCode,
    headers: response.headers,
    text: response.body,
    body: value,
    at: (path) => readPath(value, path),
    textAt: (path) => textOf(readPath(value, path)),
  };
}

function parseMethod(method: string | undefined) {
  return method as 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
}

function readPath(value: JsonValue, path: string): JsonValue | undefined {
  let current: JsonValue | undefined = value;
  for (const part of path.split('.')) current = parseChildren(current)[part];
  return current;
}

function parseChildren(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}

/** Fails the test when it is no text. */
export function textOf(value: JsonValue | undefined): string {
  assert.ok(typeof value === 'string', `${JSON.stringify(value)} is a text`);
  return value;
}

export function listItems(answer: Answer): readonly JsonObject[] {
  const items = answer.at('items');
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
}

export function toLine(entry: JsonObject): string {
  const who = textOf(parseChildren(entry['principal'])['name']);
  const [at = '', kind, detail] = [entry['at'], entry['kind'], entry['detail']].map(textOf);
  return `${at.slice(11, 19)} ${kind} ${detail} (${who})`;
}
