/**
 * Every way in, with bodies that are right and what its senders understand as a refusal. Kinds of
 * sources are those of the conformance suite, so that a new one is fuzzed from its first day.
 */
import assert from 'node:assert/strict';
import type { JsonValue } from '#kernel/syntax/json.ts';
import type { Answer } from '#test/support/hub/calls.ts';
import { listReceived, pathOf } from '#test/support/hub/story.ts';
import { openWayIn } from '#test/support/hub/ways-in.ts';
import type { TestHub } from '#test/support/hub.ts';
import {
  readRecorded,
  SOURCE_KIND_SAMPLES,
  type SourceKindSample,
} from '#test/support/samples/source-kinds.ts';

export type Target = {
  readonly name: string;
  /** `POST /path`. */
  readonly what: string;
  /** False: the address is the credential. */
  readonly isKeyed: boolean;
  readonly contentType: string;
  readonly bodies: readonly JsonValue[];
  /** Fails when a refusal is not in the sender's own shape. */
  readonly assertError: (answer: Answer) => void;
};

export async function listTargets(hub: TestHub): Promise<readonly Target[]> {
  const kinds: Target[] = [];
  for (const sample of SOURCE_KIND_SAMPLES) kinds.push(await targetOf(hub, sample));
  return [...kinds, ...NATIVE, ...FOREIGN, ...(await listLinks(hub))];
}

async function targetOf(hub: TestHub, sample: SourceKindSample): Promise<Target> {
  const { kind, recorded, begins, ends, assertError } = sample;
  const way = await openWayIn(hub, kind);
  return {
    name: `${kind} by its address`,
    what: `POST ${new URL(way.ingestUrl).pathname}`,
    isKeyed: false,
    contentType: 'application/json',
    bodies: [...Object.keys(recorded).map(readRecorded), begins('fuzz'), ends('fuzz')],
    assertError,
  };
}

function assertOperatorError(answer: Answer): void {
  assert.ok(answer.textAt('error.code') !== '' && answer.textAt('error.message') !== '');
}

function assertEdgeError(answer: Answer): void {
  assert.deepEqual([answer.at('code'), answer.at('data')], [answer.status, null], answer.text);
}

/** A sentence, or a code with one, as the real one does. */
function assertAlertmanagerError(answer: Answer): void {
  if (typeof answer.body === 'string') return assert.notEqual(answer.body, '');
  assert.equal(answer.at('code'), answer.status, answer.text);
  assert.ok(answer.textAt('message') !== '');
}

function assertPage(answer: Answer): void {
  assert.match(String(answer.headers['content-type']), /^text\/html/);
}

const KEYED = { isKeyed: true, contentType: 'application/json' } as const;

const WHOLE = {
  title: 'Fall in room 12',
  severity: 'critical',
  alert_id: 'fuzz-1',
  labels: { room: '12', team: 'night' },
  annotations: { note: 'second today' },
  device_id: 'box_1',
  camera_id: 'camera_12',
  area_id: '14',
  analyse: { score: 0.9, boxes: [[1, 2, 3, 4]] },
  source_url: 'https://camera.example/12',
};

const NATIVE: readonly Target[] = [
  {
    ...KEYED,
    name: 'an alert',
    what: 'POST /api/v1/alerts',
    bodies: [WHOLE, { title: 'Fall' }],
    assertError: assertOperatorError,
  },
  {
    ...KEYED,
    name: 'events',
    what: 'POST /api/v1/events',
    bodies: [
      { title: 'Door', fingerprint: 'door-1', stage: 'received', provider_event_id: 'e-1' },
      { events: [WHOLE, { title: 'Door', fingerprint: 'door-1', stage: 'resolved' }] },
    ],
    assertError: assertOperatorError,
  },
];

const FOREIGN: readonly Target[] = [
  {
    ...KEYED,
    name: "Alertmanager's API",
    what: 'POST /api/v2/alerts',
    bodies: [
      [
        {
          labels: { alertname: 'Down', severity: 'page', instance: 'db-1' },
          annotations: { summary: 'db-1 is down' },
          startsAt: '2026-11-16T08:00:00Z',
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: 'http://prometheus.example/graph',
        },
      ],
    ],
    assertError: assertAlertmanagerError,
  },
  {
    ...KEYED,
    name: 'an edge box',
    what: 'POST /api/ai/alert/edge/report',
    bodies: [
      {
        alarm_id: 7,
        alarm_type: 'fall',
        camera_id: 'camera_12',
        device_id: 'box_1',
        confidence: 0.93,
        image_url: 'https://box.example/7.jpg',
        vlm_description: 'somebody lies on the floor',
        ext_data: { area_id: 14 },
      },
    ],
    assertError: assertEdgeError,
  },
  {
    ...KEYED,
    name: 'a heartbeat',
    what: 'POST /api/ai/device/heartbeat',
    bodies: [
      {
        device_id: 'box_1',
        timestamp: 1_794_816_000,
        software_version: '2.1',
        cameras: [{ camera_id: 'camera_12', state: 'ok', fps: 24.5, last_frame_age_ms: 40 }],
      },
    ],
    assertError: assertEdgeError,
  },
];

/** Of the message about one alert. */
async function listLinks(hub: TestHub): Promise<readonly Target[]> {
  const id = await hub.raise();
  await hub.settle();
  const [received] = listReceived(hub, id);
  const common = { isKeyed: false, contentType: 'application/json' };
  const receipt: Target = {
    ...common,
    name: 'a receipt',
    what: `POST ${pathOf(received, 'receipt_url')}`,
    bodies: [{ status: 'delivered' }, { status: 'read' }],
    assertError: assertOperatorError,
  };
  const page: Target = {
    ...common,
    name: 'the page of a link',
    what: `POST ${pathOf(received, 'action_url')}`,
    contentType: 'application/x-www-form-urlencoded',
    bodies: ['action=seen', 'action=resolve&outcome=fixed&detail=so'],
    assertError: assertPage,
  };
  const stranger: Target = { ...page, name: 'no link', what: 'POST /a/%00..%2f' };
  const lost: Target = { ...receipt, name: 'no receipt', what: 'POST /api/v1/receipts/~' };
  // What cannot even be routed is answered as to a program.
  const broken: Target = { ...receipt, name: 'no address', what: 'POST /a/%ff' };
  return [receipt, page, stranger, lost, broken];
}
