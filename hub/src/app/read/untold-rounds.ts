/** Rounds of open alerts that count as called although none of their messages can arrive. */
import { alertId, projectId } from '#kernel/id.ts';
import type { RoundRef } from '#delivery/store.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';

const OF_THE_ROUND = `
  n.project_id = e.project_id and n.subject_id = e.alert_id and n.subject_kind = 'alert'
  and n.purpose = 'call' and n.round = e.round and n.event_type <> 'alert.expired'
`;

const UNTOLD = statement(
  'read.untold_rounds',
  `
  select e.project_id, e.alert_id, e.round
    from escalation e
   where e.due_at is not null
     and e.called_count > 0
     and exists (
       select from notification n where ${OF_THE_ROUND} and n.status in ('failed', 'skipped')
     )
     and not exists (
       select from notification n where ${OF_THE_ROUND} and n.status not in ('failed', 'skipped')
     )
   limit $1
  `,
);

export async function listUntoldRounds(db: Queryable, max: number): Promise<readonly RoundRef[]> {
  return (await db.run(UNTOLD, [max])).map(parseRow);
}

function parseRow(row: Row): RoundRef {
  return {
    projectId: projectId(row['project_id'] as string),
    alertId: alertId(row['alert_id'] as string),
    round: row['round'] as number,
    isExpiry: false,
  };
}
