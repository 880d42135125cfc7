/**
 * Telephone numbers. The international form is found wherever it is from; the national form only
 * for the regions of the policy, and only where shape or surroundings say that it is one, so that
 * orders, times and counters stay as they are.
 */
import {
  type CountryCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/min';
import type { FoundGroups, Group, NumberScope } from './group.ts';

export type PhoneScope = {
  readonly regions: readonly string[];
  /** A word for a telephone stands before. */
  readonly isSpokenOf: boolean;
  readonly isId: boolean;
};

const DIGITS_MIN = 7;
const DIGITS_MAX = 15;
const GROUPS_MAX = 7;
const WORDS_BEFORE_CHARS = 28;

const PHONE_WORDS = new RegExp(
  String.raw`(?:\b(?:tel|telef|phone|mobile|mob|cell|cel|chiama|call|ring|whatsapp|wa|sms|fax|` +
    String.raw`numero|` +
    String.raw`num|nr|contatt|contact|recapit|portable|handy|appel|rufen|dial|text|` +
    String.raw`msisdn)[a-zéè]{0,8}|电话|手机|联系|热线|致电|拨打|微信|号码|來電|来电|電話)` +
    String.raw`[^\n\d]{0,14}$`,
  'i',
);
const ID_WORDS = new RegExp(
  String.raw`(?:\b(?:id|ids|uid|order|ordine|ordre|fingerprint|hash|trace|span|seq|` +
    String.raw`sequence|offset|` +
    String.raw`serial|pid|tid|invoice|fattura|protocollo|pratica|timestamp|ts|` +
    String.raw`epoch|event|request|` +
    String.raw`commit|build|job|task|batch|count|total|bytes|size|time|matricola)|_id|订单|` +
    String.raw`订单号|单号|编号|流水号)["']?\s?[:：=#]?\s?["'#]?$`,
  'i',
);

/** `orderId: `; in any case it would be the end of `said`. */
const CAMEL_ID = /(?:[a-z]I[dD]|\bID)["']?\s?[:=#]?\s?["'#]?$/;

/** What stands before a row of groups. */
export function readPhoneScope(
  text: string,
  row: readonly Group[],
  scope: NumberScope,
): PhoneScope {
  const start = row[0]?.start ?? 0;
  const before = text.slice(Math.max(0, start - WORDS_BEFORE_CHARS), start).replace(/[+(]+$/, '');
  const isId = scope.isId || ID_WORDS.test(before) || CAMEL_ID.test(before);
  const isSpokenOf = !isId && PHONE_WORDS.test(before);
  return { regions: scope.phoneRegions, isId, isSpokenOf };
}

/** The longest number that begins with the first of these groups. */
export function findPhone(
  text: string,
  groups: readonly Group[],
  scope: PhoneScope,
): FoundGroups | null {
  const [first] = groups;
  if (first === undefined) return null;
  const start = findStart(text, first);
  if (start === null) return null;
  const isInternational = text[start] === '+' || text.startsWith('(+', start);
  const isWhole = first.gap === '';
  for (const window of listWindows(groups)) {
    const last = window.at(-1) ?? first;
    if (!endsAlone(text, last.end)) continue;
    const digits = window.map((group) => group.digits).join('');
    const isRest = window.length === groups.length;
    const shape = { digits, window, isAlone: isWhole && isRest, isInternational };
    const number = readNumber(shape, scope);
    if (number === null) continue;
    const hit = { start, end: last.end, maskClass: 'phone', normalised: number } as const;
    return { hit, groups: window.length };
  }
  return null;
}

/** Longest first. */
function listWindows(groups: readonly Group[]): readonly (readonly Group[])[] {
  const windows: (readonly Group[])[] = [];
  let digits = 0;
  for (let end = 1; end <= Math.min(groups.length, GROUPS_MAX); end += 1) {
    digits += groups[end - 1]?.digits.length ?? 0;
    if (digits > DIGITS_MAX + 2) break;
    if (digits >= DIGITS_MIN) windows.push(groups.slice(0, end));
  }
  return windows.toReversed();
}

/** With its `+` and bracket; null when it goes on to the left. */
function findStart(text: string, { start, digits }: Group): number | null {
  let at = start;
  while (at > 0 && start - at < 3 && /[+(]/.test(text.charAt(at - 1))) at -= 1;
  const before = text.charAt(at - 1);
  if (/[A-Za-z0-9_#]/.test(before)) return null;
  const further = text.charAt(at - 2);
  if (/[.:/\\]/.test(before) && /\d/.test(further)) return null;
  // `1,333,123,4567` is one number, `1,3331234567,x` is a list.
  if (before === ',' && /\d/.test(further) && digits.length <= 3) return null;
  if (/[-/=]/.test(before) && before !== '=' && /\w/.test(further)) return null;
  return at;
}

function endsAlone(text: string, end: number): boolean {
  const after = text.charAt(end);
  if (/[A-Za-z0-9_%]/.test(after)) return false;
  const next = text.slice(end, end + 5);
  return !/^(?:[.:]\d|,\d{3}(?!\d)|-\w)/.test(next);
}

type Shape = {
  readonly digits: string;
  readonly window: readonly Group[];
  /** Nothing else stands in its row. */
  readonly isAlone: boolean;
  readonly isInternational: boolean;
};

/** In the form of E.164. */
function readNumber(shape: Shape, scope: PhoneScope): string | null {
  const { digits, isInternational } = shape;
  if (isInternational) return parseValid(`+${digits}`);
  if (digits.startsWith('00')) return scope.isId ? null : parseValid(`+${digits.slice(2)}`);
  if (scope.isId) return null;
  for (const region of scope.regions) {
    if (!mayBeOf(region, digits) || !hasShape(shape, region, scope)) continue;
    const number = parseValid(digits, region);
    if (number !== null) return number;
  }
  return scope.isSpokenOf && digits.length >= 11 ? parseValid(`+${digits}`) : null;
}

/** Numbers of one country are valid in another: how they begin at home decides. */
const BEGINNINGS: Readonly<Record<string, RegExp>> = {
  CN: /^(?:0|1[3-9]\d{9}$|[48]00\d{7}$)/,
  IT: /^(?:0|3|8)/,
};

function mayBeOf(region: string, digits: string): boolean {
  return BEGINNINGS[region]?.test(digits) ?? true;
}

const ITALIAN_MOBILE = /^3(?:2\d|3\d|4\d|5[0-3]|6[0-8]|7\d|8\d|9\d)\d{6,7}$/;
const CHINESE_MOBILE = /^1[3-9]\d{9}$/;

function hasShape(shape: Shape, region: string, scope: PhoneScope): boolean {
  const { digits, window, isAlone } = shape;
  const isGrouped = window.length > 1;
  const isDecimal = window.length === 2 && window[1]?.gap === '.' && !digits.startsWith('0');
  if (region === 'CN' && CHINESE_MOBILE.test(digits)) {
    const lengths = window.map((group) => group.digits.length).join('-');
    return ['11', '3-4-4', '3-8', '7-4'].includes(lengths) && !isDecimal;
  }
  if (scope.isSpokenOf) return digits.length >= 8;
  if (!isGrouped || !isAlone || isDecimal) return false;
  if (region === 'IT' && ITALIAN_MOBILE.test(digits)) return window.length <= 4;
  return isTrunkShape(window) || (region === 'US' && isAmericanShape(window));
}

/** `06 1234567`, `010-12345678`, `01 23 45 67 89`: a zero first, then groups that are no date. */
function isTrunkShape(window: readonly Group[]): boolean {
  const [area, ...rest] = window.map((group) => group.digits);
  if (area === undefined || !/^0[1-9]\d{0,3}$/.test(area)) return false;
  const digits = rest.join('').length;
  const isSlashed = window.some(({ gap }) => gap.includes('/'));
  if (isSlashed && rest.length !== 1) return false;
  return digits >= 5 && digits <= 9 && rest.every((group) => group.length >= 2);
}

function isAmericanShape(window: readonly Group[]): boolean {
  return window.map((group) => group.digits.length).join('-') === '3-3-4';
}

function parseValid(text: string, region?: string): string | null {
  const country: CountryCode | undefined =
    region !== undefined && isSupportedCountry(region) ? region : undefined;
  const digits = text.startsWith('+') ? text.length - 1 : text.length;
  if (digits < DIGITS_MIN || digits > DIGITS_MAX) return null;
  const number = parsePhoneNumberFromString(text, country);
  return number?.isValid() === true ? number.number : null;
}

/** The one spelling of a number that a field is known to hold. */
export function normalisePhone(text: string, regions: readonly string[]): string {
  const digits = text.replace(/\D/g, '');
  const spelled = text.trim().startsWith('+') ? `+${digits}` : digits.replace(/^00/, '+');
  if (spelled.startsWith('+')) return parseValid(spelled) ?? digits;
  for (const region of regions) {
    const number = mayBeOf(region, spelled) ? parseValid(spelled, region) : null;
    if (number !== null) return number;
  }
  return parseValid(`+${digits}`) ?? digits;
}
