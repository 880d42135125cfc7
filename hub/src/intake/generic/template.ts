/**
 * Templates of a mapping: text with `{{ path | filter }}`, as LiquidJS reads it. Pure.
 *
 * Danger: whoever may set up a source writes the template, and anybody the body. So there are no
 * tags (no loops, no files, no variables), no operators, and only the filters of this file, each
 * bounded; what a template reads is cut, and all of it is paid from the work of the request. The
 * time of day is not among what a template can read: the same body always reads the same.
 */
import { Context, Drop, Liquid, type Template } from 'liquidjs';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { FILTERS, type Plain } from './filter.ts';
import { isList } from './pointer.ts';
import { createWork, type Work } from './work.ts';

export type ParsedTemplate = {
  readonly text: string;
  /**
   * Null when it cannot be filled in, and when nothing of it is in the body: the words around the
   * gaps say nothing. A template with a default always has something to say.
   */
  readonly render: (scope: TemplateScope, how: { readonly isStrict: boolean }) => string | null;
};

export type TemplateReading =
  | { readonly ok: true; readonly template: ParsedTemplate }
  | { readonly ok: false; readonly message: string };

/** What a template of one item can read; made once for each item. */
export type TemplateScope = { readonly names: object; readonly work: Work };

const RENDER_COST_CHARS = 64;
const READ_COST_CHARS = 32;
/** Of numbers in a range such as `(1..9)`. */
const RANGE_MAX = 1_000;

const ENGINE = createEngine();

/** The work that what is filled in is paid from, by the names it is filled in with. */
const works = new WeakMap<object, Work>();

function createEngine(): Liquid {
  const engine = new Liquid({
    templates: {},
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    operators: {},
    parseLimit: LIMITS.mappingTextCharsMax,
    memoryLimit: RANGE_MAX,
  });
  for (const name of Object.keys(engine.tags)) delete engine.tags[name];
  for (const name of Object.keys(engine.filters)) delete engine.filters[name];
  for (const [name, filter] of Object.entries(FILTERS)) {
    engine.registerFilter(name, function (value: unknown, ...given: readonly unknown[]) {
      const work = works.get(this.context.environments);
      const input = plainOf(value);
      const output = filter(input, given.map(plainOf));
      work?.spend(RENDER_COST_CHARS + sizeOf(input) + sizeOf(output));
      return output;
    });
  }
  return engine;
}

export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}

export function parseTemplate(text: string): TemplateReading {
  let parsed: Template[];
  try {
    parsed = ENGINE.parse(text);
  } catch (error) {
    return { ok: false, message: describeFault(error) };
  }
  const hollow = / default\b/.test(text)
    ? null
    : fill(parsed, createScope({}, {}, createWork()), false);
  return {
    ok: true,
    template: {
      text,
      render: (scope, { isStrict }) => {
        const filled = fill(parsed, scope, isStrict);
        return filled === hollow ? null : filled;
      },
    },
  };
}

function fill(
  parsed: readonly Template[],
  { names, work }: TemplateScope,
  isStrict: boolean,
): string | null {
  // Errors are dear, and there may be tens of thousands of templates still to come.
  if (work.isExceeded()) return null;
  try {
    work.spend(RENDER_COST_CHARS);
    const strict = { sync: true, strictVariables: isStrict };
    const context = new Context(names, ENGINE.options, strict, { liquid: ENGINE });
    const filled: unknown = ENGINE.renderSync([...parsed], context);
    if (typeof filled !== 'string') return null;
    work.spend(filled.length);
    return filled;
  } catch {
    return null;
  }
}

/** The first line, less the place: a template is one line, and its own text follows there. */
function describeFault(error: unknown): string {
  const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  if (sentence.startsWith('tag ')) return 'must hold no {% tags %}, only {{ values }}';
  const [, unknown] = /^undefined filter: (\w+)/.exec(sentence) ?? [];
  if (unknown !== undefined) {
    return `has no filter ${unknown}; there are ${Object.keys(FILTERS).join(', ')}`;
  }
  const said = sentence.replace(/, line:\d+, col:\d+$/, '');
  return `cannot be read as a template: ${said.slice(0, LIMITS.errorCharsMax).toWellFormed()}`;
}

/** `root` is the whole body, unless the item itself has a field of that name. */
export function createScope(item: JsonObject, body: JsonValue, work: Work): TemplateScope {
  // Without a prototype: a template reads what the body has, and a field may be called __proto__.
  const names: Record<string, unknown> = { __proto__: null, root: wrap(body, work) };
  for (const [name, value] of Object.entries(item)) names[name] = wrap(value, work);
  works.set(names, work);
  return { names, work };
}

function wrap(value: JsonValue | undefined, work: Work): unknown {
  if (typeof value === 'string') return value.slice(0, LIMITS.templateTextCharsMax);
  return typeof value === 'object' && value !== null ? new Node(value, work) : value;
}

/** An object or a list of the body: LiquidJS itself would walk through all of it for a size. */
class Node extends Drop {
  readonly #value: JsonObject | readonly JsonValue[];
  readonly #work: Work;

  constructor(value: JsonObject | readonly JsonValue[], work: Work) {
    super();
    this.#value = value;
    this.#work = work;
  }

  override liquidMethodMissing(key: string | number): unknown {
    const value = this.#value;
    const name = String(key);
    this.#work.spend(READ_COST_CHARS);
    if (isList(value)) return wrap(findEntry(value, name), this.#work);
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    return wrap(value[name], this.#work);
  }

  override valueOf(): string {
    return this.#work.renderJson(this.#value).slice(0, LIMITS.templateTextCharsMax);
  }

  /** Else a template could read JavaScript's own. */
  override toString(): string {
    return this.valueOf();
  }

  /** The entries of a list, for the filters. */
  listEntries(): readonly Plain[] | null {
    if (!isList(this.#value)) return null;
    const entries = this.#value.slice(0, LIMITS.templateListMax);
    return entries.map((entry) => plainOf(wrap(entry, this.#work)));
  }
}

function findEntry(list: readonly JsonValue[], name: string): JsonValue | undefined {
  if (name === 'size') return list.length;
  if (name === 'first') return list[0];
  return name === 'last' ? list.at(-1) : list[Number(name)];
}

/** What a filter works on. */
function plainOf(value: unknown): Plain {
  if (value instanceof Node) return value.listEntries() ?? value.valueOf();
  if (typeof value === 'string') return value.slice(0, LIMITS.templateTextCharsMax);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.slice(0, LIMITS.templateListMax).map(plainOf) : null;
}

function sizeOf(value: Plain): number {
  if (typeof value === 'string') return value.length;
  if (value === null || typeof value !== 'object') return 1;
  return value.reduce<number>((sum, entry) => sum + 1 + sizeOf(entry), 0);
}
