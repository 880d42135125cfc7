/**
 * What a file holds, as a way in would read it: JSON, JSON lines, a mail, or text. The whole file
 * is in memory, so it is bounded (LIMITS.redactBytesMax); a larger one is refused, never cut.
 */
import { createReadStream } from 'node:fs';
import { decodeUtf8 } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import { type JsonValue, parseJson } from '#kernel/syntax/json.ts';
import { CliFailure } from '#app/cli/kit/command.ts';

export type Content =
  | { readonly kind: 'json'; readonly value: JsonValue }
  | { readonly kind: 'json_lines'; readonly values: readonly JsonValue[] }
  | { readonly kind: 'mail'; readonly text: string; readonly attachments: number }
  | { readonly kind: 'text'; readonly text: string };

/** `-`: stdin. */
export async function readContent(path: string): Promise<Content> {
  const bytes = await readBounded(path);
  if (/\.eml$/i.test(path)) return readMail(bytes);
  const text = decodeUtf8(bytes);
  if (text === null) throw new CliFailure(`${path} is no UTF-8 text`);
  return readText(text);
}

export function readText(text: string): Content {
  const whole = parseJson(text);
  if (whole.ok) return { kind: 'json', value: whole.value };
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const readings = lines[0]?.trimStart().startsWith('{') === true ? lines.map(readLine) : [];
  const values = readings.flatMap((reading) => (reading.ok ? [reading.value] : []));
  const isLines = values.length > 0 && values.length === lines.length;
  return isLines ? { kind: 'json_lines', values } : { kind: 'text', text };
}

function readLine(line: string) {
  return parseJson(line);
}

const HEADERS = ['Subject', 'From', 'To', 'Cc', 'Reply-To'] as const;

/** What people would read of it; what is attached is only counted. */
async function readMail(bytes: Uint8Array): Promise<Content> {
  // Loaded when it is used: most files are no mails.
  const { default: PostalMime } = await import('postal-mime');
  const mail = await PostalMime.parse(bytes);
  const shown = HEADERS.flatMap((name) =>
    mail.headers
      .filter(({ key }) => key === name.toLowerCase())
      .map(({ value }) => `${name}: ${value}`),
  );
  const text = [...shown, '', mail.text ?? mail.html ?? ''].join('\n');
  return { kind: 'mail', text, attachments: mail.attachments.length };
}

async function readBounded(path: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream: AsyncIterable<Buffer> = path === '-' ? process.stdin : createReadStream(path);
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LIMITS.redactBytesMax) break;
    }
  } catch (error) {
    throw new CliFailure(error instanceof Error ? error.message : String(error));
  }
  if (size <= LIMITS.redactBytesMax) return Buffer.concat(chunks);
  const name = path === '-' ? 'stdin' : path;
  throw new CliFailure(`${name} is larger than ${LIMITS.redactBytesMax} bytes; split it by lines`);
}
