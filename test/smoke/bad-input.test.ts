/**
 * Whatever is sent in: a coded refusal that says where, nothing stored, no word about our insides,
 * and the next good request works.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorAnswer } from '#contract/error.ts';
import { parseWire } from '#contract/wire.ts';
import { LIMITS } from '#kernel/limits.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import type { Answer } from '#test/support/hub/calls.ts';

/** What came, as it is: text or bytes, and its content type. */
type Sent = {
  readonly raw: string | Buffer;
  readonly type?: string | null;
};

type Expected = readonly [status: number, code: string, path?: string];

async function send(hub: TestHub, what: string, { raw, type }: Sent): Promise<Answer> {
  const given = type === undefined ? 'application/json' : type;
  // An empty header counts as none.
  return hub.call(what, undefined, { raw, headers: { 'content-type': given ?? '' } });
}

async function countStored(hub: TestHub): Promise<number> {
  let count = 0;
  for (const table of ['event', 'event_key', 'alert', 'alert_head', 'notification', 'timeline']) {
    count += await hub.countRows(table);
  }
  return count;
}

async function assertRefused(hub: TestHub, sent: Sent, expected: Expected): Promise<void> {
  const [status, code, path] = expected;
  for (const what of ['POST /api/v1/alerts', 'POST /api/v1/events']) {
    const answer = await send(hub, what, sent);
    const shown = `${what} ${sent.raw.slice(0, 60).toString()}: ${answer.text.slice(0, 300)}`;
    assert.equal(answer.status, status, shown);
    assert.equal(answer.at('error.code'), code, shown);
    assert.ok(parseWire(errorAnswer, answer.body).ok, shown);
    if (path !== undefined) assert.equal(answer.at('error.details.0.path'), path, shown);
    assert.doesNotMatch(answer.text, /node_modules|\.ts:|at async|Error:/, shown);
  }
}

/** One hub for a list of bad bodies, then a good one. */
async function assertAllRefused(
  t: Parameters<typeof startTestHub>[0],
  cases: readonly (readonly [Sent, Expected])[],
): Promise<void> {
  const hub = await startTestHub(t);
  for (const [sent, expected] of cases) await assertRefused(hub, sent, expected);
  assert.equal(await countStored(hub), 0);
  await hub.raise();
}

const json = (value: unknown): Sent => ({ raw: JSON.stringify(value) });

/** A title and something that is wrong. */
const withField = (fields: object): Sent => json({ title: 'Fall', ...fields });

test('what is not JSON is refused', async (t) => {
  await assertAllRefused(t, [
    [{ raw: '{"title":' }, [400, 'malformed_json', '']],
    [{ raw: '{"title":"x",}' }, [400, 'malformed_json', '']],
    [{ raw: "{'title':'x'}" }, [400, 'malformed_json', '']],
    [{ raw: '{"title":"x"}{}' }, [400, 'malformed_json', '']],
    [{ raw: '{"title":NaN}' }, [400, 'malformed_json', '']],
    [{ raw: '<xml/>' }, [400, 'malformed_json', '']],
    [{ raw: '' }, [400, 'malformed_json']],
    [{ raw: ' ' }, [400, 'malformed_json', '']],
    [{ raw: '\uFEFF{"title":"x"}' }, [400, 'malformed_json', '']],
  ]);
});

test('what is not application/json is refused', async (t) => {
  const raw = '{"title":"Fall"}';
  await assertAllRefused(t, [
    [{ raw, type: 'text/plain' }, [415, 'media_type_unsupported']],
    [{ raw, type: 'application/x-www-form-urlencoded' }, [415, 'media_type_unsupported']],
    [{ raw, type: 'multipart/form-data; boundary=x' }, [415, 'media_type_unsupported']],
    [{ raw, type: 'json' }, [415, 'media_type_unsupported']],
    [{ raw, type: null }, [415, 'media_type_unsupported']],
  ]);
});

test('what only begins like application/json is another type', async (t) => {
  const raw = '{"title":"Fall"}';
  await assertAllRefused(t, [
    [{ raw, type: 'application/json-seq' }, [415, 'media_type_unsupported']],
    [{ raw, type: 'application/jsonlines' }, [415, 'media_type_unsupported']],
  ]);
});

test('bytes that are no UTF-8, and characters that cannot be stored, are refused', async (t) => {
  const invalid = Buffer.concat([Buffer.from('{"title":"'), Buffer.from([0xc3, 0x28, 0x22, 0x7d])]);
  await assertAllRefused(t, [
    [{ raw: invalid }, [400, 'malformed_text']],
    [{ raw: Buffer.from('{"title":"x"}', 'utf16le') }, [400, 'malformed_json', '']],
    [{ raw: String.raw`{"title":"a\u0000b"}` }, [400, 'bad_character', 'title']],
    [{ raw: String.raw`{"title":"a","labels":{"\u0000":"b"}}` }, [400, 'bad_character']],
    [{ raw: String.raw`{"title":"\ud800"}` }, [400, 'bad_character', 'title']],
    [{ raw: '{"title":"a\u0000b"}' }, [400, 'malformed_json', '']],
  ]);
});

test('keys given twice, nesting without end and endless lists are refused', async (t) => {
  const deep = `{"title":"x","payload":${'['.repeat(40)}${']'.repeat(40)}}`;
  const deeper = `{"title":"x","payload":${'['.repeat(500_000)}${']'.repeat(500_000)}}`;
  const many = `{"title":"x","payload":[${'0,'.repeat(LIMITS.jsonValuesMax)}0]}`;
  const twice = '{"title":"x","labels":{"a":"1","b":"2","a":"3"}}';
  await assertAllRefused(t, [
    [{ raw: '{"title":"x","title":"y"}' }, [400, 'duplicate_key', 'title']],
    [{ raw: twice }, [400, 'duplicate_key', 'labels.a']],
    [{ raw: String.raw`{"title":"x","\u0074itle":"y"}` }, [400, 'duplicate_key', 'title']],
    [{ raw: deep }, [400, 'too_deep']],
    [{ raw: deeper }, [400, 'too_deep']],
    [{ raw: many }, [400, 'too_many_values']],
  ]);
});

test('a body over 4 MiB is refused, one just under it is read', async (t) => {
  const hub = await startTestHub(t);
  const big = { raw: Buffer.alloc(LIMITS.bodyBytesMax + 1, 0x20) };
  await assertRefused(hub, big, [413, 'body_too_large']);
  const event = { title: 'Fall', content: 'x'.repeat(65_000) };
  const events = Array.from({ length: 64 }, () => event);
  const fits = JSON.stringify({ events });
  assert.ok(fits.length > 4_160_000 && fits.length < LIMITS.bodyBytesMax);
  assert.equal((await send(hub, 'POST /api/v1/events', { raw: fits })).status, 202);
  assert.equal(await hub.countRows('event'), 64);
});

test('wrong types and unknown fields are refused with their place', async (t) => {
  await assertAllRefused(t, [
    [json([]), [422, 'invalid', '']],
    [json('Fall'), [422, 'invalid', '']],
    [json(null), [422, 'invalid', '']],
    [json({}), [422, 'invalid', 'title']],
    [json({ title: '' }), [422, 'invalid', 'title']],
    [json({ title: ' \n\t' }), [422, 'invalid', 'title']],
    [json({ title: 7 }), [422, 'invalid', 'title']],
    [json({ title: ['x'] }), [422, 'invalid', 'title']],
    [json({ title: 'x'.repeat(1_025) }), [422, 'invalid', 'title']],
    [withField({ colour: 'red' }), [422, 'invalid', 'colour']],
    [withField({ severity: 1 }), [422, 'invalid', 'severity']],
    [withField({ labels: [] }), [422, 'invalid', 'labels']],
    [withField({ labels: { a: 1 } }), [422, 'invalid', 'labels.a']],
    [withField({ labels: { '': 'x' } }), [422, 'invalid', 'labels']],
    [withField({ alert_id: 'has space' }), [422, 'invalid', 'alert_id']],
    [withField({ alert_id: '' }), [422, 'invalid', 'alert_id']],
    [withField({ alert_id: 'x'.repeat(129) }), [422, 'invalid', 'alert_id']],
    [withField({ project_id: 'No Such' }), [422, 'invalid', 'project_id']],
    [withField({ project_id: 'nowhere' }), [404, 'not_found']],
    [withField({ is_test: 'yes' }), [422, 'invalid', 'is_test']],
    [withField({ analyse: [] }), [422, 'invalid', 'analyse']],
    [withField({ audio_relay_ws: 'ws://x.example' }), [422, 'invalid', 'audio_relay_ws']],
    [withField({ policy_id: 'sentinel' }), [422, 'invalid', 'policy_id']],
    [withField({ image: 'a', image_path: 'b' }), [422, 'invalid', 'image_path']],
    [{ raw: '{"title":"x","__proto__":{"title":"y"}}' }, [422, 'invalid', '__proto__']],
    [{ raw: '{"title":"x","constructor":1}' }, [422, 'invalid', 'constructor']],
  ]);
});

test('times that cannot be are refused', async (t) => {
  const wrong = [
    '+010000-01-01T00:00:00Z',
    '10000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-01:00',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:00+99:00',
    '2026-01-01T00:00:00',
    '2026-01-01',
    'yesterday',
    '1794816000',
  ];
  await assertAllRefused(t, [
    ...wrong.map((at): [Sent, Expected] => [
      withField({ starts_at: at }),
      [422, 'invalid', 'starts_at'],
    ]),
    [withField({ provider_ts: 1_794_816_000 }), [422, 'invalid', 'provider_ts']],
    [{ raw: '{"title":"x","ends_at":1e999}' }, [422, 'invalid', 'ends_at']],
    [{ raw: '{"title":"x","payload":{"n":1e999}}' }, [422, 'invalid', 'payload']],
  ]);
});

test('the first and the last moment that can be are kept', async (t) => {
  const hub = await startTestHub(t);
  const moments = { starts_at: '0001-01-01T00:00:00Z', provider_ts: '9999-12-31T23:59:59.999Z' };
  const id = await hub.raise({ ...moments, ends_at: '9999-12-31T23:59:59.999999999Z' });
  const alert = await hub.alert(id);
  assert.equal(alert['starts_at'], '0001-01-01T00:00:00.000Z');
  assert.equal(alert['ends_at'], '9999-12-31T23:59:59.999Z');
  await hub.advance({ minutes: 3 });
  assert.equal(hub.receiver.received().length, 2);
});

test('label bombs are refused; as much as is allowed is kept', async (t) => {
  const bomb = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`label_${index}`, 'x']));
  await assertAllRefused(t, [
    [withField({ labels: bomb(65) }), [422, 'invalid', 'labels']],
    [withField({ labels: bomb(20_000) }), [422, 'invalid', 'labels']],
    [withField({ annotations: bomb(65) }), [422, 'invalid', 'annotations']],
    [withField({ labels: { a: 'x'.repeat(4_097) } }), [422, 'invalid', 'labels.a']],
    [withField({ labels: { ['n'.repeat(257)]: 'x' } }), [422, 'invalid']],
    [withField({ payload: { text: 'x'.repeat(65_536) } }), [422, 'invalid', 'payload']],
  ]);
  const hub = await startTestHub(t);
  const labels = { ...bomb(63), long: 'é'.repeat(4_096) };
  assert.deepEqual((await hub.alert(await hub.raise({ labels })))['labels'], labels);
});

test('a batch of 1001 is refused, one of 1000 is stored; an empty one is refused', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const post = (count: number) =>
    hub.call('POST /api/v1/events', {
      events: Array.from({ length: count }, () => ({ title: 'Fall' })),
    });
  for (const count of [1_001, 0]) {
    const answer = await post(count);
    assert.deepEqual([answer.status, answer.at('error.details.0.path')], [422, 'events']);
  }
  assert.equal(await countStored(hub), 0);
  assert.equal((await post(1_000)).status, 202);
  assert.equal(await hub.countRows('alert'), 1_000);
});

test('unknown paths and methods are not found, in our shape', async (t) => {
  const hub = await startTestHub(t);
  for (const what of ['GET /api/v1/nothing', 'DELETE /api/v1/alerts', 'GET /api/v1/alerts/%00']) {
    const answer = await hub.call(what);
    assert.ok([404, 405].includes(answer.status), `${what}: ${answer.status} ${answer.text}`);
    assert.ok(parseWire(errorAnswer, answer.body).ok, answer.text);
  }
});

test('a path that cannot be read is refused in our shape, without a word of it', async (t) => {
  const hub = await startTestHub(t);
  for (const id of ['%zz-secret', `secret-${'x'.repeat(400)}`]) {
    const answer = await hub.call(`GET /api/v1/alerts/${id}`);
    assert.ok([400, 404].includes(answer.status), `${answer.status} ${answer.text}`);
    assert.doesNotMatch(answer.text, /secret/);
    assert.ok(parseWire(errorAnswer, answer.body).ok, answer.text);
  }
});

test('bad filters of the list are refused with their name', async (t) => {
  const hub = await startTestHub(t);
  for (const [query, path] of [
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=1e2', 'limit'],
    ['cursor=abc', 'cursor'],
    ['status=GONE', 'status'],
    ['severity=urgent', 'severity'],
    ['since=noon', 'since'],
    ['source=prom', 'source'],
    ['colour=red', 'colour'],
    ['q=%00', 'q'],
  ] as const) {
    const answer = await hub.call(`GET /api/v1/alerts?${query}`);
    const place = answer.at('error.details.0.path');
    assert.deepEqual([answer.status, place], [422, path], `${query}: ${answer.text}`);
  }
});

test('no part of an address can hold what the database cannot', async (t) => {
  const hub = await startTestHub(t);
  const encode = (position: string) => Buffer.from(position).toString('base64url');
  const nul = String.raw`["2026-11-16T08:00:00.000Z","\u0000","\u0000"]`;
  for (const [what, status] of [
    ['GET /api/v1/devices/%00', 404],
    ['DELETE /api/v1/devices/a%0ab', 404],
    [`GET /api/v1/alerts?cursor=${encode(nul)}`, 422],
    [`GET /api/v1/devices?cursor=${encode('2026-11-16T08:00:00.000Z \0/\0')}`, 422],
  ] as const) {
    const answer = await hub.call(what);
    assert.equal(answer.status, status, `${what}: ${answer.text}`);
  }
});
