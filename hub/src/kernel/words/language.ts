/** The languages that people are told in (BCP 47). */

export const LANGUAGES = ['en', 'fr', 'it', 'zh-Hans', 'zh-Hant'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What was stored or sent; anything unknown is English. */
export function parseLanguage(text: string | null | undefined): Language {
  return LANGUAGES.find((known) => known === text) ?? 'en';
}
