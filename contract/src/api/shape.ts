/**
 * What a field looks like to others where the schema alone cannot tell: checks that are functions,
 * and texts that become numbers. Written beside the field, and put into the document as it is.
 */
import * as z from 'zod/mini';

/** JSON Schema, written by hand. */
export type JsonShape = Readonly<Record<string, unknown>>;

const SHAPES = z.registry<{ readonly shape: JsonShape }>();

/** Of the very schema that is returned: a check that is added later makes another one. */
export function withShape<Schema extends z.ZodMiniType>(schema: Schema, shape: JsonShape): Schema {
  SHAPES.add(schema, { shape });
  return schema;
}

export function findShape(schema: z.core.$ZodType): JsonShape | null {
  return SHAPES.get(schema)?.shape ?? null;
}
