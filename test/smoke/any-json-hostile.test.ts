/** A source of kind generic takes whatever strangers post, and nothing breaks on the way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import { openWayIn } from '#test/support/hub/ways-in.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';

async function firstTitle(hub: TestHub): Promise<string> {
  return textOf(listItems(await hub.call('GET /api/v1/alerts'))[0]?.['title']);
}

test('odd bodies are alerts all the same, each with what can be shown of it', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { report } = await openWayIn(hub, 'generic');
  const bodies: readonly (readonly [unknown, string])[] = [
    ['Fire in room 4', 'Fire in room 4'],
    [42, 'Report without a title'],
    [true, 'Report without a title'],
    [[1, 2, 3], 'Report without a title'],
    [{ message: ' \t\n' }, 'Report without a title'],
    [{ title: '<script>alert(1)</script>' }, '<script>alert(1)</script>'],
    [{ title: '{{ root }}{% for %}' }, '{{ root }}{% for %}'],
    [{ title: 'a\u202e\u0007b' }, 'a\u202e\u0007b'],
    [{ __proto__: null, constructor: 'x', text: 'proto' }, 'proto'],
    [{ title: '😀'.repeat(2_000) }, '😀'.repeat(LIMITS.titleCharsMax / 2)],
    [{ title: "'; drop table alert; --" }, "'; drop table alert; --"],
    [{ time: '-1', timestamp: 'NaN', date: 1e300, title: 'no time' }, 'no time'],
    [{ id: { deep: 1 }, severity: ['high'], title: 'odd types' }, 'odd types'],
  ];
  for (const [body, title] of bodies) {
    await report(body);
    assert.equal(await firstTitle(hub), title);
    await hub.advance({ seconds: 1 });
  }
  assert.equal(await hub.countRows('alert'), bodies.length);
});

test('a template that is filled with what nobody can store is stored without it', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const mapping = { title: '{{ a | slice: 0, 1 }}|{{ a | split: "" | first }}', key: '{{ a }}' };
  const { report } = await openWayIn(hub, 'generic', { mapping });
  const answer = await report({ a: '😀😀' });
  assert.equal(typeof answer.at('results.0.alert_id'), 'string');
  assert.equal(await firstTitle(hub), '\ufffd|\ufffd');
});

test('what is no good JSON is refused before it is read, and nothing is stored', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { post } = await openWayIn(hub, 'generic');
  const deep = '['.repeat(LIMITS.jsonDepthMax + 1) + ']'.repeat(LIMITS.jsonDepthMax + 1);
  const bodies: readonly (readonly [unknown, string])[] = [
    [JSON.parse(deep), 'too_deep'],
    [{ list: Array.from({ length: LIMITS.jsonValuesMax + 1 }, () => 1) }, 'too_many_values'],
  ];
  for (const [body, code] of bodies) {
    const answer = await post(body);
    assert.deepEqual([answer.status, answer.at('error.code')], [400, code]);
  }
  const large = await post({ text: 'x'.repeat(LIMITS.bodyBytesMax) });
  assert.equal(large.status, 413);
  assert.equal(await hub.countRows('event'), 0);
});

test('ends that come first, twice or late end nothing that is not theirs', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { report } = await openWayIn(hub, 'generic');
  const statuses = async () => {
    const alerts = listItems(await hub.call('GET /api/v1/alerts'));
    return alerts.map((alert) => textOf(alert['status']));
  };
  const over = { id: 'pump', title: 'Leak', status: 'resolved' };
  await report(over);
  assert.deepEqual(await statuses(), []);
  await report({ id: 'pump', title: 'Leak' });
  await report({ id: 'door', title: 'Open' });
  assert.deepEqual(await statuses(), ['PENDING', 'PENDING']);
  await report(over);
  await report(over);
  assert.deepEqual(await statuses(), ['PENDING', 'RESOLVED']);
});

test('two sources with the same key speak of two problems', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const one = await openWayIn(hub, 'generic', { name: 'one' });
  const other = await openWayIn(hub, 'generic', { name: 'other' });
  const first = await one.report({ id: 7, title: 'a' });
  const second = await other.report({ id: 7, title: 'b' });
  assert.notEqual(first.at('results.0.alert_id'), second.at('results.0.alert_id'));
  await one.report({ id: 7, title: 'a', status: 'resolved' });
  const alert = await hub.alert(second.textAt('results.0.alert_id'));
  assert.equal(alert['status'], 'PENDING');
});

test('a number that is too long to be exact is a key all the same', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const { token } = await openWayIn(hub, 'generic');
  const { server } = hub.node.hub;
  const post = async (payload: string) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await server.inject({
      method: 'POST',
      url: `/ingest/generic/${token}`,
      headers,
      payload,
    });
    assert.equal(answer.statusCode, 200, answer.body);
  };
  await post('{"id": 9007199254740993, "title": "one"}');
  await post('{"id": 9007199254740992, "title": "other"}');
  assert.equal(await hub.countRows('alert'), 2);
});

test('a thousand reports in one request, by templates, are all stored', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  const mapping = {
    items: '/list',
    title: '{{ name }} of {{ root.site }}',
    labels: { name: '{{ name | upcase }}', site: '$/site' },
  };
  const { report } = await openWayIn(hub, 'generic', { mapping });
  const list = Array.from({ length: 1_000 }, (_, index) => ({ name: `n${index}`, id: index }));
  const answer = await report({ site: 'Milan', list });
  assert.deepEqual(answer.at('refused'), []);
  assert.equal(await hub.countRows('alert'), 1_000);
  const [row] = await hub.query("select labels from alert where title = 'n999 of Milan'");
  assert.deepEqual(row?.['labels'], { name: 'N999', site: 'Milan' });
});
