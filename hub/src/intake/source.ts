/** A configured way in. */
import type { PolicyId, ProjectId, SourceId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { Severity, SourceKind } from '#kernel/words/severity.ts';
import type { Report } from './report.ts';

export type Source = {
  readonly projectId: ProjectId;
  readonly sourceId: SourceId;
  readonly name: string;
  readonly kind: SourceKind;
  readonly severityDefault: Severity;
  readonly policyId: PolicyId | null;
  readonly silentAfterS: number | null;
  readonly dedupWindowS: number | null;
  /** Reports with the same values of these labels are one problem; null = as the sender says. */
  readonly joinBy: readonly string[] | null;
  readonly mapping: JsonObject;
  /** Field -> envelope. */
  readonly secrets: Readonly<Record<string, string>>;
  /** One per kind and project, there from the start; keys report through it. */
  readonly isBuiltIn: boolean;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};

/**
 * What an alert is whose sender names no severity that we know. Medium for most: people are
 * called, but not with the urgency that is for those who say that it is urgent; a sender that
 * forgot the field would else wake everybody for everything, until nobody listens.
 */
export const SEVERITY_DEFAULTS: Readonly<Record<SourceKind, Severity>> = {
  native: 'medium',
  alertmanager: 'medium',
  // A camera says which kind of alarm it is; one that we do not know may be the one that counts.
  edge: 'high',
  generic: 'medium',
  sentry: 'medium',
  signoz: 'medium',
  grafana: 'medium',
  cloudevents: 'medium',
  pec: 'medium',
};

/**
 * The report with the identity that its source gives it. What has none of the labels stays what
 * its sender says it is. Where each detection is a problem of its own, as of a camera, each is now
 * an occurrence of its own, and calls those who had seen the one before.
 */
export function joinByLabels(
  report: Report,
  { joinBy }: Pick<Source, 'joinBy'>,
  now: Instant,
): Report {
  if (joinBy === null) return report;
  const values = joinBy.map((name) =>
    Object.hasOwn(report.labels, name) ? report.labels[name] : '',
  );
  if (values.every((value) => value === '')) return report;
  const identity = { kind: 'key', key: JSON.stringify([joinBy, values]) } as const;
  const isDetection = report.identity.kind !== 'key' && report.stage === 'received';
  return { ...report, identity, startsAt: report.startsAt ?? (isDetection ? now : null) };
}
