/** All languages. */
import type { Language } from '#kernel/words/language.ts';
import { EN } from './en.ts';
import { FR } from './fr.ts';
import { IT } from './it.ts';
import { ZH_HANS } from './zh-hans.ts';
import { ZH_HANT } from './zh-hant.ts';
import type { Phrases } from './phrases.ts';

export const PHRASE_BOOK: Readonly<Record<Language, Phrases>> = {
  en: EN,
  fr: FR,
  it: IT,
  'zh-Hans': ZH_HANS,
  'zh-Hant': ZH_HANT,
};
