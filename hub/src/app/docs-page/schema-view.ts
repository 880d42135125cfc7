/** A JSON Schema as words and lists of fields, in escaped HTML. Pure. */
import type { JsonShape } from '#contract/api/shape.ts';
import { escapeHtml } from './escape-html.ts';

const SCHEMAS = '#/components/schemas/';

/** What is deeper is named, not shown. */
const DEPTH_MAX = 4;

export function schemaLink(name: string): string {
  const text = escapeHtml(name);
  return `<a href="#schema-${text}">${text}</a>`;
}

/** `text, at most 1024 characters`. */
export function renderType(schema: JsonShape): string {
  const name = nameOf(schema);
  if (name !== null) return schemaLink(name);
  const options = listOptions(schema);
  if (options.length > 0) return options.map(renderType).join(' or ');
  if (schema['const'] !== undefined) return `<code>${escapeHtml(show(schema['const']))}</code>`;
  if (Array.isArray(schema['enum'])) return renderWords(schema['enum']);
  const types = listTypes(schema).map((type) => TYPE_WORDS[type] ?? type);
  const items = asShape(schema['items']);
  const of = items === null ? '' : ` of ${renderType(items)}`;
  return [types.join(' or ') + of, ...listBounds(schema)].filter((part) => part !== '').join(', ');
}

function listTypes({ type }: JsonShape): readonly string[] {
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  return types.filter((one) => typeof one === 'string');
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  object: 'object',
  array: 'list',
  null: 'null',
};

const FORMAT_WORDS: Readonly<Record<string, string>> = { uuid: 'UUID', 'date-time': 'time' };

function listBounds(schema: JsonShape): readonly string[] {
  const { format, minimum, maximum, maxLength, minItems, maxItems } = schema;
  const bounds: string[] = [];
  if (typeof format === 'string') bounds.push(escapeHtml(FORMAT_WORDS[format] ?? format));
  if (typeof minimum === 'number') bounds.push(`from ${minimum}`);
  if (typeof maximum === 'number') bounds.push(`to ${maximum}`);
  if (typeof maxLength === 'number') bounds.push(`at most ${maxLength} characters`);
  if (typeof minItems === 'number') bounds.push(`at least ${minItems}`);
  if (typeof maxItems === 'number') bounds.push(`at most ${maxItems}`);
  return bounds;
}

function renderWords(words: readonly unknown[]): string {
  return words.map((word) => `<code>${escapeHtml(show(word))}</code>`).join(' ');
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function nameOf(schema: JsonShape): string | null {
  const { $ref } = schema;
  return typeof $ref === 'string' && $ref.startsWith(SCHEMAS) ? $ref.slice(SCHEMAS.length) : null;
}

function listOptions(schema: JsonShape): readonly JsonShape[] {
  const options: unknown = schema['anyOf'] ?? schema['oneOf'];
  if (!Array.isArray(options)) return [];
  return options.map(asShape).filter((option) => option !== null);
}

function asShape(value: unknown): JsonShape | null {
  return isShape(value) ? value : null;
}

function isShape(value: unknown): value is JsonShape {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of an object, or of what is in a list; empty when there are none to be named. */
export function renderFields(schema: JsonShape, depth = 0): string {
  const options = listOptions(schema);
  if (options.length > 0 && nameOf(schema) === null) {
    return options.map((option) => renderFields(option, depth)).join('');
  }
  const items = asShape(schema['items']);
  if (items !== null) return renderFields(items, depth);
  const properties = asShape(schema['properties']);
  if (properties === null || depth > DEPTH_MAX) return '';
  const names: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
  const fields = Object.entries(properties).map(([name, value]) =>
    renderField({ name, isRequired: names.includes(name), schema: asShape(value) ?? {}, depth }),
  );
  return fields.length === 0 ? '' : `<dl>${fields.join('')}</dl>`;
}

type Field = {
  readonly name: string;
  readonly isRequired: boolean;
  readonly schema: JsonShape;
  readonly depth: number;
};

export function renderField({ name, isRequired, schema, depth }: Field): string {
  const { description } = schema;
  const says = typeof description === 'string' ? renderText(description) : '';
  const deeper = renderFields(schema, depth + 1);
  const must = isRequired ? ' <strong>required</strong>' : '';
  return (
    `<dt><code>${escapeHtml(name)}</code> <span class="dim">${renderType(schema)}</span>${must}` +
    `</dt><dd>${says}${deeper === '' ? '' : `<div class="deeper">${deeper}</div>`}</dd>`
  );
}

/** Plain text in which `this` is code. */
export function renderText(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
