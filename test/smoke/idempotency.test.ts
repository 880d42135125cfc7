/** A write that is sent again with its Idempotency-Key is not done again, but answered as it was. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import fc from 'fast-check';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { TestHub } from '#test/support/hub.ts';
import { type Answer, listItems, textOf } from '#test/support/hub/calls.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';

let count = 0;
const fresh = (word: string) => {
  count += 1;
  return `${word}-${count}`;
};

type Sent = {
  readonly body?: unknown;
  readonly key: string;
  readonly by?: string;
  readonly match?: number;
};

function send(hub: TestHub, what: string, { body, key, by, match }: Sent): Promise<Answer> {
  const ifMatch = match === undefined ? {} : { 'if-match': String(match) };
  return hub.call(what, body, {
    headers: { 'idempotency-key': key, ...ifMatch },
    ...(by === undefined ? {} : { key: by }),
  });
}

const isReplay = (answer: Answer) => answer.headers['idempotent-replayed'] === 'true';

function assertRefused(answer: Answer, status: number, code: string): void {
  assert.deepEqual([answer.status, answer.at('error.code')], [status, code], answer.text);
}

async function countNamed(hub: TestHub, path: string, name: string): Promise<number> {
  const items = listItems(await hub.call(`GET ${path}?limit=500`));
  return items.filter((item) => item['name'] === name).length;
}

const newPolicy = (name: string): JsonObject => ({ name, steps: [{ delay_s: 60 }] });

describe('Idempotency-Key', () => {
  const shared = shareTestHub();

  describe('a write with a key', () => {
    test('is done once, and answered the same each time', async () => {
      const hub = shared();
      const id = await hub.raise();
      const what = `POST /api/v1/alerts/${id}/note`;
      const key = fresh('key');
      const first = await send(hub, what, { body: { detail: 'On my way' }, key });
      assert.equal(first.status, 200, first.text);
      assert.equal(isReplay(first), false);
      for (const _ of [1, 2]) {
        const again = await send(hub, what, { body: { detail: 'On my way' }, key });
        assert.equal(isReplay(again), true);
        assert.deepEqual([again.status, again.text], [first.status, first.text]);
        assert.equal(again.headers['content-type'], first.headers['content-type']);
      }
      const notes = (await hub.timeline(id)).filter((line) => line.includes('On my way'));
      assert.equal(notes.length, 1);
    });

    test('without one it is done each time', async () => {
      const hub = shared();
      const id = await hub.raise();
      for (const _ of [1, 2]) await hub.call(`POST /api/v1/alerts/${id}/note`, { detail: 'Twice' });
      const notes = (await hub.timeline(id)).filter((line) => line.includes('Twice'));
      assert.equal(notes.length, 2);
    });

    test('that made something, changed it or removed it, is told again as it was', async () => {
      const hub = shared();
      const [made, changed, removed] = [fresh('key'), fresh('key'), fresh('key')];
      const name = fresh('policy');
      const body = newPolicy(name);
      const first = await send(hub, 'POST /api/v1/policies', { body, key: made });
      assert.equal(first.status, 201, first.text);
      const path = `/api/v1/policies/${first.textAt('id')}`;
      const patch = () =>
        send(hub, `PATCH ${path}`, { body: { name: `${name}b` }, key: changed, match: 1 });
      const patched = await patch();
      assert.equal(patched.at('version'), 2, patched.text);
      const again = await patch();
      assert.deepEqual([again.status, again.text, isReplay(again)], [200, patched.text, true]);
      const remove = () => send(hub, `DELETE ${path}`, { key: removed });
      assert.equal((await remove()).status, 204);
      const gone = await remove();
      assert.deepEqual([gone.status, gone.text, isReplay(gone)], [204, '', true]);
      const remade = await send(hub, 'POST /api/v1/policies', { body, key: made });
      assert.deepEqual([remade.status, remade.text], [201, first.text]);
      assert.equal(await countNamed(hub, '/api/v1/policies', name), 0);
    });

    test('leaves one line in the audit', async () => {
      const hub = shared();
      const key = fresh('key');
      const body = newPolicy(fresh('policy'));
      for (const _ of [1, 2, 3]) await send(hub, 'POST /api/v1/policies', { body, key });
      const rows = await hub.query('select 1 from audit where idempotency_key = $1', [key]);
      assert.equal(rows.length, 1);
    });

    test('calls people as it would without: at once, and once', async () => {
      const hub = shared();
      const id = await hub.raise();
      await hub.settle();
      const before = (await hub.notifications(id)).length;
      const key = fresh('key');
      for (const _ of [1, 2])
        await send(hub, `POST /api/v1/alerts/${id}/escalate`, { body: {}, key });
      await hub.settle();
      const sent = await hub.notifications(id);
      assert.equal(sent.length, before + 1, sent.join('\n'));
    });

    test('takes effect at once: a rule that was made with one is followed', async () => {
      const hub = shared();
      const path = `/${fresh('way')}`;
      const channel = {
        name: path,
        channel_type: 'webhook',
        config: { url: hub.receiver.url(path) },
      };
      const made = await send(hub, 'POST /api/v1/channels', { body: channel, key: fresh('key') });
      assert.equal(made.status, 201, made.text);
      const rule = { name: path, event_type: 'alert.created', channel_id: made.textAt('id') };
      await send(hub, 'POST /api/v1/rules', { body: rule, key: fresh('key') });
      await hub.raise();
      await hub.settle();
      assert.equal(hub.receiver.received(path).length, 1);
    });
  });

  describe('a key', () => {
    test('belongs to who sent it, to the method and to the path', async () => {
      const hub = shared();
      const key = fresh('key');
      const name = fresh('keyholder');
      const made = await hub.call('POST /api/v1/keys', { name, role: 'operator' });
      const other = made.textAt('key');
      const [one, two] = [await hub.raise(), await hub.raise()];
      for (const [id, by] of [
        [one, undefined],
        [one, other],
        [two, undefined],
      ] as const) {
        const sent = by === undefined ? { key } : { key, by };
        const answer = await send(hub, `POST /api/v1/alerts/${id}/note`, {
          body: { detail: 'Mine' },
          ...sent,
        });
        assert.deepEqual([answer.status, isReplay(answer)], [200, false], answer.text);
      }
      const lines = async (id: string) =>
        (await hub.timeline(id)).filter((line) => line.includes('Mine')).length;
      assert.deepEqual([await lines(one), await lines(two)], [2, 1]);
    });

    test('that comes with another body, or another question, is refused', async () => {
      const hub = shared();
      const key = fresh('key');
      const id = await hub.raise();
      const what = `POST /api/v1/alerts/${id}/note`;
      await send(hub, what, { body: { detail: 'One' }, key });
      assertRefused(
        await send(hub, what, { body: { detail: 'Two' }, key }),
        422,
        'idempotency_key_reused',
      );
      const asked = await send(hub, `${what}?project_id=default`, { body: { detail: 'One' }, key });
      assertRefused(asked, 422, 'idempotency_key_reused');
      assert.equal(isReplay(await send(hub, what, { body: { detail: 'One' }, key })), true);
    });

    test('is 1 to 255 printable characters', async () => {
      const hub = shared();
      const body = { detail: 'Hello' };
      const what = `POST /api/v1/alerts/${await hub.raise()}/note`;
      const longest = 'k'.repeat(LIMITS.idempotencyKeyCharsMax);
      for (const good of ['a', 'A b~!"', '"quoted"', longest]) {
        assert.equal((await send(hub, what, { body, key: good })).status, 200, good);
      }
      for (const bad of ['', ' ', `${longest}k`, 'é', 'a\tb']) {
        const answer = await send(hub, what, { body, key: bad });
        assertRefused(answer, 422, 'invalid');
        assert.equal(answer.at('error.details.0.path'), 'Idempotency-Key');
      }
    });

    test('means nothing to reads, to what changes nothing, and to ways in', async () => {
      const hub = shared();
      const key = fresh('key');
      const raise = () => send(hub, 'POST /api/v1/alerts', { body: { title: 'Fall' }, key });
      const [one, two] = [await raise(), await raise()];
      assert.notEqual(one.textAt('alert_id'), two.textAt('alert_id'));
      const list = await send(hub, 'GET /api/v1/policies', { key });
      assert.deepEqual([list.status, isReplay(list)], [200, false]);
    });

    test('of a refused write is free: nothing was done, so it is decided anew', async () => {
      const hub = shared();
      const key = fresh('key');
      const name = fresh('policy');
      const taken = await hub.create('/api/v1/policies', newPolicy(name));
      const again = () => send(hub, 'POST /api/v1/policies', { body: newPolicy(name), key });
      assertRefused(await again(), 409, 'name_taken');
      assertRefused(await again(), 409, 'name_taken');
      await hub.call(`DELETE /api/v1/policies/${taken}`);
      const made = await again();
      assert.deepEqual([made.status, isReplay(made)], [201, false], made.text);
      assert.equal(isReplay(await again()), true);
    });

    test('is forgotten after a day, in small batches', async () => {
      const hub = shared();
      const key = fresh('key');
      const id = await hub.raise();
      const note = () =>
        send(hub, `POST /api/v1/alerts/${id}/note`, { body: { detail: 'Day' }, key });
      await note();
      hub.clock.advanceMs(LIMITS.idempotencyKeepMs - 1);
      assert.equal(isReplay(await note()), true);
      hub.clock.advanceMs(1);
      assert.equal(isReplay(await note()), false);
      assert.equal(isReplay(await note()), true);
      hub.clock.advanceMs(LIMITS.idempotencyKeepMs);
      await hub.node.hub.runRetentionOnce();
      assert.equal(await hub.countRows('idempotency_answer'), 0);
    });
  });

  describe('secrets that are shown once', () => {
    for (const [path, body, secret, rest] of [
      ['/api/v1/keys', { role: 'viewer' }, ['key'], 'role'],
      ['/api/v1/sources', { kind: 'edge' }, ['token', 'ingest_url'], 'kind'],
      [
        '/api/v1/channels',
        { channel_type: 'webhook', config: { url: 'https://hook.example/x' } },
        ['secrets.webhook_secret.value'],
        'channel_type',
      ],
    ] as const) {
      test(`of ${path} are told once, and kept nowhere`, async () => {
        const hub = shared();
        const key = fresh('key');
        const whole = { name: fresh('thing'), ...body };
        const first = await send(hub, `POST ${path}`, { body: whole, key });
        const again = await send(hub, `POST ${path}`, { body: whole, key });
        assert.deepEqual([first.status, again.status, isReplay(again)], [201, 201, true]);
        assert.deepEqual([again.at(rest), again.at('id')], [first.at(rest), first.at('id')]);
        const rows = await hub.query('select body from idempotency_answer where body is not null');
        const kept = rows.map((row) => textOf(row['body'])).join('\n');
        for (const place of secret) {
          const shown = first.textAt(place);
          assert.equal(again.at(place), null, place);
          assert.ok(!again.text.includes(shown) && !kept.includes(shown), place);
        }
        const told = again.headers['idempotent-omitted'];
        assert.equal(told, secret.join(', ').replace('webhook_secret', '*'));
        assert.equal(await countNamed(hub, path, textOf(whole.name)), 1);
      });
    }

    test('of configuration that was applied are told once too', async () => {
      const hub = shared();
      const key = fresh('key');
      const name = fresh('box');
      const project = { project_id: 'default', sources: [{ name, kind: 'edge' }] };
      const document = { version: 1, projects: [project] };
      const apply = () => send(hub, 'POST /api/v1/config/apply', { body: document, key });
      const first = await apply();
      assert.equal(first.status, 200, first.text);
      const again = await apply();
      assert.equal(isReplay(again), true, again.text);
      const token = first.textAt('generated.0.value');
      assert.ok(token.length >= 32);
      assert.equal(again.at('generated.0.value'), null);
      assert.equal(again.at('generated.0.ingest_url'), null);
      assert.ok(!again.text.includes(token));
    });
  });

  const step = fc.record({
    kind: fc.constantFrom('create' as const, 'change' as const, 'remove' as const),
    name: fc.constantFrom('a', 'b', 'c'),
    to: fc.constantFrom('a', 'b', 'c', 'd'),
    repeats: fc.integer({ min: 0, max: 2 }),
    isAskedLate: fc.boolean(),
  });

  test('requests that are repeated come to the same as those that are not', async () => {
    const hub = shared();
    const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const [plain, repeated] = [fresh('plain'), fresh('repeated')];
      for (const id of [plain, repeated]) {
        await hub.call('POST /api/v1/projects', { id, name: id });
      }
      const late: (() => Promise<Answer>)[] = [];
      for (const one of steps) {
        const once = await prepare(hub, plain, one);
        const often = await prepare(hub, repeated, one);
        const statuses = [(await once()).status];
        for (let sent = 0; sent <= one.repeats; sent += 1) statuses.push((await often()).status);
        assert.equal(new Set(statuses).size, 1, statuses.join(' '));
        // A refusal is decided anew each time; only what was done is done once.
        if (one.isAskedLate && statuses[0] !== undefined && statuses[0] < 300) late.push(often);
      }
      for (const again of late) assert.equal(isReplay(await again()), true);
      assert.deepEqual(await listPolicies(hub, repeated), await listPolicies(hub, plain));
    });
    await fc.assert(property, { numRuns: 8 });
  });
});

type Step = {
  readonly kind: 'create' | 'change' | 'remove';
  readonly name: string;
  readonly to: string;
};

async function listPolicies(hub: TestHub, project: string): Promise<readonly string[]> {
  const items = listItems(await hub.call(`GET /api/v1/policies?project_id=${project}`));
  return items.map(({ name, version }) => `${textOf(name)} ${Number(version)}`).toSorted();
}

/** The same request each time, with its key. */
async function prepare(hub: TestHub, project: string, { kind, name, to }: Step) {
  const key = fresh('step');
  const list = listItems(await hub.call(`GET /api/v1/policies?project_id=${project}`));
  const found = list.find((item) => item['name'] === name);
  const path = `/api/v1/policies/${textOf(found?.['id'] ?? project)}`;
  const version = Number(found?.['version'] ?? 0);
  switch (kind) {
    case 'create': {
      const body = { project_id: project, ...newPolicy(name) };
      return () => send(hub, 'POST /api/v1/policies', { body, key });
    }
    case 'change':
      return () => send(hub, `PATCH ${path}`, { body: { name: to }, key, match: version });
    case 'remove':
      return () => send(hub, `DELETE ${path}`, { key });
  }
}
