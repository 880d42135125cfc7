/**
 * Requests as a sender makes them, over real sockets. A request is answered only when the whole
 * answer has arrived; everything else has the status 0, whatever the reason.
 */
import { Agent, request } from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '#kernel/syntax/json.ts';

export type Answer = { readonly status: number; readonly body: JsonObject };

export const NO_ANSWER: Answer = { status: 0, body: {} };

export type Question = {
  readonly url: string;
  /** `POST /api/v1/alerts`. */
  readonly what: string;
  readonly key?: string;
  readonly body?: JsonValue;
  /** The last byte has been handed to the operating system. */
  readonly onWritten?: () => void;
};

const AGENT = new Agent({ keepAlive: true, maxSockets: 64 });

export function ask(question: Question): Promise<Answer> {
  const { url, what, key, body } = question;
  const [method = 'GET', path = '/'] = what.split(' ');
  const content = body === undefined ? null : JSON.stringify(body);
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const headers = {
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...(content === null
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
  };
  const outgoing = request(`${url}${path}`, { method, headers, agent: AGENT });
  outgoing.on('response', (response) => {
    const status = response.statusCode ?? 0;
    readAll(response).then(
      (text) => resolve({ status, body: readBody(text) }),
      () => resolve(NO_ANSWER),
    );
  });
  outgoing.on('error', () => resolve(NO_ANSWER));
  if (question.onWritten !== undefined) outgoing.on('finish', question.onWritten);
  outgoing.end(content);
  return promise;
}

export function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** Empty where the field holds no text. */
export function readText(body: JsonObject, field: string): string {
  const value = body[field];
  return typeof value === 'string' ? value : '';
}

function readBody(text: string): JsonObject {
  const reading = parseJson(text);
  return reading.ok && isJsonObject(reading.value) ? reading.value : {};
}

/** Connections of a hub that is gone would only delay the end of the test. */
export function closeConnections(): void {
  AGENT.destroy();
}
