/** Which finders look at a text, and in which order: the order is their rank where they overlap. */
import { findEmails } from '#redaction/identifier/email.ts';
import { findFiscalCodes } from '#redaction/identifier/fiscal-code.ts';
import { findIbans } from '#redaction/identifier/iban.ts';
import { findIpv4, findIpv6 } from '#redaction/identifier/ip-address.ts';
import { findNumbers } from '#redaction/identifier/number.ts';
import {
  findAwsSecrets,
  findJwts,
  findKnownTokens,
  findPrivateKeys,
  findWebhooks,
} from '#redaction/secret/known-token.ts';
import type { Context, FindKeyRule } from '#redaction/structure/key.ts';
import { findArguments, findAssignments, findElements } from './assignment.ts';
import { type Hit } from './hit.ts';
import { findPhrases } from './phrase.ts';
import { foldEscapes, foldWidth, readTraits, TRAIT } from './traits.ts';
import { findUrlCredentials } from './url.ts';

export type ScanScope = {
  readonly findKeyRule: FindKeyRule;
  readonly findCustom: ((text: string, hits: Hit[]) => void) | null;
  readonly phoneRegions: readonly string[];
  readonly areLocalAddressesMasked: boolean;
};

/** Without any of these no finder but that of phrases has something to look for. */
export const TELLING_TRAITS =
  TRAIT.at |
  TRAIT.colon |
  TRAIT.equals |
  TRAIT.percent |
  TRAIT.dots |
  TRAIT.manyDigits |
  TRAIT.longRun |
  TRAIT.wide |
  TRAIT.dashes |
  TRAIT.angle;

/** In the order of their rank. */
export function findHits(text: string, context: Context, scope: ScanScope): readonly Hit[] {
  const spoken = readTraits(text);
  const isWide = (spoken & TRAIT.wide) !== 0;
  const wide = isWide ? foldWidth(text) : text;
  const folded = (spoken & TRAIT.backslash) === 0 ? wide : foldEscapes(wide);
  const traits = folded === text ? spoken : readTraits(folded);
  const hits: Hit[] = [];
  if ((traits & TRAIT.dashes) !== 0) findPrivateKeys(folded, hits);
  if (context !== 'secrets_only') findNamed(folded, traits, { hits, scope });
  findTokens(folded, traits, hits);
  if (context !== 'secrets_only') findPersonal(folded, traits, { hits, scope, context });
  scope.findCustom?.(folded, hits);
  return rankRandomLast(hits);
}

/** What is only random-looking ranks behind what is known. */
function rankRandomLast(hits: readonly Hit[]): readonly Hit[] {
  const isRandom = ({ maskClass }: Hit): boolean => maskClass === 'high_entropy';
  if (!hits.some(isRandom)) return hits;
  return [...hits.filter((hit) => !isRandom(hit)), ...hits.filter(isRandom)];
}

const has = (traits: number, wanted: number): boolean => (traits & wanted) !== 0;

function findNamed(
  text: string,
  traits: number,
  { hits, scope }: { readonly hits: Hit[]; readonly scope: ScanScope },
): void {
  const { findKeyRule } = scope;
  if (has(traits, TRAIT.colon | TRAIT.equals)) findAssignments(text, hits, findKeyRule);
  if (has(traits, TRAIT.dashes | TRAIT.space)) {
    if (text.includes(' -')) findArguments(text, hits, findKeyRule);
  }
  if (has(traits, TRAIT.angle)) findElements(text, hits, findKeyRule);
  if (has(traits, TRAIT.space | TRAIT.wide)) findPhrases(text, hits);
}

/** In every address that somebody may post to. */
const POSTS = /hook|robot/i;

function findTokens(text: string, traits: number, hits: Hit[]): void {
  if (has(traits, TRAIT.colon | TRAIT.at)) findUrlCredentials(text, hits);
  if (has(traits, TRAIT.colon | TRAIT.longRun) && POSTS.test(text)) findWebhooks(text, hits);
  if (!has(traits, TRAIT.longRun)) return;
  findKnownTokens(text, hits);
  findAwsSecrets(text, hits);
  findJwts(text, hits);
}

type Personal = {
  readonly hits: Hit[];
  readonly scope: ScanScope;
  readonly context: Context;
};

/**
 * One or several in angle brackets; without them, one that counts something, as programs make them.
 * With words around it, or of letters alone, it is somebody's address in the wrong field.
 */
function areMessageIds(text: string): boolean {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  if (words.every((word) => word.startsWith('<') && word.endsWith('>'))) return true;
  return words.length === 1 && text.includes('@') && /\d/.test(text);
}

function findPersonal(text: string, traits: number, { hits, scope, context }: Personal): void {
  const isMessageId = context === 'message_id' && areMessageIds(text);
  if (has(traits, TRAIT.longRun | TRAIT.manyDigits)) {
    findIbans(text, hits);
    findFiscalCodes(text, hits);
  }
  if (has(traits, TRAIT.at) && !isMessageId) findEmails(text, hits);
  if (has(traits, TRAIT.manyDigits) && !isMessageId) {
    const { phoneRegions } = scope;
    const isOneWord = context === 'message_id' && !/\s/.test(text.trim());
    findNumbers(text, hits, { isId: context === 'id' || isOneWord, phoneRegions });
  }
  const address = {
    areLocalMasked: scope.areLocalAddressesMasked,
    isVersion: context === 'version',
  };
  if (has(traits, TRAIT.colons)) findIpv6(text, hits, address);
  if (has(traits, TRAIT.dots)) findIpv4(text, hits, address);
}
