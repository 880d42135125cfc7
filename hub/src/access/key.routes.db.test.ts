import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sha256 } from '#kernel/crypto.ts';
import { createResourceServer, type ResourceServer } from '#test/support/resource-server.ts';
import { findKeyByHash } from './store.ts';

const PATH = '/api/v1/keys';

describe('keys', () => {
  let hub: ResourceServer;

  before(async () => {
    hub = await createResourceServer();
  });
  after(() => hub.close());

  test('are shown once, and found by their hash from then on', async () => {
    const body = { name: 'ci', role: 'operator', expires_at: '2027-01-01T00:00:00+01:00' };
    const made = await hub.call('admin', `POST ${PATH}`, { body });
    assert.equal(made.status, 201, made.text);
    const text = made.textAt('key');
    assert.match(text, /^tcs_[A-Za-z0-9_-]{43}$/);
    assert.equal(made.at('role'), 'operator');
    assert.equal(made.at('expires_at'), '2026-12-31T23:00:00.000Z');
    assert.equal(made.at('version'), 1);
    const one = await hub.call('viewer', `GET ${PATH}/${made.textAt('id')}`);
    assert.deepEqual(one.body, made.without('key'));
    assert.ok(!(await hub.call('hubAdmin', `GET ${PATH}`)).text.includes(text));
    assert.ok(!(await hub.dump('api_key')).includes(text));
    const found = await findKeyByHash(hub.db.database, sha256(text));
    assert.equal(found?.keyId, made.at('id'));
    assert.equal(await findKeyByHash(hub.db.database, sha256(`${text}x`)), null);
  });

  test('differ from one another', async () => {
    const keys = new Set<string>();
    for (let index = 0; index < 5; index += 1) {
      const body = { name: `many-${index}`, role: 'viewer' };
      keys.add((await hub.call('admin', `POST ${PATH}`, { body })).textAt('key'));
    }
    assert.equal(keys.size, 5);
  });

  test('end when they are revoked, stay listed, and free their name', async () => {
    const body = { name: 'short-lived', role: 'ingest' };
    const made = await hub.call('admin', `POST ${PATH}`, { body });
    const one = `${PATH}/${made.textAt('id')}`;
    const twin = await hub.call('admin', `POST ${PATH}`, { body });
    assert.equal(twin.at('error.code'), 'name_taken');
    hub.changed.length = 0;
    assert.equal((await hub.call('admin', `DELETE ${one}`)).status, 204);
    assert.deepEqual(hub.changed, ['default']);
    const revokedAt = (await hub.call('viewer', `GET ${one}`)).textAt('revoked_at');
    hub.clock.advanceMs(1_000);
    assert.equal((await hub.call('admin', `DELETE ${one}`)).status, 204);
    assert.equal((await hub.call('viewer', `GET ${one}`)).at('revoked_at'), revokedAt);
    const found = await findKeyByHash(hub.db.database, sha256(made.textAt('key')));
    assert.notEqual(found?.revokedAt, null);
    assert.equal((await hub.call('admin', `POST ${PATH}`, { body })).status, 201);
  });

  test('are refused when they have expired before they begin', async () => {
    const expires = hub.clock.now();
    const made = async (expires_at: unknown) =>
      hub.call('admin', `POST ${PATH}`, { body: { name: 'late', role: 'viewer', expires_at } });
    const at = new Date(expires).toISOString();
    assert.equal((await made(at)).at('error.details.0.path'), 'expires_at');
    for (const bad of ['tomorrow', '2027-02-29T00:00:00Z', 5]) {
      assert.equal((await made(bad)).at('error.details.0.path'), 'expires_at');
    }
    assert.equal((await made(new Date(expires + 1).toISOString())).status, 201);
  });

  test('have one of the known roles', async () => {
    const body = { name: 'root', role: 'root' };
    const refused = await hub.call('admin', `POST ${PATH}`, { body });
    assert.deepEqual(refused.at('error.details.0'), {
      path: 'role',
      message: 'must be one of viewer, responder, operator, admin, ingest',
    });
    assert.equal(
      (await hub.call('admin', `POST ${PATH}`, { body: {} })).at('error.details.0.path'),
      'name',
    );
  });

  test('are made only by administrators, and only for their own projects', async () => {
    const body = { name: 'more', role: 'viewer' };
    for (const caller of ['viewer', 'responder', 'operator', 'ingest'] as const) {
      assert.equal((await hub.call(caller, `POST ${PATH}`, { body })).status, 403, caller);
    }
    assert.equal((await hub.call('stranger', `POST ${PATH}`, { body })).status, 401);
    const foreign = { ...body, project_id: 'default' };
    assert.equal((await hub.call('otherAdmin', `POST ${PATH}`, { body: foreign })).status, 404);
    const own = await hub.call('otherAdmin', `POST ${PATH}`, { body });
    assert.equal(own.at('project_id'), 'other');
    const one = `${PATH}/${own.textAt('id')}`;
    assert.equal((await hub.call('admin', `GET ${one}`)).status, 404);
    assert.equal((await hub.call('admin', `DELETE ${one}`)).status, 404);
    assert.equal((await hub.call('operator', `DELETE ${one}`)).status, 403);
    assert.ok(!(await hub.call('admin', `GET ${PATH}?limit=500`)).text.includes(own.textAt('id')));
  });
});
