/** An alert of another program as it will stand here, before our policy has seen it. */
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import type { Instant } from '#kernel/instant.ts';
import type { AlertStatus, Intent, Outcome, TimelineKind } from '#kernel/words/lifecycle.ts';
import type { Severity } from '#kernel/words/severity.ts';

export type ImportedEntry = {
  readonly at: Instant;
  readonly kind: TimelineKind;
  readonly detail: string;
  /** Who did it, as far as the old program says. */
  readonly by: string | null;
  /** A round that was called out: how long after the creation its step is, in seconds. */
  readonly stepDelayS?: number;
};

export type ImportedAlert = {
  readonly alertId: string;
  readonly status: AlertStatus;
  readonly title: string;
  readonly severity: Severity;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly deviceId: string | null;
  readonly cameraId: string | null;
  readonly areaId: string | null;
  readonly image: string | null;
  readonly audioRelayWs: string | null;
  readonly cameraIpMap: JsonValue;
  readonly analyse: JsonObject;
  readonly isTest: boolean;
  readonly intent: Intent | null;
  readonly outcome: Outcome | null;
  readonly acknowledgedBy: string | null;
  readonly closedBy: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly deliveredAt: Instant | null;
  readonly seenAt: Instant | null;
  readonly acknowledgedAt: Instant | null;
  readonly resolvedAt: Instant | null;
  readonly expiredAt: Instant | null;
  readonly closedAt: Instant | null;
  readonly archivedAt: Instant | null;
  readonly lastNotificationAt: Instant | null;
  /** Rounds after the first one that its record tells of; each has its ESCALATED entry. */
  readonly reminderCount: number;
  readonly isFirstRoundRecorded: boolean;
  /** Delay of the last step that it has really sent; null: none. */
  readonly sentDelayS: number | null;
  /** In the order of time, the CREATED one among them. */
  readonly entries: readonly ImportedEntry[];
  readonly warnings: readonly string[];
};

export type Conversion =
  | { readonly ok: true; readonly alert: ImportedAlert }
  | { readonly ok: false; readonly sentence: string };
