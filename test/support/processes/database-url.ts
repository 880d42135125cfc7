/** What connects a test to its database, as an operator writes it into DATABASE_URL. */
import pg from 'pg';
import { type ConnectionSettings, toClientConfig } from '#platform/postgres/postgres.ts';

/** `host` is a socket's directory where it starts with a slash. */
export function toUrl(connection: ConnectionSettings): string {
  const { host, port, user, database, password } = new pg.Client(toClientConfig(connection));
  const login = `${encodeURIComponent(user ?? '')}:${encodeURIComponent(String(password))}`;
  const url = new URL(`postgres://${login}@localhost:${port}/${database ?? ''}`);
  url.searchParams.set('host', host);
  return url.href;
}
