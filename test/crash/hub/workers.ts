/**
 * The workers of a hub that runs as several processes: one of them is killed, its work is taken
 * over, another takes its place.
 *
 * Danger: SIGKILL, to children of ours alone. Looks into the database, so it must be up when a
 * victim is chosen; afterwards it may be down for a while.
 */
import type pg from 'pg';
import type { HubProcess } from '#test/support/processes/hub-process.ts';
import { until } from '#test/support/until.ts';

export type WithClient = <T>(body: (client: pg.Client) => Promise<T>) => Promise<T>;

export type TakeOver = {
  /** From the kill until nothing hung on the lease of the dead any more. */
  readonly ms: number;
  /** Messages on their way and reminders claimed when it was killed. */
  readonly leftCount: number;
};

export type Workers = {
  /** Whoever is sending something about that alert; null or nobody = one by `choice`. */
  readonly choose: (alertId: string | null, choice: number) => Promise<void>;
  /** The one that was chosen, at once. */
  readonly kill: () => void;
  /** When others have what the dead one has left. Null when none was killed. */
  readonly awaitTakeOver: () => Promise<TakeOver | null>;
  /** As many as there should be. */
  readonly fill: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

type Chosen = { readonly process: HubProcess; readonly nodeId: string };
type Dead = Chosen & { readonly killedAtMs: number };

/** N10: within 10 s. Longer than that is told as a fault, so the wait itself may take longer. */
const TAKE_OVER_WAIT_MS = 60_000;

const FIND_CHOSEN = `
  select node_id, pid
    from node
   where pid = any($1) and expires_at > clock_timestamp() - interval '1 minute'
   order by node_id = (
           select lease_node from notification
            where status = 'sending' and subject_id = $2
            limit 1) desc nulls last,
         md5(node_id::text || $3), started_at desc
   limit 1`;

const COUNT_LEFT = `
  select (select count(*) from notification where lease_node = $1)::int
       + (select count(*) from escalation where lease_node = $1)::int as count`;

export function createWorkers(deps: {
  readonly countMax: number;
  readonly withClient: WithClient;
  readonly startOne: (name: string) => Promise<HubProcess>;
}): Workers {
  const { countMax, withClient, startOne } = deps;
  const running = new Map<string, HubProcess>();
  let chosen: Chosen | null = null;
  let dead: Dead | null = null;
  let gone: Promise<void> = Promise.resolve();

  async function choose(alertId: string | null, choice: number): Promise<void> {
    const pids = [...running.values()].map(({ pid }) => pid);
    const values = [pids, alertId, String(choice)];
    const { rows } = await withClient((client) => client.query<ChosenRow>(FIND_CHOSEN, values));
    const process = [...running.values()].find(({ pid }) => pid === rows[0]?.pid);
    if (process === undefined) throw new Error('no worker is known to the database');
    chosen = { process, nodeId: rows[0]?.node_id ?? '' };
  }

  const countLeft = (nodeId: string): Promise<number> =>
    withClient(async (client) => {
      const { rows } = await client.query<{ count: number }>(COUNT_LEFT, [nodeId]);
      return rows[0]?.count ?? 0;
    });

  return {
    choose,
    kill: () => {
      if (chosen === null) throw new Error('nobody was chosen');
      running.delete(chosen.process.name);
      dead = { ...chosen, killedAtMs: performance.now() };
      gone = chosen.process.kill();
      chosen = null;
    },
    awaitTakeOver: async () => {
      await gone;
      const last = dead;
      dead = null;
      if (last === null) return null;
      const { nodeId, killedAtMs } = last;
      const leftCount = await countLeft(nodeId);
      const isTakenOver = async () => (await countLeft(nodeId)) === 0;
      const what = `another node has the work of ${last.process.name}`;
      await until(isTakenOver, { what, timeoutMs: TAKE_OVER_WAIT_MS });
      return { ms: performance.now() - killedAtMs, leftCount };
    },
    fill: async () => {
      const names = Array.from({ length: countMax }, (_, index) => `worker${index + 1}`);
      const missing = names.filter((name) => !running.has(name));
      const fresh = await Promise.all(missing.map(startOne));
      for (const process of fresh) running.set(process.name, process);
    },
    stop: async () => {
      await Promise.all([...running.values()].map((process) => process.stop()));
      running.clear();
    },
  };
}

type ChosenRow = { readonly node_id: string; readonly pid: number };
