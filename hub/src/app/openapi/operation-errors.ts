/** Which refusals an operation can answer: those of its kind, and those that its entry names. */
import { type Operation, takesIdempotencyKey } from '#contract/api/operation.ts';
import { ERROR_CODES, type ErrorCode } from '#kernel/error-codes.ts';

const BODY_CODES: readonly ErrorCode[] = [
  'bad_request',
  'body_too_large',
  'media_type_unsupported',
];
const JSON_CODES: readonly ErrorCode[] = [
  'malformed_json',
  'malformed_text',
  'duplicate_key',
  'bad_character',
  'too_deep',
  'too_many_values',
  'invalid',
];

const KEY_CODES: readonly ErrorCode[] = [
  'invalid',
  'idempotency_key_in_use',
  'idempotency_outcome_unknown',
  'idempotency_answer_too_large',
  'idempotency_key_reused',
];

export function listErrorCodes(operation: Operation): readonly ErrorCode[] {
  const { access, path, query, body, isVersioned, method } = operation;
  const codes = new Set<ErrorCode>();
  const add = (more: readonly ErrorCode[]) => more.forEach((code) => codes.add(code));
  if (access !== 'public') add(['principal_missing', 'not_allowed', 'too_many_requests']);
  if (access !== 'public' && method !== 'GET') add(['foreign_origin']);
  if (path.includes('{')) add(['not_found', 'bad_request']);
  if (query !== undefined) add(['invalid']);
  if (body !== undefined) {
    add(BODY_CODES);
    if (body.type === undefined) add(JSON_CODES);
  }
  if (isVersioned === true) add(['version_conflict']);
  if (takesIdempotencyKey(operation)) add(KEY_CODES);
  add((operation.errors ?? []).filter(isErrorCode));
  const isStill = access === 'public' && !path.includes('{');
  if (!isStill) add([method === 'GET' ? 'not_ready' : 'not_stored', 'internal']);
  return keysOf(ERROR_CODES).filter((code) => codes.has(code));
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

function keysOf<Key extends string>(table: Readonly<Record<Key, unknown>>): readonly Key[] {
  return Object.keys(table).filter((key): key is Key => Object.hasOwn(table, key));
}
