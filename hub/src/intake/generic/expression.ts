/**
 * Where one field of a report comes from, as a mapping says it: a pointer (`/alert/name`), a
 * template (`{{ host }}: {{ check }}`), a constant, or a list of these, of which the first counts
 * that has a value. `{constant: "/x"}` is a constant that looks like one of the others. Pure.
 */
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import type { AddFault } from './fault.ts';
import { findAt, isList, isPointer, parsePointer, type Pointer } from './pointer.ts';
import {
  createScope,
  isTemplate,
  type ParsedTemplate,
  parseTemplate,
  type TemplateScope,
} from './template.ts';
import type { Work } from './work.ts';

type Expression =
  | { readonly kind: 'pointer'; readonly pointer: Pointer }
  | { readonly kind: 'template'; readonly template: ParsedTemplate }
  | { readonly kind: 'constant'; readonly text: string };

/** The first that has a value counts. */
export type Field = readonly Expression[];

/** One report's part of the body. */
export type Item = {
  readonly value: JsonObject;
  readonly body: JsonValue;
  readonly work: Work;
  /** Made when the first template needs it. */
  scope: TemplateScope | null;
};

export type Found = { readonly value: JsonValue; readonly from: string };

export function createItem(value: JsonObject, body: JsonValue, work: Work): Item {
  return { value, body, work, scope: null };
}

/** Null for what is none of these; then the faults say why. */
export function readField(value: JsonValue, path: string, addFault: AddFault): Field | null {
  const choices = isList(value) ? value : [value];
  if (choices.length === 0) {
    addFault(path, 'must not be an empty list; null leaves the field empty');
    return null;
  }
  if (choices.length > LIMITS.mappingChoicesMax) {
    addFault(path, `must have at most ${LIMITS.mappingChoicesMax} entries`);
    return null;
  }
  const read = choices.map((choice, index) =>
    readExpression(choice, isList(value) ? `${path}[${index}]` : path, addFault),
  );
  const field = read.filter((one) => one !== null);
  return field.length === read.length ? field : null;
}

const EXPECTED =
  'must be a pointer such as /a/b, a template with {{ }}, a text, or a list of these';

function readExpression(value: JsonValue, path: string, addFault: AddFault): Expression | null {
  if (typeof value === 'number' || typeof value === 'boolean') {
    return { kind: 'constant', text: String(value) };
  }
  if (isJsonObject(value)) return readConstant(value, path, addFault);
  if (typeof value !== 'string') {
    addFault(path, EXPECTED);
    return null;
  }
  const fault = findTextFault(value);
  if (fault !== null) {
    addFault(path, fault);
    return null;
  }
  if (isTemplate(value)) {
    const reading = parseTemplate(value);
    if (reading.ok) return { kind: 'template', template: reading.template };
    addFault(path, reading.message);
    return null;
  }
  if (!isPointer(value)) return { kind: 'constant', text: value };
  const reading = parsePointer(value);
  if (reading.ok) return { kind: 'pointer', pointer: reading.pointer };
  addFault(path, reading.message);
  return null;
}

function readConstant(value: JsonObject, path: string, addFault: AddFault): Expression | null {
  const constant = Object.hasOwn(value, 'constant') ? value['constant'] : undefined;
  if (!isWord(constant) || Object.keys(value).length !== 1) {
    addFault(path, `${EXPECTED}; an object here is {constant: "text"}`);
    return null;
  }
  const text = String(constant);
  const fault = findTextFault(text);
  if (fault !== null) addFault(`${path}.constant`, fault);
  return fault === null ? { kind: 'constant', text } : null;
}

function findTextFault(text: string): string | null {
  if (text.trim() === '') return 'must not be empty; null leaves the field empty';
  if (text.length <= LIMITS.mappingTextCharsMax) return null;
  return `must have at most ${LIMITS.mappingTextCharsMax} characters`;
}

/**
 * Null where no choice has a value. Strict: a template one of whose names is missing has none;
 * keys need that, for half a key would make one problem of many.
 */
export function evaluateField(field: Field, item: Item, isStrict = false): Found | null {
  for (const expression of field) {
    const found = evaluate(expression, item, isStrict);
    if (found !== null) return found;
  }
  return null;
}

function evaluate(expression: Expression, item: Item, isStrict: boolean): Found | null {
  switch (expression.kind) {
    case 'constant':
      return { value: expression.text, from: 'a constant' };
    case 'pointer': {
      const { pointer } = expression;
      const value = findAt(pointer.isOfBody ? item.body : item.value, pointer);
      return value === undefined || isBlank(value) ? null : { value, from: pointer.text };
    }
    case 'template': {
      item.scope ??= createScope(item.value, item.body, item.work);
      const text = expression.template.render(item.scope, { isStrict });
      return text === null || isBlank(text) ? null : { value: text, from: 'a template' };
    }
  }
}

/** What is one word when it is written down: in YAML, `1` and `yes` are no texts. */
export function isWord(value: JsonValue | undefined): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

export function isBlank(value: JsonValue): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '');
}

/** For the notes: what was looked for. */
export function describeField(field: Field): string {
  const words = field.map((one) => {
    if (one.kind === 'pointer') return one.pointer.text;
    return one.kind === 'template' ? 'the template' : 'a constant';
  });
  return words.join(', ');
}
