/** Open alerts of label kinds in Alertmanager's shape, for amtool and Grafana. Read-only. */
import type { Alert } from '#alert/alert.ts';
import { parseAlertRow } from '#alert/store.ts';
import { RECEIVER } from '#intake/alertmanager/alertmanager.routes.ts';
import { renderBareFingerprint } from '#intake/fingerprint.ts';
import type { ProjectId } from '#kernel/id.ts';
import { formatInstant, plusMs } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';

const LIST = statement(
  'read.alertmanager_alerts',
  `
  select a.*
    from alert a
    join source s on s.project_id = a.project_id and s.source_id = a.source_id
   where a.project_id = any($1::text[])
     and a.status in ('PENDING', 'DELIVERED', 'SEEN', 'ACKNOWLEDGED')
     and s.kind = 'alertmanager'
   order by a.created_at desc, a.alert_id desc
   limit $2
  `,
);

export async function listAlertmanagerAlerts(
  db: Queryable,
  projects: readonly ProjectId[],
  isWanted: (labels: Readonly<Record<string, string>>) => boolean,
): Promise<{ readonly alerts: readonly JsonObject[]; readonly isCut: boolean }> {
  const rows = await db.run(LIST, [[...projects], LIMITS.alertmanagerListMax + 1]);
  const alerts = rows.slice(0, LIMITS.alertmanagerListMax).map(parseAlertRow);
  return {
    alerts: alerts.filter((alert) => isWanted(alert.labels)).map(renderAlertmanagerAlert),
    isCut: rows.length > LIMITS.alertmanagerListMax,
  };
}

function renderAlertmanagerAlert(alert: Alert): JsonObject {
  const endsAt = alert.endsAt ?? plusMs(alert.lastEventAt, LIMITS.resolveTimeoutMs);
  return {
    annotations: alert.annotations,
    endsAt: formatInstant(endsAt),
    fingerprint: renderBareFingerprint(alert.fingerprint ?? ''),
    receivers: [{ name: RECEIVER }],
    startsAt: formatInstant(alert.startedAt ?? alert.createdAt),
    status: { inhibitedBy: [], silencedBy: [], state: 'active' },
    updatedAt: formatInstant(alert.lastEventAt),
    generatorURL: alert.sourceUrl ?? '',
    labels: alert.labels,
  };
}
