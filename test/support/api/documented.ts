/**
 * Every answer that a test gets is held against the table of operations, which the OpenAPI
 * document is printed from: so the suites prove the document, down to each field and error code.
 */
import assert from 'node:assert/strict';
import type { Operation } from '#contract/api/operation.ts';
import { OPERATIONS } from '#contract/api/operations.ts';
import { parseWire } from '#contract/wire.ts';
import { listErrorCodes } from '#app/openapi/operation-errors.ts';
import { isJsonObject, type JsonValue } from '#kernel/syntax/json.ts';

type Answered = {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly value: JsonValue;
};

export function assertDocumented(answered: Answered): void {
  const operation = findOperation(answered.method, answered.url);
  if (operation === null) return;
  const { status, value } = answered;
  const what = `${operation.method} ${operation.path} answers ${status}`;
  const answer = operation.answers[status];
  if (answer === undefined) {
    assert.ok(status >= 400, `${what}, which its operation does not name`);
    assertCode(operation, answered);
  } else if (answer.schema !== undefined) {
    const reading = parseWire(answer.schema, value);
    const faults = reading.ok ? [] : reading.details;
    assert.deepEqual(faults, [], `${what} with a body that is not the documented one`);
  }
}

function assertCode(operation: Operation, { status, value }: Answered): void {
  const error = isJsonObject(value) ? value['error'] : null;
  if (!isJsonObject(error)) return;
  const { code } = error;
  const isNamed = listErrorCodes(operation).some((known) => known === code);
  const what = `${operation.method} ${operation.path} answers ${status} ${JSON.stringify(code)}`;
  assert.ok(isNamed, `${what}, which its operation does not name`);
}

/** A path that is written out goes before one with parts to be filled in. */
const PATTERNS = OPERATIONS.toSorted(
  (a, b) => Number(a.path.includes('{')) - Number(b.path.includes('{')),
).map((operation) => {
  const parts = operation.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+');
  return { operation, pattern: new RegExp(`^${parts}$`) };
});

function findOperation(method: string, url: string): Operation | null {
  const [path = ''] = url.split('?');
  const found = PATTERNS.find(
    ({ operation, pattern }) => operation.method === method && pattern.test(path),
  );
  return found?.operation ?? null;
}
