/** What the hub has written to its log. */
import { readFileSync } from 'node:fs';

const ERROR_LEVEL = 50;
/** An exception that nobody caught has that many. */
const LAST_LINES = 40;

export function readLastLines(file: string): string {
  return readFileSync(file, 'utf8').split('\n').slice(-LAST_LINES).join('\n');
}

export function countErrors(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of text.split('\n')) {
    const { level, message } = parseLogLine(line);
    if (level < ERROR_LEVEL) continue;
    counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  return counts;
}

/** A killed hub may leave half a line. What is no JSON is an error: nobody else writes there. */
function parseLogLine(line: string): { readonly level: number; readonly message: string } {
  if (line === '') return { level: 0, message: '' };
  try {
    const entry = JSON.parse(line) as { level?: number; msg?: string; error?: string };
    const cause = (entry.error ?? '').split('\n')[0] ?? '';
    const message = `${entry.msg ?? ''}${cause === '' ? '' : `: ${cause}`}`;
    return { level: entry.level ?? 0, message };
  } catch {
    return { level: line.startsWith('{') ? 0 : ERROR_LEVEL, message: line };
  }
}
