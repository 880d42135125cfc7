/** A drill is right: what really happens is held against what it said. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { MS_PER_SECOND, parseInstant } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import type { TestHub } from '#test/support/hub.ts';
import { type Answer, listItems, textOf } from '#test/support/hub/calls.ts';
import { drill, objectsAt } from '#test/support/hub/drill.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { addPolicy, patch } from '#test/support/hub/story.ts';

/** `0 alert.created 0 critical ops -> ops (rule)`, one line for each message. */
function listDrilled(answer: Answer): readonly string[] {
  return objectsAt(answer, 'steps').flatMap((step) => {
    const messages = Array.isArray(step['messages']) ? step['messages'].filter(isJsonObject) : [];
    const call = renderCall(Number(step['after_s']), step);
    return messages.map(({ channel, recipient, by, problem, language }) => {
      const named = by === 'responder' ? 'policy' : textOf(by);
      const what = problem === null ? '' : ' channel_inactive';
      const whom = `${textOf(channel)} -> ${textOf(recipient)}`;
      return `${call} ${whom} (${named}, ${textOf(language)})${what}`;
    });
  });
}

/** The same lines, of what has happened. */
async function listHappened(hub: TestHub, id: string): Promise<readonly string[]> {
  const startedAt = timeOf((await hub.alert(id))['created_at']);
  const languages = new Map(
    (await hub.query('select notification_id, language from notification')).map((row) => [
      row['notification_id'],
      textOf(row['language']),
    ]),
  );
  const rows = listItems(await hub.call(`GET /api/v1/alerts/${id}/notifications`));
  return rows.map((row) => {
    const afterS = (timeOf(row['created_at']) - startedAt) / MS_PER_SECOND;
    const call = renderCall(afterS, row);
    const named = `${textOf(row['named_by'])}, ${languages.get(row['id'])}`;
    const reason = row['reason'] === null ? '' : ` ${textOf(row['reason'])}`;
    const whom = `${textOf(row['channel_name'])} -> ${textOf(row['recipient'])}`;
    return `${call} ${whom} (${named})${reason}`;
  });
}

function renderCall(afterS: number, about: JsonObject): string {
  const { event_type: type, round, priority } = about;
  return `${afterS} ${textOf(type)} ${Number(round)} ${textOf(priority)}`;
}

function timeOf(value: JsonValue | undefined): number {
  return parseInstant(textOf(value)) ?? assert.fail('is a time');
}

type Ids = Readonly<Record<'ops' | 'night' | 'old' | 'ada' | 'ben' | 'carl', string>>;

/** Channels, rules, people and administrators; what a drill and an alarm both look at. */
async function configure(hub: TestHub): Promise<Ids> {
  const stand_in = await hub.tell('/stand-in', { rule: { event_types: ['alert.seen'] } });
  const night = await hub.tell('/night', {
    fallback_channel_id: stand_in,
    rule: { matchers: ['severity=~"critical|high"', 'title!~"Quiet.*"'] },
  });
  const old = await hub.tell('/old', { is_active: false, rule: { matchers: ['site="north"'] } });
  const hook = (name: string) => [
    { channel_type: 'webhook', address: hub.receiver.url(`/${name}`), channel_id: night },
  ];
  const add = (name: string, more: JsonObject) =>
    hub.create('/api/v1/responders', { name, ...more });
  const ada = await add('Ada', { addresses: hook('ada'), language: 'it' });
  const ben = await add('Ben', { addresses: hook('ben'), is_active: false });
  const carl = await add('Carl', { addresses: [] });
  await patch(hub, '/api/v1/projects/default', { administrators: hook('admin'), language: 'fr' });
  const [ops] = listItems(await hub.call('GET /api/v1/channels?limit=500')).filter(
    ({ name }) => name === 'ops',
  );
  return { ops: textOf(ops?.['id']), night, old, ada, ben, carl };
}

const NORTH = { severity: 'critical', labels: { site: 'north' } };

/** Policies by hand, each for one thing that a drill could get wrong. */
function listPolicies(ids: Ids): readonly (readonly [string, JsonObject, JsonObject?])[] {
  const responder = (id: string) => ({ type: 'responder', responder_id: id });
  const channel = (id: string) => ({ type: 'channel', channel_id: id });
  const step = (delay_s: number, more: JsonObject = {}) => ({ delay_s, ...more });
  return [
    ['repeats until it expires', { delays: [10, 20], repeat_every_s: 30, expire_after_s: 200 }],
    ['held by the interval', { delays: [10, 15, 16, 60], min_interval_s: 20, expire_after_s: 90 }],
    [
      'people',
      {
        steps: [
          step(5, { targets: [responder(ids.ada), responder(ids.ben)] }),
          step(9, { targets: [responder(ids.carl)] }),
          step(12, { targets: [responder(ids.ada), { type: 'rules' }, channel(ids.ops)] }),
        ],
        expire_after_s: 40,
      },
      NORTH,
    ],
    [
      'conditions',
      {
        steps: [
          step(5, { condition: 'not_delivered', priority: 'normal' }),
          step(10, { condition: 'not_seen', label: 'Look' }),
        ],
        repeat_every_s: 15,
        expire_after_s: 50,
      },
      { severity: 'low' },
    ],
    [
      'sent again when nothing is delivered',
      { delays: [40], if_not_delivered_s: 8, repeat_every_s: 30, expire_after_s: 100 },
      NORTH,
    ],
    [
      'an inactive channel alone',
      { steps: [step(5, { targets: [channel(ids.old)] })], expire_after_s: 20 },
    ],
    ['expires before its step', { delays: [60], expire_after_s: 30 }],
    ['by matchers', { delays: [7], expire_after_s: 20 }, { title: 'Quiet one', severity: 'high' }],
    [
      'the source ends it',
      { delays: [5, 50], expire_after_s: 90 },
      { ends_at: '2026-11-16T08:00:20Z' },
    ],
  ];
}

function anyPolicy(ids: Ids): fc.Arbitrary<JsonObject> {
  const target = fc.constantFrom<JsonObject>(
    { type: 'rules' },
    { type: 'channel', channel_id: ids.night },
    { type: 'channel', channel_id: ids.old },
    { type: 'responder', responder_id: ids.ada },
    { type: 'responder', responder_id: ids.ben },
  );
  const step = fc.record({
    gap: fc.integer({ min: 1, max: 25 }),
    condition: fc.constantFrom('not_acknowledged', 'not_seen', 'not_delivered'),
    priority: fc.constantFrom('normal', 'high', 'critical', 'emergency'),
    targets: fc.array(target, { minLength: 1, maxLength: 3 }),
  });
  const orNull = (min: number, max: number) => fc.option(fc.integer({ min, max }), { nil: null });
  return fc
    .record({
      gaps: fc.array(step, { minLength: 1, maxLength: 4 }),
      repeat_every_s: orNull(5, 40),
      min_interval_s: fc.integer({ min: 0, max: 30 }),
      if_not_delivered_s: orNull(1, 30),
      expire_after_s: fc.integer({ min: 10, max: 150 }),
    })
    .map(({ gaps, ...rest }) => {
      let delay_s = 0;
      const steps = gaps.map(({ gap, ...one }) => ({ ...one, delay_s: (delay_s += gap) }));
      return { steps, ...rest };
    });
}

describe('a drill agrees with what really happens', () => {
  const shared = shareTestHub();
  let ids: Ids;
  before(async () => {
    ids = await configure(shared());
  });

  type Tried = { readonly name: string; readonly id: string; readonly drilled: readonly string[] };

  async function raiseAll(
    cases: readonly (readonly [string, JsonObject, JsonObject?])[],
  ): Promise<readonly Tried[]> {
    const hub = shared();
    const tried: Tried[] = [];
    for (const [name, policy, alert = {}] of cases) {
      const { delays, ...more } = policy;
      const given = Array.isArray(delays) ? { delays: delays.map(Number) } : {};
      const policy_id = await addPolicy(hub, name, { ...more, ...given });
      const drilled = listDrilled(await drill(hub, { ...alert, policy_id }));
      tried.push({ name, drilled, id: await hub.raise({ ...alert, policy_id }) });
    }
    return tried;
  }

  test('for policies that are each hard in one way', async () => {
    const hub = shared();
    const tried = await raiseAll(listPolicies(ids));
    await hub.advance({ seconds: 240 });
    for (const { name, id, drilled } of tried) {
      const happened = await listHappened(hub, id);
      assert.ok(happened.length > 0, name);
      assert.deepEqual(drilled.toSorted(), happened.toSorted(), name);
    }
  });

  test('for the built-in policies, over all of their two hours', async () => {
    const hub = shared();
    for (const name of ['sentinel', 'sentinel-strict']) {
      const policies = listItems(await hub.call('GET /api/v1/policies?limit=500'));
      const policy_id = textOf(policies.find((one) => one['name'] === name)?.['id']);
      const answer = await drill(hub, { ...NORTH, policy_id });
      const id = await hub.raise({ ...NORTH, policy_id });
      await hub.advance({ hours: 2, seconds: 1 });
      const happened = await listHappened(hub, id);
      assert.ok(happened.length > 30);
      assert.deepEqual(listDrilled(answer).toSorted(), happened.toSorted(), name);
      assert.deepEqual([answer.at('end.status'), answer.at('end.after_s')], ['EXPIRED', 7_200]);
      const { status, expired_at: at } = await hub.alert(id);
      assert.deepEqual([status, at], ['EXPIRED', answer.at('end.at')]);
    }
  });

  test('for any policy', async () => {
    const hub = shared();
    const drawn = fc.sample(anyPolicy(ids), { seed: 20_261_122, numRuns: 12 });
    const tried = await raiseAll(drawn.map((policy, n) => [`drawn ${n}`, policy, NORTH] as const));
    await hub.advance({ seconds: 160 });
    for (const { name, id, drilled } of tried) {
      const happened = await listHappened(hub, id);
      const what = `${name}: ${JSON.stringify(drawn[Number(name.slice(6))])}`;
      assert.deepEqual(drilled.toSorted(), happened.toSorted(), what);
    }
  });
});
