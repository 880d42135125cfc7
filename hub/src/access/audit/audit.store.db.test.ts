/** A row is written by who acts, with the change it tells of or not at all. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { formatInstant } from '#kernel/instant.ts';
import { projectId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import { type Principal, TIMER } from '#kernel/principal.ts';
import type { AuditEntry } from '#kernel/words/audit-entry.ts';
import { createHttpServer } from '#platform/http/http-server.ts';
import { createManualClock } from '#test/support/clock.ts';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { createSeededIds } from '#test/support/ids.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { listAudit, listAuditFromOldest } from './audit-read.store.ts';
import { createAuditRecorder } from './audit.store.ts';

const WARD = projectId('ward');
const ALL = { principal: null, action: null, object: null, since: null, until: null };
const PAGE = { projectIds: null, after: null, rowsMax: 500 };

/** Somebody with another role in each project. */
const ADA: Principal = {
  principalId: 'op-1',
  name: 'Ada',
  authMethod: 'session',
  role: 'admin',
  projects: [WARD, projectId('home')],
  grants: [
    { projectId: WARD, role: 'operator' },
    { projectId: projectId('home'), role: 'admin' },
  ],
  source: null,
};

function entryOf(name: string, more: Partial<AuditEntry> = {}): AuditEntry {
  const object = { kind: 'rule', id: `id of ${name}`, name };
  return {
    projectId: WARD,
    action: 'rule.created',
    object,
    before: null,
    after: { name },
    ...more,
  };
}

describe('a row of the audit', () => {
  let db: TestDatabase;
  const clock = createManualClock();
  const record = createAuditRecorder({ clock, ids: createSeededIds() });
  let since = clock.now();

  before(async () => {
    db = await createTestDatabase();
  });
  after(() => db.drop());
  beforeEach(() => {
    clock.advanceMs(1_000);
    since = clock.now();
  });

  const readAll = () => db.database.read((tx) => listAuditFromOldest(tx, PAGE, { ...ALL, since }));

  test('says who acted by hand, and that no request was theirs', async () => {
    await db.database.transaction(async (tx) => record(tx, entryOf('night'), TIMER));
    const [row] = await readAll();
    assert.deepEqual(row?.principal, {
      id: 'tocsin',
      name: 'Tocsin',
      authMethod: 'timer',
      role: 'admin',
    });
    assert.deepEqual([row?.request, row?.seal], [null, null]);
    assert.equal(formatInstant(row?.at ?? since), formatInstant(since));
    assert.deepEqual([row?.before, row?.after], [null, { name: 'night' }]);
  });

  test('has the role of that project, where somebody has several', async () => {
    const home = projectId('home');
    await db.database.transaction(async (tx) => {
      record(tx, [entryOf('a'), entryOf('b', { projectId: home })], ADA);
    });
    const roles = (await readAll()).map(
      ({ object, principal }) => `${object.name}: ${principal.role}`,
    );
    assert.deepEqual(new Set(roles), new Set(['a: operator', 'b: admin']));
  });

  test('many are written at once, each as it is', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `rule ${index}`);
    await db.database.transaction(async (tx) => {
      record(
        tx,
        names.map((name) => entryOf(name)),
        ADA,
      );
    });
    const rows = await readAll();
    assert.deepEqual(new Set(rows.map(({ object }) => object.name)), new Set(names));
    assert.ok(rows.every(({ object, after: side }) => isNamed(side, object.name)));
  });

  test('goes with a transaction that is taken back', async () => {
    const undone = db.database.transaction(async (tx) => {
      record(tx, entryOf('never'), ADA);
      await tx.run({ name: 'test.something', text: 'select 1' }, []);
      throw new Error('taken back');
    });
    await assert.rejects(undone, /taken back/);
    assert.deepEqual(await readAll(), []);
  });

  test('is refused when nobody acts: that is a fault of ours', async () => {
    const nobody = db.database.transaction(async (tx) => record(tx, entryOf('orphan')));
    await assert.rejects(nobody, /somebody has done rule\.created/);
    await db.database.transaction(async (tx) => record(tx, []));
    assert.deepEqual(await readAll(), []);
  });

  test('keeps names within bounds, and whole characters', async () => {
    const name = `${'x'.repeat(LIMITS.titleCharsMax - 1)}😀`;
    await db.database.transaction(async (tx) => record(tx, entryOf(name), { ...ADA, name }));
    const [row] = await readAll();
    assert.equal(row?.object.name?.length, LIMITS.titleCharsMax);
    assert.equal(row?.principal.name, row?.object.name);
    assert.match(row?.object.name ?? '', /^x+\ufffd$/);
  });

  test('takes who acts from the request that is answered', async (t) => {
    const server = createHttpServer({
      log: createRecordingLog(),
      authenticate: async () => ADA,
      onAnswer: () => undefined,
    });
    t.after(() => server.close());
    server.delete('/rules/:id', { config: { access: 'administer' } }, async (_request, reply) => {
      await db.database.transaction(async (tx) => record(tx, entryOf('gone')));
      return reply.code(204).send();
    });
    const answer = await server.inject({ method: 'DELETE', url: '/rules/7' });
    assert.equal(answer.statusCode, 204, answer.body);
    const [row] = await readAll();
    assert.equal(row?.principal.id, 'op-1');
    const { id: _id, ...request } = row?.request ?? { id: '' };
    assert.deepEqual(request, {
      remoteAddress: '127.0.0.1',
      method: 'DELETE',
      route: '/rules/:id',
      idempotencyKey: null,
    });
  });

  test('is listed from both ends, page after page, within a filter', async () => {
    for (const name of ['one', 'two', 'three']) {
      clock.advanceMs(1);
      await db.database.transaction(async (tx) => record(tx, entryOf(name), ADA));
    }
    const filter = { ...ALL, since };
    const names = (rows: readonly { readonly object: { readonly name: string | null } }[]) =>
      rows.map(({ object }) => object.name);
    const newest = await db.database.read((tx) => listAudit(tx, { ...PAGE, rowsMax: 2 }, filter));
    assert.deepEqual(names(newest), ['three', 'two']);
    const last = newest.at(-1);
    assert.ok(last !== undefined);
    const position = { createdAt: last.at, id: last.auditId };
    const rest = await db.database.read((tx) =>
      listAudit(tx, { ...PAGE, after: position }, filter),
    );
    assert.deepEqual(names(rest), ['one']);
    const oldest = await db.database.read((tx) =>
      listAuditFromOldest(tx, { ...PAGE, after: position }, filter),
    );
    assert.deepEqual(names(oldest), ['three']);
    const others = { ...PAGE, projectIds: [projectId('home')] };
    assert.deepEqual(await db.database.read((tx) => listAudit(tx, others, filter)), []);
  });
});

function isNamed(side: unknown, name: string | null): boolean {
  return JSON.stringify(side) === JSON.stringify({ name });
}
