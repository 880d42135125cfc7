import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { projectId, responderId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import {
  type Answer,
  createResourceServer,
  type ResourceServer,
} from '#test/support/resource-server.ts';
import { findResponder, listResponders } from './responder.store.ts';

const PATH = '/api/v1/responders';
const MAIL = { channel_type: 'email', address: 'anna@care.example', channel_id: null };
const HOOK = { channel_type: 'webhook', address: 'https://pager.example/anna', channel_id: null };

describe('responders', () => {
  let hub: ResourceServer;
  let hookId: string;
  let foreignHookId: string;
  let count = 0;
  const fresh = (): string => `person-${(count += 1)}`;

  before(async () => {
    hub = await createResourceServer();
    const channel = { channel_type: 'webhook', config: { url: 'https://r.example/' } };
    hookId = await hub.create('/api/v1/channels', { ...channel, name: 'ops' });
    const far = { ...channel, name: 'far', project_id: 'other' };
    foreignHookId = await hub.create('/api/v1/channels', far);
  });
  after(() => hub.close());

  const make = async (body: Readonly<Record<string, unknown>> = {}): Promise<Answer> =>
    hub.call('admin', `POST ${PATH}`, { body: { name: fresh(), ...body } });
  const change = async (id: string, version: number, body: unknown): Promise<Answer> =>
    hub.call('admin', `PATCH ${PATH}/${id}`, { body, version });
  const policyOf = (id: string) => ({
    name: fresh(),
    steps: [{ delay_s: 1, targets: [{ type: 'responder', responder_id: id }] }],
  });

  test('need only a name', async () => {
    const made = await hub.call('hubAdmin', `POST ${PATH}`, {
      body: { name: 'Anna', project_id: 'third' },
    });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(made.without('id', 'created_at', 'updated_at'), {
      project_id: 'third',
      version: 1,
      name: 'Anna',
      language: 'en',
      addresses: [],
      position: 0,
      is_active: true,
      warnings: [],
    });
  });

  test('are kept and answered as they were given', async () => {
    const body = {
      name: fresh(),
      language: 'zh-Hant',
      addresses: [{ ...HOOK, channel_id: hookId }, HOOK],
      position: 7,
      is_active: false,
    };
    const made = await make(body);
    assert.equal(made.status, 201, made.text);
    const id = made.textAt('id');
    const one = await hub.call('admin', `GET ${PATH}/${id}`);
    const rest = one.without('id', 'created_at', 'updated_at', 'project_id', 'version', 'warnings');
    assert.deepEqual(rest, body);
    const stored = await findResponder(hub.db.database, null, responderId(id));
    assert.deepEqual(stored?.addresses, [
      { channelType: 'webhook', address: HOOK.address, channelId: hookId },
      { channelType: 'webhook', address: HOOK.address, channelId: null },
    ]);
    const kept = await change(id, 1, { is_active: true });
    assert.deepEqual(kept.at('addresses'), body.addresses);
    assert.equal((await change(id, 2, { addresses: [] })).at('addresses.0'), undefined);
  });

  test('speak the language of their project, unless they have their own', async () => {
    const version = await hub.projectVersion();
    const path = 'PATCH /api/v1/projects/default';
    await hub.call('admin', path, { body: { language: 'fr' }, version });
    assert.equal((await make()).at('language'), 'fr');
    assert.equal((await make({ language: null })).at('language'), 'fr');
    assert.equal((await make({ language: 'it' })).at('language'), 'it');
    assert.equal((await make({ language: 'de' })).at('error.details.0.path'), 'language');
  });

  test('are called in the order of their positions, the older one first', async () => {
    const add = async (name: string, position?: number): Promise<Answer> =>
      hub.call('otherAdmin', `POST ${PATH}`, { body: { name, position } });
    assert.equal((await add('second')).at('position'), 0);
    await add('last', 40);
    assert.equal((await add('after the last')).at('position'), 41);
    await add('third', 0);
    await add('very last', LIMITS.responderPositionMax);
    const beyond = await add('beyond');
    assert.equal(beyond.at('position'), LIMITS.responderPositionMax);
    const names = async () =>
      (await listResponders(hub.db.database, projectId('other'))).map(({ name }) => name);
    const rest = ['last', 'after the last', 'very last', 'beyond'];
    assert.deepEqual(await names(), ['second', 'third', ...rest]);
    const moved = `PATCH ${PATH}/${beyond.textAt('id')}`;
    await hub.call('otherAdmin', moved, { body: { position: 1 }, version: 1 });
    assert.deepEqual(await names(), ['second', 'third', 'beyond', ...rest.slice(0, 3)]);
    for (const position of [-1, 0.5, LIMITS.responderPositionMax + 1, '1']) {
      const refused = await make({ position });
      assert.equal(refused.at('error.details.0.path'), 'position', String(position));
    }
  });

  test('are warned of when no channel of the project goes to an address', async () => {
    const made = await make({ addresses: [HOOK, MAIL] });
    assert.equal(made.status, 201, made.text);
    const warnings = [
      {
        path: 'addresses[1]',
        message: 'the project has no email channel, so nothing is sent there',
      },
    ];
    assert.deepEqual(made.at('warnings'), warnings);
    const one = `${PATH}/${made.textAt('id')}`;
    assert.deepEqual((await hub.call('viewer', `GET ${one}`)).at('warnings'), warnings);
    const page = await hub.call('viewer', `GET ${PATH}?limit=1`);
    assert.deepEqual(page.at('items.0.warnings'), warnings);
    const config = {
      smtp_host: 'mail.example',
      from_email: 'a@mail.example',
      to_email: 'b@x.example',
    };
    const mail = { name: 'mail', channel_type: 'email', config };
    const mailId = await hub.create('/api/v1/channels', mail);
    assert.deepEqual((await hub.call('viewer', `GET ${one}`)).at('warnings'), []);
    await hub.call('admin', `DELETE /api/v1/channels/${mailId}`);
  });

  test('are refused with addresses that are none, all faults at once', async () => {
    const wrong = [
      { ...MAIL, address: 'nobody' },
      { ...HOOK, address: 'ftp://x.example/' },
      { ...HOOK, channel_type: 'pager' },
      { ...HOOK, channel_type: 'constructor' },
      { ...HOOK, channel_id: foreignHookId },
      { ...MAIL, channel_id: hookId },
    ];
    const paths = [
      'addresses[0].address',
      'addresses[1].address',
      'addresses[2].channel_type',
      'addresses[3].channel_type',
      'addresses[4].channel_id',
      'addresses[5].channel_id',
    ];
    const refused = await make({ addresses: wrong });
    assert.equal(refused.status, 422);
    assert.deepEqual(refused.paths(), paths);
    assert.match(refused.textAt('error.details.2.message'), /must be one of email, webhook/);
    const id = (await make({ addresses: [HOOK] })).textAt('id');
    const patched = await change(id, 1, { addresses: wrong });
    assert.deepEqual(patched.paths(), paths);
    assert.equal((await hub.call('admin', `GET ${PATH}/${id}`)).at('version'), 1);
  });

  test('are refused with addresses that are no addresses at all', async () => {
    const cases: readonly (readonly [unknown, string])[] = [
      ['x', 'addresses'],
      [[HOOK.address], 'addresses[0]'],
      [[{ channel_type: 'webhook' }], 'addresses[0].address'],
      [[{ address: HOOK.address }], 'addresses[0].channel_type'],
      [[{ ...HOOK, address: '  ' }], 'addresses[0].address'],
      [[{ ...MAIL, address: 'a@x.example\r\nBcc: b@x.example' }], 'addresses[0].address'],
      [[{ ...HOOK, address: `https://x/${'x'.repeat(2_048)}` }], 'addresses[0].address'],
      [[{ ...HOOK, channel_id: 'ops' }], 'addresses[0].channel_id'],
      [[{ ...HOOK, label: 'home' }], 'addresses[0].label'],
    ];
    for (const [addresses, path] of cases) {
      const refused = await make({ addresses });
      assert.equal(refused.status, 422, refused.text);
      assert.equal(refused.at('error.details.0.path'), path, refused.text);
    }
  });

  test('have at most so many addresses', async () => {
    const most = Array.from({ length: LIMITS.addressesPerResponderMax }, () => HOOK);
    assert.equal((await make({ addresses: most })).status, 201);
    const refused = await make({ addresses: [...most, HOOK] });
    assert.equal(refused.at('error.details.0.path'), 'addresses');
  });

  test('stay while a policy calls them', async () => {
    const id = (await make()).textAt('id');
    const policy = { ...policyOf(id), name: 'by name' };
    const policyId = await hub.create('/api/v1/policies', policy);
    const held = await hub.call('admin', `DELETE ${PATH}/${id}`);
    assert.equal(held.status, 409);
    assert.equal(held.at('error.code'), 'still_in_use');
    assert.deepEqual(held.at('error.details'), [
      { path: 'policies', message: 'policy by name calls them' },
    ]);
    await hub.call('admin', `DELETE /api/v1/policies/${policyId}`);
    assert.equal((await hub.call('admin', `DELETE ${PATH}/${id}`)).status, 204);
  });

  test('are either gone or called, however both are asked for at once', async () => {
    for (let turn = 0; turn < 8; turn += 1) {
      const id = (await make()).textAt('id');
      const remove = (): Promise<Answer> => hub.call('admin', `DELETE ${PATH}/${id}`);
      const body = policyOf(id);
      const use = (): Promise<Answer> => hub.call('admin', 'POST /api/v1/policies', { body });
      const orders = [
        [remove, use],
        [use, remove],
      ];
      const answers = await Promise.all((orders[turn % 2] ?? []).map((ask) => ask()));
      const statuses = new Set(answers.map(({ status }) => status));
      const isGone = (await hub.call('admin', `GET ${PATH}/${id}`)).status === 404;
      assert.deepEqual(statuses, new Set(isGone ? [204, 422] : [201, 409]));
    }
  });

  test('keep a channel that they name, however its removal races with them', async () => {
    for (let turn = 0; turn < 8; turn += 1) {
      const config = { url: 'https://r.example/' };
      const channel = { name: fresh(), channel_type: 'webhook', config };
      const id = await hub.create('/api/v1/channels', channel);
      const remove = (): Promise<Answer> => hub.call('admin', `DELETE /api/v1/channels/${id}`);
      const use = (): Promise<Answer> => make({ addresses: [{ ...HOOK, channel_id: id }] });
      const orders = [
        [remove, use],
        [use, remove],
      ];
      const answers = await Promise.all((orders[turn % 2] ?? []).map((ask) => ask()));
      const statuses = new Set(answers.map(({ status }) => status));
      const isGone = (await hub.call('admin', `GET /api/v1/channels/${id}`)).status === 404;
      assert.deepEqual(statuses, new Set(isGone ? [204, 422] : [201, 409]));
    }
  });

  test('are at most so many in a project, and one that goes makes room', async () => {
    const { respondersPerProjectMax: most } = LIMITS;
    const project = { project_id: 'crowd' };
    await hub.call('hubAdmin', 'POST /api/v1/projects', { body: project });
    const add = (name: string): Promise<Answer> =>
      hub.call('hubAdmin', `POST ${PATH}`, { body: { ...project, name } });
    const first = await add('first');
    for (let n = 1; n < most; n += 1) assert.equal((await add(`n-${n}`)).status, 201);
    const refused = await add('one more');
    assert.equal(refused.status, 422);
    assert.equal(refused.at('error.details.0.path'), 'name');
    assert.match(refused.textAt('error.details.0.message'), new RegExp(`has ${most} responders`));
    await hub.call('hubAdmin', `DELETE ${PATH}/${first.textAt('id')}`);
    const both = await Promise.all([add('one'), add('two')]);
    assert.deepEqual(new Set(both.map(({ status }) => status)), new Set([201, 422]));
    const rows = await listResponders(hub.db.database, projectId('crowd'));
    assert.equal(rows.length, most);
  });
});
