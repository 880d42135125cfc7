/** What redaction does with each field of a report. `intake` tests that none is missing here. */
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';

type Texts = Readonly<Record<string, string>>;

/** The fields of a report that hold what somebody wrote. */
export type RedactableReport = {
  readonly title: string;
  readonly content: string | null;
  readonly sourceUrl: string | null;
  readonly image: string | null;
  readonly audioRelayWs: string | null;
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly payload: JsonObject | null;
  readonly analyse: JsonObject;
  readonly sourceRefs: JsonObject | null;
  readonly logCorrelation: JsonObject | null;
  readonly cameraIpMap: JsonValue;
  readonly provider: string | null;
  readonly alertname: string | null;
  readonly namespace: string | null;
  readonly targetResource: string | null;
  readonly channelChatId: string | null;
  readonly fingerprint: string | null;
  readonly providerEventId: string | null;
  readonly runId: string | null;
  readonly deviceId: string | null;
  readonly cameraId: string | null;
  readonly areaId: string | null;
  readonly policyId: string | null;
};

export function redactReportFields<T extends RedactableReport>(report: T): T {
  return report;
}
