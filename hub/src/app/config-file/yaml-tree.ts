/**
 * YAML as plain data, and where each part of it stands. Only what JSON can say is read: no tags, no
 * aliases (a few lines of them unfold into gigabytes), no names but texts. Pure.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';

export type Position = { readonly line: number; readonly column: number };

export type YamlFault = {
  readonly position: Position;
  /** `projects[0].rules[3]`; empty where there is none. */
  readonly path: string;
  readonly message: string;
};

export type YamlReading =
  | {
      readonly ok: true;
      readonly value: JsonValue;
      /** Path -> where it begins; of a field, where its name does. */
      readonly places: ReadonlyMap<string, Position>;
    }
  | { readonly ok: false; readonly faults: readonly YamlFault[] };

const START: Position = { line: 1, column: 1 };

export function readYaml(text: string): YamlReading {
  const lines = new LineCounter();
  const place = (offset: number | undefined): Position => {
    const { line, col } = lines.linePos(offset ?? 0);
    return line === 0 ? START : { line, column: col };
  };
  // Repeated names are found below: its own search takes seconds for a large file.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, schema: 'core' };
  const document = parseDocument(text, options);
  const told = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    position: place(pos[0]),
    path: '',
    message: describeSyntaxFault(code, message),
  }));
  const [first] = told;
  // What follows a first fault of the form is mostly its echo.
  if (first !== undefined) return { ok: false, faults: [first] };
  const walk: Walk = { place, places: new Map(), faults: [], count: 0 };
  const value = walkNode(walk, document.contents, { path: '', depth: 1 });
  if (walk.faults.length > 0) return { ok: false, faults: walk.faults };
  return { ok: true, value, places: walk.places };
}

function describeSyntaxFault(code: string, message: string): string {
  if (code === 'RESOURCE_EXHAUSTION') return 'is nested too deeply';
  if (code === 'MULTIPLE_DOCS') return 'one document a file: a second one begins here';
  if (code === 'TAG_RESOLVE_FAILED') return 'tags (!name) are not read here';
  return message.replace(/\s+/g, ' ');
}

type Walk = {
  readonly place: (offset: number | undefined) => Position;
  readonly places: Map<string, Position>;
  readonly faults: YamlFault[];
  count: number;
};

type Where = { readonly path: string; readonly depth: number };

/** What cannot be read is null; then a fault says so. */
function walkNode(walk: Walk, node: Node | null, where: Where): JsonValue {
  const { path, depth } = where;
  const fail = (message: string): null => {
    walk.faults.push({ position: walk.place(node?.range?.[0]), path, message });
    return null;
  };
  walk.count += 1;
  if (walk.count === LIMITS.configValuesMax) return fail('the file holds too many values');
  if (walk.count > LIMITS.configValuesMax || node === null) return null;
  if (!walk.places.has(path)) walk.places.set(path, walk.place(node.range?.[0]));
  if (depth > LIMITS.configDepthMax) return fail('is nested too deeply');
  if (isAlias(node)) return fail('aliases (*name) are not read here; write the value out');
  if (isScalar(node)) return readScalar(node.value) ?? (node.value === null ? null : fail(ODD));
  if (isSeq<Node | null>(node)) {
    return node.items.map((item, index) =>
      walkNode(walk, item, { path: `${path}[${index}]`, depth: depth + 1 }),
    );
  }
  if (isMap<Node, Node | null>(node)) return walkMap(walk, node.items, where);
  return fail(ODD);
}

const ODD = 'must be text, a number, true, false, null, a list or an object';

function readScalar(value: unknown): JsonValue {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  const isText = typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
  return isText ? value : null;
}

function walkMap(
  walk: Walk,
  pairs: readonly { readonly key: Node; readonly value: Node | null }[],
  { path, depth }: Where,
): JsonValue {
  const fields = new Map<string, JsonValue>();
  for (const { key, value } of pairs) {
    const position = walk.place(key.range?.[0]);
    const name = isScalar(key) ? key.value : null;
    if (typeof name !== 'string') {
      walk.faults.push({ position, path, message: 'a name must be text; put it in quotes' });
      continue;
    }
    const inner = path === '' ? name : `${path}.${name}`;
    if (fields.has(name)) walk.faults.push({ position, path: inner, message: 'is there twice' });
    else walk.places.set(inner, position);
    fields.set(name, walkNode(walk, value, { path: inner, depth: depth + 1 }));
  }
  return Object.fromEntries(fields);
}
