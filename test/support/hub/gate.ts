/**
 * Stops transactions of the hub at a chosen write, so that a test decides who comes first. A closed
 * gate is an advisory lock that a trigger waits for, with all that the transaction holds by then.
 * Danger: a gate that stays closed ends the waiting transaction by its lock timeout.
 */
import type { Lifetime, TestHub } from '#test/support/hub.ts';
import pg from 'pg';
import { toClientConfig } from '#platform/postgres/postgres.ts';
import { until } from '#test/support/until.ts';

export type GateAt = {
  readonly table: string;
  /** A write that may be either, as the saving of an alert, is an insert to its trigger. */
  readonly on: 'insert' | 'update' | 'delete';
  /** SQL over `new` and `old`, as far as the write has them. */
  readonly when: string;
};

export type Gate = {
  readonly close: () => Promise<void>;
  readonly open: () => Promise<void>;
  /** Ends the sessions that wait at it, as a lost connection does. */
  readonly cut: () => Promise<void>;
};

export type Gates = {
  readonly add: (at: GateAt) => Promise<Gate>;
  /** Until so many sessions wait: at a gate, or for a lock that somebody else holds. */
  readonly waiting: (count: number) => Promise<void>;
};

/** Two gates never share a lock. */
let lastKey = 0;

export async function createGates(t: Lifetime, hub: TestHub): Promise<Gates> {
  // Ended with its database.
  const client = new pg.Client(toClientConfig(hub.db.connection));
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`
    create or replace function pass_gate() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(tg_argv[0]::bigint);
      return coalesce(new, old);
    end $$`);
  return {
    add: async ({ table, on, when }) => {
      lastKey += 1;
      const key = lastKey;
      t.after(async () => {
        await client.query(`drop trigger gate_${key} on ${table}`);
        await client.query(`select pg_advisory_unlock_all()`);
      });
      await client.query(`
        create trigger gate_${key} before ${on} on ${table}
        for each row when (${when}) execute function pass_gate('${key}')`);
      return {
        close: async () => void (await client.query(`select pg_advisory_lock(${key})`)),
        open: async () => void (await client.query(`select pg_advisory_unlock(${key})`)),
        cut: async () =>
          void (await client.query(
            `select pg_terminate_backend(pid) from pg_locks
              where locktype = 'advisory' and objid = ${key} and not granted`,
          )),
      };
    },
    waiting: async (count) => {
      const sql = `select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
      const isReached = async () => {
        const { rows } = await client.query<{ readonly count: number }>(sql);
        return rows[0]?.count === count;
      };
      await until(isReached, { what: `${count} sessions wait for a lock` });
    },
  };
}
