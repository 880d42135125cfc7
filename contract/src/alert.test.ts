import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  alertAnswer,
  assignment,
  bulkStatusChange,
  calledOutside,
  escalateBody,
  newAlert,
  noteBody,
  receiptBody,
  statusChange,
} from './alert.ts';
import { WIRE_LIMITS } from './limits.ts';
import { parseWire } from './wire.ts';

function read(more: Readonly<Record<string, unknown>>) {
  return parseWire(newAlert, { title: 'Fall in room 5', ...more });
}

/** The path of the only fault, and what is said about it. */
function faultOf(more: Readonly<Record<string, unknown>>): string {
  const reading = read(more);
  assert.ok(!reading.ok, JSON.stringify(more));
  assert.equal(reading.details.length, 1, JSON.stringify(reading.details));
  const [detail] = reading.details;
  return `${detail?.path}: ${detail?.message}`;
}

describe('a report that raises an alert', () => {
  test('needs a title alone; all else is null when left out or null', () => {
    const bare = read({});
    assert.ok(bare.ok);
    const { title, ...rest } = bare.value;
    assert.equal(title, 'Fall in room 5');
    const values = new Set<unknown>(Object.values(rest));
    assert.deepEqual(values, new Set([null]));
    const nulls = Object.fromEntries(Object.keys(rest).map((name) => [name, null]));
    assert.deepEqual(read(nulls), bare);
  });

  test('is taken as it was sent', () => {
    const sent = {
      project_id: 'care',
      alert_id: 'fall:2026-11-16_5.a',
      severity: 'page',
      labels: { room: '5', empty: '', 'any name': 'ä' },
      annotations: { summary: 'Lies on the floor' },
      fingerprint: 'f1',
      device_id: 'd1',
      camera_id: 'c1',
      area_id: 'a1',
      image: 'https://pictures.example/1.jpg',
      audio_relay_ws: 'wss://relay.example/5',
      camera_ip_map: { c1: '10.0.0.5' },
      analyse: { confidence: 0.9, boxes: [[1, 2]] },
      content: 'A person fell.',
      source_url: 'https://camera.example/5',
      source_refs: { media: ['m1'] },
      log_correlation: { trace_id: 't' },
      provider: 'box',
      provider_event_id: 'e1',
      provider_ts: '2026-11-16T08:00:00.5+01:00',
      channel_chat_id: 'chat',
      alertname: 'fall',
      namespace: 'care',
      target_resource: 'room-5',
      run_id: 'r1',
      payload: [1, 'two', null],
      policy_id: '0190a000-0000-7000-8000-000000000001',
      is_test: true,
      starts_at: '2026-11-16T08:00:00Z',
      ends_at: '2026-11-16T09:00:00Z',
    };
    const reading = read(sent);
    assert.ok(reading.ok, JSON.stringify(reading));
    assert.deepEqual(reading.value, { title: 'Fall in room 5', image_path: null, ...sent });
  });

  test('without a title, or with a blank one, is refused', () => {
    for (const title of ['', ' ', '\t\n', '\u3000']) {
      assert.equal(faultOf({ title }), 'title: must not be empty');
    }
    assert.equal(faultOf({ title: undefined }), 'title: is required');
    assert.equal(faultOf({ title: null }), 'title: must be text');
    assert.equal(faultOf({ title: 5 }), 'title: must be text');
  });

  test('is bounded, and the bound itself is allowed', () => {
    const cases: readonly (readonly [string, number])[] = [
      ['title', WIRE_LIMITS.titleCharsMax],
      ['severity', WIRE_LIMITS.severityCharsMax],
      ['device_id', WIRE_LIMITS.identifierCharsMax],
      ['provider_event_id', WIRE_LIMITS.identifierCharsMax],
      ['image', WIRE_LIMITS.urlCharsMax],
      ['source_url', WIRE_LIMITS.urlCharsMax],
      ['content', WIRE_LIMITS.contentCharsMax],
    ];
    for (const [field, max] of cases) {
      assert.ok(read({ [field]: 'x'.repeat(max) }).ok, field);
      const fault = `${field}: must have at most ${max} characters`;
      assert.equal(faultOf({ [field]: 'x'.repeat(max + 1) }), fault);
    }
  });

  test('may have any word as its severity', () => {
    for (const severity of ['critical', 'Warnung', 'P1', '7', 'very bad']) {
      const reading = read({ severity });
      assert.ok(reading.ok);
      assert.equal(reading.value.severity, severity);
    }
    assert.equal(faultOf({ severity: 3 }), 'severity: must be text');
  });

  test('with empty texts in what may be left out is taken as if they were', () => {
    const reading = read({ device_id: '', area_id: ' ', severity: '', image: '', content: '' });
    assert.deepEqual(reading, read({}));
  });

  test('refuses fields that it does not know, each by its path', () => {
    const reading = read({ titel: 'x', deviceId: 'y' });
    assert.deepEqual(reading, {
      ok: false,
      details: [
        { path: 'titel', message: 'unknown field' },
        { path: 'deviceId', message: 'unknown field' },
      ],
    });
  });

  test('has labels of text only, in any name but the empty one', () => {
    assert.equal(faultOf({ labels: { a: 1 } }), 'labels.a: must be text');
    assert.equal(faultOf({ labels: { a: null } }), 'labels.a: must be text');
    assert.equal(faultOf({ labels: [] }), 'labels: must be an object of texts');
    assert.equal(faultOf({ labels: 'a=b' }), 'labels: must be an object of texts');
    assert.equal(faultOf({ labels: { '': 'x' } }), 'labels: must not hold an empty name');
    const odd: unknown = JSON.parse('{"__proto__": "kept", "constructor": "too"}');
    const reading = read({ labels: odd });
    assert.ok(reading.ok);
    assert.equal(JSON.stringify(reading.value.labels), JSON.stringify(odd));
  });

  test('bounds labels and annotations at their own numbers', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, 'x']));
    const { labelsMax, labelValueCharsMax, labelNameCharsMax, annotationCharsMax } = WIRE_LIMITS;
    assert.ok(read({ labels: many(labelsMax) }).ok);
    assert.equal(
      faultOf({ labels: many(labelsMax + 1) }),
      `labels: must have at most ${labelsMax} entries`,
    );
    assert.ok(read({ labels: { a: 'x'.repeat(labelValueCharsMax) } }).ok);
    assert.match(faultOf({ labels: { a: 'x'.repeat(labelValueCharsMax + 1) } }), /^labels\.a: /);
    assert.ok(read({ annotations: { a: 'x'.repeat(annotationCharsMax) } }).ok);
    assert.ok(!read({ annotations: { a: 'x'.repeat(annotationCharsMax + 1) } }).ok);
    assert.ok(read({ labels: { ['x'.repeat(labelNameCharsMax)]: '' } }).ok);
    const fault = faultOf({ labels: { ['x'.repeat(labelNameCharsMax + 1)]: '' } });
    assert.match(fault, /…: a name must have at most 256 characters$/);
  });

  test('has free JSON where the sender needs it, but not without end', () => {
    const text = 'x'.repeat(WIRE_LIMITS.payloadCharsMax - 2);
    assert.ok(read({ payload: text }).ok);
    const message = `must have at most ${WIRE_LIMITS.payloadCharsMax} characters as JSON`;
    assert.equal(faultOf({ payload: `${text}x` }), `payload: ${message}`);
    assert.equal(faultOf({ analyse: { a: text } }), `analyse: ${message}`);
    assert.equal(faultOf({ analyse: 'text' }), 'analyse: must be an object');
    assert.equal(faultOf({ analyse: [1] }), 'analyse: must be an object');
    assert.ok(read({ camera_ip_map: '10.0.0.5' }).ok);
    assert.equal(faultOf({ camera_ip_map: 5 }), 'camera_ip_map: must be text or an object');
    assert.equal(faultOf({ camera_ip_map: ['x'] }), 'camera_ip_map: must be text or an object');
  });

  test('refuses numbers that JSON can write and nobody can read', () => {
    const fault = 'must not hold a number that is too large';
    assert.equal(faultOf({ payload: JSON.parse('{"a": [1e999]}') }), `payload: ${fault}`);
    assert.equal(faultOf({ analyse: JSON.parse('{"a": -1e999}') }), `analyse: ${fault}`);
    assert.equal(faultOf({ analyse: { a: Number.NaN } }), `analyse: ${fault}`);
  });

  test('listens only over an encrypted line', () => {
    for (const audio_relay_ws of ['ws://x.example/', 'https://x.example/', 'wss://', 'wss:///x']) {
      assert.equal(faultOf({ audio_relay_ws }), 'audio_relay_ws: must begin with wss://');
    }
    assert.ok(read({ audio_relay_ws: 'WSS://x.example/5' }).ok);
  });

  test('may call its picture image_path, but not two pictures one', () => {
    assert.ok(read({ image_path: 'a.jpg' }).ok);
    assert.ok(read({ image_path: 'a.jpg', image: 'a.jpg' }).ok);
    assert.match(faultOf({ image_path: 'a.jpg', image: 'b.jpg' }), /^image_path: /);
  });

  test('may have an id of its own, if it fits into a path', () => {
    for (const alert_id of ['a', 'A.b_c:d-9', 'x'.repeat(128)]) assert.ok(read({ alert_id }).ok);
    for (const alert_id of ['', 'a b', 'a/b', 'ä', 'x'.repeat(129), 5]) {
      assert.match(faultOf({ alert_id }), /^alert_id: must be /);
    }
  });

  test('has times of RFC 3339 in the years 1 to 9999', () => {
    const good = ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2028-02-29t00:00:00-05:30'];
    for (const starts_at of good) assert.ok(read({ starts_at }).ok, starts_at);
    const bad = [
      '',
      'now',
      1_700_000_000,
      '2026-11-16',
      '2026-11-16T08:00:00',
      '2027-02-29T00:00:00Z',
      '0000-06-01T00:00:00Z',
      '0001-01-01T00:00:00+00:01',
      '9999-12-31T23:59:59-00:01',
      '2026-11-16T24:00:00Z',
    ];
    for (const starts_at of bad) assert.match(faultOf({ starts_at }), /^starts_at: must be /);
  });

  test('that is no object is refused as such', () => {
    for (const body of [null, [], 'x', 5]) {
      const reading = parseWire(newAlert, body);
      assert.deepEqual(reading, {
        ok: false,
        details: [{ path: '', message: 'must be an object' }],
      });
    }
    const missing = parseWire(newAlert, undefined);
    assert.deepEqual(missing, { ok: false, details: [{ path: '', message: 'is required' }] });
  });
});

describe('a change of status', () => {
  test('names a status, and may say more', () => {
    const reading = parseWire(statusChange, { status: 'ACKNOWLEDGED', intent: 'calling' });
    const value = { status: 'ACKNOWLEDGED', intent: 'calling', outcome: null, detail: null };
    assert.deepEqual(reading, { ok: true, value });
  });

  test('is refused when a word of it is unknown', () => {
    const cases: readonly (readonly [unknown, string])[] = [
      [{}, 'status'],
      [{ status: 'acknowledged' }, 'status'],
      [{ status: 'SEEN', intent: 'running' }, 'intent'],
      [{ status: 'RESOLVED', outcome: 'gone' }, 'outcome'],
      [{ status: 'SEEN', detail: 'x'.repeat(WIRE_LIMITS.detailCharsMax + 1) }, 'detail'],
      [{ status: 'SEEN', by: 'me' }, 'by'],
    ];
    for (const [body, path] of cases) {
      const reading = parseWire(statusChange, body);
      assert.ok(!reading.ok);
      assert.equal(reading.details[0]?.path, path);
    }
  });
});

test('the alert of the contract is an alert', () => {
  const at = '2026-11-16T08:00:00.000Z';
  const id = '0190a000-0000-7000-8000-000000000001';
  const answer = {
    alert_id: 'a1',
    project_id: 'default',
    version: 3,
    status: 'PENDING',
    outcome: null,
    intent: null,
    severity: 'critical',
    priority: 'critical',
    title: 't',
    labels: {},
    annotations: {},
    fingerprint: 'am1:507a62d79ee76c9a',
    source: { id, kind: 'alertmanager', name: 'prom' },
    source_url: null,
    is_nobody_called: false,
    starts_at: null,
    ends_at: at,
    device_id: null,
    camera_id: null,
    area_id: null,
    occurrence_count: 1,
    notification_count: 1,
    escalation_level: 0,
    next_due_at: at,
    next_step: { index: 0, label: 'Reminder 1', priority: 'high', due_at: at, targets: [] },
    policy_id: id,
    created_at: at,
    updated_at: at,
    delivered_at: null,
    seen_at: null,
    acknowledged_at: null,
    acknowledged_by: null,
    assigned_to: null,
    resolved_at: null,
    expired_at: null,
    closed_at: null,
    closed_by: null,
    archived_at: null,
    age_seconds: 0,
    image: null,
    audio_relay_ws: null,
    camera_ip_map: null,
    last_event_at: at,
    last_notification_at: at,
    previous_alert_id: null,
    media: [],
    analyse: {},
    is_test: false,
  };
  assert.deepEqual(parseWire(alertAnswer, answer), { ok: true, value: answer });
  const { is_test: _left, ...without } = answer;
  assert.ok(!parseWire(alertAnswer, without).ok);
});

const READERS = {
  note: { schema: noteBody, good: { detail: 'in bed 3' }, bad: [{}, { detail: ' ' }] },
  assign: {
    schema: assignment,
    good: { assigned_to: null, detail: null },
    bad: [{}, { assigned_to: '' }, { assigned_to: 'x'.repeat(201) }],
  },
  escalate: {
    schema: escalateBody,
    good: { whom: 'responder', detail: null },
    bad: [{ whom: 'everybody' }, { whom: 'step', to: 1 }],
  },
  outside: {
    schema: calledOutside,
    good: { label: null, priority: 'high', recipient: 'Ben', detail: null },
    bad: [{ priority: 'urgent' }, { recipient: 'x'.repeat(201) }],
  },
  receipt: { schema: receiptBody, good: { status: 'read' }, bad: [{ status: 'opened' }, []] },
} as const;

for (const [name, { schema, good, bad }] of Object.entries(READERS)) {
  test(`the body of ${name} is read whole, or refused with the place of the fault`, () => {
    assert.deepEqual(parseWire(schema, good), { ok: true, value: good });
    for (const body of bad) assert.ok(!parseWire(schema, body).ok, JSON.stringify(body));
  });
}

test('one answer goes to one to two hundred alerts, each named once', () => {
  const read = (ids: readonly string[]) =>
    parseWire(bulkStatusChange, { alert_ids: ids, status: 'SEEN' });
  const many = (count: number) => Array.from({ length: count }, (_, index) => `a${index}`);
  assert.ok(read(many(1)).ok && read(many(200)).ok);
  for (const ids of [[], many(201), ['a', 'a'], ['a b']]) assert.ok(!read(ids).ok, ids.join());
});
