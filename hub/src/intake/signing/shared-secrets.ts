/**
 * What a source shares with its sender so that signatures can be checked. Pure.
 *
 * A secret that is replaced stays valid as `<name>_previous`, for hub and sender change over one
 * after the other and no alarm may be lost between; null for that name ends it at once.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { findNearest } from '#kernel/syntax/nearest.ts';
import type { SharedSecrets, SourceType } from '#intake/source-type.ts';

/** Field -> text; a field that is unset is not there. */
export type PlainSecrets = Readonly<Record<string, string>>;

/** Text sets or replaces, null removes, absent keeps. */
export type GivenSecrets = Readonly<Record<string, string | null>>;

const PREVIOUS = '_previous';

function listFields(type: SourceType | null): readonly string[] {
  return (type?.signing?.secretFields ?? []).map(({ name }) => name);
}

/** What changes when these are given: each field with its new text, null where it goes. */
export function planSecrets(
  type: SourceType | null,
  plain: PlainSecrets,
  given: GivenSecrets,
): GivenSecrets {
  const changes: Record<string, string | null> = { ...given };
  for (const field of listFields(type)) {
    const previous = `${field}${PREVIOUS}`;
    const [old, next] = [plain[field], given[field]];
    if (next === undefined || Object.hasOwn(given, previous)) continue;
    // Without a current one, none is asked for.
    if (next === null) changes[previous] = null;
    else if (old !== undefined && old !== next) changes[previous] = old;
  }
  return changes;
}

export function applySecrets(plain: PlainSecrets, given: GivenSecrets): PlainSecrets {
  const merged = Object.entries({ ...plain, ...given });
  return Object.fromEntries(
    merged.flatMap(([field, value]) => (value === null ? [] : [[field, value]])),
  );
}

/** `plain`: all that will be set afterwards. */
export function findSecretFaults(
  type: SourceType | null,
  given: GivenSecrets,
  plain: PlainSecrets,
): readonly ErrorDetail[] {
  const fields = listFields(type);
  const known = fields.flatMap((field) => [field, `${field}${PREVIOUS}`]);
  return Object.entries(given).flatMap(([path, value]) => {
    const message = known.includes(path)
      ? findValueFault(path, value, plain)
      : describeUnknown(path, fields);
    return message === null ? [] : [{ path: `secrets.${path}`, message }];
  });
}

function describeUnknown(field: string, fields: readonly string[]): string {
  if (fields.length === 0) return 'sources of this kind share no secret';
  const near = findNearest(field, fields);
  return near === null ? `is unknown; known is ${fields.join(', ')}` : `did you mean ${near}?`;
}

function findValueFault(field: string, value: string | null, plain: PlainSecrets): string | null {
  if (value === null) return null;
  if (value.trim() !== value) return 'must have no space or line end before or after it';
  if (!value.isWellFormed()) return 'must be well-formed text';
  const current = field.endsWith(PREVIOUS) ? field.slice(0, -PREVIOUS.length) : field;
  return Object.hasOwn(plain, current) ? null : `stands beside ${current}, which is not set`;
}

/** What is set, and what is not; a previous one only while it is there. */
export function renderSecrets(
  type: SourceType | null,
  stored: Readonly<Record<string, unknown>>,
): Record<string, { is_set: boolean }> {
  const shown = listFields(type).flatMap((field) => {
    const previous = `${field}${PREVIOUS}`;
    return Object.hasOwn(stored, previous) ? [field, previous] : [field];
  });
  return Object.fromEntries(
    shown.map((field) => [field, { is_set: Object.hasOwn(stored, field) }]),
  );
}

/** `closed`: those that no master key opens. */
export function findSecretWarnings(
  type: SourceType | null,
  stored: Readonly<Record<string, unknown>>,
  closed: readonly string[],
): readonly ErrorDetail[] {
  return listFields(type).flatMap((field) => {
    const path = `secrets.${field}`;
    const previous = `${field}${PREVIOUS}`;
    const unreadable = [field, previous]
      .filter((one) => closed.includes(one))
      .map((one) => ({ path: `secrets.${one}`, message: CLOSED }));
    if (unreadable.length > 0) return unreadable;
    if (!Object.hasOwn(stored, field)) return [{ path, message: describeUnsigned(field) }];
    if (!Object.hasOwn(stored, previous)) return [];
    return [{ path: `secrets.${previous}`, message: STILL_ACCEPTED }];
  });
}

const CLOSED = 'no master key of ours opens it: reports get 503 until it is set again';
const STILL_ACCEPTED = 'is still accepted; null removes it when the sender has changed over';

function describeUnsigned(field: string): string {
  return `unsigned: set ${field}, and only what the sender has signed is taken`;
}

/** As a kind checks with them: the current one first. */
export function shareSecrets(type: SourceType | null, plain: PlainSecrets): SharedSecrets {
  return Object.fromEntries(
    listFields(type).map((field) => {
      const both = [plain[field], plain[`${field}${PREVIOUS}`]];
      return [field, both.filter((one) => one !== undefined)];
    }),
  );
}
