/**
 * What the kinds of sources promise that sign their bytes: a signature is checked on the bytes as
 * they came, by every secret that is set, and without one that is set it is not asked for.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { startTestHub } from '#test/support/hub.ts';
import { openWayIn } from '#test/support/hub/ways-in.ts';
import { until } from '#test/support/until.ts';
import { SOURCE_KIND_SAMPLES, type SourceKindSample } from '#test/support/samples/source-kinds.ts';

type Signing = NonNullable<SourceKindSample['signing']>;

for (const sample of SOURCE_KIND_SAMPLES) {
  describe(`${sample.kind}: what it signs`, () => {
    const { signing } = sample;
    if (signing === undefined) {
      testUnsigning(sample);
      return;
    }
    testBytes(sample, signing);
    testSecrets(sample, signing);
  });
}

/** As long as those of real senders, and the same for nobody. */
const SECRETS = { old: 'a1'.repeat(32), fresh: 'b2'.repeat(32), other: 'c3'.repeat(32) };

/** Bytes that no serialiser writes again: escapes, a whole number as a fraction, odd spaces. */
function toOddBytes(body: JsonObject): string {
  const odd = JSON.stringify({ 'citt\u00e0': 1, ...body });
  return `${odd.replace('\u00e0', String.raw`\u00e0`).replace(':1,', ': 1.0 ,')}\n`;
}

function testUnsigning({ kind }: SourceKindSample): void {
  test('is nothing: it shares no secret, and none can be set', async (t) => {
    const hub = await startTestHub(t);
    const body = { name: 'x', kind, secrets: { hmac_secret: 'x' } };
    const refused = await hub.call('POST /api/v1/sources', body);
    assert.equal(refused.status, 422, refused.text);
    assert.equal(refused.at('error.details.0.path'), 'secrets.hmac_secret');
  });
}

function testBytes(
  { kind, begins, assertError }: SourceKindSample,
  { field, sign }: Signing,
): void {
  test('is taken when it fits the bytes as they came, and is marked so', async (t) => {
    const hub = await startTestHub(t);
    const way = await openWayIn(hub, kind, { secrets: { [field]: SECRETS.fresh } });
    const shown = await hub.call(`GET /api/v1/sources/${way.sourceId}`);
    assert.deepEqual(shown.at('secrets'), { [field]: { is_set: true } });
    assert.deepEqual(shown.at('warnings'), []);
    for (const [index, change] of [(hex: string) => hex, upper].entries()) {
      const raw = toOddBytes(begins(`p${index}`));
      const headers = changeSignature(sign(SECRETS.fresh, raw), change);
      const answer = await way.post(undefined, { raw, headers });
      assert.equal(answer.status, 200, answer.text);
    }
    const rows = await hub.query("select payload->>'signature' as mark from event");
    assert.deepEqual(rows, [{ mark: 'verified' }, { mark: 'verified' }]);
    const kept = await hub.query('select to_jsonb(source) as row from source');
    assert.ok(!JSON.stringify([kept, hub.db.log.lines]).includes(SECRETS.fresh));
  });

  test('is refused when it does not, in the shape that its senders know', async (t) => {
    const hub = await startTestHub(t);
    const way = await openWayIn(hub, kind, { secrets: { [field]: SECRETS.fresh } });
    const raw = toOddBytes(begins('one'));
    const good = sign(SECRETS.fresh, raw);
    const again = JSON.stringify(JSON.parse(raw));
    const wrong: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
      ['no signature', raw, {}],
      ['an empty one', raw, changeSignature(good, () => '')],
      ['one that is cut', raw, changeSignature(good, (hex) => hex.slice(0, -2))],
      ['one that is longer', raw, changeSignature(good, (hex) => `${hex}00`)],
      ['one of another secret', raw, sign(SECRETS.other, raw)],
      ['one of no secret', raw, sign('', raw)],
      ['a body that was read and written again', again, good],
      ['a body with a byte more', `${raw} `, good],
      ['what is no JSON', '{', good],
    ];
    for (const [what, body, headers] of wrong) {
      const answer = await way.post(undefined, { raw: body, headers });
      assert.equal(answer.status, 401, `${what}: ${answer.text}`);
      assertError(answer);
      assert.ok(!answer.text.includes(SECRETS.fresh));
    }
    assert.equal(await hub.countRows('event'), 0);
    const isShown = async () => {
      const shown = await hub.call(`GET /api/v1/sources/${way.sourceId}`);
      return typeof shown.at('last_refused_at') === 'string';
    };
    await until(isShown, { what: 'the refusal shows on the source' });
    const metrics = (await hub.call('GET /metrics')).text;
    const counted = `tocsin_intake_refused_signatures_total{kind="${kind}"} ${wrong.length}`;
    assert.ok(metrics.includes(counted), metrics);
    await way.post(undefined, { raw, headers: good });
    assert.equal(await hub.countRows('alert'), 1);
  });
}

function testSecrets({ kind, begins }: SourceKindSample, { field, sign }: Signing): void {
  test('may be signed with the secret before, until that is taken away', async (t) => {
    const hub = await startTestHub(t);
    const way = await openWayIn(hub, kind, { secrets: { [field]: SECRETS.old } });
    const statuses = async (name: string) => {
      const raw = JSON.stringify(begins(name));
      const asked = [SECRETS.old, SECRETS.fresh].map((secret) =>
        way.post(undefined, { raw, headers: sign(secret, raw) }),
      );
      return (await Promise.all(asked)).map(({ status }) => status);
    };
    const set = async (version: string, secrets: JsonObject) => {
      const headers = { 'if-match': version };
      const path = `PATCH /api/v1/sources/${way.sourceId}`;
      const changed = await hub.call(path, { secrets }, { headers });
      assert.equal(changed.status, 200, changed.text);
      assert.ok(!changed.text.includes(SECRETS.old) && !changed.text.includes(SECRETS.fresh));
      return changed;
    };
    assert.deepEqual(await statuses('one'), [200, 401]);
    const rotated = await set('1', { [field]: SECRETS.fresh });
    assert.equal(rotated.at('warnings.0.path'), `secrets.${field}_previous`);
    assert.deepEqual(await statuses('two'), [200, 200]);
    await set('2', { [`${field}_previous`]: null });
    assert.deepEqual(await statuses('three'), [401, 200]);
    await set('3', { [field]: null });
    assert.deepEqual(await statuses('four'), [200, 200], 'nothing is asked for any more');
  });

  test('is not asked for without a secret, and that is said', async (t) => {
    const hub = await startTestHub(t);
    const way = await openWayIn(hub, kind);
    await way.report(begins('one'));
    const shown = await hub.call(`GET /api/v1/sources/${way.sourceId}`);
    assert.deepEqual(shown.at('secrets'), { [field]: { is_set: false } });
    assert.match(shown.textAt('warnings.0.message'), new RegExp(`^unsigned: set ${field}`));
    const rows = await hub.query("select payload->>'signature' as mark from event");
    assert.deepEqual(rows, [{ mark: 'none' }]);
  });
}

const upper = (hex: string): string => hex.toUpperCase();

function changeSignature(
  headers: Readonly<Record<string, string>>,
  change: (hex: string) => string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      /signature/i.test(name) ? change(value) : value,
    ]),
  );
}
