/**
 * The head of a problem: which alert stands for it now, and which episode was reported last.
 * Decides what one more report means. Pure.
 *
 * Same episode: the sender names no start, or one that is not later than the last, or one that
 * lies before the end it had announced (two Prometheus of a pair begin a little apart). Anything
 * else is a new occurrence. An episode that was answered is never reopened by posting it again;
 * one that expired unanswered is.
 */
import type { AlertCommand, Occurrence } from '#kernel/effect.ts';
import type { AlertId, ProjectId } from '#kernel/id.ts';
import { type Instant, instant } from '#kernel/instant.ts';
import { isOpen } from '#kernel/words/lifecycle.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Alert } from './alert.ts';

export type AlertHead = {
  readonly projectId: ProjectId;
  readonly alertKey: string;
  readonly currentAlertId: AlertId | null;
  readonly previousAlertId: AlertId | null;
  /** As the sender said; null = it did not. */
  readonly episodeStartedAt: Instant | null;
  /** The end that the sender announced itself; null = it did not. */
  readonly episodeEndsAt: Instant | null;
  readonly isEpisodeOver: boolean;
  /** The last end that was believed. */
  readonly lastEndedAt: Instant | null;
};

export type Sighting = {
  readonly stage: 'received' | 'updated' | 'resolved';
  /** The sender named the alert itself: another report of that name never makes a second alert. */
  readonly isOwnId: boolean;
  /** Asked to raise, not to report: an alert that is there already stays as it is. */
  readonly isRaiseOnly: boolean;
  readonly occurrence: Occurrence;
  /** The end the sender announced; `occurrence.endsAt` may be our own timeout. */
  readonly announcedEndsAt: Instant | null;
  readonly by: Principal;
};

export type SightingAction =
  | { readonly kind: 'raise' }
  | { readonly kind: 'command'; readonly command: AlertCommand }
  | { readonly kind: 'nothing' };

export type SightingDecision = { readonly head: AlertHead; readonly action: SightingAction };

export function freshHead(projectId: ProjectId, alertKey: string): AlertHead {
  return {
    projectId,
    alertKey,
    currentAlertId: null,
    previousAlertId: null,
    episodeStartedAt: null,
    episodeEndsAt: null,
    isEpisodeOver: false,
    lastEndedAt: null,
  };
}

/** The head as it will be if nothing is known of the problem yet and `raised` is raised for it. */
export function proposeHead(
  fresh: AlertHead,
  raised: AlertId,
  first: Pick<Sighting, 'stage' | 'announcedEndsAt'> & { readonly startsAt: Instant | null },
): AlertHead {
  if (first.stage === 'resolved') return fresh;
  return {
    ...fresh,
    currentAlertId: raised,
    episodeStartedAt: first.startsAt,
    episodeEndsAt: first.announcedEndsAt,
  };
}

export function isSameHead(one: AlertHead, other: AlertHead): boolean {
  return (
    one.currentAlertId === other.currentAlertId &&
    one.previousAlertId === other.previousAlertId &&
    one.episodeStartedAt === other.episodeStartedAt &&
    one.episodeEndsAt === other.episodeEndsAt &&
    one.isEpisodeOver === other.isEpisodeOver &&
    one.lastEndedAt === other.lastEndedAt
  );
}

export function decideSighting(
  head: AlertHead,
  current: Alert | null,
  seen: { readonly sighting: Sighting; readonly now: Instant },
): SightingDecision {
  const { sighting } = seen;
  if (sighting.stage === 'resolved') return decideEnd(head, current, seen);
  if (sighting.isOwnId && current !== null) return { head, action: meetOwn(current, sighting) };
  if (current === null) return { head: openEpisode(head, sighting), action: { kind: 'raise' } };

  const isOver = head.isEpisodeOver || current.outcome === 'resolved_by_source';
  const isSame = !isOver && isSameEpisode(head, sighting);
  const isUpdate = sighting.stage === 'updated';
  // An update begins no episode: the report that does may still be on its way.
  const kept = isSame ? continueEpisode(head, sighting) : head;
  const next = isSame || isUpdate ? kept : openEpisode(head, sighting);
  if (isOpen(current.status)) {
    return { head: next, action: asCommand(isSame || isUpdate ? 'repost' : 'join', sighting) };
  }
  const isUnanswered = current.status === 'EXPIRED' && current.closedAt === null;
  const isSettled = (isSame && !isUnanswered) || isUpdate;
  return { head: next, action: isSettled ? asCommand('repost', sighting) : { kind: 'raise' } };
}

/** Points the head at the alert that was raised for it. */
export function pointHead(head: AlertHead, raised: AlertId): AlertHead {
  return { ...head, previousAlertId: head.currentAlertId, currentAlertId: raised };
}

function asCommand(kind: 'repost' | 'join', sighting: Sighting): SightingAction {
  const { by, occurrence } = sighting;
  return { kind: 'command', command: { kind, by, occurrence } };
}

function meetOwn(current: Alert, sighting: Sighting): SightingAction {
  if (sighting.isRaiseOnly) return { kind: 'nothing' };
  const isJoin = sighting.stage === 'received' && isOpen(current.status);
  return asCommand(isJoin ? 'join' : 'repost', sighting);
}

function decideEnd(
  head: AlertHead,
  current: Alert | null,
  seen: { readonly sighting: Sighting; readonly now: Instant },
): SightingDecision {
  const { sighting, now } = seen;
  const endedAt = sighting.announcedEndsAt;
  if (isStaleEnd(head, sighting)) return { head, action: { kind: 'nothing' } };
  const over: AlertHead = {
    ...head,
    isEpisodeOver: true,
    episodeEndsAt: endedAt ?? now,
    lastEndedAt: endedAt ?? now,
  };
  if (current === null) return { head: over, action: { kind: 'nothing' } };
  const command: AlertCommand = { kind: 'end', by: sighting.by, detail: null };
  return { head: over, action: { kind: 'command', command } };
}

/**
 * The end of another episode than the present one: it came late, or one of a pair of senders
 * repeats it (Prometheus does for 15 minutes) while the other still reports. A pair of one
 * configuration evaluates at the same moments, so the start says nothing about which it is.
 */
function isStaleEnd(head: AlertHead, sighting: Sighting): boolean {
  const { startsAt } = sighting.occurrence;
  const endedAt = sighting.announcedEndsAt;
  if (startsAt === null || endedAt === null || head.isEpisodeOver) return false;
  if (isBefore(startsAt, head) && isBefore(endedAt, head)) return true;
  return head.lastEndedAt !== null && endedAt <= head.lastEndedAt;
}

function isBefore(moment: Instant | null, head: AlertHead): boolean {
  return moment !== null && head.episodeStartedAt !== null && moment < head.episodeStartedAt;
}

function isSameEpisode(head: AlertHead, sighting: Sighting): boolean {
  const { startsAt } = sighting.occurrence;
  if (startsAt === null || head.episodeStartedAt === null) return true;
  if (startsAt <= head.episodeStartedAt) return true;
  return head.episodeEndsAt !== null && startsAt <= head.episodeEndsAt;
}

function openEpisode(head: AlertHead, sighting: Sighting): AlertHead {
  return {
    ...head,
    episodeStartedAt: sighting.occurrence.startsAt,
    episodeEndsAt: sighting.announcedEndsAt,
    isEpisodeOver: false,
  };
}

function continueEpisode(head: AlertHead, sighting: Sighting): AlertHead {
  const starts = [head.episodeStartedAt, sighting.occurrence.startsAt];
  const known = starts.filter((start) => start !== null);
  return {
    ...head,
    episodeStartedAt: known.length === 0 ? null : instant(Math.max(...known)),
    episodeEndsAt: sighting.announcedEndsAt,
    isEpisodeOver: false,
  };
}
