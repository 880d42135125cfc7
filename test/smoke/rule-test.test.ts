/** Which rules would take it, and why the others would not: asked before an alarm does. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ruleTestAnswer } from '#contract/delivery/rule-test.ts';
import { parseWire } from '#contract/wire.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import type { TestHub } from '#test/support/hub.ts';
import { type Answer, type CallOptions, textOf } from '#test/support/hub/calls.ts';
import { typeCommand } from '#test/support/hub/command-line.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { listReceived, patch } from '#test/support/hub/story.ts';

async function ask(hub: TestHub, body: JsonObject, by: CallOptions = {}): Promise<Answer> {
  const answer = await hub.call('POST /api/v1/rules/test', body, by);
  assert.equal(answer.status, 200, answer.text);
  const reading = parseWire(ruleTestAnswer, answer.body);
  assert.ok(reading.ok, reading.ok ? '' : JSON.stringify(reading.details));
  return answer;
}

/** `name: why`, in the order of the answer. */
function listVerdicts(answer: Answer): readonly string[] {
  const rules = answer.at('rules');
  const all = Array.isArray(rules) ? rules.filter(isJsonObject) : [];
  return all.map(({ name, why }) => `${textOf(name)}: ${textOf(why)}`);
}

function listSending(answer: Answer): readonly string[] {
  const rules = answer.at('rules');
  const all = Array.isArray(rules) ? rules.filter(isJsonObject) : [];
  return all.filter((rule) => rule['would_send'] === true).map(({ name }) => textOf(name));
}

describe('a rule test', () => {
  const shared = shareTestHub({ isTelling: false });

  before(async () => {
    const hub = shared();
    const created = { event_types: ['alert.created'] };
    await hub.tell('/all', { rule: created });
    await hub.tell('/grave', { rule: { ...created, matchers: ['severity=~"critical|high"'] } });
    await hub.tell('/north', { rule: { ...created, matchers: ['site="north"', 'title!="Test"'] } });
    await hub.tell('/later', { rule: { event_types: ['alert.escalated'] } });
    await hub.tell('/off', { rule: { ...created, is_active: false } });
    await hub.tell('/mute', { is_active: false, rule: created });
    await hub.tell('/events', {
      rule: { event_types: ['event.received'], matchers: ['provider="otis"'] },
    });
  });

  test('says of each rule whether it takes the event, and all that stands in the way', async () => {
    const event = { title: 'Test', severity: 'warning', labels: { site: 'south' } };
    const answer = await ask(shared(), { event });
    assert.equal(answer.at('event_type'), 'alert.created');
    assert.equal(answer.at('fields.severity'), 'medium');
    assert.deepEqual(listVerdicts(answer), [
      'all: it matches, and goes to all',
      'grave: severity=~"critical|high" is not met: the field is "medium"',
      'north: site="north" is not met: the label is "south"; ' +
        'title!="Test" is not met: the field is "Test"',
      'later: it asks for alert.escalated, not alert.created',
      'off: it is inactive',
      'mute: it matches, but its channel mute is inactive',
      'events: it asks for event.received, not alert.created; ' +
        'provider="otis" is not met: there is no such field or label',
    ]);
    const seen = [{ from: 'label', value: 'south' }];
    assert.deepEqual(answer.at('rules.2.matchers.0'), {
      matcher: 'site="north"',
      is_met: false,
      seen,
    });
  });

  test('agrees with what is really sent', async () => {
    const hub = shared();
    for (const event of [
      { title: 'Fall', severity: 'critical', labels: { site: 'north' } },
      { title: 'Test', severity: 'high', labels: { site: 'north' } },
      { title: 'Door', severity: 'info', provider: 'otis' },
    ]) {
      const expected = listSending(await ask(hub, { event }));
      const id = await hub.raise(event);
      await hub.settle();
      const paths = listReceived(hub, id).map(({ path }) => path.slice(1));
      assert.deepEqual(paths.toSorted(), expected.toSorted(), event.title);
      assert.deepEqual(listSending(await ask(hub, { alert_id: id })), expected, 'of the alert');
    }
  });

  test('of an alert looks at what it is now, at the moment that is asked for', async () => {
    const hub = shared();
    const id = await hub.raise({ title: 'Lift', device_id: 'lift-3' });
    await hub.acknowledge(id);
    const answer = await ask(hub, { alert_id: id, event_type: 'alert.acknowledged' });
    assert.deepEqual(
      [answer.at('fields.status'), answer.at('fields.device_id')],
      ['ACKNOWLEDGED', 'lift-3'],
    );
    const created = await ask(hub, { alert_id: id });
    assert.equal(created.at('fields.status'), 'PENDING');
  });

  test('of an event that was stored: by its alert, or as the event that it is', async () => {
    const hub = shared();
    const reported = await hub.call('POST /api/v1/events', { title: 'Fall', provider: 'otis' });
    const event_id = reported.textAt('results.0.event_id');
    assert.deepEqual(listSending(await ask(hub, { event_id })), ['all']);
    const asEvent = await ask(hub, { event_id, event_type: 'event.received' });
    assert.deepEqual(listSending(asEvent), ['events']);
    assert.equal(asEvent.at('fields.stage'), 'received');
    const beat = { title: 'Alive', provider: 'otis', stage: 'heartbeat' };
    const heard = await hub.call('POST /api/v1/events', beat);
    const alone = { event_id: heard.textAt('results.0.event_id') };
    assert.equal((await ask(hub, alone)).at('event_type'), 'event.received');
    const never = { ...alone, event_type: 'alert.created' };
    const refused = await hub.call('POST /api/v1/rules/test', never);
    assert.deepEqual([refused.status, refused.at('error.details.0.path')], [422, 'event_type']);
  });

  test('tries a rule that is not saved, before all others', async () => {
    const hub = shared();
    const event = { title: 'Fall', severity: 'critical' };
    const rule = { name: 'new', matchers: ['severity="critical"'] };
    const answer = await ask(hub, { event, rule });
    assert.equal(answer.at('rules.0.id'), null);
    assert.deepEqual(listVerdicts(answer).slice(0, 2), [
      'new: it matches',
      'all: it matches, and goes to all',
    ]);
    const gone = { ...rule, channel_id: '0190a000-0000-7000-8000-00000000ffff' };
    assert.match(listVerdicts(await ask(hub, { event, rule: gone }))[0] ?? '', /is not there$/);
    const before = await hub.countRows('rule');
    const wrong = { event, rule: { matchers: ['severity='] } };
    const refused = await hub.call('POST /api/v1/rules/test', wrong);
    assert.deepEqual(
      [refused.status, refused.at('error.details.0.path')],
      [422, 'rule.matchers[0]'],
    );
    assert.equal(await hub.countRows('rule'), before);
  });

  test('wants one thing to look at', async () => {
    const hub = shared();
    const event = { title: 'Fall' };
    const none = '0190a000-0000-7000-8000-00000000ffff';
    for (const [body, status] of [
      [{}, 422],
      [{ event, alert_id: 'fall-1' }, 422],
      [{ event, colour: 'red' }, 422],
      [{ event: { title: '' } }, 422],
      [{ event, event_type: 'alert.fallen' }, 422],
      [{ event, source: 'nowhere' }, 422],
      [{ alert_id: 'nowhere' }, 404],
      [{ event_id: none }, 404],
    ] as const) {
      const answer = await hub.call('POST /api/v1/rules/test', body);
      assert.equal(answer.status, status, `${JSON.stringify(body)} ${answer.text}`);
    }
  });

  test('is of one project, for who may read', async () => {
    const hub = shared();
    const keys = new Map<string, CallOptions>();
    for (const project_id of ['mine', 'theirs']) {
      await hub.create('/api/v1/projects', { project_id });
      await hub.tell(`/${project_id}`, { project_id, rule: { project_id } });
      for (const role of ['viewer', 'ingest']) {
        const made = await hub.call('POST /api/v1/keys', { project_id, name: role, role });
        keys.set(`${role} of ${project_id}`, { key: made.textAt('key') });
      }
    }
    const theirs = await hub.raise({ project_id: 'theirs', alert_id: 'theirs-1' });
    const reader = keys.get('viewer of mine') ?? {};
    const answer = await ask(hub, { event: { title: 'Fall' } }, reader);
    assert.deepEqual(listVerdicts(answer), ['mine: it matches, and goes to mine']);
    const tries: readonly (readonly [JsonObject, CallOptions, number])[] = [
      [{ alert_id: theirs }, reader, 404],
      [{ event: { title: 'Fall' }, project_id: 'theirs' }, reader, 404],
      [{ event: { title: 'Fall' } }, keys.get('ingest of mine') ?? {}, 403],
      [{ event: { title: 'Fall' } }, { key: null }, 401],
    ];
    for (const [body, by, status] of tries) {
      assert.equal((await hub.call('POST /api/v1/rules/test', body, by)).status, status);
    }
  });
});

describe('tocsin rule test', () => {
  const shared = shareTestHub({ isTelling: false });

  test('prints each rule, and exits 0 whether or not one takes it', async () => {
    const hub = shared();
    assert.equal(
      (await typeCommand(hub, ['rule', 'test'])).out,
      'The project has no rule: whatever comes, none is taken.',
    );
    await hub.tell('/grave', {
      rule: { event_types: ['alert.created'], matchers: ['severity="critical"', 'site="n 1"'] },
    });
    const channel = await hub.tell('/mute', { rule: { event_types: ['alert.created'] } });
    await patch(hub, `/api/v1/channels/${channel}`, { is_active: false });
    const words = ['rule', 'test', '--title', 'Fall', '--severity', 'critical'];
    const typed = await typeCommand(hub, [...words, '--label', 'site=n 1']);
    assert.deepEqual([typed.code, typed.err], [0, '']);
    assert.equal(
      typed.out,
      `RULE   TAKES IT  CHANNEL  WHY
grave  yes       grave    it matches, and goes to grave
mute   not sent  mute     it matches, but its channel mute is inactive

1 of 2 rules would send alert.created.`,
    );
    const missed = await typeCommand(hub, [...words, '--rule', 'grave']);
    assert.deepEqual(missed.out.split('\n'), [
      'RULE   TAKES IT  CHANNEL  WHY',
      'grave  no        grave    site="n 1" is not met: there is no such field or label',
    ]);
    assert.equal(missed.code, 0);
  });

  test('of an alert, of an event, of a rule that is not saved; and as JSON', async () => {
    const hub = shared();
    const id = await hub.raise({ severity: 'low' });
    const [row] = await hub.query('select event_id::text as id from event where alert_id = $1', [
      id,
    ]);
    const ofAlert = await typeCommand(hub, ['rule', 'test', '--alert', id]);
    const ofEvent = await typeCommand(hub, ['rule', 'test', '--event', textOf(row?.['id'])]);
    assert.equal(ofAlert.out, ofEvent.out);
    assert.match(ofAlert.out, /severity="critical" is not met: the field is "low"/);
    const words = ['rule', 'test', '--severity', 'low', '--matcher', 'severity!="low"', '--json'];
    const reading = parseWire(ruleTestAnswer, (await typeCommand(hub, words)).json());
    assert.ok(reading.ok);
    assert.deepEqual(reading.value.rules[0]?.name, 'not saved');
    assert.equal(reading.value.rules[0]?.would_match, false);
  });

  test('says what is wrong', async () => {
    const hub = shared();
    const both = await typeCommand(hub, ['rule', 'test', '--alert', 'a', '--title', 'b']);
    assert.equal(both.code, 2);
    const unknown = await typeCommand(hub, ['rule', 'test', '--rule', 'grav']);
    assert.deepEqual(
      [unknown.code, unknown.err],
      [1, 'tocsin: there is no rule grav; did you mean grave?'],
    );
    const none = await typeCommand(hub, ['rule', 'test', '--alert', 'nowhere']);
    assert.deepEqual(
      [none.code, none.err],
      [1, 'tocsin: the hub answered 404: There is no such alert.'],
    );
  });
});
