/** Statements of the de-duplication keys that are about their age. */
import type { AlertId, ProjectId, SourceId } from '#kernel/id.ts';
import { formatInstant, type Instant } from '#kernel/instant.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import { nameOwnEvent } from '#intake/report.ts';

/**
 * Oldest first; keys that intake is working on are left for the next time. By row address, which
 * is safe under the lock: joined by key, a full batch made the planner read the whole table.
 */
const EXPIRE = statement(
  'event_key.expire',
  `with deleted as (
     delete from event_key
      where ctid = any (array(
        select ctid
          from event_key
         where received_at < $1
         order by received_at
         limit $2
           for update skip locked
      ))
     returning 1
   )
   select count(*)::integer as deleted_count from deleted`,
);

const LOCK = statement(
  'event_key.lock',
  `
  select k.project_id
    from event_key k
    join json_to_recordset($1::text::json) as r(
      project_id text, source_id uuid, provider_event_id text
    ) on k.project_id = r.project_id
     and k.source_id = r.source_id
     and k.provider_event_id = r.provider_event_id
   order by k.project_id, k.source_id, k.provider_event_id
     for update of k
  `,
);

const DELETE = statement(
  'event_key.delete',
  `
  delete from event_key k
   using json_to_recordset($1::text::json) as r(
     project_id text, source_id uuid, provider_event_id text
   )
   where k.project_id = r.project_id
     and k.source_id = r.source_id
     and k.provider_event_id = r.provider_event_id
  `,
);

type NamedAlert = {
  readonly projectId: ProjectId;
  readonly sourceId: SourceId;
  readonly alertId: AlertId;
};

/** Before the heads and alerts are locked: intake takes keys first too. */
export async function lockKeysOfAlerts(tx: Queryable, alerts: readonly NamedAlert[]) {
  await tx.run(LOCK, [JSON.stringify(toKeys(alerts))]);
}

/** A name that a sender gave its alert is free again when the alert is forgotten. */
export async function deleteKeysOfAlerts(tx: Queryable, alerts: readonly NamedAlert[]) {
  await tx.run(DELETE, [JSON.stringify(toKeys(alerts))]);
}

function toKeys(alerts: readonly NamedAlert[]) {
  return alerts.flatMap(({ projectId, sourceId, alertId }) =>
    (['received', 'resolved'] as const).map((stage) => ({
      project_id: projectId,
      source_id: sourceId,
      provider_event_id: nameOwnEvent(alertId, stage),
    })),
  );
}

/** Returns how many were deleted. */
export async function expireEventKeys(
  tx: Queryable,
  before: Instant,
  countMax: number,
): Promise<number> {
  const rows = await tx.run(EXPIRE, [formatInstant(before), countMax]);
  return Number(rows[0]?.['deleted_count']);
}
