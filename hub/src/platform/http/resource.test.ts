import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CodedError, type ErrorCode } from '#kernel/error-codes.ts';
import { projectId } from '#kernel/id.ts';
import type { Principal } from '#kernel/principal.ts';
import { createManualClock } from '#test/support/clock.ts';
import {
  CommitUnknownError,
  type Database,
  type Transaction,
} from '#platform/postgres/postgres.ts';
import {
  accept,
  changeProject,
  nextStamps,
  readableProjects,
  renderList,
  toListPage,
  writableProject,
} from './resource.ts';

const A = projectId('a');
const B = projectId('b');
const DEFAULT = projectId('default');
const clock = createManualClock();
const ID = '0190a000-0000-7000-8000-000000000001';

function principalOf(projects: Principal['projects']): Principal {
  return {
    principalId: 'p',
    name: 'p',
    authMethod: 'api_key',
    role: 'admin',
    projects,
    source: null,
  };
}

function refusalOf(code: ErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof CodedError && error.code === code;
}

describe('the project that a request is about', () => {
  test('is, for a read, the named one or all of the principal', () => {
    assert.equal(readableProjects(principalOf('all'), null), null);
    assert.deepEqual(readableProjects(principalOf([A, B]), null), [A, B]);
    assert.deepEqual(readableProjects(principalOf('all'), 'b'), [B]);
    assert.deepEqual(readableProjects(principalOf([A, B]), 'b'), [B]);
    assert.throws(() => readableProjects(principalOf([A]), 'b'), refusalOf('not_found'));
    assert.deepEqual(readableProjects(principalOf([]), null), []);
  });

  test('is, for a write, the named one, the only one, or default', () => {
    assert.equal(writableProject(principalOf('all'), null), DEFAULT);
    assert.equal(writableProject(principalOf('all'), 'a'), A);
    assert.equal(writableProject(principalOf([A]), null), A);
    assert.equal(writableProject(principalOf([A, DEFAULT]), null), DEFAULT);
    assert.throws(() => writableProject(principalOf([A, B]), null), refusalOf('invalid'));
    assert.throws(() => writableProject(principalOf([]), null), refusalOf('invalid'));
    assert.throws(() => writableProject(principalOf([A]), 'b'), refusalOf('not_found'));
  });
});

describe('a page', () => {
  const query = { project_id: null, limit: 2, cursor: null };
  const rows = [1, 2, 3].map((n) => ({ createdAt: clock.now(), id: ID.replace(/1$/, String(n)) }));
  const how = { position: (row: { id: string }) => ({ createdAt: clock.now(), id: row.id }) };

  test('asks for one row more, which it does not show', () => {
    const page = toListPage(principalOf('all'), query);
    assert.equal(page.rowsMax, 3);
    const list = renderList(rows, page, { ...how, render: ({ id }) => id });
    assert.equal(list.items.length, 2);
    const next = toListPage(principalOf('all'), { ...query, cursor: list.next_cursor });
    assert.deepEqual(next.after, { createdAt: clock.now(), id: rows[1]?.id });
  });

  test('is the last one when no row is left over', () => {
    const page = toListPage(principalOf('all'), query);
    const list = renderList(rows.slice(0, 2), page, { ...how, render: ({ id }) => id });
    assert.equal(list.items.length, 2);
    assert.equal(list.next_cursor, null);
    assert.deepEqual(renderList([], page, { ...how, render: () => 0 }).items, []);
  });
});

describe('a write of configuration', () => {
  const tx: Transaction = { run: async () => [], post: () => undefined, separate: () => undefined };

  function createChange(commit: () => void, isThere = true) {
    const changed: string[] = [];
    const database: Pick<Database, 'transaction'> = {
      transaction: async (body) => {
        const result = await body(tx);
        commit();
        return result;
      },
    };
    const deps = {
      database: {
        ...database,
        read: async () => assert.fail('reads nothing'),
        run: async () => [],
        close: async () => undefined,
      },
      clock,
      touchProject: async () => isThere,
      onConfigChanged: (id: string) => changed.push(id),
    };
    return { changed, run: () => changeProject(deps, A, async (_tx, now) => now) };
  }

  test('is told of when it was committed', async () => {
    const { changed, run } = createChange(() => undefined);
    assert.equal(await run(), clock.now());
    assert.deepEqual(changed, ['a']);
  });

  test('is told of when nobody knows whether it was committed', async () => {
    const { changed, run } = createChange(() => {
      throw new CommitUnknownError(null);
    });
    await assert.rejects(run(), CommitUnknownError);
    assert.deepEqual(changed, ['a']);
  });

  test('is not told of when it failed, or the project is not there', async () => {
    const failing = createChange(() => {
      throw new Error('no');
    });
    await assert.rejects(failing.run(), /no/);
    assert.deepEqual(failing.changed, []);
    const missing = createChange(() => undefined, false);
    await assert.rejects(missing.run(), refusalOf('not_found'));
    assert.deepEqual(missing.changed, []);
  });

  test('answers with names for what the database refuses', async () => {
    const refuse = (code: string, constraint: string) =>
      createChange(() => {
        throw Object.assign(new Error('refused'), { code, constraint });
      });
    const twice = refuse('23505', 'rule_name_once');
    await assert.rejects(twice.run(), refusalOf('name_taken'));
    const held = refuse('23503', 'rule_channel_of_same_project');
    await assert.rejects(held.run(), refusalOf('still_in_use'));
    await assert.rejects(refuse('23505', 'rule_pk').run(), /^Error: refused$/);
  });

  test('counts the version on, and its time never goes back', () => {
    const now = clock.now();
    const item = { version: 4, updatedAt: now };
    clock.advanceMs(-5);
    assert.deepEqual(nextStamps(item, clock.now()), { version: 5, updatedAt: now });
    clock.advanceMs(15);
    assert.deepEqual(nextStamps(item, clock.now()), { version: 5, updatedAt: clock.now() });
  });
});

test('a body that the contract refuses is refused with its details', () => {
  const details = [{ path: 'name', message: 'is required' }];
  assert.equal(accept({ ok: true, value: 5 }), 5);
  assert.throws(
    () => accept({ ok: false, details }),
    (error) => error instanceof CodedError && error.details === details,
  );
});
