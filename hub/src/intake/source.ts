/** A configured way in. */
import type { PolicyId, ProjectId, SourceId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { Severity, SourceKind } from '#kernel/words/severity.ts';

export type Source = {
  readonly projectId: ProjectId;
  readonly sourceId: SourceId;
  readonly name: string;
  readonly kind: SourceKind;
  readonly severityDefault: Severity;
  readonly policyId: PolicyId | null;
  readonly silentAfterS: number | null;
  readonly dedupWindowS: number | null;
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
