/**
 * The contract of a kind of source, run against every one that hub/src/intake/sources/index.ts
 * lists, over a whole hub and by the URL that its sender was given. What a kind sends and what it
 * wants to hear is one entry of test/support/samples/source-kinds.ts.
 */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { findSourceType } from '#intake/sources/index.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { SOURCE_KINDS, type SourceKind } from '#kernel/words/severity.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { textOf } from '#test/support/hub/calls.ts';
import { openWayIn, type WayIn } from '#test/support/hub/ways-in.ts';
import { startOnWire } from '#test/support/hub/wire.ts';
import {
  readRecorded,
  SOURCE_KIND_SAMPLES,
  type SourceKindSample,
} from '#test/support/samples/source-kinds.ts';
import { until } from '#test/support/until.ts';

const LISTED = SOURCE_KINDS.filter((kind) => findSourceType(kind) !== null);

test('every kind of source has its sample bodies here', () => {
  const sampled = SOURCE_KIND_SAMPLES.map(({ kind }) => kind);
  assert.deepEqual(
    LISTED.filter((kind) => !sampled.includes(kind)),
    [],
  );
});

for (const sample of SOURCE_KIND_SAMPLES.filter(({ kind }) => LISTED.includes(kind))) {
  describe(`${sample.kind}: what comes in`, () => testReports(sample));
  describe(`${sample.kind}: in what order it comes`, () => testOrder(sample));
  describe(`${sample.kind}: what is refused`, () => testRefusals(sample));
  describe(`${sample.kind}: what nobody should send`, () => testHostile(sample));
}

type Opened = { readonly hub: TestHub; readonly way: WayIn };

async function open(t: TestContext, sample: SourceKindSample): Promise<Opened> {
  const hub = await startTestHub(t);
  return { hub, way: await openWayIn(hub, sample.kind) };
}

/** `PENDING` or `RESOLVED` for each alert, in the order in which they were raised. */
async function listStatuses(hub: TestHub): Promise<readonly string[]> {
  const rows = await hub.query('select status from alert order by created_at, alert_id');
  return rows.map(({ status }) => textOf(status));
}

async function countCalls(hub: TestHub): Promise<number> {
  await hub.settle();
  return hub.receiver.received().filter(({ body }) => body['event'] === 'alert.created').length;
}

function testReports(sample: SourceKindSample): void {
  const { kind, begins, assertTaken } = sample;

  test('is stored before it is answered, and people are called', async (t) => {
    const { hub, way } = await open(t, sample);
    const answer = await way.report(begins('one'));
    assertTaken(answer, 1);
    const [event] = await hub.query('select channel_type, stage, alert_id from event');
    assert.deepEqual([event?.['channel_type'], event?.['stage']], [kind, 'received']);
    const alert = await hub.alert(textOf(event?.['alert_id']));
    const source = { id: way.sourceId, kind, name: `my ${kind}` };
    assert.deepEqual([alert['status'], alert['source']], ['PENDING', source]);
    assert.equal(await countCalls(hub), 1);
  });

  for (const [name, alerts] of Object.entries(sample.recorded)) {
    test(`${name}, as it was recorded`, async (t) => {
      const { hub, way } = await open(t, sample);
      assertTaken(await way.report(readRecorded(name)), alerts);
      assert.equal(await hub.countRows('alert'), alerts);
    });
  }

  test('whatever its sender calls the type of it: JSON is JSON', async (t) => {
    const { hub, way } = await open(t, sample);
    const types = ['text/plain', 'application/x-www-form-urlencoded', '', 'application/json5'];
    for (const [index, type] of types.entries()) {
      const raw = JSON.stringify(begins(`p${index}`));
      const answer = await way.post(undefined, { raw, headers: { 'content-type': type } });
      assert.equal(answer.status, 200, `${type}: ${answer.text}`);
    }
    assert.equal(await hub.countRows('alert'), types.length);
  });

  test('with fields that nobody knows, as with new versions of a sender', async (t) => {
    const { hub, way } = await open(t, sample);
    const more = { brand_new: { deep: [1, { er: null }] }, 'x-1': true, '': '' };
    assertTaken(await way.report({ ...begins('one'), ...more }), 1);
    assert.deepEqual(await listStatuses(hub), ['PENDING']);
  });

  test('two problems are two alerts', async (t) => {
    const { hub, way } = await open(t, sample);
    await way.report(begins('one'));
    await way.report(begins('two'));
    assert.deepEqual(await listStatuses(hub), ['PENDING', 'PENDING']);
  });

  test('two sources with the same problem do not disturb each other', async (t) => {
    const { hub, way } = await open(t, sample);
    const other = await openWayIn(hub, kind, { name: 'another' });
    await way.report(begins('one'));
    await other.report(begins('two'));
    await other.report(sample.ends('two'));
    assert.deepEqual(await listStatuses(hub), ['PENDING', 'RESOLVED']);
  });
}

function testOrder(sample: SourceKindSample): void {
  const { begins, ends } = sample;

  test('the same request again raises nothing and calls nobody', async (t) => {
    const { hub, way } = await open(t, sample);
    for (let time = 0; time < 3; time += 1) await way.report(begins('one'));
    assert.deepEqual(await listStatuses(hub), ['PENDING']);
    assert.equal(await countCalls(hub), 1);
    assert.equal(await hub.countRows('event'), 3);
  });

  test('the same request many times at once is one alert', async (t) => {
    const { hub, way } = await open(t, sample);
    await Promise.all(Array.from({ length: 20 }, () => way.report(begins('one'))));
    assert.deepEqual(await listStatuses(hub), ['PENDING']);
  });

  test('the end resolves its alert, and no other; once more it changes nothing', async (t) => {
    const { hub, way } = await open(t, sample);
    await way.report(begins('one'));
    await way.report(begins('two'));
    await hub.advance({ seconds: 1 });
    for (let time = 0; time < 2; time += 1) await way.report(ends('one'));
    assert.deepEqual(await listStatuses(hub), ['RESOLVED', 'PENDING']);
    const outcomes = await hub.query('select outcome from alert where outcome is not null');
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['resolved_by_source'],
    );
  });

  test('an end of what nobody knows raises nothing', async (t) => {
    const { hub, way } = await open(t, sample);
    await way.report(ends('one'));
    assert.deepEqual(await listStatuses(hub), []);
    assert.equal(await hub.countRows('event'), 1);
  });

  test('an end that overtakes its beginning swallows nothing', async (t) => {
    const { hub, way } = await open(t, sample);
    await way.report(ends('one'));
    await hub.advance({ seconds: 1 });
    await way.report(begins('one'));
    assert.deepEqual(await listStatuses(hub), ['PENDING']);
    assert.equal(await countCalls(hub), 1);
  });
}

/** What is no JSON that we read, and the status it gets. */
const BROKEN: readonly (readonly [string | Buffer, number])[] = [
  ['{"a":', 400],
  ['', 400],
  ['<xml/>', 400],
  ['{"a":1,"a":2}', 400],
  [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400],
  [`{"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 400],
  [`{"x":[${'0,'.repeat(LIMITS.jsonValuesMax)}0]}`, 400],
];

/** Kinds that take more than JSON may take larger bodies. */
function createLarge(kind: SourceKind): readonly [Buffer, number] {
  const bytesMax = findSourceType(kind)?.bodyBytesMax ?? LIMITS.bodyBytesMax;
  return [Buffer.alloc(bytesMax + 1, 0x20), 413];
}

function testRefusals(sample: SourceKindSample): void {
  const { kind, assertError } = sample;

  test('in the shape that its senders know, with nothing stored; the next one works', async (t) => {
    const { hub, way } = await open(t, sample);
    for (const body of sample.refused) {
      const answer = await way.post(body);
      assert.equal(answer.status, sample.refusalStatus, JSON.stringify(body));
      assertError(answer);
    }
    for (const [raw, status] of [...BROKEN, createLarge(kind)]) {
      const answer = await way.post(undefined, { raw });
      assert.equal(answer.status, status, raw.slice(0, 60).toString());
      assertError(answer);
      assert.doesNotMatch(answer.text, /node_modules|\.ts:|at async|Error:/);
    }
    assert.equal(await hub.countRows('event'), 0);
    await way.report(sample.begins('one'));
  });

  test('without a token, and with the token of another kind', async (t) => {
    const { hub, way } = await open(t, sample);
    const native = await openWayIn(hub, 'native');
    for (const [token, status] of [
      ['0'.repeat(32), 401],
      ['', 401],
      ['x', 401],
      [native.token, 404],
    ] as const) {
      const path = `POST /ingest/${kind}/${token}`;
      const answer = await hub.call(path, sample.begins('one'), { key: null });
      assert.equal(answer.status, status, token);
      assertError(answer);
      assert.ok(token.length < 32 || !answer.text.includes(token));
    }
    assert.equal(await hub.countRows('event'), 0);
    await way.report(sample.begins('one'));
  });

  if (sample.tooMany !== null) {
    test('more at once than is taken', async (t) => {
      const { hub, way } = await open(t, sample);
      const answer = await way.post(sample.tooMany);
      assert.equal(answer.status, sample.refusalStatus);
      assertError(answer);
      assert.equal(await hub.countRows('event'), 0);
    });
  }

  test('while the database is away, with when to come again; then it is stored once', async (t) => {
    const { hub, wire } = await startOnWire(t);
    const way = await openWayIn(hub, kind);
    await way.report(sample.begins('one'));
    await wire.cut();
    const answer = await way.post(sample.begins('two'));
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '2'], answer.text);
    assertError(answer);
    assert.doesNotMatch(answer.text, /ECONN|127\.0\.0\.1|Connection/);
    await wire.mend();
    const again = () => way.post(sample.begins('two')).then(({ status }) => status === 200);
    await until(again, { what: 'it is taken' });
    await way.report(sample.begins('two'));
    assert.deepEqual(await listStatuses(hub), ['PENDING', 'PENDING']);
  });
}

const TEXTS: readonly string[] = [
  'a\u0007\u001b[2Jb\r\nX-Evil: 1\u0085\u2028',
  '\u202Etxt.exe\u2066\u200F\uFEFF',
  '__proto__',
  'constructor',
  '<script>alert(1)</script>{{ 7 | times: 7 }}{% raw %}',
  "'; drop table alert; --",
  '../../../etc/passwd',
  '跌倒 😀 Z\u0351\u036B\u0343\u033D\u034FA\u0334L\u0320G\u0334O\u0335',
  'x'.repeat(200_000),
  // No database stores these: the alarm is worth more than the character.
  'nul \0 and half \ud83d',
];

const TIMES: readonly JsonValue[] = [
  '1970-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999999Z',
  '2026-02-30T25:61:61Z',
  'yesterday',
  '',
  0,
  -1,
  1.5,
  1e300,
  1_773_820_992,
  1_773_820_992_000,
  1_773_820_992.25,
  '1773820992000',
  '99999999999999999999999999',
  true,
  {},
  [],
  null,
];

function testHostile(sample: SourceKindSample): void {
  /** Each is taken as the alarm that it is, can be read and is sent. */
  const takeAll = async (t: TestContext, bodies: readonly JsonObject[]): Promise<void> => {
    const { hub, way } = await open(t, sample);
    for (const body of bodies) {
      const answer = await way.post(body);
      assert.equal(answer.status, 200, `${answer.text} ${JSON.stringify(body).slice(0, 300)}`);
    }
    const statuses = await listStatuses(hub);
    assert.deepEqual(
      statuses,
      bodies.map(() => 'PENDING'),
    );
    const list = await hub.call(`GET /api/v1/alerts?limit=${bodies.length}`);
    assert.deepEqual([list.status, Array.isArray(list.at('items'))], [200, true]);
    assert.equal(await countCalls(hub), bodies.length);
  };

  test('texts that would write where they must not are texts', async (t) => {
    const bodies = TEXTS.map((text, index) => sample.withText(sample.begins(`p${index}`), text));
    await takeAll(t, bodies);
  });

  test('times that cannot be are no reason to lose an alarm', async (t) => {
    const bodies = TIMES.map((time, index) => sample.withTime(sample.begins(`p${index}`), time));
    await takeAll(t, bodies);
  });

  test('an alarm of a clock from another age ends all the same', async (t) => {
    const { hub, way } = await open(t, sample);
    const times = ['1970-01-01T00:01:10Z', '9999-12-31T23:59:59Z'];
    for (const [index, time] of times.entries()) {
      await way.report(sample.withTime(sample.begins(`p${index}`), time));
      await hub.advance({ seconds: 90 });
      await way.report(sample.withTime(sample.ends(`p${index}`), time));
    }
    assert.deepEqual(await listStatuses(hub), ['RESOLVED', 'RESOLVED']);
  });
}
