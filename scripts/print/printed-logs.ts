/** Every line that the log can have, found in the source: where `log.warn('...', {...})` stands. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderTable } from './printed-table.ts';

export type LogCall = {
  readonly level: string;
  readonly message: string;
  readonly fields: readonly string[];
};

const CALL = /\blog\.(debug|info|warn|error)\(\s*'((?:[^'\\]|\\.)+)'(?:,\s*(\{[^}]*\}|\w+))?/g;

export function findLogCalls(source: string): readonly LogCall[] {
  return [...source.matchAll(CALL)].map(([, level = '', message = '', fields = '']) => ({
    level,
    message: message.replaceAll("\\'", "'"),
    fields: fields.startsWith('{') ? readFields(fields) : readNamed(source, fields),
  }));
}

function readFields(literal: string): readonly string[] {
  const parts = literal.slice(1, -1).split(/,(?![^()]*\))/);
  return parts.map((part) => part.trim().split(':')[0]?.trim() ?? '').filter((name) => name !== '');
}

/** `const fields = {...}` of the same file. */
function readNamed(source: string, name: string): readonly string[] {
  if (name === '') return [];
  const [, literal] = new RegExp(`const ${name} = (\\{[^}]*\\})`).exec(source) ?? [];
  return literal === undefined ? [] : readFields(literal);
}

export function renderLogs(root: string): string {
  const files = readdirSync(join(root, 'hub/src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(path))
    .toSorted();
  const calls = files.flatMap((path) =>
    findLogCalls(readFileSync(join(root, 'hub/src', path), 'utf8')),
  );
  const lines = new Map(calls.map((call) => [`${call.message} ${call.level}`, call]));
  const rows = [...lines.values()]
    .toSorted((a, b) => (a.message < b.message ? -1 : 1))
    .map(({ level, message, fields }) => [
      message,
      level,
      fields.map((field) => `\`${field}\``).join(', '),
    ]);
  return renderTable(['`msg`', 'level', 'fields'], rows);
}
