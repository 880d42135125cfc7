/** The way in whose credential is in its path: who comes in, who does not, and what nobody sees. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { ADMIN_KEY } from '#test/support/hub/nodes.ts';
import { openWayIn } from '#test/support/hub/ways-in.ts';

const FALL = { alarm_id: 'box-1-fall-77a', alarm_type: 'fall', camera_id: 'camera_12' };

function post(hub: TestHub, path: string, body: unknown) {
  return hub.call(`POST ${path}`, body, { key: null });
}

test('a source is made, and its URL alone is all that its sender needs', async (t) => {
  const hub = await startTestHub(t);
  const { sourceId, ingestUrl, token, report } = await openWayIn(hub, 'edge');
  assert.equal(ingestUrl, `https://tocsin.example/ingest/edge/${token}`);
  const answer = await report(FALL);
  assert.equal(answer.at('data.alert_id'), FALL.alarm_id);
  const { source } = await hub.alert(FALL.alarm_id);
  assert.deepEqual(source, { id: sourceId, kind: 'edge', name: 'my edge' });
});

test('a token of nobody is 401, in the shape that the sender knows', async (t) => {
  const hub = await startTestHub(t);
  await openWayIn(hub, 'edge');
  const unknown = 'a'.repeat(32);
  const edge = await post(hub, `/ingest/edge/${unknown}`, FALL);
  assert.deepEqual([edge.status, edge.at('code'), edge.at('data')], [401, 401, null]);
  const prom = await post(hub, `/ingest/alertmanager/${unknown}`, { alerts: [] });
  assert.deepEqual([prom.status, prom.at('code')], [401, 401]);
  assert.match(prom.textAt('message'), /token at the end of the path/);
  const nobody = await post(hub, `/ingest/nothing/${unknown}`, FALL);
  assert.deepEqual([nobody.status, nobody.at('error.code')], [401, 'principal_missing']);
  for (const token of ['short', 'A'.repeat(32), `${unknown}a`, '%00', '..%2f..%2f']) {
    assert.equal((await post(hub, `/ingest/edge/${token}`, FALL)).status, 401, token);
  }
  assert.equal(await hub.countRows('event'), 0);
});

test('a token of another kind is 404, and so is a kind that there is not', async (t) => {
  const hub = await startTestHub(t);
  const edge = await openWayIn(hub, 'edge');
  const native = await openWayIn(hub, 'native');
  const refused = await post(hub, `/ingest/alertmanager/${edge.token}`, { alerts: [] });
  assert.deepEqual([refused.status, refused.at('code')], [404, 404]);
  assert.match(refused.textAt('message'), /source of kind edge, not alertmanager/);
  assert.equal((await post(hub, `/ingest/edge/${native.token}`, FALL)).at('code'), 404);
  for (const kind of ['nothing', 'native', '__proto__', 'constructor']) {
    const answer = await post(hub, `/ingest/${kind}/${edge.token}`, FALL);
    assert.deepEqual([answer.status, answer.at('error.code')], [404, 'not_found'], kind);
  }
  assert.equal(await hub.countRows('event'), 0);
});

test('in a path no key counts, were it that of the administrator', async (t) => {
  const hub = await startTestHub(t);
  const made = await hub.call('POST /api/v1/keys', { name: 'ci', role: 'ingest' });
  for (const key of [ADMIN_KEY, made.textAt('key')]) {
    assert.equal((await post(hub, `/ingest/edge/${key}`, FALL)).status, 401);
  }
  // And a key in the header does not help a token that is wrong.
  const answer = await hub.call(`POST /ingest/edge/${'a'.repeat(32)}`, FALL);
  assert.equal(answer.status, 401);
});

test('a source that is removed comes in no more', async (t) => {
  const hub = await startTestHub(t);
  const { sourceId, token } = await openWayIn(hub, 'edge');
  assert.equal((await post(hub, `/ingest/edge/${token}`, FALL)).status, 200);
  assert.equal((await hub.call(`DELETE /api/v1/sources/${sourceId}`)).status, 204);
  assert.equal((await post(hub, `/ingest/edge/${token}`, FALL)).status, 401);
});

test('the token is in no log, no metric, no answer and no row', async (t) => {
  const hub = await startTestHub(t);
  const { token } = await openWayIn(hub, 'edge');
  const raw = '{"alarm_id":';
  const answers = [
    await post(hub, `/ingest/edge/${token}`, FALL),
    await post(hub, `/ingest/edge/${token}`, []),
    await post(hub, `/ingest/alertmanager/${token}`, FALL),
    await post(hub, `/ingest/nothing/${token}`, FALL),
    await post(hub, `/ingest/edge/${token}/more`, FALL),
    await post(hub, `/ingest/edge/${token}${'b'.repeat(300)}`, FALL),
    await hub.call(`POST /ingest/edge/${token}`, undefined, { key: null, raw }),
    await hub.call(`GET /ingest/edge/${token}`, undefined, { key: null }),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 422, 404, 404, 404, 401, 400, 405],
  );
  const metrics = (await hub.call('GET /metrics')).text;
  assert.match(metrics, /route="\/ingest\/:kind\/:token",method="POST",status="200"/);
  const rows = await hub.query('select to_jsonb(event) as row from event');
  const sources = (await hub.call('GET /api/v1/sources')).text;
  const told = answers.map(({ text, headers }) => text + JSON.stringify(headers));
  const seen = [metrics, sources, ...told, JSON.stringify([hub.db.log.lines, rows])].join('\n');
  assert.ok(!seen.includes(token));
});

test('a box may come with a key in the header, at the path it has always posted to', async (t) => {
  const hub = await startTestHub(t);
  const path = 'POST /api/ai/alert/edge/report';
  const made = await hub.call('POST /api/v1/keys', { name: 'box', role: 'ingest' });
  const { token } = await openWayIn(hub, 'edge');
  const prom = await openWayIn(hub, 'alertmanager');
  const byKey = await hub.call(path, FALL, { key: made.textAt('key') });
  assert.deepEqual([byKey.status, byKey.at('code'), byKey.at('msg')], [200, 0, '']);
  const other = { ...FALL, alarm_id: 'box-1-fall-78b' };
  assert.equal((await hub.call(path, other, { key: token })).at('data.alert_id'), other.alarm_id);
  const none = await hub.call(path, FALL, { key: null });
  assert.deepEqual([none.status, none.at('code'), none.at('data')], [401, 401, null]);
  assert.match(none.textAt('msg'), /No valid key/);
  assert.equal((await hub.call(path, FALL, { key: prom.token })).at('code'), 404);
  const viewer = await hub.call('POST /api/v1/keys', { name: 'eye', role: 'viewer' });
  assert.equal((await hub.call(path, FALL, { key: viewer.textAt('key') })).at('code'), 403);
});

describe('a sender that logs in', () => {
  const boxOf = async (hub: TestHub) => {
    const { token } = await openWayIn(hub, 'edge');
    const basic = `Basic ${Buffer.from(`tocsin:${token}`).toString('base64')}`;
    return { token, basic };
  };

  test('gives the token as Bearer or password, and needs none in the address', async (t) => {
    const hub = await startTestHub(t);
    const { token, basic } = await boxOf(hub);
    for (const [index, key] of [token, basic].entries()) {
      const answer = await hub.call(
        'POST /ingest/edge',
        { ...FALL, alarm_id: `a_${index}` },
        { key },
      );
      assert.equal(answer.status, 200, answer.text);
    }
    assert.equal(await hub.countRows('alert'), 2);
  });

  test('is refused as in the address: no token is 401, one of another kind 404', async (t) => {
    const hub = await startTestHub(t);
    const { token } = await boxOf(hub);
    for (const key of ['a'.repeat(32), 'x', null]) {
      const answer = await hub.call('POST /ingest/edge', FALL, { key });
      assert.deepEqual([answer.status, answer.at('code')], [401, 401], answer.text);
    }
    assert.equal((await hub.call('POST /ingest/generic', FALL, { key: token })).status, 404);
    assert.equal((await hub.call('POST /ingest/nothing', FALL, { key: token })).status, 404);
    assert.equal(await hub.countRows('event'), 0);
  });

  test('with a key reports through the built-in source; a reader reports nothing', async (t) => {
    const hub = await startTestHub(t);
    const key = (await hub.call('POST /api/v1/keys', { name: 'in', role: 'ingest' })).textAt('key');
    assert.equal((await hub.call('POST /ingest/edge', FALL, { key })).status, 200);
    const viewer = await hub.call('POST /api/v1/keys', { name: 'out', role: 'viewer' });
    const refused = await hub.call('POST /ingest/edge', FALL, { key: viewer.textAt('key') });
    assert.equal(refused.status, 403);
    const [alert] = await hub.query('select s.name from event e join source s using (source_id)');
    assert.equal(alert?.['name'], 'edge');
  });

  test('may do so by the methods of its kind alone', async (t) => {
    const hub = await startTestHub(t);
    const { token } = await boxOf(hub);
    for (const method of ['PUT', 'OPTIONS']) {
      for (const path of [`/ingest/edge/${token}`, '/ingest/edge']) {
        const answer = await hub.call(`${method} ${path}`, FALL, { key: token });
        assert.deepEqual([answer.status, answer.headers['allow']], [405, 'POST'], path);
      }
    }
    assert.equal(await hub.countRows('event'), 0);
  });
});
