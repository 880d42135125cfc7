/**
 * Databases for tests: `createTestDatabase` hands out a migrated, empty database of its own in
 * some tens of milliseconds. Imported only by tests: it stops its server when they have ended.
 */
import { after } from 'node:test';
import {
  type ConnectionSettings,
  createDatabase,
  type Database,
} from '#platform/postgres/postgres.ts';
import { createRecordingLog, type RecordingLog } from './log.ts';
import {
  type ClonedDatabase,
  cloneDatabase,
  createEmptyDatabase,
  findSharedServer,
  startTestServer,
  type TestServer,
} from './server.ts';

export type TestDatabase = {
  readonly connection: ConnectionSettings;
  readonly database: Database;
  readonly log: RecordingLog;
  /** Closes the pools and deletes the database; ends sessions that are still in it. */
  readonly drop: () => Promise<void>;
};

let started: Promise<TestServer> | null = null;

after(async () => {
  const server = await started;
  started = null;
  await server?.stop();
});

export async function createTestDatabase(): Promise<TestDatabase> {
  const { connection, drop } = await cloneDatabase(await useServer());
  const log = createRecordingLog();
  const database = createDatabase({ connection, log });
  return {
    connection,
    database,
    log,
    drop: async () => {
      await database.close();
      await drop();
    },
  };
}

/** Without any table, for tests of the migrations themselves. */
export async function createUnmigratedDatabase(): Promise<ClonedDatabase> {
  return createEmptyDatabase(await useServer());
}

async function useServer(): Promise<ConnectionSettings> {
  const shared = findSharedServer();
  if (shared !== null) return shared;
  started ??= startTestServer();
  return (await started).connection;
}
