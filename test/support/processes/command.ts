/** The command line as a second terminal has it: the real program, with nothing of our settings. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const LAUNCHER = fileURLToPath(new URL('../../../bin/tocsin.mjs', import.meta.url));

export type Ended = { readonly code: number; readonly out: string; readonly err: string };

export async function runCommand(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  input = '',
): Promise<Ended> {
  const child = spawn(process.execPath, [LAUNCHER, ...words], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  const [out, err] = [readAll(child.stdout), readAll(child.stderr)];
  child.stdin.end(input);
  await once(child, 'close');
  return { code: child.exitCode ?? -1, out: await out, err: await err };
}

export async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
