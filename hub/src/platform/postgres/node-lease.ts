/**
 * This process as a node: its lease in `node`, renewed every 2 s, ending after 6 s. Work carries
 * (node id, epoch). A node that could not renew in time stops claiming by itself, and comes back
 * with a higher epoch: what it held may have been taken over meanwhile.
 * Each renewal also takes a reading of the database's clock.
 */
import { hostname } from 'node:os';
import { formatInstant, type Instant, instantFromDate, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock, Log } from '#kernel/ports.ts';
import type { Database } from './postgres.ts';
import { statement } from './statement.ts';

const REGISTER = statement(
  'node.register',
  `
  insert into node
    (node_id, epoch, roles, host, pid, version, started_at, renewed_at, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict (node_id) do update set
    epoch = excluded.epoch, started_at = excluded.started_at,
    renewed_at = excluded.renewed_at, expires_at = excluded.expires_at
  `,
);

const RENEW = statement(
  'node.renew',
  `
  update node
     set renewed_at = $3, expires_at = $4
   where node_id = $1 and epoch = $2 and expires_at > $3
  returning node_id
  `,
);

const OVERVIEW = statement(
  'node.overview',
  `
  select count(*)::int as nodes,
         min(started_at) filter (where 'api' = any(roles)) as listening_since
    from node
   where expires_at > $1
  `,
);

const END = statement('node.end', `update node set expires_at = $2 where node_id = $1`);

const END_OTHERS = statement(
  'node.end_others',
  `update node set expires_at = $2 where node_id <> $1 and expires_at > $2`,
);

const FORGET = statement('node.forget', `delete from node where expires_at < $1`);

export type Lease = { readonly nodeId: string; readonly epoch: number };

export type NodeLease = {
  /** Null before the first and after a missed renewal. */
  readonly current: () => Lease | null;
  readonly runRenewalOnce: () => Promise<void>;
  /** Other nodes that live; a NOTIFY is for them. */
  readonly hasOthers: () => boolean;
  /** Since when some node has been there to be reported to, and has had a database. */
  readonly listeningSince: () => Instant;
  /** It stood still, as a suspended machine does: what was sent to it meanwhile it never saw. */
  readonly noteAway: () => void;
  readonly end: () => Promise<void>;
};

type NodeLeaseOptions = {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeId: string;
  readonly roles: readonly string[];
  readonly version: string;
  /** The database is ours alone: every other row is a process that has died. */
  readonly isAlone: boolean;
};

export function createNodeLease(options: NodeLeaseOptions): NodeLease {
  const { database, clock, nodeId } = options;
  const startedAt = clock.now();
  let epoch = 0;
  let expiresAt = startedAt;
  let nodes = 0;
  let since = startedAt;
  /** Since when this node has been able to store what is reported to it. */
  let thereSince = startedAt;
  let wasAway = false;

  async function register(now: Instant): Promise<void> {
    epoch += 1;
    const ends = plusMs(now, LIMITS.nodeLeaseMs);
    await insertNode(options, epoch, [thereSince, now, ends]);
    if (options.isAlone) await database.run(END_OTHERS, [nodeId, formatInstant(now)]);
    expiresAt = ends;
    if (epoch > 1) options.log.warn('this node lost its lease and took a new one', { epoch });
  }

  async function renew(now: Instant): Promise<boolean> {
    const ends = plusMs(now, LIMITS.nodeLeaseMs);
    const values = [nodeId, epoch, formatInstant(now), formatInstant(ends)];
    const isRenewed = (await database.run(RENEW, values)).length > 0;
    if (isRenewed) expiresAt = ends;
    return isRenewed;
  }

  async function runRenewalOnce(): Promise<void> {
    const now = clock.now();
    try {
      if (epoch === 0 || !(await renew(now))) {
        if (wasAway) thereSince = now;
        await register(now);
      }
    } catch (error) {
      wasAway ||= epoch > 0;
      throw error;
    }
    wasAway = false;
    const [row] = await database.run(OVERVIEW, [formatInstant(now)]);
    nodes = Number(row?.['nodes'] ?? 1);
    const found = row?.['listening_since'];
    // Where no node takes reports, nobody can be expected to have been heard.
    since = found instanceof Date ? instantFromDate(found) : now;
    await database.run(FORGET, [formatInstant(plusMs(now, -LIMITS.nodeHistoryMs))]);
  }

  return {
    current: () => (epoch > 0 && clock.now() < expiresAt ? { nodeId, epoch } : null),
    runRenewalOnce,
    hasOthers: () => nodes > 1,
    listeningSince: () => since,
    noteAway: () => {
      wasAway = true;
    },
    end: async () => {
      expiresAt = startedAt;
      await database.run(END, [nodeId, formatInstant(clock.now())]);
    },
  };
}

async function insertNode(
  { database, nodeId, roles, version }: NodeLeaseOptions,
  epoch: number,
  times: readonly Instant[],
): Promise<void> {
  const names = [[...roles], hostname(), process.pid, version];
  await database.run(REGISTER, [nodeId, epoch, ...names, ...times.map(formatInstant)]);
}
