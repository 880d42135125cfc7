/**
 * What a project masks besides what every project does, as it is stored, shown and changed. Pure.
 *
 * It only grows: an entry that is there stays, for people rely on what they saw masked once. So a
 * new entry is looked at hard: one that masks what alarms are read by could not be taken back.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { SEVERITIES } from '#kernel/words/severity.ts';
import {
  BASE_POLICY,
  checkRedactionPolicy,
  compilePattern,
  type ExtraPattern,
  listReveals,
  mergePolicies,
  type RedactionPolicy,
} from '#redaction/policy.ts';
import { createRedactor } from '#redaction/redaction.ts';

/** As the API has it; what is left out stays as it is. */
export type RedactionChange = {
  readonly extra_keys?: readonly string[] | undefined;
  readonly extra_patterns?: readonly ExtraPattern[] | undefined;
  readonly phone_regions?: readonly string[] | undefined;
  readonly are_local_addresses_masked?: boolean | undefined;
};

export type Extension =
  | { readonly kind: 'extended'; readonly policy: RedactionPolicy }
  | { readonly kind: 'same' }
  | { readonly kind: 'invalid'; readonly details: readonly ErrorDetail[] }
  /** Something that is masked now would be shown. */
  | { readonly kind: 'reveals'; readonly details: readonly ErrorDetail[] };

export function extendPolicy(before: RedactionPolicy, change: RedactionChange): Extension {
  const next: RedactionPolicy = {
    extraKeys: change.extra_keys ?? before.extraKeys,
    extraPatterns: change.extra_patterns ?? before.extraPatterns,
    phoneRegions: change.phone_regions ?? before.phoneRegions,
    areLocalAddressesMasked: change.are_local_addresses_masked ?? before.areLocalAddressesMasked,
  };
  const faults = [...checkRedactionPolicy(next), ...findWidth(before, next), ...findTwice(next)];
  if (faults.length > 0) return { kind: 'invalid', details: within(faults) };
  const reveals = listReveals(before, next);
  if (reveals.length > 0) return { kind: 'reveals', details: within(reveals) };
  // Each once, and in one order.
  const policy = mergePolicies(next, next);
  return isSamePolicy(before, policy) ? { kind: 'same' } : { kind: 'extended', policy };
}

function within(details: readonly ErrorDetail[]): readonly ErrorDetail[] {
  return details.map(({ path, message }) => ({ path: `redaction.${path}`, message }));
}

export function isSamePolicy(one: RedactionPolicy, other: RedactionPolicy): boolean {
  const [first, second] = [one, other].map((policy) => {
    const { extraPatterns, ...rest } = mergePolicies(policy, policy);
    const patterns = extraPatterns.map(({ name, pattern }) => JSON.stringify([name, pattern]));
    return JSON.stringify([rest, patterns.toSorted()]);
  });
  return first === second;
}

/** What people, rules and devices go by: without it alarms would say nothing. */
const KEPT_KEYS = [
  'alertname',
  'alert_id',
  'severity',
  'title',
  'summary',
  'description',
  'message',
  'content',
  'status',
  'state',
  'stage',
  'labels',
  'annotations',
  'payload',
  'analyse',
  'fingerprint',
  'provider',
  'device_id',
  'camera_id',
  'area_id',
] as const;

/** Everyday texts; a pattern that takes one of them takes too much. */
const KEPT_TEXTS: readonly (readonly [string, string])[] = [
  ...['a', 'Z', '0', ' ', '.', '-', '_', ':', '/', 'é', '人'].map(
    (text) => [text, 'a single character'] as const,
  ),
  ...SEVERITIES.map((text) => [text, 'severities'] as const),
  ['firing', 'states'],
  ['resolved', 'states'],
  ['HighErrorRate', 'names of alerts'],
  ['Fall detected in the corridor', 'titles of alerts'],
  ['2026-01-31T08:00:00.000Z', 'times'],
  ['0199a2c3-7d4e-7a61-9b1f-5c2d8e4f6a70', 'ids of events'],
  ['am1:507a62d79ee76c9a', 'fingerprints'],
  ['4bf92f3577b34da6a3ce929d0e0e4736', 'trace ids'],
];

/** Of entries that are new: what is there already has to stay, however wide it is. */
function findWidth(before: RedactionPolicy, next: RedactionPolicy): readonly ErrorDetail[] {
  const known = new Set(before.extraPatterns.map(({ pattern }) => pattern));
  const keys = next.extraKeys.flatMap((key, index) => {
    const kept = KEPT_KEYS.find((one) => plain(one) === plain(key));
    if (kept === undefined || before.extraKeys.includes(key)) return [];
    const message = `${kept} is what alarms are read by; mask what may stand in it by a pattern`;
    return [{ path: `extra_keys[${index}]`, message }];
  });
  const patterns = next.extraPatterns.flatMap(({ pattern }, index) => {
    const kept = known.has(pattern) ? undefined : findTaken(pattern);
    if (kept === undefined) return [];
    const message = `would mask ${kept[1]}, as ${JSON.stringify(kept[0])}, for good: too wide`;
    return [{ path: `extra_patterns[${index}].pattern`, message }];
  });
  return [...keys, ...patterns];
}

function plain(key: string): string {
  return key.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

function findTaken(pattern: string): readonly [string, string] | undefined {
  const compiled = compilePattern(pattern);
  if (typeof compiled === 'string') return undefined;
  return KEPT_TEXTS.find(([text]) => compiled.matcher(text).find());
}

/** One name for two patterns would leave masks that nobody can tell apart. */
function findTwice({ extraPatterns }: RedactionPolicy): readonly ErrorDetail[] {
  const seen = new Map<string, string>();
  return extraPatterns.flatMap(({ name, pattern }, index) => {
    const other = seen.get(name);
    seen.set(name, pattern);
    if (other === undefined || other === pattern) return [];
    return [{ path: `extra_patterns[${index}].name`, message: 'is that of another pattern too' }];
  });
}

export function renderPolicy(policy: RedactionPolicy) {
  return {
    extra_keys: [...policy.extraKeys],
    extra_patterns: policy.extraPatterns.map(({ name, pattern }) => ({ name, pattern })),
    phone_regions: [...policy.phoneRegions],
    are_local_addresses_masked: policy.areLocalAddressesMasked,
  };
}

/** As it is stored. What every project masks is never missing, whenever it was stored. */
export function parsePolicy(stored: JsonValue): RedactionPolicy {
  const { extra_keys, extra_patterns, phone_regions, are_local_addresses_masked } =
    stored as JsonObject;
  return mergePolicies(BASE_POLICY, {
    extraKeys: (extra_keys ?? []) as readonly string[],
    extraPatterns: (extra_patterns ?? []) as unknown as readonly ExtraPattern[],
    phoneRegions: (phone_regions ?? []) as readonly string[],
    areLocalAddressesMasked: are_local_addresses_masked === true,
  });
}

/** What an event gets that is masked by it. */
export function nameVersion(policy: RedactionPolicy): string {
  return createRedactor(policy, '').version;
}
