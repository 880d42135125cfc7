/** `tocsin alert watch`: what is open, and then every change, until Ctrl-C. */
import { isJsonObject, type JsonObject, parseJson } from '#kernel/syntax/json.ts';
import { SEVERITIES } from '#kernel/words/severity.ts';
import { renderWait } from '#app/cli/kit/age.ts';
import { askAll, textOf, withQuery } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import type { HubClient } from '#app/cli/kit/hub-client.ts';
import { renderJsonLine } from '#app/cli/kit/terminal/json.ts';
import { describeChange, renderChange } from './change.ts';
import { followStream } from './follow.ts';
import type { SseMessage } from './sse.ts';

const OPEN_MAX = 500;
/** Alerts whose last state is remembered; of the oldest the next change counts as the first. */
const SEEN_MAX = 10_000;
const CHANGES_MAX = 1_000_000;

export const ALERT_WATCH: Command = {
  name: 'alert watch',
  summary: 'Follow alerts live: what is open, then each change as it happens',
  about: `It connects again by itself, says when it has lost the hub and when it is back, and takes
a hub that says nothing for 10 seconds for lost. With --json each line is one alert as JSON, whole.
Ctrl-C ends it.`,
  options: {
    severity: { value: 'SEVERITY', says: 'Only of this severity.', choices: SEVERITIES },
    device: { value: 'ID', says: 'Only of this device.' },
    camera: { value: 'ID', says: 'Only of this camera.' },
    project: { value: 'ID', says: 'Only of this project.' },
    new: { says: 'Leaves out what is open already.' },
    max: { value: 'COUNT', says: 'Ends after so many lines.', range: { min: 1, max: CHANGES_MAX } },
  },
  hasJson: true,
  examples: [
    'tocsin alert watch',
    'tocsin alert watch --severity critical --json',
    'tocsin alert watch --new --max 1 --camera room-12',
  ],
  run: watchAlerts,
};

async function watchAlerts(given: Given, deps: CliDeps): Promise<number> {
  const stop = new AbortController();
  void deps.stopped().then(() => stop.abort());
  const hub = deps.hub();
  const watch = createWatch(given, deps, stop);
  await followStream({
    hub,
    path: withQuery('/api/v1/stream', readFilter(given)),
    clock: deps.clock,
    wait: deps.wait,
    after: (ms) => AbortSignal.timeout(ms),
    stop: stop.signal,
    onConnected: async (lostMs) => {
      if (lostMs !== null)
        deps.out.complain(`tocsin: the hub is back after ${renderWait(lostMs)}.`);
      else if (!given.flag('json')) deps.out.complain(`Watching ${hub.url}; Ctrl-C ends it.`);
      // Connected first: what changes meanwhile comes by the stream, and then is no news.
      if (lostMs !== null) return;
      for (const alert of await readOpen(hub, given)) watch.take(alert, !given.flag('new'));
    },
    onMessage: async (message) => {
      const alert = readAlert(message);
      if (alert !== null) watch.take(alert);
      else if (message.event === 'resync') await resync(hub, given, watch);
    },
    onLost: (reason) => deps.out.complain(`tocsin: lost the hub: ${reason}. Trying again.`),
  });
  return 0;
}

/** What was seen of each alert last; tells each state that is news. */
type Watch = {
  readonly take: (alert: JsonObject, isTold?: boolean) => void;
  readonly listOpen: () => readonly JsonObject[];
};

function createWatch(given: Given, deps: CliDeps, stop: AbortController): Watch {
  const { out, clock } = deps;
  const seen = new Map<string, JsonObject>();
  let left = given.number('max') ?? Infinity;
  const take: Watch['take'] = (alert, isTold = true) => {
    const key = nameAlert(alert);
    const before = seen.get(key) ?? null;
    if (before !== null && Number(alert['version']) <= Number(before['version'])) return;
    seen.delete(key);
    seen.set(key, alert);
    const [oldest] = seen.keys();
    if (seen.size > SEEN_MAX && oldest !== undefined) seen.delete(oldest);
    if (!isTold || left <= 0 || !isWanted(alert, given)) return;
    if (given.flag('json')) out.print(renderJsonLine(alert));
    else {
      const change = describeChange(before, alert);
      out.print(renderChange(alert, { change, now: clock.now(), terminal: out.terminal }));
    }
    left -= 1;
    if (left <= 0) stop.abort();
  };
  return { take, listOpen: () => [...seen.values()].filter(isAlertOpen) };
}

/** Ids of senders are unique in a project only. */
function nameAlert(alert: JsonObject): string {
  return `${textOf(alert['project_id'])} ${textOf(alert['alert_id'])}`;
}

function isAlertOpen({ status }: JsonObject): boolean {
  return status !== 'RESOLVED' && status !== 'EXPIRED';
}

function readFilter(given: Given) {
  return {
    severity: given.text('severity'),
    device_id: given.text('device'),
    camera_id: given.text('camera'),
    project_id: given.text('project'),
  };
}

/** The hub filters too; it may be asked again what we know already. */
function isWanted(alert: JsonObject, given: Given): boolean {
  return Object.entries(readFilter(given)).every(
    ([field, wanted]) => wanted === null || alert[field] === wanted,
  );
}

/** Oldest first, as if they had just come. */
async function readOpen(hub: HubClient, given: Given): Promise<readonly JsonObject[]> {
  const query = { status: 'open', ...readFilter(given) };
  const alerts = await askAll(hub, { path: '/api/v1/alerts', query }, OPEN_MAX);
  return alerts.toReversed();
}

/** The hub cannot say what has changed since: what is open now says it, and what no longer is. */
async function resync(hub: HubClient, given: Given, watch: Watch): Promise<void> {
  const open = await readOpen(hub, given);
  const names = new Set(open.map(nameAlert));
  const gone = watch.listOpen().filter((alert) => !names.has(nameAlert(alert)));
  for (const { alert_id: id, project_id } of gone.slice(-OPEN_MAX)) {
    const path = `/api/v1/alerts/${encodeURIComponent(textOf(id))}`;
    const answer = await hub.get(withQuery(path, { project_id: textOf(project_id) }));
    if (answer.ok) watch.take(answer.body);
  }
  for (const alert of open) watch.take(alert);
}

function readAlert({ event, data }: SseMessage): JsonObject | null {
  if (event !== 'alert') return null;
  const reading = parseJson(data);
  return reading.ok && isJsonObject(reading.value) ? reading.value : null;
}
