/**
 * Numbers as people write them: groups of digits with spaces, dashes, dots, slashes and brackets
 * between. Tells which groups are a card, a resident identity or a telephone number.
 * Each window holds few groups and few digits, so a row of groups costs a fixed amount per group.
 */
import type { Hit } from '#redaction/text/hit.ts';
import { CARD_DIGITS_MAX, CARD_DIGITS_MIN, isCard } from './card.ts';
import type { FoundGroups, Group, NumberScope } from './group.ts';
import { findPhone, type PhoneScope, readPhoneScope } from './phone.ts';
import { isResidentId, RESIDENT_ID_CHARS } from './resident-id.ts';

const GROUP = /\d{1,20}/g;
const GAP_CHARS_MAX = 3;
const GAP = /^(?: ?[-./ ] ?|\) ?[-./]?| ?\(|\) ?\()$/;
/** More groups in one row are looked at in parts; none of them cuts a number in two. */
const ROW_GROUPS_MAX = 64;
const NUMBER_GROUPS_MAX = 19;

export function findNumbers(text: string, hits: Hit[], scope: NumberScope): void {
  let row: Group[] = [];
  GROUP.lastIndex = 0;
  for (let match = GROUP.exec(text); match !== null; match = GROUP.exec(text)) {
    const { index, 0: digits } = match;
    const last = row.at(-1);
    const gap = last === undefined ? '' : readGap(text, last.end, index);
    if (gap === '') {
      readRow(text, row, { hits, scope });
      row = [];
    } else if (row.length >= ROW_GROUPS_MAX) {
      row = row.slice(readRow(text, row, { hits, scope, keptGroups: NUMBER_GROUPS_MAX }));
    }
    row.push({ start: index, end: index + digits.length, digits, gap });
  }
  readRow(text, row, { hits, scope });
}

/** Empty where two groups do not belong to one number. */
function readGap(text: string, from: number, to: number): string {
  if (to - from > GAP_CHARS_MAX) return '';
  const gap = text.slice(from, to);
  return GAP.test(gap) ? gap : '';
}

type Found = {
  readonly hits: Hit[];
  readonly scope: NumberScope;
  /** At the end of a row that goes on: they are looked at with what follows. */
  readonly keptGroups?: number;
};

const DIGITS_MIN = 7;

function countDigits(row: readonly Group[]): number {
  let digits = 0;
  for (const group of row) digits += group.end - group.start;
  return digits;
}

/** Returns how many groups are done with. */
function readRow(text: string, row: readonly Group[], found: Found): number {
  const { hits, scope, keptGroups = 0 } = found;
  const end = row.length - keptGroups;
  if (countDigits(row) < DIGITS_MIN) return end;
  const phones = readPhoneScope(text, row, scope);
  let first = 0;
  while (first < end) {
    const number = findAt(text, row, { first, phones });
    if (number !== null) hits.push(number.hit);
    first += number?.groups ?? 1;
  }
  return first;
}

type Place = { readonly first: number; readonly phones: PhoneScope };

function findAt(text: string, row: readonly Group[], place: Place): FoundGroups | null {
  const group = row[place.first];
  if (group === undefined) return null;
  return (
    findResidentId(text, group) ??
    findCard(text, row, place) ??
    findPhone(text, row.slice(place.first), place.phones)
  );
}

function findResidentId(text: string, group: Group): FoundGroups | null {
  const missing = RESIDENT_ID_CHARS - group.digits.length;
  if (missing !== 0 && missing !== 1) return null;
  const end = group.end + missing;
  const spelled = text.slice(group.start, end).toUpperCase();
  if (!isResidentId(spelled) || !standsAlone(text, group.start, end)) return null;
  return { hit: { start: group.start, end, maskClass: 'cn_id', normalised: spelled }, groups: 1 };
}

function findCard(text: string, row: readonly Group[], place: Place): FoundGroups | null {
  let digits = '';
  const [head] = row.slice(place.first, place.first + 1);
  if (head === undefined) return null;
  for (let at = place.first; at < row.length; at += 1) {
    const group = row[at];
    if (group === undefined) break;
    if (at > place.first && !/^[ -]$/.test(group.gap)) break;
    digits += group.digits;
    if (digits.length > CARD_DIGITS_MAX) break;
    if (digits.length < CARD_DIGITS_MIN) continue;
    const isGrouped = at > place.first;
    // `1234 5` and the like are other numbers in a row; cards have groups of four to six.
    if (isGrouped && !isCardShape(row.slice(place.first, at + 1))) continue;
    if (place.phones.isId && !isGrouped) continue;
    if (!isCard(digits, isGrouped) || !standsAlone(text, head.start, group.end)) continue;
    const hit = { start: head.start, end: group.end, maskClass: 'credit_card' } as const;
    return { hit: { ...hit, normalised: digits }, groups: at - place.first + 1 };
  }
  return null;
}

function isCardShape(groups: readonly Group[]): boolean {
  const isShort = groups.slice(0, -1).some(({ digits }) => digits.length < 4);
  return !isShort && new Set(groups.slice(1).map(({ gap }) => gap)).size === 1;
}

/** Not within a longer number, a name, a decimal or a UUID. */
function standsAlone(text: string, start: number, end: number): boolean {
  const before = text.charAt(start - 1);
  if (/[A-Za-z0-9_]/.test(before)) return false;
  if (/[.:-]/.test(before) && /\d/.test(text.charAt(start - 2))) return false;
  if (before === '-' && /\w/.test(text.charAt(start - 2))) return false;
  const after = text.charAt(end);
  if (/[A-Za-z0-9_]/.test(after)) return false;
  return !/^(?:\.\d|,\d{3}(?!\d)|-\w)/.test(text.slice(end, end + 5));
}
