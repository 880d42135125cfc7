/** `tocsin event list`: what was reported, the newest first. */
import { STAGES } from '#intake/report.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { SOURCE_KINDS } from '#kernel/words/severity.ts';
import { ask, itemsOf, textOf, withQuery } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import type { HubClient } from '#app/cli/kit/hub-client.ts';
import { printColumns } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';

const SHOWN_MAX = 500;
const SHOWN = 20;
/** Each looks at LIMITS.eventScanMax events at most. */
const PAGES_MAX = 25;

export const EVENT_LIST: Command = {
  name: 'event list',
  summary: 'List what was reported, the newest first',
  options: {
    source: { value: 'NAME', says: 'Only through this source; its name or its id.' },
    kind: { value: 'KIND', says: 'Only through sources of this kind.', choices: SOURCE_KINDS },
    provider: { value: 'NAME', says: 'Only of this sender.' },
    stage: { value: 'STAGE', says: 'Only of this stage.', choices: STAGES },
    alert: { value: 'ID', says: 'Only those of this alert, oldest first.' },
    q: { value: 'TEXT', says: 'Only with this text in the title or the content.' },
    since: { value: 'TIME', says: 'Only received since then, as 2026-01-31T08:00:00Z.' },
    duplicates: { says: 'Only copies of what had been reported before.' },
    project: { value: 'ID', says: 'Only of this project.' },
    limit: {
      value: 'COUNT',
      says: `How many; ${SHOWN} unless given.`,
      range: { min: 1, max: SHOWN_MAX },
    },
  },
  hasJson: true,
  examples: ['tocsin event list', 'tocsin event list --source prometheus --stage resolved'],
  run: listEvents,
};

async function listEvents(given: Given, { hub, out }: CliDeps): Promise<number> {
  const { events, isAll } = await askEvents(hub(), given, given.number('limit') ?? SHOWN);
  if (given.flag('json')) out.print(renderJson(events));
  else if (events.length === 0) out.print('No event.');
  else printColumns(out, HEADS, events.map(toRow));
  if (!isAll) {
    out.complain(`Looked at the newest ${PAGES_MAX * LIMITS.eventScanMax} events or so, and no \
further. Narrow it down, with --since for one.`);
  }
  return 0;
}

/** Where little is found among many, the hub answers short pages: so page after page. */
async function askEvents(hub: HubClient, given: Given, count: number) {
  const alert = given.text('alert');
  const isNarrowed = NARROWING.some((name) => given.text(name) !== null || given.flag(name));
  const isOfAlert = alert !== null && !isNarrowed;
  const path = isOfAlert ? `/api/v1/alerts/${encodeURIComponent(alert)}/events` : '/api/v1/events';
  const project_id = given.text('project');
  const query = isOfAlert ? { project_id } : { project_id, ...readFilter(given) };
  const events: JsonObject[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const limit = count - events.length;
    const page: JsonObject = await ask(hub, withQuery(path, { ...query, limit, cursor }));
    events.push(...itemsOf(page));
    const next: JsonValue = page['next_cursor'] ?? null;
    if (typeof next !== 'string' || events.length >= count) return { events, isAll: true };
    cursor = next;
  }
  return { events, isAll: false };
}

const NARROWING = ['source', 'kind', 'provider', 'stage', 'q', 'since', 'duplicates'] as const;

function readFilter(given: Given) {
  return {
    source: given.text('source'),
    channel_type: given.text('kind'),
    provider: given.text('provider'),
    stage: given.text('stage'),
    alert_id: given.text('alert'),
    q: given.text('q'),
    since: given.text('since'),
    is_duplicate: given.flag('duplicates') ? 'true' : null,
  };
}

const HEADS = ['EVENT', 'RECEIVED', 'SOURCE', 'STAGE', 'SEVERITY', 'ALERT', 'TITLE'];

function toRow(event: JsonObject): readonly string[] {
  const source = event['source'];
  const name = isJsonObject(source) ? (source['name'] ?? null) : null;
  const stage = textOf(event['stage']);
  const cells = [
    event['event_id'],
    textOf(event['received_at'])
      .replace('T', ' ')
      .replace(/\.\d+Z$/, 'Z'),
    name,
    event['is_duplicate'] === true ? `${stage}, copy` : stage,
    event['severity'],
    event['alert_id'],
    event['title'],
  ];
  return cells.map(textOf);
}
