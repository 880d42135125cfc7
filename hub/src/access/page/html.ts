/** Pages as templates that escape whatever is put into them, but for what is HTML already. Pure. */

/** Made here alone, so that no text passes for it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | null | readonly Html[];

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0] ?? '';
  for (const [at, part] of parts.entries()) text += renderPart(part) + (strings[at + 1] ?? '');
  return new Html(text);
}

/** Danger: only for what we wrote ourselves, or a library made of what it escapes. */
export function trustHtml(text: string): Html {
  return new Html(text);
}

function renderPart(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  return escapeText(String(part));
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;');
}
