/**
 * Reading what came over the wire: a schema, unknown JSON, and either the typed value or a list of
 * details that say where it is wrong (`events[3].title`) and what would be right.
 */
import * as z from 'zod/mini';
import { WIRE_LIMITS } from './limits.ts';

export type WireDetail = { readonly path: string; readonly message: string };

export type WireReading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly details: readonly WireDetail[] };

export type WireSchema = z.ZodMiniType;

export type WireOutput<Schema extends WireSchema> = z.output<Schema>;

/** As JSON Schema: what may be sent. What only a check of ours can tell is left open. */
export function printSchema(schema: WireSchema): unknown {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

export function parseWire<Schema extends WireSchema>(
  schema: Schema,
  json: unknown,
): WireReading<z.output<Schema>> {
  const result = z.safeParse(schema, json, { error: renderIssue });
  if (result.success) return { ok: true, value: result.data };
  const details = result.error.issues.flatMap(toDetails);
  return { ok: false, details: details.slice(0, WIRE_LIMITS.errorDetailsMax) };
}

/** One detail per unknown field, so that each has its own path. */
function toDetails(issue: z.core.$ZodIssue): readonly WireDetail[] {
  const { message } = issue;
  if (issue.code !== 'unrecognized_keys') return [{ path: renderPath(issue.path), message }];
  return issue.keys.map((key) => ({ path: renderPath([...issue.path, key]), message }));
}

function renderPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  const { jsonPathCharsMax: max } = WIRE_LIMITS;
  return text.length > max ? `${text.slice(0, max).toWellFormed()}…` : text;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/** For checks that bring no message of their own. Values are never repeated: some are secrets. */
function renderIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return isMissing(issue) ? 'is required' : `must be ${nameType(issue.expected)}`;
    case 'unrecognized_keys':
      return 'unknown field';
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_big':
      return renderBound(issue.origin, 'at most', Number(issue.maximum));
    case 'too_small':
      return renderBound(issue.origin, 'at least', Number(issue.minimum));
    case 'invalid_format':
      return 'has not the right form';
    case 'invalid_union':
      return 'is of no known kind';
    default:
      return 'is wrong';
  }
}

function isMissing(issue: z.core.$ZodRawIssue): boolean {
  return issue.input === undefined;
}

function nameType(expected: unknown): string {
  const word = typeof expected === 'string' ? TYPE_WORDS[expected] : undefined;
  return word ?? 'of another type';
}

function renderBound(origin: string, bound: string, count: number): string {
  if (origin === 'string') return `must have ${bound} ${count} characters`;
  if (origin === 'array') return `must have ${bound} ${count} entries`;
  return `must be ${bound} ${count}`;
}
