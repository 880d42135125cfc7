/** Secrets of the hub itself, sealed. */
import { formatInstant, type Instant } from '#kernel/instant.ts';
import type { Queryable } from './postgres.ts';
import { statement } from './statement.ts';

const FIND = statement('hub_secret.find', `select envelope from hub_secret where name = $1`);
const INSERT = statement(
  'hub_secret.insert',
  `insert into hub_secret (name, envelope, created_at) values ($1, $2, $3) on conflict do nothing`,
);

export async function findHubSecret(db: Queryable, name: string): Promise<string | null> {
  const [row] = await db.run(FIND, [name]);
  return typeof row?.['envelope'] === 'string' ? row['envelope'] : null;
}

/** The first of several starters wins; read it again afterwards. */
export async function insertHubSecret(
  db: Queryable,
  secret: { readonly name: string; readonly envelope: string },
  now: Instant,
): Promise<void> {
  await db.run(INSERT, [secret.name, secret.envelope, formatInstant(now)]);
}
