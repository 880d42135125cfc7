import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isJsonObject } from '#kernel/syntax/json.ts';
import { createSecretBox } from '#platform/secret-box.ts';
import { createSeededRandom } from '#test/support/ids.ts';
import { runOn } from '#test/support/server.ts';
import {
  type Answer,
  createResourceServer,
  type ResourceServer,
} from '#test/support/resource-server.ts';
import { channelId, projectId } from '#kernel/id.ts';
import { findConfiguredChannel, listChannels } from './channel.store.ts';

const PATH = '/api/v1/channels';
const CANARY = `whsec_${Buffer.from('canary-canary-canary-canary').toString('base64')}`;
const SECOND = 'plain text is a secret too';

describe('channels', () => {
  let hub: ResourceServer;
  let count = 0;
  const fresh = (): string => `channel-${(count += 1)}`;

  before(async () => {
    hub = await createResourceServer();
  });
  after(() => hub.close());

  const make = async (body: Readonly<Record<string, unknown>> = {}): Promise<Answer> => {
    const config = { url: 'https://receiver.example/in?token=1' };
    const base = { name: fresh(), channel_type: 'webhook', config };
    return hub.call('admin', `POST ${PATH}`, { body: { ...base, ...body } });
  };
  const change = async (id: string, version: number, body: unknown): Promise<Answer> =>
    hub.call('admin', `PATCH ${PATH}/${id}`, { body, version });
  const openSecrets = async (id: string): Promise<Record<string, string | null>> => {
    const stored = await findConfiguredChannel(hub.db.database, null, channelId(id));
    const opened: Record<string, string | null> = {};
    for (const [field, envelope] of Object.entries(stored?.secrets ?? {})) {
      const reading = hub.secretBox.open(envelope, { projectId: 'default', channelId: id, field });
      opened[field] = reading.ok ? reading.plain : null;
    }
    return opened;
  };

  test('have the defaults of the contract', async () => {
    const made = await make({ secrets: { webhook_secret: CANARY } });
    assert.equal(made.status, 201, made.text);
    const rest = made.without('id', 'created_at', 'updated_at', 'name');
    assert.deepEqual(rest, {
      project_id: 'default',
      version: 1,
      channel_type: 'webhook',
      config: { url: 'https://receiver.example/in?token=1' },
      secrets: { webhook_secret: { is_set: true } },
      is_active: true,
      max_attempts: 3,
      retry: 'standard',
      fallback_channel_id: null,
      warnings: [],
    });
  });

  test('never show a secret again, nor store it in the open', async () => {
    const made = await make({ secrets: { webhook_secret: CANARY } });
    const id = made.textAt('id');
    const patched = await change(id, 1, { secrets: { webhook_secret_previous: SECOND } });
    const answers = [
      made,
      patched,
      await hub.call('admin', `GET ${PATH}/${id}`),
      await hub.call('admin', `GET ${PATH}`),
      await hub.call('admin', `POST ${PATH}`, { body: { secrets: { webhook_secret: CANARY } } }),
      await make({ secrets: { webhook_secret: `${CANARY}!` } }),
      await make({ secrets: { [CANARY]: 'x', webhook_secret: 'y' }, name: '' }),
    ];
    for (const { text } of answers.slice(0, 6)) {
      assert.ok(!text.includes(CANARY) && !text.includes(SECOND), text);
    }
    const rows = await hub.dump('channel');
    assert.ok(!rows.includes(CANARY) && !rows.includes(SECOND));
    assert.deepEqual(await openSecrets(id), {
      webhook_secret: CANARY,
      webhook_secret_previous: SECOND,
    });
  });

  test('get a signing secret when none is given, shown this once', async () => {
    const made = await make();
    const value = made.textAt('secrets.webhook_secret.value');
    assert.match(value, /^whsec_[A-Za-z0-9+/]{32}$/);
    assert.equal(made.at('secrets.webhook_secret.is_set'), true);
    assert.deepEqual(made.at('warnings'), []);
    const id = made.textAt('id');
    const read = await hub.call('admin', `GET ${PATH}/${id}`);
    assert.deepEqual(read.at('secrets'), { webhook_secret: { is_set: true } });
    assert.deepEqual(await openSecrets(id), { webhook_secret: value });
    const other = await make({ secrets: {} });
    assert.notEqual(other.at('secrets.webhook_secret.value'), value);
  });

  test('without a secret are flagged, when that was asked for', async () => {
    const made = await make({ secrets: { webhook_secret: null } });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(made.at('secrets'), { webhook_secret: { is_set: false } });
    assert.equal(made.at('warnings.0.path'), 'secrets.webhook_secret');
    assert.deepEqual(await openSecrets(made.textAt('id')), {});
    const read = await hub.call('viewer', `GET ${PATH}/${made.textAt('id')}`);
    assert.deepEqual(read.at('warnings'), made.at('warnings'));
  });

  test('keep the secrets that a change leaves out, replace texts and drop nulls', async () => {
    const secrets = { webhook_secret: CANARY, webhook_secret_previous: SECOND };
    const id = (await make({ secrets })).textAt('id');
    const renamed = await change(id, 1, { name: fresh() });
    assert.equal(renamed.at('secrets.webhook_secret_previous.is_set'), true);
    assert.deepEqual(await openSecrets(id), secrets);
    await change(id, 2, { secrets: { webhook_secret_previous: null } });
    assert.deepEqual(await openSecrets(id), { webhook_secret: CANARY });
    await change(id, 3, { secrets: { webhook_secret: 'another one' } });
    assert.deepEqual(await openSecrets(id), { webhook_secret: 'another one' });
    const dropped = await change(id, 4, { secrets: { webhook_secret: null } });
    assert.deepEqual(dropped.at('secrets'), { webhook_secret: { is_set: false } });
    assert.equal(dropped.at('warnings.0.path'), 'secrets.webhook_secret');
  });

  test('refuse secrets that they do not know or cannot use', async () => {
    const cases: readonly (readonly [unknown, string])[] = [
      [{ token: 'x' }, 'secrets.token'],
      [{ webhook_secret: '' }, 'secrets.webhook_secret'],
      [{ webhook_secret: 5 }, 'secrets.webhook_secret'],
      [{ webhook_secret: { is_set: true } }, 'secrets.webhook_secret'],
      [{ webhook_secret: 'whsec_no' }, 'secrets.webhook_secret'],
      [{ webhook_secret: 'x'.repeat(8_193) }, 'secrets.webhook_secret'],
      [{ webhook_secret: null, webhook_secret_previous: 'x' }, 'secrets.webhook_secret_previous'],
      ['text', 'secrets'],
    ];
    for (const [secrets, path] of cases) {
      const refused = await make({ secrets });
      assert.equal(refused.status, 422, refused.text);
      assert.equal(refused.at('error.details.0.path'), path, refused.text);
    }
  });

  test('refuse config that the kind does not know, all faults at once', async () => {
    const body = { config: { uri: 'x', url: 'ftp://x' }, secrets: { token: 'x' } };
    const refused = await make(body);
    assert.deepEqual(refused.paths(), ['config.uri', 'config.url', 'secrets.token']);
    assert.equal((await make({ config: {} })).at('error.details.0.path'), 'config.url');
    assert.equal((await make({ config: 'x' })).at('error.details.0.path'), 'config');
    assert.equal((await make({ config: null })).at('error.details.0.path'), 'config');
  });

  test('of an unknown kind are refused with the kinds there are', async () => {
    const refused = await make({ channel_type: 'pager' });
    assert.deepEqual(refused.at('error.details'), [
      { path: 'channel_type', message: 'must be one of email, webhook' },
    ]);
  });

  test('bound attempts and schedules', async () => {
    for (const max_attempts of [0, 11, 1.5, '3']) {
      assert.equal((await make({ max_attempts })).at('error.details.0.path'), 'max_attempts');
    }
    for (const max_attempts of [1, 10]) {
      assert.equal((await make({ max_attempts })).at('max_attempts'), max_attempts);
    }
    assert.equal((await make({ retry: 'never' })).at('error.details.0.path'), 'retry');
    const urgent = await make({ retry: 'urgent', is_active: false });
    assert.equal(urgent.at('retry'), 'urgent');
    assert.equal(urgent.at('is_active'), false);
  });

  test('change their address, but not to one that is none', async () => {
    const id = (await make()).textAt('id');
    const refused = await change(id, 1, { config: { url: 'https://u:p@x.example/' } });
    assert.equal(refused.at('error.details.0.path'), 'config.url');
    const url = 'http://10.0.0.1/new';
    const changed = await change(id, 1, { config: { url } });
    assert.deepEqual(changed.at('config'), { url });
    const kind = await change(id, 2, { channel_type: 'webhook' });
    assert.equal(kind.at('error.details.0.path'), 'channel_type');
  });

  test('stay while a rule or a policy names them', async () => {
    const id = (await make()).textAt('id');
    const rule = { name: 'all', event_type: 'alert.created', channel_id: id };
    const ruleId = await hub.create('/api/v1/rules', rule);
    const targets = [{ type: 'channel', channel_id: id }];
    const policy = { name: 'direct', steps: [{ delay_s: 1, targets }] };
    const policyId = await hub.create('/api/v1/policies', policy);
    const held = await hub.call('admin', `DELETE ${PATH}/${id}`);
    assert.equal(held.status, 409);
    assert.deepEqual(held.at('error.details'), [
      { path: 'rules', message: 'rule all sends to it' },
      { path: 'policies', message: 'policy direct calls it' },
    ]);
    await hub.call('admin', `DELETE /api/v1/rules/${ruleId}`);
    assert.equal((await hub.call('admin', `DELETE ${PATH}/${id}`)).status, 409);
    await hub.call('admin', `DELETE /api/v1/policies/${policyId}`);
    assert.equal((await hub.call('admin', `DELETE ${PATH}/${id}`)).status, 204);
  });

  test('stay while a responder, an administrator or another channel needs them', async () => {
    const id = (await make()).textAt('id');
    const address = { channel_type: 'webhook', address: 'https://a.example/', channel_id: id };
    const person = { name: 'Anna', addresses: [address] };
    const responderId = await hub.create('/api/v1/responders', person);
    const other = await make({ name: 'leaning', fallback_channel_id: id });
    const project = 'PATCH /api/v1/projects/default';
    const administer = async (administrators: unknown): Promise<Answer> => {
      const version = await hub.projectVersion();
      return hub.call('admin', project, { body: { administrators }, version });
    };
    assert.equal((await administer([address])).status, 200);
    const held = await hub.call('admin', `DELETE ${PATH}/${id}`);
    assert.equal(held.at('error.code'), 'still_in_use');
    assert.deepEqual(held.at('error.details'), [
      { path: 'responders', message: 'it carries to Anna' },
      { path: 'administrators', message: 'it carries to the administrators of the project' },
      { path: 'channels', message: 'channel leaning falls back on it' },
    ]);
    const stillHeld = async () => (await hub.call('admin', `DELETE ${PATH}/${id}`)).paths();
    await hub.call('admin', `DELETE /api/v1/responders/${responderId}`);
    assert.deepEqual(await stillHeld(), ['administrators', 'channels']);
    await administer([]);
    assert.deepEqual(await stillHeld(), ['channels']);
    await change(other.textAt('id'), 1, { fallback_channel_id: null });
    assert.equal((await hub.call('admin', `DELETE ${PATH}/${id}`)).status, 204);
  });

  test('fall back on another channel of their project, never in a circle', async () => {
    const first = (await make()).textAt('id');
    const made = await make({ fallback_channel_id: first });
    assert.equal(made.at('fallback_channel_id'), first);
    const second = made.textAt('id');
    assert.equal((await hub.call('viewer', `GET ${PATH}/${second}`)).at('version'), 1);
    const kept = await change(second, 1, { is_active: false });
    assert.equal(kept.at('fallback_channel_id'), first);
    const config = { url: 'https://r.example/' };
    const far = { name: fresh(), channel_type: 'webhook', config, project_id: 'other' };
    const foreign = await hub.create(PATH, far);
    for (const [id, message] of [
      [first, 'is this very channel'],
      [second, 'falls back on this channel in the end'],
      [foreign, 'is no channel of this project'],
    ]) {
      const refused = await change(first, 1, { fallback_channel_id: id });
      assert.equal(refused.status, 422, refused.text);
      assert.deepEqual(refused.at('error.details'), [{ path: 'fallback_channel_id', message }]);
    }
    const unknown = await make({ fallback_channel_id: foreign });
    assert.equal(unknown.at('error.details.0.path'), 'fallback_channel_id');
    const freed = await change(second, 2, { fallback_channel_id: null });
    assert.equal(freed.at('fallback_channel_id'), null);
    const turned = await change(first, 1, { fallback_channel_id: second });
    assert.equal(turned.at('fallback_channel_id'), second);
  });

  test('make no circle when two of them are turned to each other at once', async () => {
    for (let turn = 0; turn < 8; turn += 1) {
      const one = (await make()).textAt('id');
      const two = (await make()).textAt('id');
      const answers = await Promise.all([
        change(one, 1, { fallback_channel_id: two }),
        change(two, 1, { fallback_channel_id: one }),
      ]);
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200, 422]));
    }
  });

  test('say that a secret no longer opens, and do not lose it in a change', async () => {
    const id = (await make({ secrets: { webhook_secret: CANARY } })).textAt('id');
    const random = createSeededRandom(99);
    const lost = createSecretBox({ keys: [{ kid: 'gone', key: random.bytes(32) }], random });
    const field = 'webhook_secret';
    const envelope = lost.seal(CANARY, { projectId: 'default', channelId: id, field });
    await runOn(hub.db.connection, async (client) => {
      const secrets = JSON.stringify({ [field]: envelope });
      await client.query('update channel set secrets = $1 where channel_id = $2', [secrets, id]);
    });
    const read = await hub.call('admin', `GET ${PATH}/${id}`);
    assert.deepEqual(read.at('secrets'), { webhook_secret: { is_set: true } });
    assert.deepEqual(read.at('warnings'), [
      { path: 'secrets.webhook_secret', message: 'no master key of ours opens it' },
    ]);
    assert.equal((await change(id, 1, { is_active: false })).status, 200);
    const stored = await findConfiguredChannel(hub.db.database, null, channelId(id));
    assert.equal(stored?.secrets[field], envelope);
    const mended = await change(id, 2, { secrets: { webhook_secret: CANARY } });
    assert.deepEqual(mended.at('warnings'), []);
    assert.deepEqual(await openSecrets(id), { webhook_secret: CANARY });
  });

  test('are listed by project with their envelopes, for those who send', async () => {
    const made = await make({ secrets: { webhook_secret: CANARY } });
    const listed = await listChannels(hub.db.database, projectId('default'));
    const last = listed.at(-1);
    assert.equal(last?.channelId, made.at('id'));
    assert.equal(last?.attemptsMax, 3);
    assert.ok(isJsonObject(last?.secrets));
    assert.match(last?.secrets['webhook_secret'] ?? '', /^v1\.k1\./);
    assert.deepEqual(await listChannels(hub.db.database, projectId('third')), []);
  });
});
