/** The languages that people are told in (BCP 47). */

export const LANGUAGES = ['en', 'fr', 'it', 'zh-Hans', 'zh-Hant'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What was stored or sent; anything unknown is English. */
export function parseLanguage(text: string | null | undefined): Language {
  return LANGUAGES.find((known) => known === text) ?? 'en';
}

/** The first of `accept-language` that we speak. Taiwan, Hong Kong and Macao write traditionally. */
export function chooseLanguage(header: string | undefined): Language {
  for (const part of (header ?? '').slice(0, ACCEPT_CHARS_MAX).split(',')) {
    const [tag = ''] = part.trim().toLowerCase().split(';');
    const [primary = '', ...rest] = tag.split('-');
    if (primary === 'zh') return rest.some(isTraditional) ? 'zh-Hant' : 'zh-Hans';
    const known = LANGUAGES.find((language) => language === primary);
    if (known !== undefined) return known;
  }
  return 'en';
}

const ACCEPT_CHARS_MAX = 200;

function isTraditional(subtag: string): boolean {
  return ['hant', 'tw', 'hk', 'mo'].includes(subtag);
}
