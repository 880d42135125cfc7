import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { projectId } from '#kernel/id.ts';
import { EVENT_TYPES } from '#kernel/words/lifecycle.ts';
import { LIMITS } from '#kernel/limits.ts';
import {
  type Answer,
  createResourceServer,
  type ResourceServer,
} from '#test/support/resource-server.ts';
import { compileRule } from '#delivery/rule.ts';
import { listRules } from './rule.store.ts';

const PATH = '/api/v1/rules';

describe('rules', () => {
  let hub: ResourceServer;
  let channelId: string;
  let foreignChannelId: string;
  let count = 0;
  const fresh = (): string => `rule-${(count += 1)}`;

  before(async () => {
    hub = await createResourceServer();
    const channel = { channel_type: 'webhook', config: { url: 'https://r.example/' } };
    channelId = await hub.create('/api/v1/channels', { ...channel, name: 'ops' });
    const far = { ...channel, name: 'far', project_id: 'other' };
    foreignChannelId = await hub.create('/api/v1/channels', far);
  });
  after(() => hub.close());

  const make = async (body: Readonly<Record<string, unknown>>): Promise<Answer> => {
    const base = { name: fresh(), event_types: ['alert.created'], channel_id: channelId };
    return hub.call('admin', `POST ${PATH}`, { body: { ...base, ...body } });
  };
  const change = async (id: string, version: number, body: unknown): Promise<Answer> =>
    hub.call('admin', `PATCH ${PATH}/${id}`, { body, version });

  test('have the defaults of the contract', async () => {
    const made = await make({});
    assert.equal(made.status, 201, made.text);
    const rest = made.without('id', 'created_at', 'updated_at', 'name');
    assert.deepEqual(rest, {
      project_id: 'default',
      version: 1,
      event_types: ['alert.created'],
      matchers: [],
      filter: {},
      channel_id: channelId,
      is_active: true,
    });
  });

  test('take one event type for short, and every known one', async () => {
    const short = await make({ event_types: undefined, event_type: 'alert.expired' });
    assert.deepEqual(short.at('event_types'), ['alert.expired']);
    const all = await make({ event_types: [...EVENT_TYPES, EVENT_TYPES[0]] });
    assert.deepEqual(all.at('event_types'), EVENT_TYPES);
    const changed = await change(all.textAt('id'), 1, { event_type: 'alert.seen' });
    assert.deepEqual(changed.at('event_types'), ['alert.seen']);
  });

  test('refuse event types that nothing ever has, and name those there are', async () => {
    const refused = await make({ event_types: ['alert.created', 'alert.gone'] });
    assert.equal(refused.at('error.details.0.path'), 'event_types[1]');
    const message = refused.textAt('error.details.0.message');
    for (const known of EVENT_TYPES) assert.ok(message.includes(known), message);
    const cases: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
      [{ event_types: [] }, 'event_types'],
      [{ event_types: undefined }, 'event_types'],
      [{ event_types: null }, 'event_types'],
      [{ event_type: 'alert.seen' }, 'event_type'],
      [{ event_types: undefined, event_type: 'x' }, 'event_type'],
    ];
    for (const [body, path] of cases) {
      const answer = await make(body);
      assert.equal(answer.status, 422, answer.text);
      assert.equal(answer.at('error.details.0.path'), path, answer.text);
    }
    const id = (await make({})).textAt('id');
    assert.equal((await change(id, 1, { event_types: [] })).status, 422);
  });

  test('say which matcher cannot be read, and where in it', async () => {
    const refused = await make({ matchers: ['severity="low"', 'a b', 'x=~"("'] });
    assert.equal(refused.status, 422);
    assert.equal(refused.at('error.details.0.path'), 'matchers[1]');
    assert.match(refused.textAt('error.details.0.message'), /\(at character 3\)$/);
    assert.equal(refused.at('error.details.1.path'), 'matchers[2]');
    const id = (await make({})).textAt('id');
    const patched = await change(id, 1, { matchers: ['='] });
    assert.equal(patched.at('error.details.0.path'), 'matchers[0]');
  });

  test('bound their matchers', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `l${i}="x"`);
    const most = await make({ matchers: many(LIMITS.matchersPerRuleMax) });
    assert.equal(most.status, 201, most.text);
    const over = await make({ matchers: many(LIMITS.matchersPerRuleMax + 1) });
    assert.equal(over.at('error.details.0.path'), 'matchers');
    const long = await make({ matchers: [`a="${'x'.repeat(LIMITS.matcherCharsMax)}"`] });
    assert.equal(long.at('error.details.0.path'), 'matchers[0]');
    assert.equal((await make({ matchers: [''] })).at('error.details.0.path'), 'matchers[0]');
    assert.equal((await make({ matchers: null })).at('error.details.0.path'), 'matchers');
  });

  test('never fail open: a filter that is not understood is refused', async () => {
    const unknown = await make({ filter: { colour: 'red' } });
    assert.deepEqual(unknown.at('error.details'), [
      { path: 'filter.colour', message: 'unknown filter key' },
    ]);
    for (const filter of [{ mailbox_id: [] }, { mailbox_id: '' }, { mailbox_id: null }]) {
      const refused = await make({ filter });
      assert.deepEqual(
        [refused.status, refused.at('error.details.0.path')],
        [422, 'filter.mailbox_id'],
        refused.text,
      );
    }
    assert.equal((await make({ filter: [] })).at('error.details.0.path'), 'filter');
    for (const filter of [{}, null]) assert.deepEqual((await make({ filter })).at('filter'), {});
  });

  test('keep their filter as it was written, until another is given', async () => {
    const filter = { mailbox_id: ['a', 'b'], direction: 'inbound', pec_type: 'mancata_consegna' };
    const made = await make({ filter });
    assert.deepEqual([made.status, made.at('filter')], [201, filter]);
    const path = `/api/v1/rules/${made.textAt('id')}`;
    const renamed = await hub.call('admin', `PATCH ${path}`, {
      body: { name: 'another name' },
      headers: { 'if-match': '1' },
    });
    assert.deepEqual(renamed.at('filter'), filter);
    const cleared = await hub.call('admin', `PATCH ${path}`, {
      body: { filter: {} },
      headers: { 'if-match': '2' },
    });
    assert.deepEqual([cleared.status, cleared.at('filter')], [200, {}]);
  });

  test('send to channels of their own project only', async () => {
    const unknown = '0190a000-0000-7000-8000-00000000ffff';
    for (const channel_id of [foreignChannelId, unknown, 'x', null, undefined]) {
      const refused = await make({ channel_id });
      assert.equal(refused.status, 422, refused.text);
      assert.equal(refused.at('error.details.0.path'), 'channel_id');
    }
    const id = (await make({})).textAt('id');
    const patched = await change(id, 1, { channel_id: foreignChannelId });
    assert.equal(patched.at('error.details.0.path'), 'channel_id');
  });

  test('are listed by project, each of which compiles', async () => {
    const matchers = ['severity=~"critical|high"', 'team!="a,b"'];
    const made = await make({ matchers, is_active: false });
    const listed = await listRules(hub.db.database, projectId('default'));
    const last = listed.at(-1);
    assert.equal(last?.ruleId, made.at('id'));
    assert.deepEqual(last?.matchers, matchers);
    assert.equal(last?.isActive, false);
    for (const rule of listed) assert.equal(compileRule(rule).fault, null);
    assert.deepEqual(await listRules(hub.db.database, projectId('other')), []);
  });
});
