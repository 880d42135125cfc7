/** Sections of pages that are printed from the code, between two marker comments. */

export type SectionReading =
  | { readonly ok: true; readonly page: string }
  | { readonly ok: false; readonly sentence: string };

/** Puts the body between `<!-- name:start -->` and `<!-- name:end -->`. */
export function replaceSection(page: string, name: string, body: string): SectionReading {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  if (from < 0 || to < from) return { ok: false, sentence: `no lines ${start} and ${end}` };
  const before = page.slice(0, from + start.length);
  return { ok: true, page: `${before}\n${body.trim()}\n${page.slice(to)}` };
}
