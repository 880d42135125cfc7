/**
 * What the conformance suite needs to know of each kind of source: bodies that such a sender
 * sends, and the shape of what it wants to hear. A new kind adds one entry here, and its recorded
 * bodies in test/fixtures/sources/<kind>/.
 */
import assert from 'node:assert/strict';
import { encodeHex, hmacSha256 } from '#kernel/crypto.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import type { SourceKind } from '#kernel/words/severity.ts';
import type { Answer } from '#test/support/hub/calls.ts';
import { readSourceFixture } from './sources.ts';

export type SourceKindSample = {
  readonly kind: SourceKind;
  /** Recorded bodies, each of which raises as many alerts. */
  readonly recorded: Readonly<Record<string, number>>;
  /** A problem of that name begins, and ends. */
  readonly begins: (name: string) => JsonObject;
  readonly ends: (name: string) => JsonObject;
  /** The body with this time, wherever such a body has one. */
  readonly withTime: (body: JsonObject, time: JsonValue) => JsonObject;
  /** The body with this text, wherever people or matchers will see it. */
  readonly withText: (body: JsonObject, text: string) => JsonObject;
  /** JSON, but not what such a sender sends. */
  readonly refused: readonly JsonValue[];
  readonly refusalStatus: number;
  /** More in one body than is taken at once; null where a body holds one. */
  readonly tooMany: JsonObject | null;
  /** How such a sender signs; left out where it does not. */
  readonly signing?: {
    readonly field: string;
    readonly sign: (secret: string, body: string) => Readonly<Record<string, string>>;
  };
  /** Fail the test when the answer is not in the sender's own shape. */
  readonly assertTaken: (answer: Answer, reports: number) => void;
  readonly assertError: (answer: Answer) => void;
};

const BOX: JsonObject = { device_id: 'box_1', camera_id: 'camera_12', alarm_type: 'fall' };

const EDGE: SourceKindSample = {
  kind: 'edge',
  recorded: { 'edge/alarm': 1 },
  begins: (name) => ({ ...BOX, alarm_id: `a_${name}`, event_time: '2026-11-16T08:00:00Z' }),
  ends: (name) => ({ ...BOX, alarm_id: `a_${name}`, state: 'end' }),
  withTime: (body, time) => ({ ...body, event_time: time, timestamp: time }),
  withText: (body, text) => ({
    ...body,
    title: `t${text}`,
    vlm_description: text,
    camera_id: text,
  }),
  refused: [[], {}, 'fall', 7, null, { camera_id: 'c' }],
  refusalStatus: 422,
  tooMany: null,
  assertTaken: (answer) => {
    const { body } = answer;
    assert.ok(isJsonObject(body), answer.text);
    assert.deepEqual(Object.keys(body), ['code', 'msg', 'data']);
    assert.deepEqual([body['code'], body['msg']], [0, '']);
    const data = body['data'];
    assert.ok(isJsonObject(data));
    assert.deepEqual(Object.keys(data), ['alarm_id', 'alert_id', 'event_id', 'is_duplicate']);
  },
  assertError: (answer) => {
    assert.deepEqual([answer.at('code'), answer.at('data')], [answer.status, null], answer.text);
    assert.ok(answer.textAt('msg') !== '');
  },
};

/** One alert of a webhook; `more` is the alert's own. */
function hook(name: string, more: JsonObject): JsonObject {
  const labels = { alertname: name, severity: 'critical' };
  const alert = { labels, annotations: {}, startsAt: '2026-11-16T08:00:00Z', ...more };
  return { version: '4', status: 'firing', receiver: 'hub', truncatedAlerts: 0, alerts: [alert] };
}

function changeAlert(body: JsonObject, change: (alert: JsonObject) => JsonObject): JsonObject {
  const alerts = Array.isArray(body['alerts']) ? body['alerts'].filter(isJsonObject) : [];
  return { ...body, alerts: alerts.map(change) };
}

const ALERTMANAGER: SourceKindSample = {
  kind: 'alertmanager',
  recorded: { 'alertmanager/firing': 2 },
  begins: (name) => hook(name, { status: 'firing', endsAt: '0001-01-01T00:00:00Z' }),
  ends: (name) => hook(name, { status: 'resolved', endsAt: '2026-11-16T08:00:00Z' }),
  withTime: (body, time) => changeAlert(body, (alert) => ({ ...alert, startsAt: time })),
  withText: (body, text) =>
    changeAlert(body, (alert) => ({
      ...alert,
      labels: { ...(isJsonObject(alert['labels']) ? alert['labels'] : {}), [`l${text}`]: text },
      annotations: { summary: `t${text}`, description: text },
    })),
  refused: [[], {}, 'x', null, { alerts: {} }, { alerts: [{}] }, { alerts: [{ labels: 'a' }] }],
  refusalStatus: 400,
  tooMany: { alerts: Array.from({ length: 10_001 }, (_, n) => ({ labels: { n: `${n}` } })) },
  assertTaken: (answer, reports) => {
    assert.deepEqual(answer.body, { stored: reports, refused: [] });
  },
  assertError: (answer) => {
    assert.equal(answer.at('code'), answer.status, answer.text);
    assert.ok(answer.textAt('message') !== '');
  },
};

const GENERIC: SourceKindSample = {
  kind: 'generic',
  recorded: { 'generic/monitor': 1, 'generic/group': 1 },
  begins: (name) => ({ dedup_key: name, title: `Door ${name}`, status: 'firing' }),
  ends: (name) => ({ dedup_key: name, title: `Door ${name}`, status: 'resolved' }),
  withTime: (body, time) => ({ ...body, timestamp: time }),
  withText: (body, text) => ({ ...body, title: `t${text}`, message: text, tags: { text } }),
  refused: [{}, null],
  refusalStatus: 422,
  tooMany: null,
  assertTaken: (answer, reports) => {
    const { body } = answer;
    assert.ok(isJsonObject(body) && Array.isArray(body['results']), answer.text);
    assert.equal(body['results'].length, reports);
    assert.deepEqual(body['refused'], []);
  },
  assertError: (answer) => {
    assert.ok(answer.textAt('error.code') !== '' && answer.textAt('error.message') !== '');
  },
};

/** One problem of a gate, as JSON. */
function cloudEvent(name: string, end: string): JsonObject {
  return {
    specversion: '1.0',
    id: `${name} ${end}`,
    source: '/gates/north',
    type: `gate.forced.${end}`,
    subject: name,
    data: { message: `Gate ${name} was forced`, level: 'error' },
  };
}

const CLOUDEVENTS: SourceKindSample = {
  kind: 'cloudevents',
  recorded: { 'cloudevents/from-sdk-js-10.0.0-structured': 1 },
  begins: (name) => cloudEvent(name, 'firing'),
  ends: (name) => cloudEvent(name, 'resolved'),
  withTime: (body, time) => ({ ...body, time }),
  withText: (body, text) => ({ ...body, custom: text, data: { message: `t${text}`, a: text } }),
  refused: [{}, [], 'x', null, { specversion: '1.0', id: '1' }],
  refusalStatus: 400,
  tooMany: null,
  assertTaken: GENERIC.assertTaken,
  assertError: GENERIC.assertError,
};

const SIGNOZ: SourceKindSample = {
  ...ALERTMANAGER,
  kind: 'signoz',
  recorded: { 'signoz/firing': 1 },
};

const hexOf = (secret: string, content: string): string => encodeHex(hmacSha256(secret, content));

const GRAFANA: SourceKindSample = {
  ...ALERTMANAGER,
  kind: 'grafana',
  recorded: { 'grafana/firing': 2 },
  signing: {
    field: 'hmac_secret',
    sign: (secret, body) => ({ 'X-Grafana-Alerting-Signature': hexOf(secret, body) }),
  },
};

/** Of one issue, named as the problem. */
function changeData(body: JsonObject, change: (one: JsonObject) => JsonObject): JsonObject {
  const data = isJsonObject(body['data']) ? body['data'] : {};
  const changed = Object.entries(data).map(([name, one]): readonly [string, JsonValue] => [
    name,
    isJsonObject(one) ? change(one) : one,
  ]);
  return { ...body, data: Object.fromEntries(changed) };
}

const AT = '2026-11-16T08:00:00.000000Z';

const SENTRY: SourceKindSample = {
  kind: 'sentry',
  recorded: {
    'sentry/event-alert': 1,
    'sentry/metric-alert-critical': 1,
    'sentry/issue-regressed': 1,
  },
  begins: (name) => ({
    action: 'triggered',
    data: {
      event: { event_id: `e${name}`, issue_id: name, title: `Error ${name}`, datetime: AT },
    },
  }),
  ends: (name) => ({
    action: 'resolved',
    data: { issue: { id: name, title: `Error ${name}`, status: 'resolved', lastSeen: AT } },
  }),
  withTime: (body, time) =>
    changeData(body, (one) => ({
      ...one,
      ...('issue_id' in one ? { datetime: time, received: time, timestamp: time } : {}),
      ...('lastSeen' in one ? { lastSeen: time } : {}),
    })),
  withText: (body, text) =>
    changeData(body, (one) => ({
      ...one,
      title: `t${text}`,
      culprit: text,
      message: text,
      level: text,
      tags: [
        [text, text],
        ['environment', text],
      ],
    })),
  refused: [[], {}, 'x', 7, null, { action: 'created' }, { data: 'x' }],
  refusalStatus: 400,
  tooMany: null,
  signing: {
    field: 'client_secret',
    sign: (secret, body) => ({
      'Sentry-Hook-Resource': body.includes('"resolved"') ? 'issue' : 'event_alert',
      'Sentry-Hook-Signature': hexOf(secret, body),
    }),
  },
  assertTaken: (answer, reports) => {
    const { body } = answer;
    assert.ok(isJsonObject(body) && Array.isArray(body['results']), answer.text);
    assert.equal(body['results'].length, reports);
  },
  assertError: (answer) => {
    assert.ok(answer.textAt('detail') !== '' && answer.textAt('code') !== '');
  },
};

const RECEIPT: JsonObject = { mailbox_id: 'mbx-7', direction: 'inbound', subject: 'Atto 0012' };

/** As a program posts that reads the mailbox; messages as .eml have a suite of their own. */
const PEC: SourceKindSample = {
  kind: 'pec',
  recorded: { 'pec/failure': 1, 'pec/state': 1 },
  begins: (name) => ({
    ...RECEIPT,
    message_id: `f_${name}`,
    pec_type: 'errore-consegna',
    reference_message_id: `<${name}@lume.example.it>`,
  }),
  ends: (name) => ({
    ...RECEIPT,
    message_id: `d_${name}`,
    pec_type: 'avvenuta-consegna',
    reference_message_id: `<${name}@lume.example.it>`,
  }),
  withTime: (body, time) => ({ ...body, received_at: time }),
  withText: (body, text) => ({
    ...body,
    subject: text,
    from_address: text,
    to_addresses: [text],
    mailbox_id: text,
    recipient: text,
  }),
  refused: [[], {}, 7, null, { mailbox_id: 'm' }, { event: 'message.lost', message_id: 'x' }],
  refusalStatus: 422,
  tooMany: null,
  assertTaken: GENERIC.assertTaken,
  assertError: GENERIC.assertError,
};

export const SOURCE_KIND_SAMPLES: readonly SourceKindSample[] = [
  EDGE,
  ALERTMANAGER,
  GENERIC,
  CLOUDEVENTS,
  SENTRY,
  SIGNOZ,
  GRAFANA,
  PEC,
];

export function readRecorded(name: string): JsonObject {
  return readSourceFixture(name);
}
