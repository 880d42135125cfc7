/**
 * The config of a channel as a list of fields: read from it, and shown to the console as JSON
 * Schema. Unknown fields are refused, so that a misspelt one does not pass as unset.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { isJsonObject } from '#kernel/syntax/json.ts';
import { findNearest } from '#kernel/syntax/nearest.ts';
import { LIMITS } from '#kernel/limits.ts';

type FieldCommon = { readonly name: string; readonly label: string; readonly isRequired: boolean };

export type ConfigField =
  | (FieldCommon & {
      readonly kind: 'text';
      readonly pattern?: TextPattern;
      readonly default?: string;
    })
  /** http or https, without user name and password. */
  | (FieldCommon & { readonly kind: 'url'; readonly default?: string })
  | (FieldCommon & {
      readonly kind: 'integer';
      readonly min: number;
      readonly max: number;
      readonly default?: number;
    })
  | (FieldCommon & { readonly kind: 'boolean'; readonly default?: boolean });

/** What a text must look like, and how to say so to whoever typed another. */
export type TextPattern = { readonly matches: RegExp; readonly says: string };

export type ConfigReading =
  | { readonly ok: true; readonly config: JsonObject }
  | { readonly ok: false; readonly errors: readonly ErrorDetail[] };

/** Paths in the errors are names of fields; empty when the whole value is wrong. */
export function parseConfigFields(
  fields: readonly ConfigField[],
  value: JsonValue | undefined,
): ConfigReading {
  if (!isJsonObject(value)) {
    return { ok: false, errors: [{ path: '', message: 'must be an object' }] };
  }
  const errors: ErrorDetail[] = [];
  const config: [string, JsonValue][] = [];
  for (const name of Object.keys(value)) {
    if (!fields.some((field) => field.name === name)) {
      const path = name.slice(0, LIMITS.nameCharsMax);
      const known = fields.map((field) => field.name);
      errors.push({ path, message: describeUnknownField(name, known) });
    }
  }
  for (const field of fields) {
    const given = Object.hasOwn(value, field.name) ? value[field.name] : undefined;
    if (given === undefined || given === null) {
      if (field.default !== undefined) config.push([field.name, field.default]);
      else if (field.isRequired) errors.push({ path: field.name, message: 'is required' });
      continue;
    }
    const message = findFieldFault(field, given);
    if (message === null) config.push([field.name, given]);
    else errors.push({ path: field.name, message });
  }
  return errors.length > 0
    ? { ok: false, errors }
    : { ok: true, config: Object.fromEntries(config) };
}

/** A misspelt field is the commonest fault of all; its right name is half of the help. */
export function describeUnknownField(name: string, known: readonly string[]): string {
  const near = findNearest(name, known);
  return near === null ? 'unknown field' : `unknown field; did you mean ${near}?`;
}

function findFieldFault(field: ConfigField, value: JsonValue): string | null {
  switch (field.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? null : 'must be true or false';
    case 'integer': {
      const isInRange =
        Number.isSafeInteger(value) && Number(value) >= field.min && Number(value) <= field.max;
      return isInRange ? null : `must be a whole number from ${field.min} to ${field.max}`;
    }
    case 'text':
      return findTextFault(field.pattern, value);
    case 'url':
      return findUrlFault(value);
  }
}

function findTextFault(pattern: TextPattern | undefined, value: JsonValue): string | null {
  if (typeof value !== 'string' || value.trim() === '') return 'must be text and not empty';
  if (value.length > LIMITS.configTextCharsMax) {
    return `must have at most ${LIMITS.configTextCharsMax} characters`;
  }
  // Line breaks would end a header of a mail or of an HTTP request.
  if (hasControlCharacter(value)) return 'must not hold control characters';
  return pattern === undefined || pattern.matches.test(value) ? null : pattern.says;
}

function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || unit === 0x7f) return true;
  }
  return false;
}

/** The message never repeats the URL: its path and query are often the secret. */
export function findUrlFault(value: JsonValue): string | null {
  if (typeof value !== 'string' || !URL.canParse(value)) return 'must be a URL';
  if (value.length > LIMITS.urlCharsMax) {
    return `must have at most ${LIMITS.urlCharsMax} characters`;
  }
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return 'must begin with http:// or https://';
  }
  return url.username === '' && url.password === ''
    ? null
    : 'must not hold a user name or password';
}

export function renderConfigSchema(fields: readonly ConfigField[]): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    required: fields.filter((field) => field.isRequired).map((field) => field.name),
    properties: Object.fromEntries(fields.map((field) => [field.name, renderField(field)])),
  };
}

function renderField(field: ConfigField): JsonObject {
  const common = {
    title: field.label,
    ...(field.default === undefined ? {} : { default: field.default }),
  };
  switch (field.kind) {
    case 'boolean':
      return { type: 'boolean', ...common };
    case 'integer':
      return { type: 'integer', minimum: field.min, maximum: field.max, ...common };
    case 'url':
      return { type: 'string', format: 'uri', maxLength: LIMITS.urlCharsMax, ...common };
    case 'text':
      return {
        type: 'string',
        minLength: 1,
        maxLength: LIMITS.configTextCharsMax,
        ...(field.pattern === undefined ? {} : { pattern: field.pattern.matches.source }),
        ...common,
      };
  }
}
