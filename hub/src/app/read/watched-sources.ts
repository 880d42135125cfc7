/**
 * Sources whose `silent_after_s` is not what supervision goes by: asked every second, so that it
 * follows however the setting was made, by a person, a file or a restored backup. Read-only.
 */
import { projectId, sourceId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { WatchedSource } from '#supervision/pulse.store.ts';

const LIST_CHANGED = statement(
  'read.changed_watched_sources',
  `
  select s.project_id, s.source_id, s.silent_after_s
    from source s
    left join source_pulse p on p.project_id = s.project_id and p.source_id = s.source_id
   where s.silent_after_s is not null and s.silent_after_s is distinct from p.silent_after_s
  union all
  select p.project_id, p.source_id, null
    from source_pulse p
   where p.silent_after_s is not null
     and not exists (
       select from source s
        where s.project_id = p.project_id and s.source_id = p.source_id
          and s.silent_after_s is not null
     )
   limit $1
  `,
);

export async function listChangedSources(db: Queryable): Promise<readonly WatchedSource[]> {
  const rows = await db.run(LIST_CHANGED, [LIMITS.silenceBatchMax]);
  return rows.map((row) => ({
    projectId: projectId(String(row['project_id'])),
    sourceId: sourceId(String(row['source_id'])),
    silentAfterS: row['silent_after_s'] === null ? null : Number(row['silent_after_s']),
  }));
}
