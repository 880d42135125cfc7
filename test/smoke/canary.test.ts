/**
 * Secrets and personal data at every way in, in every text that such a body has, and then nowhere:
 * no row of any table, no line of the log, no metric, answer, message, stream, export or backup.
 * The ways in are those that are fuzzed, so that a new kind of source is searched from its first
 * day; the tables are those of the catalogue, so that a new one is too.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { newAlert, reportFields } from '#contract/alert.ts';
import { OPERATIONS } from '#contract/api/operations.ts';
import { printSchema } from '#contract/wire.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { writeBackup } from '#platform/backup/write-backup.ts';
import { CANARIES, listSung, SECRET_CANARIES } from '#test/support/canary/canaries.ts';
import { writeLetters } from '#test/support/canary/letters.ts';
import { findIn, searchFiles, searchTables } from '#test/support/canary/search.ts';
import { listTargets, type Target } from '#test/support/fuzz/targets.ts';
import { type Answer, listItems, textOf } from '#test/support/hub/calls.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { openWayIn } from '#test/support/hub/ways-in.ts';
import { openStream } from '#test/support/stream/stream-reader.ts';

const URL_TEXT = 'https://camera.example/12';
const TIME = '2026-11-16T08:00:00Z';

/** Every field that a native report can have. */
const WHOLE: JsonObject = {
  title: 'Fall in room 12',
  project_id: 'default',
  alert_id: 'canary-1',
  severity: 'critical',
  labels: { room: '12' },
  annotations: { note: 'second today' },
  fingerprint: 'door-1',
  device_id: 'box_1',
  camera_id: 'camera_12',
  area_id: '14',
  image: URL_TEXT,
  image_path: URL_TEXT,
  audio_relay_ws: 'wss://relay.example/12',
  camera_ip_map: { camera_12: '10.0.0.12' },
  analyse: { posture: 'lying' },
  content: 'somebody lies on the floor',
  source_url: URL_TEXT,
  source_refs: { sentry: { issue: '1' } },
  log_correlation: { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' },
  provider: 'box',
  provider_event_id: 'e-1',
  provider_ts: TIME,
  channel_chat_id: 'chat',
  alertname: 'Fall',
  namespace: 'ward',
  target_resource: 'bed',
  run_id: 'run-1',
  payload: { raw: 'x' },
  policy_id: null,
  is_test: false,
  starts_at: TIME,
  ends_at: null,
};

const CALLED: JsonObject = {
  timezone: 'UTC',
  alerts: [
    {
      alert_id: 'old-1',
      origin: 'history',
      fields: {
        title: 'Chute',
        message: 'somebody is on the floor',
        status: 'RESOLVED',
        acknowledged_by: 'Anna',
        created_at: '2026-11-16T07:59:00',
        camera_id: 'cam_salon',
        image_path: '/var/images/1.jpg',
        audio_relay_ws: 'ws://box.example/audio',
        camera_ip_map: '{"cam_salon": "192.168.1.21"}',
        analyse: { posture: 'lying' },
        model: 'yolo',
        events: [{ timestamp: '2026-11-16T07:59:00', event: 'CREATED', details: 'made' }],
      },
    },
  ],
};

const OWN: readonly Pick<Target, 'name' | 'what' | 'isKeyed' | 'contentType' | 'bodies'>[] = [
  { name: 'an alert, whole', what: 'POST /api/v1/alerts', bodies: [WHOLE] },
  {
    name: 'an event, whole',
    what: 'POST /api/v1/events',
    bodies: [{ ...WHOLE, stage: 'updated' }],
  },
  { name: 'an import', what: 'POST /api/v1/imports/sentinel', bodies: [CALLED] },
  {
    name: 'a try-out',
    what: 'POST /api/v1/source-types/generic/try',
    bodies: [{ body: { title: 'Door', note: 'open' } }],
  },
  { name: 'a drill', what: 'POST /api/v1/drill', bodies: [{ title: 'Door', labels: { a: 'b' } }] },
  {
    name: 'a test of rules',
    what: 'POST /api/v1/rules/test',
    bodies: [{ event: { title: 'Door', labels: { a: 'b' } } }],
  },
].map((target) => ({ ...target, isKeyed: true, contentType: 'application/json' }));

test('every field of a native report is among those that are tried', () => {
  const printed = printSchema(newAlert);
  const fields = isPrinted(printed) ? Object.keys(printed.properties) : [];
  assert.deepEqual(Object.keys(WHOLE).toSorted(), fields.toSorted());
  assert.deepEqual(fields.toSorted(), Object.keys(reportFields).toSorted());
});

function isPrinted(schema: unknown): schema is { readonly properties: JsonObject } {
  return typeof schema === 'object' && schema !== null && 'properties' in schema;
}

test('no secret and nothing personal that a sender sends is found anywhere', async (t) => {
  const hub = await startTestHub(t);
  const answers: string[] = [];
  let taken = 0;
  for (const target of [...(await listTargets(hub)), ...OWN]) {
    if (target.bodies.every((body) => typeof body === 'string')) continue;
    for (const body of target.bodies.flatMap(listSung)) {
      const answer = await send(hub, target, body);
      assert.ok(answer.status < 500, `${target.name}: ${answer.text}`);
      if (answer.status < 300) taken += 1;
      answers.push(...findIn(`answer of ${target.name}`, answer.text));
    }
  }
  assert.ok(taken > 200, `only ${taken} were taken: nothing was tried`);
  answers.push(...(await sendLetters(hub)));
  await writeNotes(hub);
  await hub.advance({ minutes: 3 });
  const found = [
    ...answers,
    ...(await searchTables(hub)),
    ...hub.db.log.lines.flatMap((line) => findIn('log', JSON.stringify(line))),
    ...hub.receiver.received().flatMap(({ text }) => findIn('message', text)),
    ...(await searchStream(hub)),
    ...(await searchAnswers(hub)),
    ...(await searchBackup(hub, t)),
  ];
  assert.deepEqual([...new Set(found)].slice(0, 20), []);
});

function send(
  hub: TestHub,
  { what, isKeyed, contentType }: Pick<Target, 'what' | 'isKeyed' | 'contentType'>,
  body: JsonValue,
): Promise<Answer> {
  const headers = { 'content-type': contentType, 'user-agent': CANARIES[0]?.text ?? '' };
  return hub.call(what, undefined, {
    raw: JSON.stringify(body),
    headers,
    ...(isKeyed ? {} : { key: null }),
  });
}

/** As they are, byte by byte; half of them are proved to be what they say. */
async function sendLetters(hub: TestHub): Promise<readonly string[]> {
  const { trusted, letters } = await writeLetters();
  const mapping = { trusted_certificates: trusted, mailbox_id: 'office' };
  const way = await openWayIn(hub, 'pec', { name: 'canary letters', mapping });
  const found: string[] = [];
  let certified = 0;
  for (const raw of letters) {
    const answer = await way.post(undefined, {
      raw,
      headers: { 'content-type': 'message/rfc822' },
    });
    assert.equal(answer.status, 200, answer.text);
    if (answer.text.includes('"certified":true')) certified += 1;
    found.push(...findIn('answer to a letter', answer.text));
  }
  assert.equal(certified, letters.length / 2, 'those that are signed are proved');
  return found;
}

/** Telephone numbers that colleagues write down stay; keys that they paste do not. */
async function writeNotes(hub: TestHub): Promise<void> {
  const id = await hub.raise();
  for (const { text } of SECRET_CANARIES) {
    const answer = await hub.call(`POST /api/v1/alerts/${id}/note`, { detail: `seen: ${text}` });
    assert.ok(answer.status < 300, answer.text);
  }
  await hub.acknowledge(id, { detail: SECRET_CANARIES.map(({ text }) => text).join(' ') });
}

/** Alerts that senders have raised, as whoever listens is told of them. */
async function searchStream(hub: TestHub): Promise<readonly string[]> {
  const open = listItems(await hub.call('GET /api/v1/alerts?status=open&limit=50'));
  assert.ok(open.length > 0, 'alerts are open');
  const stream = await openStream(hub.node);
  await stream.waitFor('beat');
  for (const { alert_id: id } of open) await hub.acknowledge(textOf(id));
  await stream.waitFor('alert');
  stream.close();
  return stream.events().flatMap(({ data }) => findIn('stream', JSON.stringify(data)));
}

/** Everything that can be read without an id, the export and the metrics among it. */
async function searchAnswers(hub: TestHub): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { method, path } of OPERATIONS) {
    if (method !== 'GET' || path.includes('{') || path === '/api/v1/stream') continue;
    const answer = await hub.call(`GET ${path}`);
    found.push(...findIn(`GET ${path}`, answer.text));
  }
  return found;
}

async function searchBackup(hub: TestHub, t: TestContext): Promise<readonly string[]> {
  const root = mkdtempSync(join(tmpdir(), 'tocsin-canary-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const dir = join(root, 'backup');
  const { connection } = hub.db;
  const { clock } = hub;
  await writeBackup({ connection, dir, version: 'test', clock, onProgress: () => undefined });
  return searchFiles(dir);
}
