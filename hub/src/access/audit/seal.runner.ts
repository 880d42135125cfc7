/**
 * The beat that seals what has been committed, each second, on whichever node has the lock; and
 * that tells, on every node, how far each chain has got: as a line in the log and in a file of the
 * data directory, where nobody who can only write the database takes it back.
 *
 * Danger: a row is chosen because it has no number, never by its time, so one that commits late is
 * sealed late. Emits: `onSealed` for each row, with how long it waited; an error when the last row
 * of a chain is not the one that was told of, which no hub of ours brings about.
 */
import { assert } from '#kernel/decision.ts';
import { decodeHex, encodeHex, isSameHash } from '#kernel/crypto.ts';
import { formatInstant, type Instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock, Log } from '#kernel/ports.ts';
import type { AuditHeadsFile, HeadLine } from '#platform/audit-heads-file.ts';
import type { Database, Queryable, Transaction } from '#platform/postgres/postgres.ts';
import { type ChainKeys, type Head, type SealedRow, sealRows } from './chain.ts';
import {
  type ChainEnd,
  findMac,
  listEnds,
  listHeadsSince,
  listUnsealed,
  saveHeads,
  saveSeals,
  type StoredHead,
  trySealLock,
  type WaitingRow,
} from './chain.store.ts';

export type SealerDeps = {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly keys: ChainKeys;
  /** Null: a node without a data directory of its own. */
  readonly file: AuditHeadsFile | null;
  readonly onSealed: (waitedMs: number) => void;
};

export type Sealer = {
  /** Returns how many rows were sealed; as many as there is room for: there may be more. */
  readonly runOnce: () => Promise<number>;
};

export function createSealer(deps: SealerDeps): Sealer {
  const told = new Map<string, Head>();
  let since: Instant | null = null;

  /** What was told before this process began, so that it sees when a chain has gone back. */
  async function begin(now: Instant): Promise<Instant> {
    for (const line of (await deps.file?.read()) ?? []) told.set(line.project_id, toHead(line));
    return plusMs(now, -LIMITS.streamOverlapMs);
  }

  return {
    runOnce: async () => {
      const now = deps.clock.now();
      const sealed = await deps.database.transaction((tx) => seal(deps, tx, now));
      for (const waitedMs of sealed) deps.onSealed(waitedMs);
      const from = (since ??= await begin(now));
      const { heads, fresh } = await deps.database.read(async (db) => {
        const found = await listHeadsSince(db, from, HEADS_MAX);
        const news = found.filter((head) => isNews(told.get(head.projectId), head));
        for (const head of news) await compare(deps, db, { head, known: told.get(head.projectId) });
        return { heads: found, fresh: news };
      });
      if (fresh.length > 0) await tell(deps, fresh);
      for (const head of fresh) told.set(head.projectId, head);
      // What another node commits a little later is still seen.
      const recent = plusMs(now, -LIMITS.streamOverlapMs);
      const last = heads.length === HEADS_MAX ? heads.at(-1)?.sealedAt : undefined;
      since = laterOf(from, last ?? recent);
      return sealed.length;
    },
  };
}

/** More than one transaction can seal at one moment. */
const HEADS_MAX = 2 * LIMITS.auditSealBatchMax;

function laterOf(one: Instant, other: Instant): Instant {
  return one > other ? one : other;
}

function toHead({ seq, mac }: HeadLine): Head {
  return { seq, mac: decodeHex(mac) };
}

async function seal(
  { keys, log }: SealerDeps,
  tx: Transaction,
  now: Instant,
): Promise<readonly number[]> {
  if (!(await trySealLock(tx))) return [];
  const waiting = await listUnsealed(tx, LIMITS.auditSealBatchMax);
  if (waiting.length === 0) return [];
  const key = keys.find(keys.currentId);
  assert(key !== null, 'the key that seals is one of ours');
  const how = { keyId: keys.currentId, key, sealedAtUs: `${now}000` };
  const groups = Map.groupBy(waiting, ({ projectId }) => projectId);
  const sealed: SealedRow[] = [];
  const heads: (Head & { readonly projectId: string })[] = [];
  for (const end of await listEnds(tx, [...groups.keys()])) {
    const rows: readonly WaitingRow[] = groups.get(end.projectId) ?? [];
    const chained = sealRows(findHeadOf(end, log), rows, how);
    sealed.push(...chained);
    const last = chained.at(-1);
    if (last !== undefined) heads.push(last);
  }
  const count = await saveSeals(tx, sealed, { keyId: keys.currentId, now });
  assert(count === waiting.length, 'what is sealed was waiting, and is sealed once');
  await saveHeads(tx, heads, now);
  return waiting.map(({ writtenAt }) => Math.max(0, now - writtenAt));
}

/** The higher of the two: no number is ever given twice, whatever somebody did to the rows. */
function findHeadOf({ projectId, head, last }: ChainEnd, log: Log): Head {
  if (head === null && last.seq === 0) return last;
  if (head !== null && head.seq === last.seq && isSameHash(head.mac, last.mac)) return head;
  const fields = { project_id: projectId, head: head?.seq ?? null, last_row: last.seq };
  log.error('an audit chain does not end where its head says: run tocsin audit verify', fields);
  return head === null || last.seq > head.seq ? last : head;
}

function isNews(known: Head | undefined, { seq, mac }: StoredHead): boolean {
  return known === undefined || seq !== known.seq || !isSameHash(mac, known.mac);
}

/** The row that was the last one is there still, and is the same. */
async function compare(
  { log }: SealerDeps,
  db: Queryable,
  { head, known }: { readonly head: StoredHead; readonly known: Head | undefined },
): Promise<void> {
  if (known === undefined) return;
  const { projectId } = head;
  const mac = head.seq < known.seq ? null : await findMac(db, { projectId, seq: known.seq });
  if (mac !== null && isSameHash(mac, known.mac)) return;
  const fields = { project_id: projectId, told: known.seq, is: head.seq };
  log.error('an audit chain is not the one that was told of: run tocsin audit verify', fields);
}

async function tell({ log, file }: SealerDeps, heads: readonly StoredHead[]): Promise<void> {
  const lines = heads.map(({ projectId, seq, mac, sealedAt }) => ({
    at: formatInstant(sealedAt),
    project_id: projectId,
    seq,
    mac: encodeHex(mac),
  }));
  for (const { project_id, seq, mac } of lines) log.info('audit head', { project_id, seq, mac });
  await file?.append(lines);
}
