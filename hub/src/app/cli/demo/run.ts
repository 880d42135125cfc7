/**
 * A fall from the camera box to the answer. Real in everything but the box and the telephone: the
 * report comes in by a source with a token of its own, the reminders are those of a policy, the
 * telephone is a webhook channel. Danger: makes a project `demo`; what it adds to it beyond its
 * policy is removed at the end, also when the demo breaks off.
 */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { formatInstant, MS_PER_SECOND } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/syntax/json.ts';
import { DEMO_PROJECT_ID } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import { ask, itemsOf, textOf } from '#app/cli/kit/ask.ts';
import { type CliDeps, CliFailure, type Given } from '#app/cli/kit/command.ts';
import type { HubClient, HubRequest } from '#app/cli/kit/hub-client.ts';

const PROJECT: string = DEMO_PROJECT_ID;
const REMINDERS = 2;
const STEPS_S: readonly number[] = [5, 10, 15];
const LOOK_MS = 250;

type Demo = {
  readonly hub: HubClient;
  readonly deps: CliDeps;
  /** Undone at the end, the last first. */
  readonly made: string[];
  readonly say: (line: string) => void;
};

export async function runDemo(given: Given, deps: CliDeps): Promise<number> {
  const hub = deps.hub();
  const say = (line: string): void => {
    const clock = formatInstant(deps.clock.now()).slice(11, 19);
    deps.out.print(`${clock}  ${line}`);
  };
  const demo: Demo = { hub, deps, made: [], say };
  const telephone = await startTelephone(demo);
  try {
    await prepare(demo, portOf(telephone));
    await play(demo, given);
    return 0;
  } finally {
    for (const path of demo.made.toReversed()) await hub.send({ method: 'DELETE', path });
    telephone.close();
    telephone.closeAllConnections();
  }
}

/** Refusals end the demo with the hub's own words. */
async function insist(demo: Demo, request: HubRequest): Promise<JsonObject> {
  const answer = await demo.hub.send(request);
  if (answer.ok) return answer.body;
  throw new CliFailure(answer.sentence, { details: answer.details });
}

async function make(demo: Demo, path: string, body: JsonObject): Promise<JsonObject> {
  const made = await insist(demo, { method: 'POST', path, body: { project_id: PROJECT, ...body } });
  demo.made.push(`${path}/${textOf(made['id'])}`);
  return made;
}

async function prepare(demo: Demo, port: number): Promise<void> {
  const { hub } = demo;
  const body = { project_id: PROJECT, name: 'Demo' };
  const project = await hub.send({ method: 'POST', path: '/api/v1/projects', body });
  // It may be there from the last time.
  if (!project.ok && project.status !== 409) {
    throw new CliFailure(project.sentence, { details: project.details });
  }
  const policies = itemsOf(await ask(hub, `/api/v1/policies?project_id=${PROJECT}`));
  if (!policies.some(({ name }) => name === 'demo')) {
    const steps = STEPS_S.map((delay, index) => ({
      delay_s: delay,
      label: `Reminder ${index + 1}`,
      priority: index === 0 ? 'high' : 'critical',
    }));
    const policy = { project_id: PROJECT, name: 'demo', is_default: true, steps };
    await insist(demo, {
      method: 'POST',
      path: '/api/v1/policies',
      body: { ...policy, repeat_every_s: 5, min_interval_s: 1 },
    });
  }
  const name = `telephone ${port}`;
  const channel = await make(demo, '/api/v1/channels', {
    name,
    channel_type: 'webhook',
    config: { url: `http://127.0.0.1:${port}/` },
  });
  await tryTelephone(demo, textOf(channel['id']));
  await make(demo, '/api/v1/rules', {
    name,
    event_types: ['alert.created', 'alert.escalated', 'alert.acknowledged'],
    channel_id: textOf(channel['id']),
  });
}

/** Said before the fall: whoever hears nothing should know why. */
async function tryTelephone(demo: Demo, channel: string): Promise<void> {
  const path = `/api/v1/channels/${channel}/test`;
  const tried = await insist(demo, { method: 'POST', path, body: {} });
  if (tried['outcome'] === 'accepted') return;
  demo.say('The telephone will be silent: the hub may not call this machine. Start it with');
  demo.say('TOCSIN_ALLOW_PRIVATE_TARGETS=127.0.0.0/8 to hear it ring.');
}

async function play(demo: Demo, given: Given): Promise<void> {
  const { say, deps, hub } = demo;
  const box = await make(demo, '/api/v1/sources', {
    name: `camera box ${textOf(demo.made.at(-1)).slice(-12)}`,
    kind: 'edge',
  });
  say('A camera box sees somebody fall in room 12, and reports it.');
  const at = formatInstant(deps.clock.now());
  const report: JsonObject = {
    alarm_id: `demo-fall-${at.replaceAll(/\D/g, '')}`,
    alarm_type: 'fall',
    device_id: 'box-7',
    camera_id: 'camera-12',
    confidence: 0.97,
    event_time: at,
    vlm_description:
      given.text('text') ?? 'A person lies on the floor beside the bed and does not get up.',
    ext_data: { area_id: 'room 12' },
  };
  const path = `/ingest/edge/${textOf(box['token'])}`;
  const stored = await insist(demo, { method: 'POST', path, body: report });
  const data = stored['data'];
  const alert = isJsonObject(data) ? textOf(data['alert_id']) : '';
  say(`Stored as alert ${alert}, before the box got its answer.`);
  await followRounds(demo, alert, given.number('reminders') ?? REMINDERS);
  say('Somebody answers: on my way.');
  const status = `/api/v1/alerts/${encodeURIComponent(alert)}/status`;
  const answer = { status: 'ACKNOWLEDGED', intent: 'calling', detail: 'on my way' };
  await insist(demo, { method: 'POST', path: status, body: answer });
  await followEntries(demo, alert, (entries) => entries.some(isAnswer));
  say('It is over: nobody is called any more. The whole of it, as it is kept:');
  for (const entry of itemsOf(await ask(hub, `/api/v1/alerts/${alert}/timeline`))) {
    deps.out.print(`  ${renderEntry(entry)}`);
  }
  const end = { status: 'RESOLVED', outcome: 'test', detail: 'the demo is over' };
  await insist(demo, { method: 'POST', path: status, body: end });
}

const isAnswer = ({ kind, detail }: JsonObject) =>
  kind === 'STATUS_CHANGED' && textOf(detail).includes('ACKNOWLEDGED');

function followRounds(demo: Demo, alert: string, count: number): Promise<void> {
  const isRound = ({ kind }: JsonObject) => kind === 'ESCALATED';
  return followEntries(demo, alert, (entries) => entries.filter(isRound).length >= count);
}

/** Until what is asked for is on the timeline; longer than this it never comes. */
async function followEntries(
  { hub, deps, say }: Demo,
  alert: string,
  isThere: (entries: readonly JsonObject[]) => boolean,
): Promise<void> {
  const triesMax = (LIMITS.demoWaitMaxS * MS_PER_SECOND) / LOOK_MS;
  for (let tries = 0; tries < triesMax; tries += 1) {
    if (isThere(itemsOf(await ask(hub, `/api/v1/alerts/${alert}/timeline`)))) return;
    await deps.wait(LOOK_MS);
  }
  say('This takes too long: is a worker running? `tocsin doctor` tells.');
  throw new CliFailure('the reminder did not come');
}

function renderEntry(entry: JsonObject): string {
  const clock = textOf(entry['at']).slice(11, 19);
  return `${clock}  ${textOf(entry['kind']).padEnd(20)} ${textOf(entry['detail'])}`;
}

/** Rings in this terminal. */
async function startTelephone({ say }: Demo): Promise<Server> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const ring = renderRing(Buffer.concat(parts).toString('utf8'));
      if (ring !== null) say(ring);
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function renderRing(body: string): string | null {
  const reading = parseJson(body);
  const data = reading.ok && isJsonObject(reading.value) ? reading.value['data'] : null;
  if (!reading.ok || !isJsonObject(reading.value) || !isJsonObject(data)) return null;
  const alert = isJsonObject(data['alert']) ? data['alert'] : {};
  const what = textOf(data['label'] ?? alert['title']);
  if (reading.value['event'] === 'test') return null;
  if (reading.value['event'] === 'alert.acknowledged') {
    return `  [telephone] ${textOf(alert['acknowledged_by'])} has it.`;
  }
  return `  [telephone] RING! ${textOf(data['priority'])}: ${what}`;
}
