/**
 * A tree of JSON: each value is read as the name of its field says. Unchanged parts are the very
 * same objects. Names are texts too; two that become one by masking are both kept.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { isMask, type MaskClass } from '#redaction/mask.ts';
import { normalisePhone } from '#redaction/identifier/phone.ts';
import { count, type Masking } from '#redaction/text/hit.ts';
import { isMarkedNumber, unmarkNumber } from './embedded-json.ts';
import { type Context, contextOf, type FindKeyRule, type KeyRule } from './key.ts';

export type JsonDeps = {
  /** Numbers stand as marked texts: see `embedded-json.ts`. */
  readonly areNumbersMarked: boolean;
  readonly findKeyRule: FindKeyRule;
  readonly masking: Masking;
  readonly phoneRegions: readonly string[];
  readonly redactText: (text: string, place: { context: Context; depth: number }) => string;
};

const TEXT: KeyRule = { kind: 'plain', context: 'text' };

export function redactJson(value: JsonValue, depth: number, deps: JsonDeps): JsonValue {
  return redactValue(value, { rule: TEXT, depth }, deps);
}

export function redactObject(value: JsonObject, depth: number, deps: JsonDeps): JsonObject {
  return redactEntries(value, { rule: TEXT, depth }, deps);
}

/** A value whose name is known, such as that of a label. */
export function redactNamed(
  name: string,
  value: string,
  how: { readonly depth: number; readonly deps: JsonDeps },
): string {
  const place = { rule: how.deps.findKeyRule(name), depth: how.depth };
  return redactLeaf(value, place, how.deps);
}

type Place = { readonly rule: KeyRule; readonly depth: number };

function redactValue(value: JsonValue, place: Place, deps: JsonDeps): JsonValue {
  if (typeof value === 'string') return redactLeaf(value, place, deps);
  if (typeof value === 'number') return redactNumber(value, place, deps);
  if (typeof value === 'boolean' || value === null) return value;
  return isJsonObject(value) ? redactEntries(value, place, deps) : redactList(value, place, deps);
}

/** `["Authorization", "Bearer x"]` is how some senders write a header. */
function redactList(
  list: readonly JsonValue[],
  place: Place,
  deps: JsonDeps,
): readonly JsonValue[] {
  const [name] = list;
  const isPair = list.length === 2 && typeof name === 'string';
  const named = isPair ? narrow(deps.findKeyRule(name)) : null;
  let isChanged = false;
  const redacted = list.map((value, index) => {
    const rule = named !== null && index === 1 ? named : place.rule;
    const next = redactValue(value, { ...place, rule }, deps);
    isChanged ||= next !== value;
    return next;
  });
  return isChanged ? redacted : list;
}

/** Null when the name says nothing about a secret or a person. */
function narrow(rule: KeyRule): KeyRule | null {
  return rule.kind === 'secret' || rule.kind === 'line' || rule.kind === 'personal' ? rule : null;
}

function redactEntries(value: JsonObject, place: Place, deps: JsonDeps): JsonObject {
  const inherited = narrow(place.rule);
  const beside = findRuleBeside(value, deps);
  const isSecretObject = value['kind'] === 'Secret' && 'apiVersion' in value;
  let isChanged = false;
  const taken = new Set<string>();
  const entries = Object.entries(value).map(([name, each]): readonly [string, JsonValue] => {
    const own = deps.findKeyRule(name);
    const isHeld = isSecretObject && (name === 'data' || name === 'stringData');
    const rule = isHeld ? SECRET : (narrow(own) ?? ruleOf(name, beside) ?? inherited ?? own);
    const next = redactValue(each, { ...place, rule }, deps);
    const spelled = redactName(name, place.depth, deps);
    const unique = nameUniquely(spelled, taken);
    taken.add(unique);
    isChanged ||= next !== each || unique !== name;
    return [unique, next];
  });
  return isChanged ? Object.fromEntries(entries) : value;
}

const SECRET: KeyRule = { kind: 'secret', maskClass: 'secret_field', arePlural: false };
const VALUE_NAMES: ReadonlySet<string> = new Set(['value', 'values', 'val', 'v', 'content']);

/** `{"name": "DB_PASSWORD", "value": "x"}`: the name of the value stands beside it. */
function findRuleBeside(value: JsonObject, deps: JsonDeps): KeyRule | null {
  for (const field of ['name', 'key', 'Name', 'Key']) {
    const name = value[field];
    if (typeof name === 'string') return narrow(deps.findKeyRule(name));
  }
  return null;
}

function ruleOf(name: string, beside: KeyRule | null): KeyRule | null {
  return beside !== null && VALUE_NAMES.has(name.toLowerCase()) ? beside : null;
}

export function redactName(name: string, depth: number, deps: JsonDeps): string {
  return deps.redactText(name, { context: 'text', depth });
}

/** Two addresses in different spellings have one mask. */
export function nameUniquely(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name} (${number})`)) number += 1;
  return `${name} (${number})`;
}

function redactLeaf(value: string, place: Place, deps: JsonDeps): string {
  const { rule, depth } = place;
  if (value === '' || isMask(value)) return value;
  if (deps.areNumbersMarked && isMarkedNumber(value)) {
    return redactDigits(unmarkNumber(value), place, deps) ?? value;
  }
  switch (rule.kind) {
    case 'secret':
      return redactSecret(value, rule.maskClass, { depth, deps });
    case 'line':
      return redactLine(value, rule.maskClass, { depth, deps });
    case 'personal':
      return redactPersonal(value, rule, { depth, deps });
    case 'weak':
    case 'plain':
      return deps.redactText(value, { context: contextOf(rule), depth });
  }
}

type Here = { readonly depth: number; readonly deps: JsonDeps };

const URL_HEAD = /^[a-z][a-z0-9+.-]{1,20}:\/\//i;
const NO_SECRET = /^(?:true|false|null|none|\*{3,}|\[(?:filtered|redacted)\])$/i;

/** The host of a DSN stays readable, where it holds a secret that patterns know. */
function redactSecret(value: string, maskClass: MaskClass, { depth, deps }: Here): string {
  if (NO_SECRET.test(value)) return value;
  if (URL_HEAD.test(value)) {
    const redacted = deps.redactText(value, { context: 'text', depth });
    if (redacted !== value || hasMask(value)) return redacted;
  }
  return maskWhole(value, maskClass, { depth, deps });
}

const SCHEME = /^(?:Bearer|Basic|Token|ApiKey) +/i;

function redactLine(value: string, maskClass: MaskClass, here: Here): string {
  if (NO_SECRET.test(value)) return value;
  const scheme = SCHEME.exec(value)?.[0] ?? '';
  const rest = value.slice(scheme.length);
  return rest === '' || isMask(rest) ? value : scheme + maskWhole(rest, maskClass, here);
}

function redactPersonal(
  value: string,
  rule: KeyRule & { readonly kind: 'personal' },
  here: Here,
): string {
  const digits = value.replace(/\D/g, '').length;
  const isShort = rule.digitsMin > 0 && (digits < rule.digitsMin || /[A-WYZa-wyz]{3}/.test(value));
  const { depth, deps } = here;
  if (isShort || NO_SECRET.test(value)) return deps.redactText(value, { context: 'text', depth });
  return maskWhole(value, rule.maskClass, here);
}

/** What patterns know inside of it is counted too, for it is what must be revoked. */
function maskWhole(value: string, maskClass: MaskClass, { depth, deps }: Here): string {
  const { nameMask, tally } = deps.masking;
  if (hasMask(value) && !SAYS_MORE.test(value.replaceAll(MASK, ''))) return value;
  const isToken = LOOKS_LIKE_TOKEN.test(value);
  if (isToken) deps.redactText(value, { context: 'secrets_only', depth });
  count(tally, maskClass);
  const normalised =
    maskClass === 'phone'
      ? normalisePhone(value, deps.phoneRegions)
      : maskClass === 'credit_card'
        ? value.replace(/\D/g, '')
        : value.trim();
  return nameMask(maskClass, normalised);
}

const MASK = /\[[A-Z][A-Z0-9_]{1,39}#[a-z2-7]{8}\]/g;
const SAYS_MORE = /[\p{L}\p{N}]/u;
const LOOKS_LIKE_TOKEN = /eyJ|-----BEGIN|[A-Za-z0-9]{16}|_[A-Za-z0-9]{16}/;

function hasMask(value: string): boolean {
  return value.search(MASK) !== -1;
}

function redactNumber(value: number, place: Place, deps: JsonDeps): JsonValue {
  const masked = redactDigits(`${value}`, place, deps);
  return masked ?? value;
}

/** Null when the number stays. Numbers are ids and counts, unless the name says otherwise. */
function redactDigits(spelled: string, { rule, depth }: Place, deps: JsonDeps): string | null {
  if (rule.kind === 'secret' && !rule.arePlural) {
    return maskWhole(spelled, rule.maskClass, { depth, deps });
  }
  if (rule.kind !== 'personal' || spelled.length < rule.digitsMin) return null;
  return maskWhole(spelled, rule.maskClass, { depth, deps });
}
