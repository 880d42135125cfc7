/**
 * One text, to the end: JSON inside of it, names and patterns, percent-encoding, and all of that
 * again until nothing more is found, so that redacting twice changes nothing.
 */
import { LIMITS } from '#kernel/limits.ts';
import type { Context } from '#redaction/structure/key.ts';
import { type Masking, maskHits } from './hit.ts';
import { redactEncoded } from './percent.ts';
import { findHits, type ScanScope, TELLING_TRAITS } from './scan.ts';
import { readTraits, TRAIT } from './traits.ts';

export type TextScope = ScanScope & {
  /** Texts that were looked at before and have nothing to mask. Masked ones are not remembered. */
  readonly clean: Set<string>;
};

export type TextPlace = {
  readonly context: Context;
  /** How deep in JSON within text, and the like. */
  readonly depth: number;
};

/** Redacts JSON that a text holds; null when it holds none. */
export type RedactInner = (text: string, depth: number) => string | null;

export type TextDeps = {
  readonly scope: TextScope;
  readonly masking: Masking;
  readonly redactInner: RedactInner;
};

/** The very same text when there is nothing to mask. */
export function redactText(text: string, place: TextPlace, deps: TextDeps): string {
  const { scope, masking } = deps;
  const traits = readTraits(text);
  const isTelling = (traits & (TELLING_TRAITS | TRAIT.space)) !== 0 || scope.findCustom !== null;
  if (!isTelling) return text;
  const isShort = text.length <= LIMITS.cleanTextCharsMax && place.context === 'text';
  if (isShort && scope.clean.has(text)) return text;
  const before = masking.tally.total;
  const redacted = redactRounds(text, place, deps);
  if (isShort && masking.tally.total === before && redacted === text) remember(text, scope.clean);
  return redacted;
}

function remember(text: string, clean: Set<string>): void {
  if (clean.size >= LIMITS.cleanTextsMax) clean.clear();
  clean.add(text);
}

function redactRounds(text: string, place: TextPlace, deps: TextDeps): string {
  let current = text;
  for (let round = 0; round < LIMITS.redactionRoundsMax; round += 1) {
    const next = redactOnce(current, place, deps);
    if (next === current) break;
    current = next;
  }
  return current;
}

function redactOnce(text: string, { context, depth }: TextPlace, deps: TextDeps): string {
  const { scope, masking, redactInner } = deps;
  const isDeep = depth >= LIMITS.redactionDepthMax;
  const outer = isDeep ? text : (redactInner(text, depth + 1) ?? text);
  const masked = maskHits(outer, findHits(outer, context, scope), masking);
  if (isDeep || !masked.includes('%')) return masked;
  return redactEncoded(masked, (plain) => redactText(plain, { context, depth: depth + 1 }, deps));
}
