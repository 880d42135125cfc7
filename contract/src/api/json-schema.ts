/**
 * JSON Schema (2020-12, as OpenAPI 3.1 has it) from the contract's schemas. Bodies are shown as
 * they come in, answers as they go out. Danger: what cannot be shown is an error, never `{}`.
 */
import * as z from 'zod/mini';
import type { WireSchema } from '#contract/wire.ts';
import { ANSWER_SCHEMAS, REQUEST_SCHEMAS } from './named-schemas.ts';
import { findShape, type JsonShape } from './shape.ts';
import { findFieldWords } from './words.ts';

export type Direction = 'in' | 'out';

type Written = { [key: string]: unknown };

/** Where in the document something is written. */
type Place = { readonly direction: Direction; readonly name: string | null };

const NAMES = z.registry<{ readonly id: string }>();
for (const [id, schema] of Object.entries({ ...REQUEST_SCHEMAS, ...ANSWER_SCHEMAS })) {
  NAMES.add(schema, { id });
}

/** One that has a name is only named. */
export function renderJsonSchema(schema: WireSchema, direction: Direction): JsonShape {
  const { $defs: _named, $schema: _dialect, ...written } = convert(schema, direction);
  return mend(written, { direction, name: null });
}

/** All that have a name, each written out. */
export function renderNamedSchemas(): Readonly<Record<string, JsonShape>> {
  const write = (schemas: Readonly<Record<string, WireSchema>>, direction: Direction) =>
    Object.entries(schemas).map(([name, schema]) => {
      const { $defs } = convert(schema, direction);
      const found: unknown = isWritten($defs) ? $defs[name] : null;
      return [name, mend(isWritten(found) ? found : {}, { direction, name })] as const;
    });
  return Object.fromEntries([...write(REQUEST_SCHEMAS, 'in'), ...write(ANSWER_SCHEMAS, 'out')]);
}

function convert(schema: WireSchema, direction: Direction): Written {
  const json = z.toJSONSchema(schema, {
    io: direction === 'in' ? 'input' : 'output',
    metadata: NAMES,
    // What it was made of is asked too, and cannot be shown; `refuseBare` finds what stays bare.
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const shape = findShape(zodSchema);
      if (shape === null) return;
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      Object.assign(jsonSchema, shape);
    },
  });
  return { ...json };
}

function isWritten(value: unknown): value is Written {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As the document has it: its own references, words for fields, and nothing that says nothing. */
function mend(written: Written, place: Place): JsonShape {
  const mended: Written = {};
  for (const [key, value] of Object.entries(joinNull(written))) {
    refuseBare(key, value);
    if (isNoise(key, value, place)) continue;
    if (key === '$ref' && typeof value === 'string') {
      mended[key] = value.replace('#/$defs/', '#/components/schemas/');
    } else if (key === 'properties' && isWritten(value)) {
      mended[key] = mendProperties(value, place);
    } else {
      mended[key] = mendValue(value, place);
    }
  }
  return mended;
}

/** Answers may gain fields, so they are not closed. */
function isNoise(key: string, value: unknown, { direction }: Place): boolean {
  if (key === 'additionalProperties') return value === false && direction === 'out';
  if (key === 'minimum') return value === Number.MIN_SAFE_INTEGER;
  if (key === 'maximum') return value === Number.MAX_SAFE_INTEGER;
  if (key !== 'propertyNames' || !isWritten(value)) return false;
  return Object.keys(value).join() === 'type';
}

function mendProperties(properties: Written, place: Place): Written {
  const named = Object.entries(properties).map(([field, value]) => {
    refuseBare(field, value);
    const shape = isWritten(value) ? mend(value, place) : {};
    const description = findFieldWords(place.name, field);
    return [field, description === null ? shape : { ...shape, description }] as const;
  });
  return Object.fromEntries(named);
}

function mendValue(value: unknown, place: Place): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => mendValue(one, place));
  return isWritten(value) ? mend(value, place) : value;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `anyOf` of something simple and null, as one. */
function joinNull(written: Written): Written {
  const { anyOf, ...others } = written;
  const [one, nothing, more] = asList(anyOf);
  if (more !== undefined) return written;
  if (!isWritten(one) || !isWritten(nothing) || nothing['type'] !== 'null') return written;
  const { type, enum: words } = one;
  if (typeof type !== 'string' || Object.hasOwn(one, 'const')) return written;
  const allowed = words === undefined ? {} : { enum: [...asList(words), null] };
  return { ...others, ...one, type: [type, 'null'], ...allowed };
}

/** Of a strict object that has no fields, and of one that takes more than it names. */
const MAY_BE_BARE: readonly string[] = ['properties', 'additionalProperties'];

function refuseBare(key: string, value: unknown): void {
  if (!isWritten(value) || Object.keys(value).length > 0 || MAY_BE_BARE.includes(key)) return;
  throw new Error(`${key} cannot be shown; give it a shape (contract/src/api/shape.ts)`);
}
