/**
 * What a project may add to the built-in rules: names of fields, patterns of its own, regions whose
 * national telephone numbers count. There is nothing here that switches a rule off, so the worst
 * a mistake can do is mask too much, and `mergePolicies` keeps what an older policy masked.
 */
import { RE2JS } from 're2js';
import { sha256Hex } from '#kernel/crypto.ts';
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';

export type ExtraPattern = {
  /** Names the mask: `EMPLOYEE` leaves `[EMPLOYEE#...]`. */
  readonly name: string;
  /** In RE2's syntax; what it matches is masked whole. */
  readonly pattern: string;
};

export type RedactionPolicy = {
  /** Fields whose values are masked whole, whatever their case and separators. */
  readonly extraKeys: readonly string[];
  readonly extraPatterns: readonly ExtraPattern[];
  /** ISO 3166 codes. Numbers in the international form are found wherever they are from. */
  readonly phoneRegions: readonly string[];
  /** Private, loopback and link-local addresses are kept otherwise: on-call people need them. */
  readonly areLocalAddressesMasked: boolean;
};

export const BASE_POLICY: RedactionPolicy = {
  extraKeys: [],
  extraPatterns: [],
  phoneRegions: ['CN', 'IT'],
  areLocalAddressesMasked: false,
};

const PATTERN_NAME = /^[A-Z][A-Z0-9_]{1,39}$/;
const REGION = /^[A-Z]{2}$/;
const KEY = /^[\p{L}\p{N}](?:[\p{L}\p{N}_. -]*[\p{L}\p{N}])?$/u;

/** Everything that is wrong with a policy; empty when it can be used. */
export function checkRedactionPolicy(policy: RedactionPolicy): readonly ErrorDetail[] {
  return [
    ...checkCount('extra_keys', policy.extraKeys.length),
    ...checkCount('extra_patterns', policy.extraPatterns.length),
    ...checkCount('phone_regions', policy.phoneRegions.length),
    ...policy.extraKeys.flatMap((key, index) => checkKey(key, `extra_keys[${index}]`)),
    ...policy.extraPatterns.flatMap((one, index) => checkPattern(one, `extra_patterns[${index}]`)),
    ...policy.phoneRegions.flatMap((region, index) =>
      REGION.test(region)
        ? []
        : [{ path: `phone_regions[${index}]`, message: 'must be two letters, such as FR' }],
    ),
  ];
}

function checkCount(path: string, count: number): readonly ErrorDetail[] {
  const max = LIMITS.redactionRulesMax;
  return count <= max ? [] : [{ path, message: `must have at most ${max} entries` }];
}

function checkKey(key: string, path: string): readonly ErrorDetail[] {
  if (key.length <= LIMITS.labelNameCharsMax && KEY.test(key)) return [];
  return [{ path, message: 'must be the name of a field: letters, digits, "_", "-", "." and " "' }];
}

function checkPattern({ name, pattern }: ExtraPattern, path: string): readonly ErrorDetail[] {
  const faults: ErrorDetail[] = [];
  if (!PATTERN_NAME.test(name)) {
    const message = 'must be 2 to 40 capital letters, digits and "_", as it names the mask';
    faults.push({ path: `${path}.name`, message });
  }
  const compiled = compilePattern(pattern);
  if (typeof compiled === 'string') faults.push({ path: `${path}.pattern`, message: compiled });
  return faults;
}

/** The compiled expression, or the sentence that says why it cannot be one. */
export function compilePattern(pattern: string): RE2JS | string {
  if (pattern.length > LIMITS.regexCharsMax) {
    return `must have at most ${LIMITS.regexCharsMax} characters`;
  }
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it does not compile';
    return `must be a regular expression that RE2 knows: ${why}`.slice(0, LIMITS.errorCharsMax);
  }
  if (compiled.programSize() > LIMITS.regexInstructionsMax) {
    return 'is too large; use smaller repetition counts';
  }
  return compiled.matcher('').find() ? 'must not match the empty text' : compiled;
}

/** What either masks. A project's new policy is merged with its old one before it is stored. */
export function mergePolicies(old: RedactionPolicy, next: RedactionPolicy): RedactionPolicy {
  const patterns = new Map(
    [...next.extraPatterns, ...old.extraPatterns].map((one) => [renderPattern(one), one]),
  );
  return {
    extraKeys: unite(old.extraKeys, next.extraKeys),
    extraPatterns: [...patterns.values()],
    phoneRegions: unite(old.phoneRegions, next.phoneRegions),
    areLocalAddressesMasked: old.areLocalAddressesMasked || next.areLocalAddressesMasked,
  };
}

/** Whether `next` masks all that `old` masks. What a pattern matches cannot be compared: it stays. */
export function isAtLeastAsStrict(old: RedactionPolicy, next: RedactionPolicy): boolean {
  return listReveals(old, next).length === 0;
}

/** The places where `next` would show what `old` masks, for the answer that refuses it. */
export function listReveals(old: RedactionPolicy, next: RedactionPolicy): readonly ErrorDetail[] {
  const patterns = new Set(next.extraPatterns.map(renderPattern));
  const keys = new Set(next.extraKeys);
  const regions = new Set(next.phoneRegions);
  const message = (what: string): string => `must still hold ${what}: a policy only ever adds`;
  const reveals = [
    ...old.extraKeys
      .filter((key) => !keys.has(key))
      .map((key) => ({ path: 'extra_keys', message: message(key) })),
    ...old.extraPatterns
      .filter((one) => !patterns.has(renderPattern(one)))
      .map(({ name }) => ({ path: 'extra_patterns', message: message(name) })),
    ...old.phoneRegions
      .filter((region) => !regions.has(region))
      .map((region) => ({ path: 'phone_regions', message: message(region) })),
  ];
  if (!old.areLocalAddressesMasked || next.areLocalAddressesMasked) return reveals;
  const path = 'are_local_addresses_masked';
  return [...reveals, { path, message: 'must stay true: a policy only ever adds' }];
}

function renderPattern({ name, pattern }: ExtraPattern): string {
  return JSON.stringify([name, pattern]);
}

function unite(old: readonly string[], next: readonly string[]): readonly string[] {
  return [...new Set([...old, ...next])].toSorted();
}

/** Raised whenever a built-in rule changes; the hash then changes as well, and a test pins both. */
export const RULES_VERSION = 'standard-1';
const VERSION_HASH_CHARS = 12;

/** The built-in rules and what the project adds: stored with every event. */
export function nameRedactionVersion(policy: RedactionPolicy, rules: string): string {
  const { extraKeys, extraPatterns, phoneRegions, areLocalAddressesMasked } = policy;
  const written = JSON.stringify([
    rules,
    extraKeys.toSorted(),
    extraPatterns.map(renderPattern).toSorted(),
    phoneRegions.toSorted(),
    areLocalAddressesMasked,
  ]);
  return `${RULES_VERSION}:${sha256Hex(written).slice(0, VERSION_HASH_CHARS)}`;
}
