/** A script that has gone wild is told to wait; alarms, and people who answer them, never are. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Answer } from '#test/support/hub/calls.ts';
import { startTestHub } from '#test/support/hub.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';

const RATES = {
  read: { burst: 40, perSecond: 2 },
  write: { burst: 20, perSecond: 1 },
  guess: { burst: 5, perSecond: 1 },
};

async function assertLimited(answer: Answer, retryAfter: string): Promise<void> {
  assert.deepEqual([answer.status, answer.at('error.code')], [429, 'too_many_requests']);
  assert.equal(answer.headers['retry-after'], retryAfter);
}

describe('rate limits', () => {
  const shared = shareTestHub({ rates: RATES });
  let count = 0;

  /** A key that nothing was asked with yet. */
  async function freshKey(role: string): Promise<string> {
    const hub = shared();
    hub.clock.advanceMs(60_000);
    count += 1;
    const made = await hub.call('POST /api/v1/keys', { name: `key ${count}`, role });
    return made.textAt('key');
  }

  test('reads of one key are bounded, say how many are left, and go on after a while', async () => {
    const hub = shared();
    const key = await freshKey('admin');
    const read = () => hub.call('GET /api/v1/policies', undefined, { key });
    for (let left = RATES.read.burst - 1; left >= 0; left -= 1) {
      const answer = await read();
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['ratelimit-remaining'], String(left));
      assert.equal(answer.headers['ratelimit-limit'], String(RATES.read.burst));
    }
    await assertLimited(await read(), '1');
    // Its writes are counted apart, and so is everybody else.
    const body = { name: `policy ${count}`, steps: [{ delay_s: 60 }] };
    assert.equal((await hub.call('POST /api/v1/policies', body, { key })).status, 201);
    assert.equal((await hub.call('GET /api/v1/policies')).status, 200);
    hub.clock.advanceMs(500);
    assert.equal((await read()).status, 200);
    await assertLimited(await read(), '1');
  });

  test('writes are bounded too, refused ones included, and are not done', async () => {
    const hub = shared();
    const key = await freshKey('admin');
    const write = (name: string) =>
      hub.call('POST /api/v1/policies', { name, steps: [{ delay_s: 60 }] }, { key });
    for (let sent = 0; sent < RATES.write.burst; sent += 1) {
      assert.equal((await hub.call('POST /api/v1/policies', {}, { key })).status, 422);
    }
    await assertLimited(await write('wild'), '1');
    assert.equal((await hub.query(`select 1 from policy where name = 'wild'`)).length, 0);
    hub.clock.advanceMs(1_000);
    assert.equal((await write('tame')).status, 201);
  });

  test('an answer to an alert is never refused: it stops calls', async () => {
    const hub = shared();
    const key = await freshKey('admin');
    const id = await hub.raise();
    const read = () => hub.call('GET /api/v1/policies', undefined, { key });
    const write = () => hub.call('POST /api/v1/policies', {}, { key });
    for (let sent = 0; sent < RATES.read.burst; sent += 1) await read();
    for (let sent = 0; sent < RATES.write.burst; sent += 1) await write();
    assert.deepEqual([(await read()).status, (await write()).status], [429, 429]);
    const detail = 'Again';
    for (let sent = 0; sent < 3 * RATES.write.burst; sent += 1) {
      const note = await hub.call(`POST /api/v1/alerts/${id}/note`, { detail }, { key });
      assert.equal(note.status, 200, note.text);
    }
    for (const status of ['SEEN', 'ACKNOWLEDGED', 'RESOLVED']) {
      const answer = await hub.call(`POST /api/v1/alerts/${id}/status`, { status }, { key });
      assert.equal(answer.status, 200, answer.text);
    }
  });

  test('alarms and heartbeats are never refused, by whatever way they come', async () => {
    const hub = shared();
    const key = await freshKey('operator');
    for (let sent = 0; sent < 2 * RATES.read.burst; sent += 1) {
      const raised = await hub.call('POST /api/v1/alerts', { title: 'Fall' }, { key });
      assert.equal(raised.status, 201, raised.text);
      assert.equal(raised.headers['ratelimit-limit'], undefined);
    }
    for (let sent = 0; sent < 2 * RATES.read.burst; sent += 1) {
      assert.equal((await hub.call('GET /healthz', undefined, { key: null })).status, 200);
      const beat = { device_id: 'box-1' };
      const heard = await hub.call('POST /api/ai/device/heartbeat', beat, { key });
      assert.equal(heard.status, 200, heard.text);
    }
  });
});

test('wrong keys of one network are told to wait; right ones from there always pass', async (t) => {
  const hub = await startTestHub(t, { isTelling: false, rates: RATES });
  const guess = (at: number) =>
    hub.call('GET /api/v1/policies', undefined, { key: `tcs_wrong${at}` });
  for (let at = 0; at < RATES.guess.burst; at += 1) assert.equal((await guess(at)).status, 401);
  await assertLimited(await guess(99), '1');
  const made = await hub.call('POST /api/v1/sources', { name: 'box', kind: 'alertmanager' });
  const alerts = { version: '4', alerts: [] };
  const token = made.textAt('token');
  const heard = await hub.call(`POST /ingest/alertmanager/${token}`, alerts, { key: null });
  assert.notEqual(heard.status, 429, heard.text);
  assert.notEqual(heard.status, 401, heard.text);
  const wrong = `POST /ingest/alertmanager/${'a'.repeat(32)}`;
  assert.equal((await hub.call(wrong, alerts, { key: null })).status, 429);
  hub.clock.advanceMs(1_000);
  assert.equal((await guess(100)).status, 401);
  const metrics = await hub.call('GET /metrics');
  assert.match(metrics.text, /tocsin_http_rate_limited_total\{what="guess"\} 2/);
});
