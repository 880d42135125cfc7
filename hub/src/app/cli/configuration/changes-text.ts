/** What a plan says, for a person: `+` new, `~` changed, `-` removed. Pure. */
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { textOf } from '#app/cli/kit/ask.ts';
import { cleanText, cutText } from '#app/cli/kit/terminal/text.ts';

const MARKS: Readonly<Record<string, string>> = { create: '+', update: '~', delete: '-' };

/** A value longer than this is cut: the file has it. */
const VALUE_COLUMNS_MAX = 100;

export function isChange({ change }: JsonObject): boolean {
  return change !== 'same';
}

export function renderChanges(changes: readonly JsonObject[]): string {
  const lines: string[] = [];
  let project: string | null = null;
  for (const change of changes.filter(isChange)) {
    if (change['project_id'] !== project) {
      project = textOf(change['project_id']);
      if (lines.length > 0) lines.push('');
      lines.push(`Project ${project}`);
    }
    const kind = textOf(change['kind']);
    const name = cleanText(textOf(change['name']));
    lines.push(`  ${MARKS[textOf(change['change'])] ?? '?'} ${kind} ${name}`);
    const isNew = change['change'] === 'create';
    lines.push(...listFields(change).map((field) => `      ${renderField(field, isNew)}`));
  }
  return [...lines, '', countChanges(changes)].join('\n');
}

function listFields({ fields }: JsonObject): readonly JsonObject[] {
  return Array.isArray(fields) ? fields.filter(isJsonObject) : [];
}

function renderField({ path, before, after }: JsonObject, isNew: boolean): string {
  const name = cleanText(textOf(path));
  const next = renderValue(after ?? null);
  return isNew ? `${name}: ${next}` : `${name}: ${renderValue(before ?? null)} -> ${next}`;
}

function renderValue(value: JsonValue): string {
  if (value === null) return '(none)';
  return cutText(cleanText(renderFlow(value)), VALUE_COLUMNS_MAX);
}

const PLAIN = /^[\p{L}\p{N}][^,:{}[\]"'#]*$|^[a-z]+:\/\/[^\s,{}[\]"'#]+$/u;

/** On one line, as YAML would have it. */
function renderFlow(value: JsonValue): string {
  if (typeof value === 'string') return PLAIN.test(value) ? value : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(renderFlow).join(', ')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, one]) => `${name}: ${renderFlow(one)}`);
  return `{${fields.join(', ')}}`;
}

function countChanges(changes: readonly JsonObject[]): string {
  const count = (wanted: string) => changes.filter(({ change }) => change === wanted).length;
  const [created, updated, deleted] = [count('create'), count('update'), count('delete')];
  const same = count('same') === 0 ? '' : `; ${count('same')} stay as they are`;
  return `${created} to create, ${updated} to update, ${deleted} to delete${same}.`;
}
