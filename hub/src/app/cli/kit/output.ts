/** Where a command writes to: results to the one, everything else to the other. */

export type Output = {
  /** A line of the result. */
  readonly print: (line: string) => void;
  /** A line for the person who waits. */
  readonly complain: (line: string) => void;
  /** Replaces itself; nothing when nobody watches. */
  readonly progress: (line: string) => void;
};

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

/** Rows below their heads, as wide as what is in them; the last column is as long as it is. */
export function renderColumns(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = heads.map((head, index) =>
    Math.max(head.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  return [heads, ...rows]
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
