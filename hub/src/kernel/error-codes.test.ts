import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError, ERROR_CODES, type ErrorCode } from './error-codes.ts';

/** Codes are a promise to clients: taking one away or moving its status breaks them. */
const PROMISED: Readonly<Record<ErrorCode, number>> = {
  malformed_json: 400,
  malformed_text: 400,
  duplicate_key: 400,
  bad_character: 400,
  too_deep: 400,
  too_many_values: 400,
  bad_request: 400,
  principal_missing: 401,
  signature_refused: 401,
  foreign_origin: 403,
  not_allowed: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_too_slow: 408,
  version_conflict: 409,
  name_taken: 409,
  still_in_use: 409,
  built_in: 409,
  transition_refused: 409,
  policy_reveals: 409,
  channel_unusable: 409,
  idempotency_key_in_use: 409,
  idempotency_outcome_unknown: 409,
  idempotency_answer_too_large: 409,
  link_expired: 410,
  body_too_large: 413,
  media_type_unsupported: 415,
  invalid: 422,
  idempotency_key_reused: 422,
  too_many_requests: 429,
  test_too_soon: 429,
  headers_too_large: 431,
  internal: 500,
  not_stored: 503,
  too_many_streams: 503,
  not_ready: 503,
};

test('every code has the status that clients know it by', () => {
  const statuses = Object.entries(ERROR_CODES).map(([code, { status }]) => [code, status]);
  assert.deepEqual(Object.fromEntries(statuses), PROMISED);
});

test('every code is a word of snake_case and says in a sentence of its own what was wrong', () => {
  const sentences = new Set<string>();
  for (const [code, { sentence }] of Object.entries(ERROR_CODES)) {
    assert.match(code, /^[a-z]+(_[a-z]+)*$/);
    assert.match(sentence, /^[A-Z].*\.$/, code);
    assert.doesNotMatch(sentence, /\n/, code);
    sentences.add(sentence);
  }
  assert.equal(sentences.size, Object.keys(ERROR_CODES).length);
});

test('what is our own fault is never told as the fault of the sender', () => {
  for (const code of ['internal', 'not_stored', 'not_ready'] as const) {
    assert.ok(ERROR_CODES[code].status >= 500, code);
  }
});

test('an error carries the sentence of its code unless it has a better one', () => {
  const bare = new CodedError('not_found');
  assert.equal(bare.message, ERROR_CODES.not_found.sentence);
  assert.deepEqual([bare.code, bare.details, bare.hint], ['not_found', [], null]);
  assert.ok(bare instanceof Error);
  const details = [{ path: 'a[0]', message: 'must be text' }];
  const told = new CodedError('invalid', { message: 'No.', details, hint: 'Yes.' });
  assert.deepEqual([told.message, told.details, told.hint], ['No.', details, 'Yes.']);
  assert.equal(told.name, 'CodedError');
});
