import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planDue } from './pending.ts';

test('an hour of 100,000 alerts has one due every 36 ms', () => {
  const due = planDue({ first: 0, count: 100_000 }, { startsAtMs: 5_000, spanMs: 3_600_000 });
  assert.equal(due.size, 100_000);
  assert.equal(due.get(0), 5_000);
  assert.equal(due.get(1), 5_036);
  assert.equal(due.get(99_999), 5_000 + 3_600_000 - 36);
});

test('a burst lies within its span, in whole milliseconds', () => {
  const due = planDue({ first: 500, count: 3 }, { startsAtMs: 1_000, spanMs: 1_000 });
  assert.deepEqual(
    [...due],
    [
      [500, 1_000],
      [501, 1_333],
      [502, 1_666],
    ],
  );
});
