/**
 * Partitions of the table `event`.
 *
 * Danger: intake must not wait for this. `create table ... partition of` would lock out every
 * reader and writer of `event`; a table that is made alone and then attached only locks
 * `event_rest`, which intake needs for nothing but events without a partition. That lock is held
 * while such events are moved, and waited for no longer than LIMITS.partitionLockMaxMs.
 *
 * DDL takes no parameters: names and bounds are checked here and written into the text.
 */
import { assert } from '#kernel/decision.ts';
import { isUuid } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import { type Statement, statement } from '#platform/postgres/statement.ts';
import type { Partition } from './partition.ts';

/** `tocsin-p` in ASCII, as a bigint: one node makes partitions at a time. */
const LOCK_KEY = '8390033978155740528';

const LOCK = statement('partition.lock', 'select pg_advisory_xact_lock($1::bigint)');

const BOUND_LOCK_WAIT = statement(
  'partition.bound_lock_wait',
  `select set_config('lock_timeout', $1::text, true)`,
);

const LIST = statement(
  'partition.list',
  `select child.relname as name
     from pg_inherits
     join pg_class child on child.oid = pg_inherits.inhrelid
    where pg_inherits.inhparent = 'event'::regclass
    order by child.relname`,
);

/** Counts no further than asked: event_rest may be large when nobody made partitions. */
const COUNT_IN_REST = statement(
  'partition.count_in_rest',
  `select count(*)::integer as event_count
     from (
       select from event_rest where event_id >= $1::uuid and event_id < $2::uuid limit $3
     ) as found`,
);

/** The lock ends with the transaction. */
export async function lockPartitions(tx: Queryable): Promise<void> {
  await tx.run(LOCK, [LOCK_KEY]);
}

export async function boundLockWait(tx: Queryable): Promise<void> {
  await tx.run(BOUND_LOCK_WAIT, [`${LIMITS.partitionLockMaxMs}ms`]);
}

export async function listPartitions(tx: Queryable): Promise<readonly string[]> {
  return (await tx.run(LIST, [])).map((row) => String(row['name']));
}

export async function countInRest(
  tx: Queryable,
  partition: Partition,
  countMax: number,
): Promise<number> {
  const rows = await tx.run(COUNT_IN_REST, [partition.fromId, partition.toId, countMax]);
  return Number(rows[0]?.['event_count']);
}

/** Intake of events without a partition, and nothing else, waits from here to the commit. */
export async function lockRest(tx: Queryable): Promise<void> {
  await tx.run(writeDdl('lock_rest', 'lock table event_rest in access exclusive mode'), []);
}

export async function createPartitionTable(tx: Queryable, partition: Partition): Promise<void> {
  const name = checkName(partition);
  const text = `create table if not exists ${name} (like event including all)`;
  await tx.run(writeDdl(`create_${name}`, text), []);
}

/** Needs `lockRest` before, or an event could come in behind the move. */
export async function moveFromRest(tx: Queryable, partition: Partition): Promise<void> {
  const name = checkName(partition);
  const text = `
    with moved as (
      delete from event_rest where event_id >= $1::uuid and event_id < $2::uuid returning *
    )
    insert into ${name} select * from moved`;
  await tx.run(writeDdl(`fill_${name}`, text), [partition.fromId, partition.toId]);
}

export async function attachPartition(tx: Queryable, partition: Partition): Promise<void> {
  const { fromId, toId } = partition;
  const name = checkName(partition);
  assert(isUuid(fromId) && isUuid(toId), `${fromId} and ${toId} are bounds of a partition`);
  const text = `alter table event attach partition ${name}
    for values from ('${fromId}') to ('${toId}')`;
  await tx.run(writeDdl(`attach_${name}`, text), []);
}

/** Not among listStatements(): it cannot be prepared before its table is there. */
function writeDdl(name: string, text: string): Statement {
  return { name: `partition.${name}`, text };
}

function checkName({ name }: Partition): string {
  assert(/^event_\d{8}$/.test(name), `${name} is the name of a partition`);
  return name;
}
