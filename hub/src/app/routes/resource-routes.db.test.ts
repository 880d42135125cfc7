import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createResourceServer, type ResourceServer } from '#test/support/resource-server.ts';
import { SOURCE_KINDS } from '#kernel/words/severity.ts';

type Body = Readonly<Record<string, unknown>>;

/** What the kinds of resources have in common, in one table. */
type Kind = {
  readonly path: string;
  readonly body: (name: string, needs: Needs) => Body;
  readonly patch: Body;
};

/** Ids in `default` that bodies refer to. */
type Needs = { readonly channelId: string };

const KINDS: readonly Kind[] = [
  {
    path: '/api/v1/sources',
    body: (name) => ({ name, kind: 'alertmanager' }),
    patch: { severity_default: 'low' },
  },
  {
    path: '/api/v1/policies',
    body: (name) => ({ name, steps: [{ delay_s: 5 }] }),
    patch: { expire_after_s: 60 },
  },
  {
    path: '/api/v1/channels',
    body: (name) => ({
      name,
      channel_type: 'webhook',
      config: { url: 'https://receiver.example/in' },
    }),
    patch: { is_active: false },
  },
  {
    path: '/api/v1/rules',
    body: (name, { channelId }) => ({
      name,
      event_type: 'alert.created',
      channel_id: channelId,
    }),
    patch: { matchers: ['severity="low"'] },
  },
  {
    path: '/api/v1/responders',
    body: (name, { channelId }) => ({
      name,
      addresses: [
        { channel_type: 'webhook', address: 'https://a.example/', channel_id: channelId },
      ],
    }),
    patch: { language: 'it' },
  },
];

const READERS = ['hubAdmin', 'admin', 'operator', 'responder', 'viewer'] as const;
const NO_WRITERS = ['operator', 'responder', 'viewer', 'ingest'] as const;
const UNKNOWN_ID = '0190a000-0000-7000-8000-00000000ffff';

describe('every configured resource', () => {
  let hub: ResourceServer;
  let needs: Needs;
  let count = 0;
  const fresh = (): string => `fresh-${(count += 1)}`;

  before(async () => {
    hub = await createResourceServer();
    const body = { name: 'ops', channel_type: 'webhook', config: { url: 'https://r.example/' } };
    needs = { channelId: await hub.create('/api/v1/channels', body) };
  });
  after(() => hub.close());

  for (const kind of KINDS) {
    const { path } = kind;
    const make = (name = fresh()): Promise<string> => hub.create(path, kind.body(name, needs));

    describe(path, () => {
      test('is made, read, listed, changed and removed', async () => {
        const name = fresh();
        const made = await hub.call('admin', `POST ${path}`, { body: kind.body(name, needs) });
        assert.equal(made.status, 201, made.text);
        assert.equal(made.at('version'), 1);
        assert.equal(made.at('project_id'), 'default');
        assert.match(made.textAt('created_at'), /^\d{4}-.*\.\d{3}Z$/);
        const one = `${path}/${made.textAt('id')}`;
        assert.equal((await hub.call('viewer', `GET ${one}`)).at('name'), name);
        assert.equal((await hub.call('viewer', `GET ${path}`)).at('items.0.name'), name);
        hub.clock.advanceMs(5);
        const changed = await hub.call('admin', `PATCH ${one}`, { body: kind.patch, version: 1 });
        assert.equal(changed.status, 200, changed.text);
        assert.equal(changed.at('version'), 2);
        assert.notEqual(changed.at('updated_at'), made.at('updated_at'));
        assert.equal(changed.at('created_at'), made.at('created_at'));
        const key = Object.keys(kind.patch)[0] ?? '';
        assert.deepEqual(changed.at(key), kind.patch[key]);
        assert.deepEqual((await hub.call('admin', `GET ${one}`)).body, changed.body);
        const removed = await hub.call('admin', `DELETE ${one}`);
        assert.equal(removed.status, 204);
        assert.equal(removed.text, '');
        assert.equal((await hub.call('admin', `GET ${one}`)).status, 404);
        assert.equal((await hub.call('admin', `DELETE ${one}`)).status, 404);
      });

      test('is read by every role but ingest, and written by administrators alone', async () => {
        const one = `${path}/${await make()}`;
        for (const reader of READERS) {
          assert.equal((await hub.call(reader, `GET ${path}`)).status, 200, reader);
          assert.equal((await hub.call(reader, `GET ${one}`)).status, 200, reader);
        }
        assert.equal((await hub.call('ingest', `GET ${path}`)).status, 403);
        assert.equal((await hub.call('stranger', `GET ${path}`)).status, 401);
        const body = kind.body(fresh(), needs);
        for (const caller of NO_WRITERS) {
          const tries = [
            await hub.call(caller, `POST ${path}`, { body }),
            await hub.call(caller, `PATCH ${one}`, { body: kind.patch, version: 1 }),
            await hub.call(caller, `DELETE ${one}`),
          ];
          for (const each of tries) assert.equal(each.at('error.code'), 'not_allowed', caller);
        }
        assert.equal((await hub.call('admin', `GET ${one}`)).at('version'), 1);
      });

      test('of another project is as good as not there', async () => {
        const one = `${path}/${await make()}`;
        const patch = { body: kind.patch, version: 1 };
        assert.equal((await hub.call('otherAdmin', `GET ${one}`)).status, 404);
        assert.equal((await hub.call('otherAdmin', `PATCH ${one}`, patch)).status, 404);
        assert.equal((await hub.call('otherAdmin', `DELETE ${one}`)).status, 404);
        const listed = await hub.call('otherAdmin', `GET ${path}?limit=500`);
        assert.ok(!listed.text.includes('"default"'), listed.text);
        const filtered = await hub.call('otherAdmin', `GET ${path}?project_id=default`);
        assert.equal(filtered.at('error.code'), 'not_found');
        const body = { ...kind.body(fresh(), needs), project_id: 'default' };
        const written = await hub.call('otherAdmin', `POST ${path}`, { body });
        assert.equal(written.at('error.code'), 'not_found');
        assert.equal((await hub.call('admin', `GET ${one}`)).at('version'), 1);
      });

      test('needs the version that was read', async () => {
        const one = `PATCH ${path}/${await make()}`;
        const without = await hub.call('admin', one, { body: kind.patch });
        assert.equal(without.status, 409);
        assert.equal(without.at('error.code'), 'version_conflict');
        assert.match(without.textAt('error.hint'), /If-Match/);
        assert.equal((await hub.call('admin', one, { body: kind.patch, version: 2 })).status, 409);
        const headers = { 'if-match': '"1"' };
        const quoted = await hub.call('admin', one, { body: kind.patch, headers });
        assert.equal(quoted.status, 200);
        const again = await hub.call('admin', one, { body: kind.patch, version: 1 });
        assert.equal(again.at('error.code'), 'version_conflict');
      });

      test('has a name that is its own in the project', async () => {
        const name = fresh();
        await make(name);
        const twin = await hub.call('admin', `POST ${path}`, { body: kind.body(name, needs) });
        assert.equal(twin.status, 409);
        assert.equal(twin.at('error.code'), 'name_taken');
        assert.equal(twin.at('error.details.0.path'), 'name');
        const one = `PATCH ${path}/${await make()}`;
        const renamed = await hub.call('admin', one, { body: { name }, version: 1 });
        assert.equal(renamed.at('error.code'), 'name_taken');
      });

      test('refuses fields that it does not know', async () => {
        const body = { ...kind.body(fresh(), needs), colour: 'red' };
        const refused = await hub.call('admin', `POST ${path}`, { body });
        assert.equal(refused.status, 422);
        assert.deepEqual(refused.at('error.details'), [
          { path: 'colour', message: 'unknown field' },
        ]);
        const one = `PATCH ${path}/${await make()}`;
        const patch = { body: { project_id: 'other' }, version: 1 };
        assert.equal((await hub.call('admin', one, patch)).at('error.code'), 'invalid');
        const unread = await hub.call('admin', `GET ${path}?colour=red`);
        assert.equal(unread.at('error.details.0.path'), 'colour');
      });

      test('with an id that is none of ours is not found', async () => {
        for (const id of ['1', 'x'.repeat(36), UNKNOWN_ID, UNKNOWN_ID.toUpperCase()]) {
          assert.equal((await hub.call('admin', `GET ${path}/${id}`)).status, 404, id);
          assert.equal((await hub.call('admin', `DELETE ${path}/${id}`)).status, 404, id);
        }
      });

      test('tells the other nodes of each write, and of no refused one', async () => {
        hub.changed.length = 0;
        const version = await hub.projectVersion();
        const one = `${path}/${await make()}`;
        await hub.call('admin', `PATCH ${one}`, { body: kind.patch, version: 1 });
        await hub.call('admin', `PATCH ${one}`, { body: kind.patch, version: 1 });
        await hub.call('admin', `DELETE ${one}`);
        await hub.call('admin', `DELETE ${one}`);
        assert.deepEqual(hub.changed, ['default', 'default', 'default']);
        assert.equal(await hub.projectVersion(), version + 3);
      });
    });
  }

  test('pages through 120, newest first, none twice and none left out', async () => {
    const names = Array.from({ length: 120 }, (_, index) => `page-${index}`);
    for (const name of names) {
      await hub.create('/api/v1/sources', { name, kind: 'native', project_id: 'third' });
      // Some of one millisecond, some not.
      if (name.endsWith('5')) hub.clock.advanceMs(1);
    }
    const seen: string[] = [];
    let pages = 0;
    let next = '';
    do {
      const list = `GET /api/v1/sources?project_id=third&limit=25${next}`;
      const page = await hub.call('hubAdmin', list);
      assert.equal(page.status, 200, page.text);
      for (let at = 0; page.at(`items.${at}`) !== undefined; at += 1) {
        seen.push(page.textAt(`items.${at}.name`));
      }
      const cursor = page.at('next_cursor');
      next = typeof cursor === 'string' ? `&cursor=${cursor}` : '';
      pages += 1;
    } while (next !== '');
    assert.equal(pages, Math.ceil((names.length + SOURCE_KINDS.length) / 25));
    assert.deepEqual(seen, [...names.toReversed(), ...SOURCE_KINDS.toReversed()]);
  });

  test('answers 50 a page when no limit is given', async () => {
    const page = await hub.call('hubAdmin', 'GET /api/v1/sources?project_id=third');
    assert.notEqual(page.at('items.49'), undefined);
    assert.equal(page.at('items.50'), undefined);
    assert.notEqual(page.at('next_cursor'), null);
  });

  test('refuses limits and cursors that are none', async () => {
    for (const limit of ['0', '501', '-1', '1.5', 'x', '', '1e2']) {
      const refused = await hub.call('admin', `GET /api/v1/rules?limit=${limit}`);
      assert.equal(refused.at('error.details.0.path'), 'limit', limit);
    }
    const slug = Buffer.from('2026-11-16T08:00:00.000Z default').toString('base64url');
    for (const cursor of ['x', 'AAAA', slug, 'a'.repeat(300), '%00']) {
      const refused = await hub.call('admin', `GET /api/v1/rules?cursor=${cursor}`);
      assert.equal(refused.at('error.details.0.path'), 'cursor', cursor);
    }
    const twice = await hub.call('admin', 'GET /api/v1/rules?limit=1&limit=2');
    assert.equal(twice.status, 422);
  });

  test('goes to the one project of its principal, or to default among several', async () => {
    const made = async (caller: 'otherAdmin' | 'doubleAdmin' | 'hubAdmin' | 'farAdmin') =>
      hub.call(caller, 'POST /api/v1/sources', { body: { name: fresh(), kind: 'native' } });
    assert.equal((await made('otherAdmin')).at('project_id'), 'other');
    assert.equal((await made('doubleAdmin')).at('project_id'), 'default');
    assert.equal((await made('hubAdmin')).at('project_id'), 'default');
    const unclear = await made('farAdmin');
    assert.equal(unclear.status, 422);
    assert.equal(unclear.at('error.details.0.path'), 'project_id');
    const body = { name: fresh(), kind: 'native', project_id: 'third' };
    const named = await hub.call('farAdmin', 'POST /api/v1/sources', { body });
    assert.equal(named.at('project_id'), 'third');
    const nowhere = { ...body, project_id: 'nowhere' };
    const missing = await hub.call('hubAdmin', 'POST /api/v1/sources', { body: nowhere });
    assert.equal(missing.at('error.code'), 'not_found');
  });

  test('is listed from all projects of the principal when none is named', async () => {
    const page = await hub.call('doubleAdmin', 'GET /api/v1/policies?limit=500');
    const projects = new Set([...page.text.matchAll(/"project_id":"(\w+)"/g)].map((m) => m[1]));
    assert.deepEqual(projects, new Set(['default', 'other']));
  });
});
