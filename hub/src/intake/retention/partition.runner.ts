/**
 * Keeps the partitions of `event` made ahead, so that events never have to wait for one.
 *
 * Safe on every node at once: an advisory lock lets one work, the others then find nothing to do.
 * When all partitions exist, a beat takes no lock at all. A beat that cannot get its locks in
 * time throws (SQLSTATE 55P03) and leaves nothing behind; the next one tries again, and until
 * then events go to `event_rest`, from where they are moved.
 */
import { LIMITS } from '#kernel/limits.ts';
import type { Clock } from '#kernel/ports.ts';
import type { Database, Transaction } from '#platform/postgres/postgres.ts';
import { type Partition, planPartitions } from './partition.ts';
import {
  attachPartition,
  boundLockWait,
  countInRest,
  createPartitionTable,
  listPartitions,
  lockPartitions,
  lockRest,
  moveFromRest,
} from './partition.store.ts';

export type PartitionsKept = {
  readonly created: readonly string[];
  /**
   * Not made, because too many of their events are in event_rest: moving them would stop intake
   * for long. They stay readable there, and retention has to delete them row by row.
   */
  readonly leftInRest: readonly string[];
};

export async function runPartitionsOnce(
  database: Database,
  clock: Clock,
  moveRowsMax: number = LIMITS.partitionMoveRowsMax,
): Promise<PartitionsKept> {
  const planned = planPartitions(clock.now());
  const existing = await database.read(listPartitions);
  const created: string[] = [];
  const leftInRest: string[] = [];
  // One transaction each: locks are short, and one that fails does not undo the others.
  for (const partition of planned.filter(({ name }) => !existing.includes(name))) {
    const ending = await database.transaction((tx) => createPartition(tx, partition, moveRowsMax));
    if (ending === 'created') created.push(partition.name);
    if (ending === 'left_in_rest') leftInRest.push(partition.name);
  }
  return { created, leftInRest };
}

async function createPartition(
  tx: Transaction,
  partition: Partition,
  moveRowsMax: number,
): Promise<'created' | 'there_already' | 'left_in_rest'> {
  await lockPartitions(tx);
  if ((await listPartitions(tx)).includes(partition.name)) return 'there_already';
  await boundLockWait(tx);
  // Before the lock on event_rest: a refusal costs nobody anything.
  const waitingCount = await countInRest(tx, partition, moveRowsMax + 1);
  if (waitingCount > moveRowsMax) return 'left_in_rest';
  await createPartitionTable(tx, partition);
  await lockRest(tx);
  await moveFromRest(tx, partition);
  await attachPartition(tx, partition);
  return 'created';
}
