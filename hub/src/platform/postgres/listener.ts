/**
 * Hints between nodes: LISTEN on a connection of its own, NOTIFY with an empty payload. A hint
 * only brings forward what a poll would find a second later, so a lost one costs nothing else.
 * Danger: LISTEN hears nothing through a pooler; TOCSIN_DATABASE_DIRECT_URL is for this one.
 */
import pg from 'pg';
import type { Log } from '#kernel/ports.ts';
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
  let client: pg.Client | null = null;

  async function runConnectOnce(): Promise<void> {
    if (client !== null) return;
    const fresh = new pg.Client({
      ...toClientConfig(options.connection),
      application_name: 'tocsin-listener',
      keepAlive: true,
    });
    fresh.on('error', (error) => {
      options.log.warn('listener lost its connection', { error: error.message });
      if (client === fresh) client = null;
    });
    fresh.on('end', () => {
      if (client === fresh) client = null;
    });
    fresh.on('notification', (message) => {
      const hint = HINTS.find((known) => known === message.channel);
      if (hint !== undefined) options.onHint(hint);
    });
    await fresh.connect();
    client = fresh;
    for (const hint of HINTS) await fresh.query(`listen ${hint}`);
    // What was hinted while nobody listened.
    for (const hint of HINTS) options.onHint(hint);
  }

  return {
    runConnectOnce,
    stop: async () => {
      const last = client;
      client = null;
      await last?.end().catch(() => undefined);
    },
  };
}
