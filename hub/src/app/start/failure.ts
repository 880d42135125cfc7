/** Why a command failed, with the setting that it is about: what is wrong, where, what to do. */

/** Codes of node and PostgreSQL by which a server that cannot be used is told from a fault of ours. */
const DATABASE_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  // Unknown user, wrong password, no such database, no such right.
  '28000',
  '28P01',
  '3D000',
  '42501',
]);

export function describeFailure(error: unknown, isDatabaseOutside: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = readCode(error);
  if (code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL' || code === 'EACCES') {
    return isListening(error) ? `${message}. Set TOCSIN_HOST and TOCSIN_PORT.` : message;
  }
  const isDatabase = isDatabaseOutside && code !== null && DATABASE_CODES.has(code);
  return isDatabase ? `The database of DATABASE_URL cannot be used: ${message}` : message;
}

function readCode(error: unknown): string | null {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error;
  return hasCode && typeof error.code === 'string' ? error.code : null;
}

/** A file can be forbidden too. */
function isListening(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen';
}
