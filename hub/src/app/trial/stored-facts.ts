/** What rules see of an event, read back from how the API shows it. Pure. */
import type { Report } from '#intake/report.ts';
import { type AlertId, alertId, type ProjectId, projectId } from '#kernel/id.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';

export type StoredFacts = {
  readonly projectId: ProjectId;
  readonly alertId: AlertId | null;
  readonly report: Pick<Report, 'title' | 'severity' | 'stage' | 'provider' | 'labels'>;
  readonly source: { readonly name: string; readonly kind: string };
};

export function parseStoredFacts(event: JsonObject): StoredFacts {
  const text = (value: JsonValue | undefined) => (typeof value === 'string' ? value : '');
  const source = event['source'] as JsonObject;
  const alert = event['alert_id'];
  return {
    projectId: projectId(text(event['project_id'])),
    alertId: typeof alert === 'string' ? alertId(alert) : null,
    report: {
      title: text(event['title']),
      severity: event['severity'] as Report['severity'],
      stage: event['stage'] as Report['stage'],
      provider: event['provider'] as Report['provider'],
      labels: event['labels'] as Report['labels'],
    },
    source: { name: text(source['name']), kind: text(event['channel_type']) },
  };
}
