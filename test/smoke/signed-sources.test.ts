/** Sentry, SigNoz and Grafana report in: what becomes of a problem over time, and of copies. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { encodeHex, hmacSha256 } from '#kernel/crypto.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { textOf } from '#test/support/hub/calls.ts';
import { openWayIn } from '#test/support/hub/ways-in.ts';
import { SOURCE_KIND_SAMPLES } from '#test/support/samples/source-kinds.ts';

const SECRET = 'd4'.repeat(32);

async function listStatuses(hub: TestHub): Promise<readonly string[]> {
  const rows = await hub.query('select status from alert order by created_at, alert_id');
  return rows.map(({ status }) => textOf(status));
}

async function openSentry(t: TestContext) {
  const hub = await startTestHub(t);
  const way = await openWayIn(hub, 'sentry', { secrets: { client_secret: SECRET } });
  const nowS = () => Math.floor(hub.clock.now() / 1_000);
  let sent = 0;
  const write = (resource: string, action: string, data: JsonObject) => {
    const raw = JSON.stringify({ action, data });
    const headers = {
      'request-id': `r${(sent += 1)}`,
      'sentry-hook-resource': resource,
      'sentry-hook-timestamp': String(nowS()),
      'sentry-hook-signature': encodeHex(hmacSha256(SECRET, raw)),
    };
    return { raw, headers };
  };
  type Written = ReturnType<typeof write>;
  const post = async ({ raw, headers }: Written) => {
    const answer = await way.post(undefined, { raw, headers });
    assert.equal(answer.status, 200, answer.text);
    return answer;
  };
  const seen = () => new Date(hub.clock.now()).toISOString();
  const event = (id: string) =>
    write('event_alert', 'triggered', {
      event: { event_id: id, issue_id: '7', title: 'Payment failed', received: nowS() },
    });
  const issue = (action: string, count: number, more: JsonObject = {}) =>
    write('issue', action, {
      issue: { id: '7', title: 'Payment failed', count: String(count), lastSeen: seen(), ...more },
    });
  return { hub, way, post, write, event, issue, nowS };
}

describe('an issue of Sentry', () => {
  test('is raised by an event alert, ended by its own webhook, and raised again', async (t) => {
    const { hub, post, event, issue } = await openSentry(t);
    await post(event('e1'));
    await hub.advance({ minutes: 1 });
    await post(event('e2'));
    assert.deepEqual(await listStatuses(hub), ['PENDING'], 'another event of it joins');
    await hub.advance({ minutes: 1 });
    await post(issue('resolved', 2));
    assert.deepEqual(await listStatuses(hub), ['RESOLVED']);
    await hub.advance({ minutes: 1 });
    await post(issue('unresolved', 3, { substatus: 'regressed' }));
    assert.deepEqual(await listStatuses(hub), ['RESOLVED', 'PENDING']);
    await hub.advance({ minutes: 1 });
    await post(issue('archived', 3));
    assert.deepEqual(await listStatuses(hub), ['RESOLVED', 'RESOLVED']);
  });

  test('is not ended by the end of an older episode that comes once more', async (t) => {
    const { hub, post, event, issue, nowS } = await openSentry(t);
    await post(event('e1'));
    await hub.advance({ minutes: 1 });
    const end = issue('resolved', 1);
    await post(end);
    await hub.advance({ minutes: 1 });
    await post(event('e2'));
    const copies = [
      end,
      { ...end, headers: { ...end.headers, 'request-id': 'by hand' } },
      {
        raw: end.raw,
        headers: { ...end.headers, 'request-id': 'x', 'sentry-hook-timestamp': `${nowS()}` },
      },
    ];
    for (const copy of copies) {
      const answer = await post(copy);
      assert.equal(answer.at('results.0.is_duplicate'), true);
      assert.deepEqual(await listStatuses(hub), ['RESOLVED', 'PENDING']);
    }
    // An end that we never had, and that comes when the next episode has begun.
    const late = issue('resolved', 9, { lastSeen: '2020-01-01T00:00:00Z' });
    const headers = { ...late.headers, 'sentry-hook-timestamp': '1577836900' };
    const answer = await post({ ...late, headers });
    assert.equal(answer.at('results.0.is_duplicate'), false);
    assert.deepEqual(await listStatuses(hub), ['RESOLVED', 'PENDING']);
  });

  test('calls nobody twice for a copy, however old its time of sending is', async (t) => {
    const { hub, post, event } = await openSentry(t);
    const written = event('e1');
    const old = { ...written.headers, 'sentry-hook-timestamp': '1000000000' };
    for (const headers of [old, written.headers]) await post({ raw: written.raw, headers });
    await hub.settle();
    const calls = hub.receiver.received().filter(({ body }) => body['event'] === 'alert.created');
    assert.equal(calls.length, 1);
    const rows = await hub.query(
      "select is_duplicate, payload->>'is_clock_skewed' as skewed from event order by event_id",
    );
    assert.deepEqual(rows, [
      { is_duplicate: false, skewed: 'true' },
      { is_duplicate: true, skewed: null },
    ]);
  });

  test('has with it what is said of it, which raises nothing itself', async (t) => {
    const { hub, post, write, event, issue } = await openSentry(t);
    const comment = (id: string) =>
      write('comment', 'created', { comment_id: id, issue_id: '7', comment: 'Looking at it' });
    assert.equal((await post(comment('c1'))).at('results.0.alert_id'), null);
    await post(write('installation', 'created', { installation: { status: 'installed' } }));
    await post(write('brand_new', 'done', {}));
    assert.deepEqual(await listStatuses(hub), []);
    const raised = (await post(event('e1'))).textAt('results.0.alert_id');
    assert.equal((await post(comment('c2'))).at('results.0.alert_id'), raised);
    assert.equal((await post(issue('assigned', 1))).at('results.0.alert_id'), raised);
    await hub.advance({ minutes: 1 });
    await post(issue('resolved', 1));
    assert.equal((await post(comment('c3'))).at('results.0.alert_id'), null, 'it is over');
    assert.deepEqual(await listStatuses(hub), ['RESOLVED']);
    assert.equal(await hub.countRows('event'), 8);
    await post(event('e2'));
    assert.deepEqual(await listStatuses(hub), ['RESOLVED', 'PENDING'], 'nothing was swallowed');
  });

  test('that gets worse as a metric calls again whoever had seen it', async (t) => {
    const { hub, post, write, nowS } = await openSentry(t);
    const started = new Date(hub.clock.now()).toISOString();
    const metric = (action: string) =>
      write('metric_alert', action, {
        metric_alert: { id: '4', title: 'Errors', date_started: started },
        description_text: `${nowS()} events`,
      });
    const alertId = (await post(metric('warning'))).textAt('results.0.alert_id');
    const seen = await hub.call(`POST /api/v1/alerts/${alertId}/status`, { status: 'SEEN' });
    assert.equal(seen.status, 200, seen.text);
    await hub.advance({ minutes: 2 });
    await post(metric('critical'));
    const alert = await hub.alert(alertId);
    assert.deepEqual([alert['occurrence_count'], alert['notification_count']], [2, 2]);
    await hub.advance({ minutes: 2 });
    await post(metric('resolved'));
    assert.deepEqual(await listStatuses(hub), ['RESOLVED']);
  });
});

describe('senders with ways of their own', () => {
  const begins = (kind: string) =>
    SOURCE_KIND_SAMPLES.find((sample) => sample.kind === kind)?.begins('one') ?? {};

  test('Grafana may PUT', async (t) => {
    const hub = await startTestHub(t);
    const { token } = await openWayIn(hub, 'grafana');
    const put = await hub.call(`PUT /ingest/grafana/${token}`, begins('grafana'), { key: null });
    assert.equal(put.status, 200, put.text);
    assert.deepEqual(await listStatuses(hub), ['PENDING']);
  });

  test('SigNoz logs in with a password, or with a password alone', async (t) => {
    const hub = await startTestHub(t);
    const { token } = await openWayIn(hub, 'signoz');
    const basic = `Basic ${Buffer.from(`signoz:${token}`).toString('base64')}`;
    for (const key of [basic, `Bearer ${token}`]) {
      const answer = await hub.call('POST /ingest/signoz', begins('signoz'), { key });
      assert.equal(answer.status, 200, answer.text);
    }
    assert.deepEqual(await listStatuses(hub), ['PENDING']);
  });

  test('a secret that no key opens lets nobody in, and nothing is lost for it', async (t) => {
    const hub = await startTestHub(t, { isErrorExpected: true });
    const way = await openWayIn(hub, 'sentry', { secrets: { client_secret: SECRET } });
    await hub.query(`update source set secrets = '{"client_secret": "v1.gone.AAAA"}'`);
    await hub.query('update project set version = version + 1');
    await hub.node.hub.runConfigRefreshOnce();
    const answer = await way.post(begins('sentry'));
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '2'], answer.text);
    const shown = await hub.call(`GET /api/v1/sources/${way.sourceId}`);
    assert.match(shown.textAt('warnings.0.message'), /no master key of ours opens it/);
    assert.equal(await hub.countRows('event'), 0);
  });
});
