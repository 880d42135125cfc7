/**
 * A hub in miniature, for tests that kill it: starts the database in the directory given and
 * prints `started <pid of the postmaster>`, or `refused <code> <sentence>`.
 * A line on stdin: `exit` leaves without stopping the database. SIGINT drains first: it still
 * needs the database, then stops it, and prints `drained`.
 */
import pg from 'pg';
import { startEmbeddedPostgres } from '#platform/embedded-postgres/embedded-postgres.ts';
import { EmbeddedPostgresError, messageOf } from '#platform/embedded-postgres/fault.ts';

const silence = (): void => undefined;
const log = { debug: silence, info: silence, warn: silence, error: silence };

try {
  const database = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', log });
  const client = new pg.Client(database.connection);
  client.on('error', silence);
  await client.connect();
  const drain = async (): Promise<void> => {
    await client.query('create table drained_by_ctrl_c ()');
    await client.end();
    await database.stop();
    process.stdout.write('drained\n', () => process.exit(0));
  };
  process.on('SIGINT', () => void drain());
  process.stdin.on('data', () => process.exit(3));
  console.log(`started ${database.postmasterPid}`);
} catch (error) {
  const code = error instanceof EmbeddedPostgresError ? error.code : 'uncoded';
  console.log(`refused ${code} ${messageOf(error)}`);
  process.exit(1);
}
