/** `tocsin source try`: what would become of a body that a sender posts. Nothing is stored. */
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { SEVERITIES, SOURCE_KINDS } from '#kernel/words/severity.ts';
import { textOf } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { printColumns, renderFacts } from '#app/cli/kit/output.ts';
import { cleanText } from '#app/cli/kit/terminal/text.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { readReports } from '#app/cli/send/reports.ts';
import { question } from '#app/cli/trial/question.ts';
import { readMappingFile } from './mapping-file.ts';

export const SOURCE_TRY: Command = {
  name: 'source try',
  summary: 'Show what would become of a body that a sender posts; nothing is stored',
  about: `Save what your sender posts to a file, try it, write a mapping, and try again until the \
alert\nis what people should read. Then: tocsin source create NAME --kind generic --mapping FILE.`,
  arguments: [{ name: 'FILE', says: 'the body as JSON, or a mail as .eml; - reads it from stdin' }],
  options: {
    kind: {
      value: 'KIND',
      says: 'Who would post it; generic unless given.',
      choices: SOURCE_KINDS.filter((kind) => kind !== 'native'),
    },
    mapping: { value: 'FILE', says: 'What a source of its kind is told, as YAML or JSON.' },
    severity: { value: 'SEVERITY', says: 'Where the body says none.', choices: SEVERITIES },
  },
  hasJson: true,
  examples: [
    'tocsin source try body.json',
    'tocsin source try body.json --mapping mapping.yaml',
    'tocsin source try receipt.eml --kind pec --mapping pec.yaml',
    `echo '{"message": "Door 3 is open"}' | tocsin source try -`,
  ],
  run: trySource,
};

async function trySource(given: Given, { hub, out }: CliDeps): Promise<number> {
  const kind = given.text('kind') ?? 'generic';
  const mapping = given.text('mapping');
  const file = given.text('FILE');
  // A mail is no JSON.
  const body = await readReports(file === '-' ? null : file, { isTextTaken: kind === 'pec' });
  const answer = await question(hub(), `/api/v1/source-types/${kind}/try`, {
    body,
    mapping: mapping === null ? null : await readMappingFile(mapping),
    severity_default: given.text('severity'),
  });
  if (given.flag('json')) {
    out.print(renderJson(answer));
    return 0;
  }
  const reports = listObjects(answer['reports']);
  if (reports.length === 0) out.print('No report would be stored.');
  else printColumns(out, HEADS, reports.map(toRow));
  const notes = listObjects(answer['notes']).filter(({ path }) => isOfFirst(path));
  if (notes.length > 0) {
    const first = reports.length > 1 ? ' of the first report' : '';
    out.print(`\nWhere the fields${first} come from:\n`);
    out.print(renderFacts(notes.map((note) => [fieldOf(note), textOf(note['message'])] as const)));
  }
  for (const refused of listTexts(answer['refused'])) out.print(`\nrefused: ${cleanText(refused)}`);
  return 0;
}

const HEADS = ['NO', 'STATE', 'SEVERITY', 'KEY', 'TITLE'];

function toRow(report: JsonObject, index: number): readonly string[] {
  return [
    String(index + 1),
    report['is_event_only'] === true ? 'event only' : textOf(report['stage']),
    textOf(report['severity']),
    textOf(report['key'] ?? report['alert_id']),
    textOf(report['title']),
  ];
}

const FIRST = 'reports[0].';

function isOfFirst(path: JsonValue | undefined): boolean {
  return typeof path === 'string' && path.startsWith(FIRST);
}

function fieldOf(note: JsonObject): string {
  return `  ${textOf(note['path']).slice(FIRST.length)}`;
}

function listObjects(value: JsonValue | undefined): readonly JsonObject[] {
  return [value ?? []].flat().filter(isJsonObject);
}

function listTexts(value: JsonValue | undefined): readonly string[] {
  return [value ?? []].flat().filter((one) => typeof one === 'string');
}
