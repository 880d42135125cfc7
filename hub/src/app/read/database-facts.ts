/** How the database server is set up, for the doctor. Read-only. */
import type { Queryable } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';

const READ = statement(
  'read.database_facts',
  `
  select current_setting('server_version') as version,
         current_setting('fsync') as fsync,
         current_setting('full_page_writes') as full_page_writes,
         current_setting('synchronous_commit') as synchronous_commit,
         pg_database_size(current_database())::text as size_bytes
  `,
);

export type DatabaseFacts = {
  readonly version: string;
  /** Settings by which a power cut loses what was answered, with their values. */
  readonly unsafe: readonly string[];
  readonly sizeBytes: number;
};

export async function readDatabaseFacts(db: Queryable): Promise<DatabaseFacts> {
  const [row = {}] = await db.run(READ, []);
  const settings = ['fsync', 'full_page_writes', 'synchronous_commit'];
  return {
    version: String(row['version']),
    unsafe: settings.filter((name) => row[name] === 'off'),
    sizeBytes: Number(row['size_bytes']),
  };
}
