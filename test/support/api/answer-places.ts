/** Where texts stand in an answer, by the document of the API: `generated.*.value`. */
import { isJsonObject, type JsonValue } from '#kernel/syntax/json.ts';

type Answering = { readonly method: string; readonly path: string; readonly status: string };

/** Deeper than any answer of ours; what refers to itself ends there. */
const DEPTH_MAX = 8;

export function listAnswerPlaces(document: JsonValue, at: Answering): readonly string[] {
  const { method, path, status } = at;
  const steps = ['paths', path, method.toLowerCase(), 'responses', status, 'content'];
  const content = steps.reduce(step, document);
  const schema = ['application/json', 'schema'].reduce(step, content);
  return listPlaces(document, schema, []);
}

function step(value: JsonValue, name: string): JsonValue {
  return isJsonObject(value) ? (value[name] ?? null) : null;
}

function listPlaces(
  document: JsonValue,
  given: JsonValue,
  path: readonly string[],
): readonly string[] {
  if (path.length > DEPTH_MAX) return [];
  const shape = resolve(document, given);
  if (!isJsonObject(shape)) return [];
  const choices = [shape['anyOf'], shape['oneOf'], shape['allOf']].filter(Array.isArray).flat();
  const inner = choices.flatMap((one: JsonValue) => listPlaces(document, one, path));
  const properties = isJsonObject(shape['properties']) ? Object.entries(shape['properties']) : [];
  const named = properties.flatMap(([name, one]) => listPlaces(document, one, [...path, name]));
  const entries = [shape['items'], shape['additionalProperties']].flatMap((one) =>
    listPlaces(document, one ?? null, [...path, '*']),
  );
  const isText = [shape['type']].flat().includes('string');
  return [...(isText ? [path.join('.')] : []), ...inner, ...named, ...entries];
}

function resolve(document: JsonValue, shape: JsonValue): JsonValue {
  const reference = step(shape, '$ref');
  if (typeof reference !== 'string') return shape;
  return reference.replace('#/', '').split('/').reduce(step, document);
}
