/**
 * Whether what a reader sees is what the page promises. What differs each time (moments, ids,
 * keys, spans) is compared by its form only. Pure.
 */

/** From the form to the word that stands for it. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?/g, 'MOMENT'],
  [/\b\d\d:\d\d:\d\d(\.\d{3})?\b/g, 'CLOCK'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID'],
  [/\btcs_[\w-]{20,}/g, 'KEY'],
  [/\bwhsec_[\w+/=-]{20,}/g, 'SECRET'],
  [/\b[a-z0-9]{32}\b/g, 'TOKEN'],
  [/\b[0-9a-f]{40,64}\b/g, 'HASH'],
  [/\b\d+(\.\d+)? ?(ms|s|min|h|d|bytes|KB|MB|GB)\b/g, 'SPAN'],
  [/"age_seconds": ?\d+/g, '"age_seconds": N'],
];

/** What npm says before the command speaks, and the log of a hub that is not on a terminal. */
const CHATTER = /^(> |npm (warn|notice) |\{"level":)/;

export function normalize(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => {
    let form = line.trimEnd();
    for (const [pattern, word] of FORMS) form = form.replace(pattern, word);
    // Columns are as wide as what is in them.
    return form.replace(/ {2,}/g, '  ');
  });
  return lines.filter((line) => line !== '' && !CHATTER.test(line));
}

/** Null when it fits. */
export function findDifference(promised: string, seen: string): string | null {
  const wanted = normalize(promised);
  const found = normalize(seen);
  const at = findUnmatched(wanted, found);
  if (at === null) return null;
  return `promised: ${wanted[at.wanted] ?? '(nothing more)'}\n    seen: ${
    found[at.found] ?? '(nothing more)'
  }`;
}

type Place = { readonly wanted: number; readonly found: number };

function findUnmatched(wanted: readonly string[], found: readonly string[]): Place | null {
  let seen = 0;
  for (let at = 0; at < wanted.length; at += 1) {
    const line = wanted[at] ?? '';
    if (line === '...') {
      const next = wanted[at + 1];
      if (next === undefined) return null;
      const further = found.findIndex((one, index) => index >= seen && isLike(next, one));
      if (further === -1) return { wanted: at + 1, found: found.length };
      seen = further;
    } else if (isLike(line, found[seen])) {
      seen += 1;
    } else {
      return { wanted: at, found: seen };
    }
  }
  return seen < found.length ? { wanted: wanted.length, found: seen } : null;
}

function isLike(wanted: string, found: string | undefined): boolean {
  if (found === undefined) return false;
  return wanted.endsWith('...') ? found.startsWith(wanted.slice(0, -3)) : wanted === found;
}
