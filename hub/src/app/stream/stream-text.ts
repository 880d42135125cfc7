/** What goes over a live stream, as text: events and cursors. Pure. */
import { encodeUtf8 } from '#kernel/crypto.ts';
import { formatInstant, type Instant, parseInstant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';

/** How long a browser's own EventSource waits before it comes again. */
const RETRY_MS = 2_000;

/** Sent first, so that whoever is in between passes the headers on. */
export const GREETING: Uint8Array = encodeUtf8(`retry: ${RETRY_MS}\n\n`);

/** JSON has no line breaks of its own, so one `data` line holds it. */
export function renderEvent(name: string, cursor: string, data: JsonObject): Uint8Array {
  return encodeUtf8(`event: ${name}\nid: ${cursor}\ndata: ${JSON.stringify(data)}\n\n`);
}

export function renderCursor(at: Instant): string {
  return formatInstant(at);
}

/** Null: none of ours. */
export function parseCursor(text: string | null): Instant | null {
  return text === null ? null : parseInstant(text);
}
