/**
 * How far each chain of the audit has got, kept outside of the database: `audit-heads.log` in the
 * data directory, one line of JSON each, only ever added to, and on the disk before it counts.
 *
 * Bound: at LIMITS.auditHeadsFileBytesMax the file goes on as a new one that begins with the last
 * line of each project; the one before is kept as `audit-heads.1.log`, and replaced next time.
 * Danger: whoever may write the data directory may write this too. The log has the same lines.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '#kernel/limits.ts';

export type AuditHeadsFile = {
  readonly append: (lines: readonly HeadLine[]) => Promise<void>;
  /** All that are kept, the oldest first; a line that was cut short by a crash is left out. */
  readonly read: () => Promise<readonly HeadLine[]>;
};

export type HeadLine = {
  readonly at: string;
  readonly project_id: string;
  readonly seq: number;
  readonly mac: string;
};

const OWNER_ONLY = 0o600;

export function createAuditHeadsFile(
  dir: string,
  bytesMax: number = LIMITS.auditHeadsFileBytesMax,
): AuditHeadsFile {
  const path = join(dir, 'audit-heads.log');
  const before = join(dir, 'audit-heads.1.log');

  async function shorten(): Promise<void> {
    const last = new Map(parseHeadLines(await readText(path)).map((one) => [one.project_id, one]));
    const fresh = `${path}.new`;
    await writeAll(fresh, { flags: 'w', text: [...last.values()].map(renderLine).join('') });
    await rename(path, before);
    await rename(fresh, path);
  }

  return {
    append: async (lines) => {
      if ((await measure(path)) > bytesMax) await shorten();
      const text = lines.map(renderLine).join('');
      // Behind half a line of a crash nothing could be read.
      const start = (await endsLine(path)) ? '' : '\n';
      await writeAll(path, { flags: 'a', text: `${start}${text}` });
    },
    read: async () => parseHeadLines((await readText(before)) + (await readText(path))),
  };
}

/** Also of a log that holds other lines too: what says no head is passed over. */
export function parseHeadLines(text: string): readonly HeadLine[] {
  return text.split('\n').flatMap((line) => {
    const head = parseHeadLine(line);
    return head === null ? [] : [head];
  });
}

function parseHeadLine(line: string): HeadLine | null {
  const start = line.indexOf('{');
  if (start === -1 || !line.includes('"mac"')) return null;
  try {
    const found = JSON.parse(line.slice(start)) as Readonly<Record<string, unknown>>;
    const { project_id, seq, mac } = found;
    const at = typeof found['at'] === 'string' ? found['at'] : '';
    const isHead = typeof project_id === 'string' && typeof mac === 'string';
    if (!isHead || typeof seq !== 'number' || !Number.isSafeInteger(seq)) return null;
    return /^[0-9a-f]{64}$/.test(mac) && seq >= 1 ? { at, project_id, seq, mac } : null;
  } catch {
    return null;
  }
}

function renderLine(line: HeadLine): string {
  return `${JSON.stringify(line)}\n`;
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(orWhenAbsent(''));
}

async function measure(path: string): Promise<number> {
  return stat(path).then(({ size }) => size, orWhenAbsent(0));
}

async function endsLine(path: string): Promise<boolean> {
  const size = await measure(path);
  if (size === 0) return true;
  const file = await open(path, constants.O_RDONLY);
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer[0] === 0x0a;
  } finally {
    await file.close();
  }
}

async function writeAll(
  path: string,
  { flags, text }: { readonly flags: string; readonly text: string },
): Promise<void> {
  const file: FileHandle = await open(path, flags, OWNER_ONLY);
  try {
    await file.appendFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
}

function orWhenAbsent<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isAbsent) return value;
    throw error;
  };
}
