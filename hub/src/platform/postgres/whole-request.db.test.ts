import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { errorCode } from './postgres.ts';
import { statement } from './statement.ts';
import {
  beginWholeRequest,
  callAfterCommit,
  joinWholeRequests,
  type WholeRequest,
} from './whole-request.ts';

const WRITE = statement(
  'test_whole.write',
  `insert into hub_secret (name, envelope, created_at)
   values ($1, 'x', '2026-01-01T00:00:00Z')`,
);
const LIST = statement('test_whole.list', 'select name from hub_secret order by name');
const CLEAR = statement('test_whole.clear', 'delete from hub_secret');
const FAULT = statement('test_whole.fault', `select ($1::text)::int`);

describe('a whole request', () => {
  let db: TestDatabase;
  before(async () => {
    db = await createTestDatabase();
  });
  after(() => db.drop());
  beforeEach(() => db.database.run(CLEAR, []));

  const joined = () => joinWholeRequests(db.database);
  const write = (name: string) => joined().transaction(async (tx) => tx.post(WRITE, [name]));
  const seen = async () =>
    (await db.database.read((tx) => tx.run(LIST, []))).map(({ name }) => name);
  const begin = () => beginWholeRequest(db.database);

  function within<T>(whole: WholeRequest, body: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      whole.run(() => {
        body().then(resolve, reject);
      });
    });
  }

  test('is committed with all its parts, or not at all', async () => {
    for (const isKept of [true, false]) {
      const whole = await begin();
      await within(whole, async () => {
        await write('one');
        await write('two');
        const rows = await joined().read((tx) => tx.run(LIST, []));
        assert.equal(rows.length, 2, 'a part sees those before it');
      });
      assert.deepEqual(await seen(), [], 'nobody else sees it yet');
      await (isKept ? whole.commit() : whole.rollBack());
      assert.deepEqual(await seen(), isKept ? ['one', 'two'] : []);
      if (isKept) await db.database.run(CLEAR, []);
    }
  });

  test('loses only the part that fails, at once or by what was posted', async () => {
    const whole = await begin();
    await within(whole, async () => {
      await write('kept');
      const refused = joined().transaction(async (tx) => {
        await tx.run(WRITE, ['gone']);
        throw new Error('refused');
      });
      await assert.rejects(refused, /refused/);
      await assert.rejects(write('kept'), (error) => errorCode(error) === '23505');
      const fault = joined().read((tx) => tx.run(FAULT, ['no number']));
      await assert.rejects(fault, (error) => errorCode(error) === '22P02');
      await write('also');
    });
    await whole.commit();
    assert.deepEqual(await seen(), ['also', 'kept']);
  });

  test('tells the first error of a part, not that what follows failed too', async () => {
    const whole = await begin();
    await within(whole, async () => {
      const failing = joined().transaction(async (tx) => {
        tx.post(FAULT, ['no number']);
        await tx.run(LIST, []);
      });
      await assert.rejects(failing, (error) => errorCode(error) === '22P02');
    });
    await whole.rollBack();
  });

  test('lets parts that are called at once take turns, and parts have parts', async () => {
    const whole = await begin();
    await within(whole, async () => {
      const parts = ['a', 'b', 'c'].map((name) =>
        joined().transaction(async (tx) => {
          await tx.run(WRITE, [name]);
          await write(`${name}-inner`);
          if (name === 'b') throw new Error('refused');
        }),
      );
      const ends = await Promise.allSettled(parts);
      assert.deepEqual(
        ends.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
    });
    await whole.commit();
    assert.deepEqual(await seen(), ['a', 'a-inner', 'c', 'c-inner']);
  });

  test('waits for a part that nobody waited for', async () => {
    const whole = await begin();
    let part: Promise<void> = Promise.resolve();
    await within(whole, async () => {
      part = write('late');
    });
    await whole.commit();
    await part;
    assert.deepEqual(await seen(), ['late']);
  });

  test('keeps what is to be called until it is committed, and drops it otherwise', async () => {
    const called: string[] = [];
    callAfterCommit(() => called.push('outside'));
    assert.deepEqual(called, ['outside']);
    for (const isKept of [false, true]) {
      const whole = await begin();
      await within(whole, async () => callAfterCommit(() => called.push('inside')));
      assert.deepEqual(called, ['outside']);
      await (isKept ? whole.commit() : whole.rollBack());
    }
    assert.deepEqual(called, ['outside', 'inside']);
  });

  test('that is over is joined by nothing: what still runs is on its own', async () => {
    const whole = await begin();
    const go = Promise.withResolvers<void>();
    const late = within(whole, async () => {
      await go.promise;
      await write('after');
    });
    await whole.rollBack();
    go.resolve();
    await late;
    assert.deepEqual(await seen(), ['after']);
  });

  test('whose transaction is lost fails at the commit', async () => {
    const whole = await begin();
    await assert.rejects(whole.tx.run(FAULT, ['no number']));
    await assert.rejects(whole.commit(), /commit answered ROLLBACK/);
  });
});
