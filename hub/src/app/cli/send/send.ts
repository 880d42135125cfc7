/**
 * `tocsin send`: raises an alert, or reports events as they are. An alarm that did not get through
 * is tried again: the report carries an id of its own, so that one whose answer got lost is taken
 * once all the same.
 */
import { LIMITS } from '#kernel/limits.ts';
import { MS_PER_SECOND } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { SEVERITIES } from '#kernel/words/severity.ts';
import { createIds } from '#platform/ids.ts';
import { itemsOf, textOf } from '#app/cli/kit/ask.ts';
import { type CliDeps, CliFailure, type Command, type Given } from '#app/cli/kit/command.ts';
import { printColumns } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { readLabels } from './labels.ts';
import { renderRaised } from './raised.ts';
import { readReports } from './reports.ts';

export const SEND: Command = {
  name: 'send',
  summary: 'Raise an alert: people are called, as the policy says',
  about: `With a title it raises one alert. With --file or --stdin it reports the events of a JSON
text as POST /api/v1/events takes them: one event, or {"events": [...]}. Try it with --test: such
an alert calls people too, and says that it is an exercise.`,
  arguments: [{ name: 'TITLE', says: 'what has happened, in quotes', isOptional: true }],
  options: {
    severity: { value: 'SEVERITY', says: "The source's own unless given.", choices: SEVERITIES },
    device: { value: 'ID', says: 'Which device has seen it.' },
    camera: { value: 'ID', says: 'Which camera has seen it.' },
    area: { value: 'ID', says: 'Where it is.' },
    label: { value: 'NAME=VALUE', says: 'A label, for rules and people.', isMany: true },
    id: { value: 'ID', says: 'Its own id: sent again, it is the same alert.' },
    content: { value: 'TEXT', says: 'More than the title says.' },
    'source-url': { value: 'URL', says: 'Where more is to be seen.' },
    project: { value: 'ID', says: 'In which project; that of the key, or the default one.' },
    test: { says: 'It is an exercise.' },
    file: { value: 'PATH', says: 'Report the events of this JSON file instead.' },
    stdin: { says: 'Report the events that come on stdin instead.' },
  },
  hasJson: true,
  examples: [
    'tocsin send "Fall in room 12" --severity critical --camera room-12',
    'tocsin send "Freezer 3 is warm" --label ward=3 --label kind=freezer --id freezer-3',
    `echo '{"title": "Fall", "camera_id": "room-12"}' | tocsin send --stdin`,
  ],
  run: send,
};

async function send(given: Given, deps: CliDeps): Promise<number> {
  const title = given.text('TITLE');
  const waysCount = [title !== null, given.flag('stdin'), given.text('file') !== null];
  if (waysCount.filter(Boolean).length !== 1) {
    throw new CliFailure('give one of TITLE, --file PATH and --stdin', { exitCode: 2 });
  }
  if (title !== null) return raise(title, given, deps);
  refuseFields(given);
  return report(await readReports(given.text('file')), given, deps);
}

const FIELDS = ['severity', 'device', 'camera', 'area', 'label', 'id', 'content', 'source-url'];

/** What is in the file stands there; the two together would contradict one another. */
function refuseFields(given: Given): void {
  const both = [...FIELDS, 'project'].find((name) => given.text(name) !== null);
  const name = both ?? (given.flag('test') ? 'test' : null);
  if (name === null) return;
  throw new CliFailure(`--${name} goes with TITLE; events say it themselves`, { exitCode: 2 });
}

async function raise(title: string, given: Given, deps: CliDeps): Promise<number> {
  const body: JsonObject = {
    title,
    severity: given.text('severity'),
    device_id: given.text('device'),
    camera_id: given.text('camera'),
    area_id: given.text('area'),
    labels: readLabels(given.texts('label')),
    alert_id: given.text('id'),
    content: given.text('content'),
    source_url: given.text('source-url'),
    project_id: given.text('project'),
    is_test: given.flag('test'),
    // An own id names the report already.
    ...(given.text('id') === null ? { provider_event_id: nameReport(deps) } : {}),
  };
  const alert = await insist('/api/v1/alerts', body, deps);
  if (given.flag('json')) deps.out.print(renderJson(alert));
  else deps.out.print(renderRaised(alert, deps.clock.now()));
  return 0;
}

function nameReport({ clock }: CliDeps): string {
  return `cli-${createIds().next(clock.now())}`;
}

async function report(events: JsonValue, given: Given, deps: CliDeps): Promise<number> {
  const answer = await insist('/api/v1/events', events, deps);
  const results = itemsOf({ items: answer['results'] ?? [] });
  if (given.flag('json')) deps.out.print(renderJson(answer));
  else {
    const rows = results.map((one) => [
      textOf(one['event_id']),
      textOf(one['alert_id']),
      one['is_duplicate'] === true ? 'was here before' : 'taken',
    ]);
    printColumns(deps.out, ['EVENT', 'ALERT', 'CAME TO'], rows);
  }
  return 0;
}

const TRIES_MAX = 4;

/** Nobody answered, or it could not be stored: both may pass, and an alarm is worth the wait. */
async function insist(path: string, body: JsonValue, deps: CliDeps): Promise<JsonObject> {
  const hub = deps.hub();
  for (let tries = 1; ; tries += 1) {
    const answer = await hub.send({ method: 'POST', path, body });
    if (answer.ok) return answer.body;
    if (answer.status !== null || tries >= TRIES_MAX || !isRepeatable(body)) {
      throw new CliFailure(answer.sentence, { details: answer.details });
    }
    deps.out.complain(`tocsin: ${answer.sentence} Trying again in ${tries} s.`);
    await deps.wait(tries * MS_PER_SECOND);
  }
}

/** Only what names itself: of anything else a second copy would be a second alert. */
function isRepeatable(body: JsonValue): boolean {
  if (!isJsonObject(body)) return false;
  const { events } = body;
  if (Array.isArray(events))
    return events.length <= LIMITS.eventsPerRequestMax && events.every(isRepeatable);
  return ['alert_id', 'provider_event_id'].some((name) => typeof body[name] === 'string');
}
