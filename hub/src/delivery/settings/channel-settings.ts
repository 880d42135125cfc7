/** What a channel is set up with, held against what its kind knows. Pure. */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Channel } from '#delivery/channel.ts';
import { type ConfigReading, describeUnknownField } from './config-field.ts';

/** Field -> text; a field that is unset is not there. */
export type PlainSecrets = Readonly<Record<string, string>>;

/** Text sets or replaces, null removes, absent keeps. */
export type GivenSecrets = Readonly<Record<string, string | null>>;

/** Kinds of channels that sign: the field whose secret is made when it is left out. */
export const GENERATED_FIELDS: Readonly<Record<string, string>> = { webhook: 'webhook_secret' };

export function applySecrets(plain: PlainSecrets, given: GivenSecrets): PlainSecrets {
  const merged = Object.entries({ ...plain, ...given });
  return Object.fromEntries(
    merged.flatMap(([field, value]) => (value === null ? [] : [[field, value]])),
  );
}

export type Settings = {
  readonly config: JsonObject;
  /** As the body has them, for the names that the kind does not know. */
  readonly given: GivenSecrets;
  /** All that will be set afterwards. */
  readonly plain: PlainSecrets;
};

export type SettingsReading =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly details: readonly ErrorDetail[] };

/** The config as the kind reads it, or all that is wrong with config and secrets at once. */
export function readSettings(channel: Channel, settings: Settings): SettingsReading {
  const reading = channel.parseConfig(settings.config);
  const config = reading.ok ? reading.config : null;
  const details = [
    ...findConfigFaults(channel, reading),
    ...findSecretFaults(channel, settings, config),
  ];
  if (!reading.ok || details.length > 0) return { ok: false, details };
  return { ok: true, value: reading.config };
}

/** A secret among the config is refused like any unknown field, but where it belongs is known. */
function findConfigFaults(channel: Channel, reading: ConfigReading): readonly ErrorDetail[] {
  if (reading.ok) return [];
  const errors = reading.errors.map((error) => {
    const isSecret = channel.secretFields.some(({ name }) => name === error.path);
    return isSecret ? { ...error, message: 'belongs in secrets, not in config' } : error;
  });
  return prefixPaths('config', errors);
}

function findSecretFaults(
  channel: Channel,
  settings: Settings,
  config: JsonObject | null,
): readonly ErrorDetail[] {
  const { given, plain } = settings;
  const fields = channel.secretFields.map(({ name }) => name);
  const unknown = Object.keys(given)
    .filter((field) => !fields.includes(field))
    .map((path) => ({ path, message: describeUnknownField(path, fields) }));
  const missing = channel.secretFields
    .filter(({ name, isRequired }) => isRequired && !Object.hasOwn(plain, name))
    .map(({ name }) => ({ path: name, message: 'is required' }));
  const { errors } = channel.checkSecrets(plain, config);
  return prefixPaths('secrets', [...unknown, ...missing, ...errors]);
}

export function prefixPaths(
  field: string,
  details: readonly ErrorDetail[],
): readonly ErrorDetail[] {
  return details.map(({ path, message }) => ({
    path: (path === '' ? field : `${field}.${path}`).slice(0, LIMITS.jsonPathCharsMax),
    message,
  }));
}
