/** The pages of a login in every language that we speak. */
import type { Language } from '#kernel/words/language.ts';
import { EN } from './en.ts';
import { FR } from './fr.ts';
import { IT } from './it.ts';
import type { Phrases } from './phrases.ts';
import { ZH_HANS } from './zh-hans.ts';
import { ZH_HANT } from './zh-hant.ts';

export const PHRASE_BOOK: Readonly<Record<Language, Phrases>> = {
  en: EN,
  fr: FR,
  it: IT,
  'zh-Hans': ZH_HANS,
  'zh-Hant': ZH_HANT,
};
