/**
 * The answer to what is no HTTP, to headers that are too large, and to a request that takes too
 * long: written to the socket, for there is no request yet. It repeats nothing of what came.
 */
import type { Socket } from 'node:net';
import { CodedError, ERROR_CODES, type ErrorCode } from '#kernel/error-codes.ts';
import { renderSecurityHeaders } from './security-headers.ts';

const REASONS = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Headers Too Large' } as const;

/** What Node's parser says, by its code; anything else is no HTTP. */
const CODES: Readonly<Record<string, RawCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_too_slow',
};
type RawCode = Extract<ErrorCode, 'bad_request' | 'headers_too_large' | 'request_too_slow'>;

export type RenderRaw = (error: CodedError, requestId: string) => unknown;

export function refuseRaw(error: Error, socket: Socket, render: RenderRaw): void {
  const fault = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // What comes behind the last request is not read: its answer closes the connection.
  if (fault === 'ECONNRESET' || fault === 'HPE_CLOSED_CONNECTION' || socket.destroyed) return;
  const code = CODES[fault] ?? 'bad_request';
  if (socket.writable) socket.write(renderRefusal(code, render));
  // What comes next on this connection belongs to nothing any more.
  socket.destroySoon();
}

function renderRefusal(code: RawCode, render: RenderRaw): string {
  const { status } = ERROR_CODES[code];
  const body = JSON.stringify(render(new CodedError(code), crypto.randomUUID()));
  return (
    `HTTP/1.1 ${status} ${REASONS[status]}\r\n` +
    `content-type: application/json; charset=utf-8\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n` +
    `connection: close\r\n${renderSecurityHeaders()}\r\n${body}`
  );
}
