/** Where a command writes to: results to the one, everything else to the other. */
import { cleanLines, cleanText, cutText, measureColumns, padText } from './terminal/text.ts';

export type Output = {
  /** A line of the result. */
  readonly print: (line: string) => void;
  /** A line for the person who waits. */
  readonly complain: (line: string) => void;
  /** Replaces itself; nothing when nobody watches. */
  readonly progress: (line: string) => void;
  /** Set when a person reads the result on a terminal: it may be cut to it, and coloured. */
  readonly terminal?: Terminal;
};

export type Terminal = { readonly columns: number; readonly hasColour: boolean };

/** Names and values below one another, as `  imported       412  in plain words`. */
export function renderTable(rows: readonly (readonly [string, number, string])[]): string {
  const nameChars = Math.max(...rows.map(([name]) => name.length));
  const countChars = Math.max(...rows.map(([, count]) => String(count).length));
  return rows
    .map(([name, count, words]) => {
      const line = `  ${name.padEnd(nameChars)}  ${String(count).padStart(countChars)}  ${words}`;
      return line.trimEnd();
    })
    .join('\n');
}

const GAP = '  ';

/** Narrower than this, a column says nothing any more: then the terminal breaks the line. */
const CUT_COLUMNS_MIN = 12;

/**
 * Rows below their heads, as wide as what is in them. Cells are cleaned. On a terminal the last
 * column ends where the terminal does; anywhere else it is as long as it is.
 */
export function renderColumns(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  terminal?: Terminal,
): string {
  const cleaned = rows.map((row) => row.map(cleanText));
  const widths = heads.map((head, index) =>
    Math.max(head.length, ...cleaned.map((row) => measureColumns(row[index] ?? ''))),
  );
  const last = heads.length - 1;
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0);
  const room = terminal === undefined ? Infinity : terminal.columns - before;
  const toLine = (row: readonly string[], paint: (head: string, cell: string) => string) =>
    row
      .map((cell, index) => {
        if (index === last && room >= CUT_COLUMNS_MIN) return cutText(cell, room);
        return paint(heads[index] ?? '', padText(cell, widths[index] ?? 0));
      })
      .join(GAP)
      .trimEnd();
  const paint = terminal?.hasColour === true ? paintCell : (_head: string, cell: string) => cell;
  return [toLine(heads, (_head, cell) => cell), ...cleaned.map((row) => toLine(row, paint))].join(
    '\n',
  );
}

/** One thing: what is known of it, one line each; a value may have several lines. */
export function renderFacts(facts: readonly (readonly [string, string])[]): string {
  const columns = Math.max(0, ...facts.map(([name]) => name.length));
  return facts
    .map(([name, value]) => {
      const indent = `\n${' '.repeat(columns + GAP.length)}`;
      return `${name.padEnd(columns)}${GAP}${cleanLines(value).replaceAll('\n', indent)}`;
    })
    .join('\n');
}

export function printColumns(
  out: Output,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  out.print(renderColumns(heads, rows, out.terminal));
}

/** Only the word that matters most. */
function paintCell(head: string, cell: string): string {
  return head === 'SEVERITY' ? paintSeverity(cell) : cell;
}

const SEVERITY_COLOURS: Readonly<Record<string, string>> = { critical: '1;31', high: '33' };

/** Of a cell that may be filled up with blanks. */
export function paintSeverity(cell: string): string {
  const word = cell.trimEnd();
  const colour = SEVERITY_COLOURS[word];
  if (colour === undefined) return cell;
  return `\u001b[${colour}m${word}\u001b[0m${cell.slice(word.length)}`;
}

const BAR_COLUMNS = 24;

/** `checking  [######..................]  25 %  1 of 4 batches`, for `Output.progress`. */
export function renderProgress(work: {
  readonly verb: string;
  readonly done: number;
  readonly total: number;
  readonly noun: string;
}): string {
  const { verb, done, total, noun } = work;
  const share = total <= 0 ? 1 : Math.min(1, Math.max(0, done / total));
  const bar = '#'.repeat(Math.floor(share * BAR_COLUMNS)).padEnd(BAR_COLUMNS, '.');
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${verb}  [${bar}] ${percent} %  ${done} of ${total} ${noun}`;
}
