/**
 * Whether a pooler stands between us and the server. A pooler hands out numbers of sessions of its
 * own, so what a session was told when it was opened is not what the server says of itself.
 *
 * Danger: through a pooler in transaction mode nothing stays with a session: settings, prepared
 * statements, LISTEN and locks of the session end up with whoever comes next.
 */
import pg from 'pg';
import { LIMITS } from '#kernel/limits.ts';
import { type ConnectionSettings, type Row, toClientConfig } from './postgres.ts';
import { statement } from './statement.ts';

const READ_BACKEND = statement('pooler.read_backend', 'select pg_backend_pid() as pid');

/** Opens a session of its own and closes it. Asks for nothing that a pooler would refuse. */
export async function isPooledConnection(connection: ConnectionSettings): Promise<boolean> {
  const client = new pg.Client({
    ...toClientConfig(connection),
    connectionTimeoutMillis: LIMITS.databaseProbeMaxMs,
    query_timeout: LIMITS.databaseProbeMaxMs,
    application_name: 'tocsin',
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await isPooledSession(client);
  } finally {
    await client.end();
  }
}

export async function isPooledSession(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<Row>(READ_BACKEND.text);
  return readToldPid(client) !== rows[0]?.['pid'];
}

/** Known to the driver and not to its types. */
function readToldPid(client: pg.Client): unknown {
  return 'processID' in client ? client.processID : null;
}
