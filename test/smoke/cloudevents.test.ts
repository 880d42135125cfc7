/**
 * CloudEvents as the SDK of others sends them, over real HTTP, in all three modes; and what the
 * wire does to headers that no library of ours has written.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from 'cloudevents';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { openWayIn } from '#test/support/hub/ways-in.ts';
import type { TestHub } from '#test/support/hub.ts';
import { listenOn } from '#test/support/stream/stream-reader.ts';

type Way = { readonly url: string; readonly path: string; readonly sourceId: string };

let count = 0;

/** A source of its own for each test, on a hub that listens. */
async function openAddress(hub: TestHub): Promise<Way> {
  count += 1;
  const { ingestUrl, sourceId } = await openWayIn(hub, 'cloudevents', { name: `events ${count}` });
  const path = new URL(ingestUrl).pathname;
  return { url: `${await listenOn(hub.node)}${path}`, path, sourceId };
}

function gate(id: string, end: string, more: Record<string, unknown> = {}) {
  return new CloudEvent({
    id,
    source: '/gates/north',
    type: `gate.forced.${end}`,
    subject: 'gate 4',
    severitytext: 'ERROR',
    data: { message: 'Gate 4 was forced' },
    ...more,
  });
}

async function alertsOf(hub: TestHub, { sourceId }: Way) {
  const alerts = listItems(await hub.call(`GET /api/v1/alerts?source=${sourceId}`));
  return alerts.map((alert) =>
    ['title', 'severity', 'status'].map((field) => textOf(alert[field])).join(' '),
  );
}

async function countEvents(hub: TestHub, { sourceId }: Way): Promise<number> {
  const rows = await hub.query('select 1 from event where source_id = $1', [sourceId]);
  return rows.length;
}

async function post(way: Way, type: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': type };
  return fetch(way.url, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** With the bytes of headers as given, which no client would send. */
async function sendRaw(way: Way, headers: readonly string[], body: string): Promise<string> {
  const { hostname, port } = new URL(way.url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  const head = [
    `POST ${way.path} HTTP/1.1`,
    'Host: hub',
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
  ];
  socket.write(Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`));
  return readAll(socket);
}

const BINARY = [
  'ce-specversion: 1.0',
  'ce-source: /gates/north',
  'ce-type: gate.forced',
  'Content-Type: application/json',
];

describe('the SDK of CloudEvents', () => {
  const shared = shareTestHub();

  for (const mode of [Mode.BINARY, Mode.STRUCTURED]) {
    test(`raises and resolves in ${mode} mode; the same event again changes nothing`, async () => {
      const hub = shared();
      const way = await openAddress(hub);
      const emit = emitterFor(httpTransport(way.url), { binding: HTTP, mode });
      await emit(gate('1', 'firing'));
      await emit(gate('1', 'firing'));
      assert.deepEqual(await alertsOf(hub, way), ['Gate 4 was forced high PENDING']);
      await emit(gate('2', 'resolved'));
      assert.deepEqual(await alertsOf(hub, way), ['Gate 4 was forced high RESOLVED']);
      assert.equal(await countEvents(hub, way), 3);
      await hub.settle();
    });
  }

  test('reports a batch, and an empty one', async () => {
    const hub = shared();
    const way = await openAddress(hub);
    const batch = [gate('1', 'firing'), gate('2', 'firing', { subject: 'gate 5' })];
    const type = 'application/cloudevents-batch+json; charset=UTF-8';
    const answer = await post(way, type, batch);
    assert.equal(answer.status, 200);
    assert.equal((await alertsOf(hub, way)).length, 2);
    assert.deepEqual(await (await post(way, type, [])).json(), { results: [], refused: [] });
  });

  test('sends data that is no JSON', async () => {
    const hub = shared();
    const way = await openAddress(hub);
    const emit = emitterFor(httpTransport(way.url), { binding: HTTP, mode: Mode.BINARY });
    const data = 'bar bent';
    await emit(gate('1', 'seen', { data, datacontenttype: 'text/plain' }));
    assert.deepEqual(await alertsOf(hub, way), ['gate.forced.seen: gate 4 high PENDING']);
    const events = await hub.call(`GET /api/v1/events?source=${way.sourceId}`);
    assert.match(events.text, /bar bent/);
  });
});

describe('headers as the wire has them', () => {
  const shared = shareTestHub();

  test('are decoded once, with quotes or percent signs, or as plain UTF-8', async () => {
    const hub = shared();
    const subjects = [
      ['Tor%20%E2%82%AC%204', 'gate.forced: Tor € 4'],
      ['"Tor \\"4\\""', 'gate.forced: Tor "4"'],
      ['Tür %2541', 'gate.forced: Tür %41'],
    ] as const;
    for (const [subject, title] of subjects) {
      const way = await openAddress(hub);
      const answer = await sendRaw(way, [...BINARY, 'ce-id: 1', `ce-subject: ${subject}`], '{}');
      assert.match(answer, /^HTTP\/1\.1 200 /);
      assert.deepEqual(await alertsOf(hub, way), [`${title} medium PENDING`]);
    }
  });

  test('that are no UTF-8 are refused, and nothing is stored', async () => {
    const hub = shared();
    const way = await openAddress(hub);
    const answer = await sendRaw(way, [...BINARY, 'ce-id: 1', 'ce-subject: a%C0%A0b'], '{}');
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /"path":"ce-subject"/);
    assert.equal(await countEvents(hub, way), 0);
  });

  test('without an id are no event, and the answer says what is missing', async () => {
    const hub = shared();
    const way = await openAddress(hub);
    const answer = await sendRaw(way, BINARY, '{}');
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /"path":"ce-id","message":"is required/);
    assert.equal(await countEvents(hub, way), 0);
  });
});

describe('a sender that asks before it sends', () => {
  const shared = shareTestHub();

  test('is told that it may, and nothing is stored', async () => {
    const hub = shared();
    const way = await openAddress(hub);
    const headers = { 'WebHook-Request-Origin': 'events.example', 'WebHook-Request-Rate': '120' };
    const answer = await fetch(way.url, { method: 'OPTIONS', headers });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('webhook-allowed-origin'), 'events.example');
    assert.equal(answer.headers.get('webhook-allowed-rate'), '*');
    assert.equal(answer.headers.get('allow'), 'POST, OPTIONS');
    assert.equal(await countEvents(hub, way), 0);
  });

  test('is told nothing at an address of nobody', async () => {
    const hub = shared();
    const { url } = await openAddress(hub);
    const stranger = url.replace(/.{32}$/, 'x'.repeat(32));
    const headers = { 'WebHook-Request-Origin': 'events.example' };
    const answer = await fetch(stranger, { method: 'OPTIONS', headers });
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('webhook-allowed-origin'), null);
  });
});
