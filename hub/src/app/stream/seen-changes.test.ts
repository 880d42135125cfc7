import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Changed } from '#app/read/alerts.ts';
import { type AlertId, alertId, projectId } from '#kernel/id.ts';
import { type Instant, instant } from '#kernel/instant.ts';
import fc from 'fast-check';
import { createSeenChanges, type Reading } from './seen-changes.ts';

const START = 1_800_000_000_000;
/** So many milliseconds after the first read. */
const at = (ms: number): Instant => instant(START + ms);

function change(id: string, version: number, ms: number): Changed {
  return { projectId: projectId('default'), alertId: alertId(id), version, updatedAt: at(ms) };
}

const nameOf = ({ alertId: id, version }: { alertId: AlertId; version: number }) =>
  `${id} v${version}`;

/** Reads what the table holds at that moment, and keeps it. Answers what was new. */
function readAt(seen: ReturnType<typeof createSeenChanges>, ms: number, table: readonly Changed[]) {
  const since = seen.since(at(ms));
  const changes = table
    .filter(({ updatedAt }) => updatedAt >= since)
    .toSorted((one, other) => other.updatedAt - one.updatedAt);
  const reading: Reading = { now: at(ms), since, changes, isCut: false };
  const fresh = seen.find(reading);
  seen.keep(reading, []);
  return fresh.changes.map(nameOf);
}

describe('what a read finds new', () => {
  test('each version once, the oldest first', () => {
    const seen = createSeenChanges();
    const table = [change('b', 1, 2), change('a', 1, 1)];
    assert.deepEqual(readAt(seen, 10, table), ['a v1', 'b v1']);
    assert.deepEqual(readAt(seen, 210, table), []);
    assert.deepEqual(readAt(seen, 410, [...table.slice(0, 1), change('a', 2, 300)]), ['a v2']);
  });

  test('a version that was told as part of a newer one is not told again', () => {
    const seen = createSeenChanges();
    const since = seen.since(at(0));
    const reading = { now: at(0), since, changes: [change('a', 1, 0)], isCut: false };
    // Between the two reads of a beat it has changed again.
    seen.keep(reading, [change('a', 2, 5)]);
    assert.deepEqual(readAt(seen, 200, [change('a', 2, 5)]), []);
    assert.deepEqual(readAt(seen, 400, [change('a', 3, 300)]), ['a v3']);
  });

  test('what was found and not kept is found again', () => {
    const seen = createSeenChanges();
    const since = seen.since(at(0));
    const reading = { now: at(0), since, changes: [change('a', 1, 0)], isCut: false };
    assert.equal(seen.find(reading).changes.length, 1);
    assert.equal(seen.find(reading).changes.length, 1);
  });

  test('after an outage the next read begins where the last one stood', () => {
    const seen = createSeenChanges();
    readAt(seen, 0, []);
    assert.equal(seen.since(at(300_000)), at(-10_000));
  });

  test('a read that was cut is a gap to whoever needed what is missing', () => {
    const seen = createSeenChanges();
    const cut = { now: at(0), since: at(-60_000), isCut: true };
    const newest = [change('a', 1, 0), change('b', 1, -5_000)];
    assert.equal(seen.find({ ...cut, changes: newest }).hasGap, true);
    const further = [...newest, change('c', 1, -11_000)];
    assert.equal(seen.find({ ...cut, changes: further }).hasGap, false);
    assert.equal(seen.find({ ...cut, changes: further, isCut: false }).hasGap, false);
  });

  test('when nobody follows any more it begins anew', () => {
    const seen = createSeenChanges();
    readAt(seen, 0, []);
    assert.equal(seen.cursorAt(), at(0));
    seen.clear();
    assert.equal(seen.cursorAt(), null);
    assert.equal(seen.since(at(99_000)), at(89_000));
  });
});

/** A change, and how long after its time it can be read. */
const drawnChange = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  changedMs: fc.integer({ min: 0, max: 20_000 }),
  lateMs: fc.integer({ min: 0, max: 10_000 }),
});

test('whatever commits within the overlap is told, whenever the reads are', () => {
  const gaps = fc.array(fc.integer({ min: 200, max: 3_000 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(drawnChange, { maxLength: 20 }), gaps, (drawn, pauses) => {
      // Alerts are told apart by their change, so that none hides another.
      const table = drawn.map((one, index) => ({
        readableMs: one.changedMs + one.lateMs,
        change: change(`${one.id}${index}`, 1, one.changedMs),
      }));
      const seen = createSeenChanges();
      const told: string[] = [];
      let ms = 0;
      readAt(seen, ms, []);
      for (const pause of [...pauses, 40_000]) {
        ms += pause;
        const readable = table.filter(({ readableMs }) => readableMs <= ms);
        told.push(
          ...readAt(
            seen,
            ms,
            readable.map(({ change: one }) => one),
          ),
        );
      }
      assert.deepEqual(told.toSorted(), table.map(({ change: one }) => nameOf(one)).toSorted());
    }),
  );
});

test('a cursor leaves nothing out that becomes readable after it', () => {
  const pauses = fc.array(fc.integer({ min: 200, max: 3_000 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(fc.array(drawnChange, { maxLength: 20 }), pauses, (drawn, before) => {
      const table = drawn.map((one, index) => ({
        readableMs: one.changedMs + one.lateMs,
        change: change(`${one.id}${index}`, 1, one.changedMs),
      }));
      const seen = createSeenChanges();
      const told = new Set<string>();
      let ms = 0;
      for (const pause of before) {
        ms += pause;
        const readable = table.filter(({ readableMs }) => readableMs <= ms);
        for (const name of readAt(
          seen,
          ms,
          readable.map(({ change: one }) => one),
        ))
          told.add(name);
      }
      const resumesFrom = (seen.cursorAt() ?? at(0)) - 10_000;
      const missed = table.filter(
        ({ change: one }) => !told.has(nameOf(one)) && one.updatedAt < resumesFrom,
      );
      // What was readable before the first read is for the list.
      const owed = missed.filter(({ readableMs }) => readableMs > (before[0] ?? 0));
      assert.deepEqual(owed, []);
    }),
  );
});
