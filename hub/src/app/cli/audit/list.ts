/** `tocsin audit list`: who changed what, the newest first. */
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { askAll, textOf } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { printColumns } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { AUDIT_FILTERS, readAuditFilters } from './filters.ts';

const SHOWN_MAX = 5_000;
const SHOWN = 50;

export const AUDIT_LIST: Command = {
  name: 'audit list',
  summary: 'List who changed what, the newest first',
  about: `Every write of a person or a key is in it, with both sides of the change (--json shows
them whole). Reports of devices are not: they are events.`,
  options: {
    ...AUDIT_FILTERS,
    limit: {
      value: 'COUNT',
      says: `How many; ${SHOWN} unless given.`,
      range: { min: 1, max: SHOWN_MAX },
    },
  },
  hasJson: true,
  examples: [
    'tocsin audit list',
    'tocsin audit list --action channel --since 2026-01-31T00:00:00Z',
    'tocsin audit list --object fall-12 --json',
  ],
  run: listAudit,
};

async function listAudit(given: Given, { hub, out }: CliDeps): Promise<number> {
  const count = given.number('limit') ?? SHOWN;
  const list = { path: '/api/v1/audit', query: readAuditFilters(given) };
  const found = await askAll(hub(), list, count + 1);
  const items = found.slice(0, count);
  if (given.flag('json')) out.print(renderJson(items));
  else if (items.length === 0) out.print('No entry.');
  else printColumns(out, HEADS, items.map(toRow));
  if (found.length > count) out.complain(`There are more than ${count}: --limit shows them.`);
  return 0;
}

const HEADS = ['AT', 'WHO', 'BY', 'FROM', 'PROJECT', 'ACTION', 'OBJECT', 'CHANGED'];

function toRow(entry: JsonObject): readonly string[] {
  const part = (name: string): JsonObject => {
    const value = entry[name];
    return isJsonObject(value) ? value : {};
  };
  const [principal, object, request] = ['principal', 'object', 'request'].map(part);
  return [
    textOf(entry['at'])
      .replace('T', ' ')
      .replace(/\.\d+Z$/, 'Z'),
    textOf(principal?.['name']),
    textOf(principal?.['auth_method']),
    textOf(request?.['remote_address']),
    textOf(entry['project_id']),
    textOf(entry['action']),
    textOf(object?.['name'] ?? object?.['id']),
    describeChanged(entry['before'] ?? null, entry['after'] ?? null),
  ];
}

/** What says nothing: it changes with every change. */
const STAMPS = ['version', 'updated_at', 'warnings'];

/** Of what was changed the names of the fields; of what was made or removed nothing. */
function describeChanged(before: JsonValue, after: JsonValue): string {
  if (!isJsonObject(before) || !isJsonObject(after)) return '-';
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...names].filter(
    (name) =>
      !STAMPS.includes(name) && JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  return textOf(changed.join(', '));
}
