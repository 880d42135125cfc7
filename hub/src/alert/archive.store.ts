/**
 * What becomes of alerts that are over: archived after a while, and forgotten when the project does
 * not want them any longer. In small batches, in the lock order of everybody else (heads, alerts,
 * children), skipping what somebody works on.
 */
import { alertId, projectId, type ProjectId, type SourceId } from '#kernel/id.ts';
import { formatInstant, type Instant } from '#kernel/instant.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { AlertRef } from './store.ts';

const ARCHIVE = statement(
  'alert.archive',
  `
  update alert a
     set archived_at = $2, version = a.version + 1, updated_at = $2
    from (
      select x.project_id, x.alert_id
        from json_to_recordset($1::text::json) as r(project_id text, until timestamptz)
       cross join lateral (
         select o.project_id, o.alert_id
           from alert o
          where o.project_id = r.project_id
            and o.archived_at is null
            and (o.status = 'RESOLVED' or o.closed_at is not null)
            and o.updated_at <= r.until
          order by o.updated_at
          limit $3
            for update skip locked
       ) x
       limit $3
    ) over_
   where a.project_id = over_.project_id and a.alert_id = over_.alert_id
  returning a.project_id, a.alert_id
  `,
);

/** A sender that still reports the problem would raise it anew: then it is kept. */
const LIST_FORGETTABLE = statement(
  'alert.list_forgettable',
  `
  select a.project_id, a.alert_id, a.alert_key, a.source_id
    from json_to_recordset($1::text::json) as r(project_id text, until timestamptz)
   cross join lateral (
     select o.project_id, o.alert_id, o.alert_key, o.source_id
       from alert o
      where o.project_id = r.project_id
        and o.archived_at <= r.until
        and o.last_event_at <= r.until
      order by o.archived_at
      limit $2
   ) a
   order by a.project_id, a.alert_key
   limit $2
  `,
);

const LOCK_HEADS = statement(
  'alert.lock_forgettable_heads',
  `
  select h.project_id, h.alert_key
    from alert_head h
    join json_to_recordset($1::text::json) as r(project_id text, alert_key uuid)
      on h.project_id = r.project_id and h.alert_key = r.alert_key
   order by h.project_id, h.alert_key
     for update of h
  `,
);

/** As they are under the lock of their heads: one that was reported meanwhile stays. */
const LOCK_FORGETTABLE = statement(
  'alert.lock_forgettable',
  `
  select a.project_id, a.alert_id
    from alert a
    join json_to_recordset($1::text::json) as r(
      project_id text, alert_id text, until timestamptz
    ) on a.project_id = r.project_id and a.alert_id = r.alert_id
   where a.archived_at <= r.until and a.last_event_at <= r.until
   order by a.project_id, a.alert_id
     for update of a
  `,
);

const DELETE_HEADS = statement(
  'alert.delete_forgotten_heads',
  `
  delete from alert_head h
   using json_to_recordset($1::text::json) as r(
     project_id text, alert_key uuid, alert_id text
   )
   where h.project_id = r.project_id
     and h.alert_key = r.alert_key
     and h.current_alert_id = r.alert_id
  `,
);

const DELETE_TIMELINE = statement(
  'alert.delete_forgotten_timeline',
  `
  delete from timeline t
   using json_to_recordset($1::text::json) as r(project_id text, alert_id text)
   where t.project_id = r.project_id and t.alert_id = r.alert_id
  `,
);

const DELETE_ALERTS = statement(
  'alert.delete_forgotten',
  `
  delete from alert a
   using json_to_recordset($1::text::json) as r(project_id text, alert_id text)
   where a.project_id = r.project_id and a.alert_id = r.alert_id
  `,
);

/** Per project: what is older than this. */
export type Until = { readonly projectId: ProjectId; readonly until: Instant };

export type Forgettable = AlertRef & { readonly alertKey: string; readonly sourceId: SourceId };

/** Returns how many. */
export async function archiveAlerts(
  db: Queryable,
  untils: readonly Until[],
  bounds: { readonly now: Instant; readonly batchMax: number },
): Promise<number> {
  if (untils.length === 0) return 0;
  const values = [toUntils(untils), formatInstant(bounds.now), bounds.batchMax];
  return (await db.run(ARCHIVE, values)).length;
}

export async function listForgettable(
  db: Queryable,
  untils: readonly Until[],
  batchMax: number,
): Promise<readonly Forgettable[]> {
  if (untils.length === 0) return [];
  return (await db.run(LIST_FORGETTABLE, [toUntils(untils), batchMax])).map(parseForgettable);
}

/** Locks heads, then alerts; answers those that may still be forgotten. */
export async function lockForgettable(
  tx: Queryable,
  found: readonly Forgettable[],
  untils: readonly Until[],
): Promise<readonly Forgettable[]> {
  if (found.length === 0) return [];
  await tx.run(LOCK_HEADS, [JSON.stringify(found.map(toRow))]);
  const untilOf = new Map(untils.map(({ projectId: project, until }) => [project, until]));
  const rows = found.flatMap((ref) => {
    const until = untilOf.get(ref.projectId);
    return until === undefined ? [] : [{ ...toRow(ref), until: formatInstant(until) }];
  });
  const locked = await tx.run(LOCK_FORGETTABLE, [JSON.stringify(rows)]);
  const names = new Set(locked.map((row) => JSON.stringify([row['project_id'], row['alert_id']])));
  return found.filter((ref) => names.has(JSON.stringify([ref.projectId, ref.alertId])));
}

/** After their children in other stages. */
export async function deleteAlerts(tx: Queryable, forgotten: readonly Forgettable[]) {
  const values = [JSON.stringify(forgotten.map(toRow))];
  await tx.run(DELETE_TIMELINE, values);
  await tx.run(DELETE_ALERTS, values);
  await tx.run(DELETE_HEADS, values);
}

function toUntils(untils: readonly Until[]): string {
  return JSON.stringify(
    untils.map((one) => ({ project_id: one.projectId, until: formatInstant(one.until) })),
  );
}

function toRow(ref: Forgettable) {
  return { project_id: ref.projectId, alert_id: ref.alertId, alert_key: ref.alertKey };
}

function parseForgettable(row: Row): Forgettable {
  return {
    projectId: projectId(row['project_id'] as string),
    alertId: alertId(row['alert_id'] as string),
    alertKey: row['alert_key'] as string,
    sourceId: row['source_id'] as SourceId,
  };
}
