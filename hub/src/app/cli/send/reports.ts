/** The JSON text that `tocsin send --file` or `--stdin` reports, bounded as the hub bounds it. */
import { createReadStream } from 'node:fs';
import { decodeUtf8 } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import { type JsonValue, parseJson } from '#kernel/syntax/json.ts';
import { CliFailure } from '#app/cli/kit/command.ts';

/** Null: what comes on stdin. `isTextTaken`: what does not begin as JSON does is text, as it is. */
export async function readReports(
  path: string | null,
  { isTextTaken = false }: { readonly isTextTaken?: boolean } = {},
): Promise<JsonValue> {
  const name = path ?? 'stdin';
  const bytes = await readBounded(path, name);
  if (isTextTaken && bytes.length > 0 && !/^\s*[{[]/.test(bytes.toString('latin1', 0, 64))) {
    return bytes.toString();
  }
  const text = decodeUtf8(bytes);
  if (text === null) throw new CliFailure(`${name} is no UTF-8 text`);
  if (text.trim() === '') throw new CliFailure(`${name} is empty; it should hold JSON`);
  const reading = parseJson(text);
  if (reading.ok) return reading.value;
  const { path: where, message } = reading.fault;
  throw new CliFailure(`${name} is no JSON that the hub takes: ${message}`, {
    details: where === '' ? [] : [where],
  });
}

async function readBounded(path: string | null, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream: AsyncIterable<Buffer> = path === null ? process.stdin : createReadStream(path);
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LIMITS.bodyBytesMax) break;
    }
  } catch (error) {
    throw new CliFailure(error instanceof Error ? error.message : String(error));
  }
  if (size <= LIMITS.bodyBytesMax) return Buffer.concat(chunks);
  throw new CliFailure(
    `${name} is larger than ${LIMITS.bodyBytesMax} bytes, which one request may be`,
  );
}
