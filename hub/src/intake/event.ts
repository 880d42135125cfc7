/** An event: one inbound report as it is stored, after redaction. Immutable. */
import type { AlertId, EventId, ProjectId, SourceId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { SourceKind } from '#kernel/words/severity.ts';
import type { Redaction } from '#redaction/redaction.ts';
import type { Report } from './report.ts';

export type Event = {
  readonly projectId: ProjectId;
  readonly eventId: EventId;
  readonly sourceId: SourceId;
  readonly channelType: SourceKind;
  readonly report: Report;
  readonly contentPreview: string | null;
  readonly hasRedactedContent: boolean;
  readonly redactionVersion: string;
  readonly contentSha256: string | null;
  readonly sourceRefCount: number;
  readonly alertId: AlertId | null;
  readonly duplicateOf: EventId | null;
  readonly receivedAt: Instant;
};

export type NewEvent = {
  readonly projectId: ProjectId;
  readonly eventId: EventId;
  readonly sourceId: SourceId;
  readonly channelType: SourceKind;
  readonly redaction: Omit<Redaction<Report>, 'masks'>;
  readonly receivedAt: Instant;
};

/** The hash is of the redacted text: one of the raw text would let anyone test guesses. */
export function createEvent(fresh: NewEvent, sha256Hex: (text: string) => string): Event {
  const { value: report, hasRedactedContent, version } = fresh.redaction;
  const { content } = report;
  return {
    projectId: fresh.projectId,
    eventId: fresh.eventId,
    sourceId: fresh.sourceId,
    channelType: fresh.channelType,
    report,
    contentPreview: content === null ? null : previewOf(content),
    hasRedactedContent,
    redactionVersion: version,
    contentSha256: content === null ? null : sha256Hex(content),
    sourceRefCount: countRefs(report),
    alertId: null,
    duplicateOf: null,
    receivedAt: fresh.receivedAt,
  };
}

function previewOf(content: string): string {
  return content.slice(0, LIMITS.previewCharsMax).toWellFormed();
}

/** References are grouped by kind; each kind holds one or a list. */
function countRefs(report: Report): number {
  let count = 0;
  for (const group of Object.values(report.sourceRefs ?? {})) {
    if (group === null) continue;
    count += typeof group === 'object' ? Object.keys(group).length : 1;
  }
  return count;
}
