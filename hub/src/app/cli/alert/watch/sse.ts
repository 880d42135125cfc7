/**
 * Server-sent events, out of text that comes in pieces: a piece may end anywhere, between the two
 * characters of a line break too. Pure but for what it keeps between two pieces.
 */

export type SseMessage = {
  /** `message` when the sender named none. */
  readonly event: string;
  readonly data: string;
  /** The last id that came, with this message or before it; empty when none did. */
  readonly id: string;
};

export type SseParser = {
  /** The messages that this piece completes. Throws when one is larger than any may be. */
  readonly push: (piece: string) => readonly SseMessage[];
};

/** Of one message: an alert has its bounds, this is far above them. */
const MESSAGE_CHARS_MAX = 4 * 1024 * 1024;

export function createSseParser(): SseParser {
  let rest = '';
  let isFirst = true;
  let event = '';
  let data: string[] = [];
  let dataChars = 0;
  let id = '';

  const readLine = (line: string): SseMessage | null => {
    if (line === '') return dispatch();
    const { field, value } = splitField(line);
    if (field === 'event') event = value;
    if (field === 'data') {
      data.push(value);
      dataChars += value.length;
    }
    if (field === 'id' && !value.includes('\0')) id = value;
    return null;
  };

  /** A message without data is none; its id counts all the same. */
  const dispatch = (): SseMessage | null => {
    const message = { event: event === '' ? 'message' : event, data: data.join('\n'), id };
    const isEmpty = data.length === 0;
    event = '';
    data = [];
    dataChars = 0;
    return isEmpty ? null : message;
  };

  return {
    push: (piece) => {
      const text = rest + (isFirst ? piece.replace(/^\ufeff/, '') : piece);
      isFirst &&= text === '';
      const lines = text.split(/\r\n|\r(?!$)|\n/);
      // The last one is not over yet: a `\r` at its end may be half of a line break.
      rest = lines.pop() ?? '';
      const messages = lines.map(readLine).filter((message) => message !== null);
      if (rest.length + dataChars > MESSAGE_CHARS_MAX) {
        throw new Error(`a message has more than ${MESSAGE_CHARS_MAX} characters`);
      }
      return messages;
    },
  };
}

/** One blank after the colon belongs to it. A line that begins with one is a comment. */
function splitField(line: string): { readonly field: string; readonly value: string } {
  const at = line.indexOf(':');
  if (at === -1) return { field: line, value: '' };
  return { field: line.slice(0, at), value: line.slice(at + 1).replace(/^ /, '') };
}
