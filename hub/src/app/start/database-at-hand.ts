/**
 * The database of this configuration for a command that is not the hub: the one that a running
 * hub uses, else the embedded one, started for as long as the command takes.
 */
import type { Log } from '#kernel/ports.ts';
import {
  findRunningDatabase,
  hasCluster,
  startEmbeddedPostgres,
} from '#platform/embedded-postgres/embedded-postgres.ts';
import { withClient } from '#platform/backup/write-backup.ts';
import type { ConnectionSettings } from '#platform/postgres/postgres.ts';
import type { Config } from './config.ts';
import { StartError } from './start-error.ts';

export type DatabaseAtHand = {
  readonly connection: ConnectionSettings;
  readonly close: () => Promise<void>;
};

const NOTHING_TO_CLOSE = async (): Promise<void> => undefined;

export async function reachDatabase(config: Config, log: Log): Promise<DatabaseAtHand> {
  const url = config.databaseDirectUrl ?? config.databaseUrl;
  if (url !== null) return { connection: { url }, close: NOTHING_TO_CLOSE };
  if (!hasCluster(config.dataDir)) {
    throw new StartError(
      'no_database',
      `There is no database in ${config.dataDir}. Set TOCSIN_DATA_DIR to the one of the hub, or ` +
        'DATABASE_URL.',
    );
  }
  const running = await findRunningDatabase(config.dataDir);
  // The file of a server that was killed is left behind.
  const isUp = running !== null && (await canConnect(running));
  if (isUp) return { connection: running, close: NOTHING_TO_CLOSE };
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log });
  return { connection: embedded.connection, close: embedded.stop };
}

function canConnect(connection: ConnectionSettings): Promise<boolean> {
  return withClient(connection, async () => true).catch(() => false);
}
