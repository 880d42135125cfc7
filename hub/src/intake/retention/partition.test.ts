import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatUuidV7, isUuid } from '#kernel/id.ts';
import { type Instant, instant, MS_PER_DAY, parseInstant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { type Partition, partitionAt, planPartitions } from './partition.ts';

const YEAR_9000_MS = 221_845_392_000_000;

const anyInstant = fc.integer({ min: 0, max: YEAR_9000_MS }).map(instant);
const anyTail = fc.uint8Array({ minLength: 10, maxLength: 10 });

function at(text: string): Instant {
  return parseInstant(text) ?? assert.fail(`${text} is no time`);
}

function holds({ fromId, toId }: Partition, id: string): boolean {
  // Text in lower-case hex sorts as PostgreSQL sorts the 16 bytes.
  return id >= fromId && id < toId;
}

test('a partition is named by the UTC date of its Monday', () => {
  assert.deepEqual(partitionAt(at('2026-11-22T23:59:59.999Z')), {
    name: 'event_20261116',
    startsAt: at('2026-11-16T00:00:00Z'),
    endsAt: at('2026-11-23T00:00:00Z'),
    fromId: '01a1e1a7-4c00-0000-0000-000000000000',
    toId: '01a205b3-d000-0000-0000-000000000000',
  });
});

test('the current partition comes first, and some ahead of it follow without a gap', () => {
  const planned = planPartitions(at('2026-11-22T12:00:00Z'));
  assert.equal(planned.length, 1 + LIMITS.partitionsAheadMax);
  assert.deepEqual(planned.map(({ name }) => name).slice(0, 3), [
    'event_20261116',
    'event_20261123',
    'event_20261130',
  ]);
  for (const [index, partition] of planned.slice(1).entries()) {
    assert.equal(partition.fromId, planned[index]?.toId);
  }
});

test('every id of a moment that is covered falls in exactly one planned partition', () => {
  const aheadMs = LIMITS.partitionSpanMs * LIMITS.partitionsAheadMax;
  const anyDelay = fc.integer({ min: 0, max: aheadMs });
  fc.assert(
    fc.property(anyInstant, anyDelay, anyTail, (now, delayMs, tail) => {
      const id = formatUuidV7(instant(now + delayMs), tail);
      const found = planPartitions(now).filter((partition) => holds(partition, id));
      assert.equal(found.length, 1, id);
      assert.deepEqual(found[0], partitionAt(instant(now + delayMs)));
    }),
  );
});

test('the last and the first id around a boundary fall on its two sides', () => {
  fc.assert(
    fc.property(anyInstant, (moment) => {
      const { endsAt, ...partition } = partitionAt(moment);
      const last = formatUuidV7(instant(endsAt - 1), new Uint8Array(10).fill(0xff));
      const first = formatUuidV7(endsAt, new Uint8Array(10));
      assert.ok(holds({ endsAt, ...partition }, last));
      assert.ok(!holds({ endsAt, ...partition }, first));
      assert.ok(holds(partitionAt(endsAt), first));
    }),
  );
});

test('two nodes whose clocks differ plan the same partitions wherever they overlap', () => {
  fc.assert(
    fc.property(anyInstant, fc.integer({ min: 0, max: 30 * MS_PER_DAY }), (now, aheadMs) => {
      const mine = new Map(planPartitions(now).map((one) => [one.name, one]));
      for (const theirs of planPartitions(instant(now + aheadMs))) {
        assert.deepEqual(mine.get(theirs.name) ?? theirs, theirs);
      }
    }),
  );
});

test('times before 1970 share the partition of the lowest ids, the last times have one', () => {
  const before = partitionAt(at('1966-01-01T00:00:00Z'));
  assert.ok(holds(before, formatUuidV7(at('1966-01-01T00:00:00Z'), new Uint8Array(10))));
  const end = planPartitions(at('9999-12-31T00:00:00Z'));
  assert.equal(end.length, 1);
  assert.ok(end.every(({ fromId, toId }) => isUuid(fromId) && isUuid(toId)));
});
