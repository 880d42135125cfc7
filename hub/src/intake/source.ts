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
  /** One per kind and project, there from the start; keys report through it. */
  readonly isBuiltIn: boolean;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};
