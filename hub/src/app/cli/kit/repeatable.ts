/**
 * Which requests may be sent again when the connection broke: those that the hub knows again by
 * their Idempotency-Key. A report that is sent again without an id of its own raises a second
 * alert, so what goes to a way in is sent once. Pure.
 */
const READING = ['GET'];
const WAYS_IN = /^\/(api\/v1\/(alerts|events)(\?|$)|api\/v2\/|api\/ai\/|ingest\/|open-api\/)/;

export function takesKey(method: string, path: string): boolean {
  return !READING.includes(method) && !WAYS_IN.test(path);
}

/** It arrived, perhaps, and its answer did not. A hub that is not there was never asked. */
export function isAnswerLost(code: string): boolean {
  return /ECONNRESET|EPIPE|UND_ERR_SOCKET|other side closed|HPE_|terminated/.test(code);
}

/** What a write came to whose answer got lost, when it held a secret. */
export function describeLostSecret(omitted: string, id: string | null): string {
  const made = id === null ? 'what was made' : `what was made (${id})`;
  return `it was done, but the connection broke before its secret was read (${omitted}), and it \
is not told again: remove ${made}, and make it anew`;
}
