/** Which alert a report would meet, were it sent now. Read-only. */
import type { AlertId, ProjectId } from '#kernel/id.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';

const OPEN_OF_PROBLEM = statement(
  'read.open_alert_of_problem',
  `
  select alert_id
    from alert
   where project_id = $1 and alert_key = $2
     and status in ('PENDING', 'DELIVERED', 'SEEN', 'ACKNOWLEDGED')
  `,
);

export async function findOpenAlertOf(
  db: Queryable,
  projectId: ProjectId,
  alertKey: string,
): Promise<AlertId | null> {
  const [row] = await db.run(OPEN_OF_PROBLEM, [projectId, alertKey]);
  return row === undefined ? null : parseAlertId(row);
}

function parseAlertId(row: Row): AlertId {
  return row['alert_id'] as AlertId;
}
