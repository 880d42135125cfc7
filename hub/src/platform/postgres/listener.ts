/**
 * Hints between nodes: LISTEN on a connection of its own, NOTIFY with an empty payload. A hint
 * only brings forward what a poll would find a second later, so a lost one costs nothing else.
 * Danger: through a pooler LISTEN would stay behind with a session that others use, and hear
 * nothing. There we do not listen at all, and say so once; TOCSIN_DATABASE_DIRECT_URL mends it.
 */
import pg from 'pg';
import { LIMITS } from '#kernel/limits.ts';
import type { Log } from '#kernel/ports.ts';
import { isPooledSession } from './pooler.ts';
import { type ConnectionSettings, type Queryable, toClientConfig } from './postgres.ts';
import { statement } from './statement.ts';

export const HINTS = ['tocsin_work', 'tocsin_config'] as const;
export type Hint = (typeof HINTS)[number];

const NOTIFY_WORK = statement('hint.work', `select pg_notify('tocsin_work', '')`);
const NOTIFY_CONFIG = statement('hint.config', `select pg_notify('tocsin_config', '')`);

export async function sendHint(db: Queryable, hint: Hint): Promise<void> {
  await db.run(hint === 'tocsin_work' ? NOTIFY_WORK : NOTIFY_CONFIG, []);
}

export type Listener = {
  /** Connects when it is not connected. Called again and again by a ticker. */
  readonly runConnectOnce: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export function createListener(options: {
  readonly connection: ConnectionSettings;
  readonly log: Log;
  readonly onHint: (hint: Hint) => void;
}): Listener {
  const { connection, log, onHint } = options;
  let client: pg.Client | null = null;
  let isDeaf = false;

  async function runConnectOnce(): Promise<void> {
    if (client !== null || isDeaf) return;
    const fresh = createClient(connection, log, () => {
      if (client === fresh) client = null;
    });
    fresh.on('notification', (message) => {
      const hint = HINTS.find((known) => known === message.channel);
      if (hint !== undefined) onHint(hint);
    });
    try {
      await fresh.connect();
      isDeaf = await isPooledSession(fresh);
      if (isDeaf) log.warn(DEAF);
      else for (const hint of HINTS) await fresh.query(`listen ${hint}`);
    } catch (error) {
      // One that does not listen must not pass for one that does.
      await end(fresh);
      throw error;
    }
    if (isDeaf) return end(fresh);
    client = fresh;
    // What was hinted while nobody listened.
    for (const hint of HINTS) onHint(hint);
  }

  return {
    runConnectOnce,
    stop: async () => {
      const last = client;
      client = null;
      if (last !== null) await end(last);
    },
  };
}

const DEAF =
  'the database is reached through a pooler, which passes no hints on: other nodes are heard a ' +
  'second later; set TOCSIN_DATABASE_DIRECT_URL to a connection without it';

function createClient(connection: ConnectionSettings, log: Log, onLost: () => void): pg.Client {
  const client = new pg.Client({
    ...toClientConfig(connection),
    application_name: 'tocsin-listener',
    connectionTimeoutMillis: LIMITS.databaseProbeMaxMs,
    query_timeout: LIMITS.databaseProbeMaxMs,
    keepAlive: true,
  });
  client.on('error', (error) => {
    log.warn('listener lost its connection', { error: error.message });
    onLost();
  });
  client.on('end', onLost);
  return client;
}

async function end(client: pg.Client): Promise<void> {
  await client.end().catch(() => undefined);
}
