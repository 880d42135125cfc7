/** One open stream: what it may see, where it is, and what it lacks. Pure but for its stream. */
import type { Credential } from '#access/authenticate.ts';
import type { AlertFacts } from '#app/alert-view.ts';
import type { Changed } from '#app/read/alerts.ts';
import { type Instant, plusMs } from '#kernel/instant.ts';
import type { ProjectId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isInProject, type Principal } from '#kernel/principal.ts';
import type { Severity } from '#kernel/words/severity.ts';
import type { EventStream } from '#platform/http/event-stream.ts';
import { type Fresh, isGap, type Reading } from './seen-changes.ts';
import { GREETING } from './stream-text.ts';

/** Nothing of it ever changes about an alert. Null = all. */
export type StreamFilter = {
  readonly projectId: ProjectId | null;
  readonly severity: Severity | null;
  readonly deviceId: string | null;
  readonly cameraId: string | null;
};

export type ResyncReason = 'no_cursor' | 'cursor_too_old' | 'too_many_changes' | 'reader_too_slow';

type ListenerState =
  /** It has not been told anything, and will read the list. */
  | { readonly kind: 'starting' }
  /** It is to be told what changed since then. */
  | { readonly kind: 'resuming'; readonly since: Instant }
  | { readonly kind: 'following' };

export type Listener = {
  principal: Principal;
  readonly credential: Credential | null;
  readonly filter: StreamFilter;
  readonly stream: EventStream;
  state: ListenerState;
  /** Why it has to read the list again; null = it lacks nothing. */
  lacks: ResyncReason | null;
  /** Changes that this beat is to tell it. */
  wanted: readonly Changed[];
  /** Not before. */
  beatAt: Instant;
  resyncAt: Instant;
  /** When it last had taken all that was sent. */
  readAllAt: Instant;
};

type Admitted = Pick<Listener, 'principal' | 'credential' | 'filter'> & {
  readonly cursorAt: Instant | null;
};

/** Null: it has left already. */
export function admit(
  { cursorAt, ...asked }: Admitted,
  stream: EventStream,
  now: Instant,
): Listener | null {
  if (!stream.send([GREETING])) return null;
  const isUsable =
    cursorAt !== null &&
    cursorAt >= plusMs(now, -LIMITS.streamResumeMaxMs) &&
    // Ahead of us by more than the clocks of two nodes may differ, it is not one of ours.
    cursorAt <= plusMs(now, 2 * LIMITS.clockOffsetMaxMs);
  const whyNot = cursorAt === null ? 'no_cursor' : 'cursor_too_old';
  return {
    ...asked,
    stream,
    state: isUsable
      ? { kind: 'resuming', since: plusMs(cursorAt, -LIMITS.streamOverlapMs) }
      : { kind: 'starting' },
    lacks: isUsable ? null : whyNot,
    wanted: [],
    beatAt: now,
    resyncAt: now,
    readAllAt: now,
  };
}

/** What a beat's reading holds for this listener. Null: it reads the list, and gets nothing else. */
export function listWanted(
  listener: Listener,
  reading: Reading,
  fresh: Fresh,
): readonly Changed[] | null {
  const { state } = listener;
  if (listener.lacks !== null || state.kind === 'starting') return null;
  const isResuming = state.kind === 'resuming';
  const hasGap = isResuming ? isGap(reading, state.since) : fresh.hasGap;
  const all = isResuming ? listSince(reading, state.since) : fresh.changes;
  const wanted = all.filter(({ projectId }) => isProjectOf(listener, projectId));
  if (!hasGap && wanted.length <= LIMITS.streamChangesMax) return wanted;
  listener.lacks = 'too_many_changes';
  return null;
}

function listSince({ changes }: Reading, since: Instant): readonly Changed[] {
  return changes.filter(({ updatedAt }) => updatedAt >= since).toReversed();
}

function isProjectOf({ principal, filter }: Listener, project: ProjectId): boolean {
  return isInProject(principal, project) && (filter.projectId ?? project) === project;
}

export function isSeenBy(listener: Listener, { alert }: AlertFacts): boolean {
  const { severity, deviceId, cameraId } = listener.filter;
  return (
    isProjectOf(listener, alert.projectId) &&
    (severity ?? alert.severity) === alert.severity &&
    (deviceId ?? alert.deviceId) === alert.deviceId &&
    (cameraId ?? alert.cameraId) === alert.cameraId
  );
}

/** It has taken nothing for so long that it is gone. */
export function isBehind(listener: Listener, now: Instant): boolean {
  if (listener.stream.waitingBytes() === 0) listener.readAllAt = now;
  return now > plusMs(listener.readAllAt, LIMITS.streamStallMaxMs);
}
