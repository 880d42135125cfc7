/**
 * Every coded error that leaves Tocsin: HTTP status and the sentence that says what was wrong.
 * docs/reference/errors.md is printed from this table and a test compares them.
 */
export const ERROR_CODES = {
  malformed_json: { status: 400, sentence: 'The body is not valid JSON.' },
  malformed_text: { status: 400, sentence: 'The body is not valid UTF-8.' },
  duplicate_key: { status: 400, sentence: 'The body names a key twice in one object.' },
  bad_character: { status: 400, sentence: 'The body holds U+0000 or half of a surrogate pair.' },
  too_deep: { status: 400, sentence: 'The body is nested too deeply.' },
  too_many_values: { status: 400, sentence: 'The body holds too many values.' },
  bad_request: { status: 400, sentence: 'The request is not valid HTTP or lacks its body.' },
  principal_missing: { status: 401, sentence: 'No valid key or token came with the request.' },
  signature_refused: { status: 401, sentence: 'The signature is missing or wrong.' },
  foreign_origin: {
    status: 403,
    sentence: 'A write by a login has to come from a page of this hub (Origin, Sec-Fetch-Site).',
  },
  not_allowed: { status: 403, sentence: 'This principal may not do that.' },
  not_found: { status: 404, sentence: 'There is no such thing, or not for this principal.' },
  method_not_allowed: { status: 405, sentence: 'The path does not take this method.' },
  request_too_slow: { status: 408, sentence: 'The request took too long to arrive.' },
  version_conflict: {
    status: 409,
    sentence: 'The resource has changed since, or If-Match is missing.',
  },
  name_taken: { status: 409, sentence: 'The name is used by another resource of the project.' },
  still_in_use: { status: 409, sentence: 'Other resources still refer to this one.' },
  built_in: { status: 409, sentence: 'A built-in resource cannot be changed or removed.' },
  transition_refused: { status: 409, sentence: 'The alert cannot go to that status any more.' },
  policy_reveals: {
    status: 409,
    sentence: 'What a project masks only grows, and this would show something again; see details.',
  },
  channel_unusable: { status: 409, sentence: 'The channel cannot send as it is; see details.' },
  idempotency_key_in_use: {
    status: 409,
    sentence: 'The request with this Idempotency-Key is still running. Wait a moment.',
  },
  idempotency_outcome_unknown: {
    status: 409,
    sentence: 'Nobody knows what came of the request with this Idempotency-Key. Look first.',
  },
  idempotency_answer_too_large: {
    status: 409,
    sentence: 'It was done with this Idempotency-Key; its answer was too large to be kept.',
  },
  link_expired: { status: 410, sentence: 'The link has run out.' },
  body_too_large: { status: 413, sentence: 'The body is larger than the limit.' },
  media_type_unsupported: { status: 415, sentence: 'Only application/json is read here.' },
  invalid: { status: 422, sentence: 'Fields are missing, unknown or wrong; see details.' },
  idempotency_key_reused: {
    status: 422,
    sentence: 'This Idempotency-Key came before, with another request. Take a fresh one.',
  },
  too_many_requests: {
    status: 429,
    sentence: 'Too many requests. Wait as long as Retry-After says.',
  },
  test_too_soon: {
    status: 429,
    sentence: 'A test of the channel is running or has just run. Wait a moment.',
  },
  headers_too_large: { status: 431, sentence: 'The headers, or the address, are too large.' },
  internal: { status: 500, sentence: 'A fault of ours; the request id finds it in the log.' },
  not_stored: { status: 503, sentence: 'It could not be stored now. Send it again.' },
  too_many_streams: { status: 503, sentence: 'As many live streams are open as there may be.' },
  not_ready: { status: 503, sentence: 'The hub is not ready; see reasons.' },
} as const satisfies Readonly<Record<string, { status: number; sentence: string }>>;

export type ErrorCode = keyof typeof ERROR_CODES;

export type ErrorDetail = { readonly path: string; readonly message: string };

/** A refusal on its way out. Thrown only by routes; decisions return refusals as values. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];
  readonly hint: string | null;

  constructor(
    code: ErrorCode,
    more: { message?: string; details?: readonly ErrorDetail[]; hint?: string } = {},
  ) {
    super(more.message ?? ERROR_CODES[code].sentence);
    this.name = 'CodedError';
    this.code = code;
    this.details = more.details ?? [];
    this.hint = more.hint ?? null;
  }
}
