/** What the events of one flush come to, folded in their order. Pure but for the ids. */
import {
  type AlertHead,
  decideSighting,
  freshHead,
  isSameHead,
  pointHead,
  type Sighting,
} from '#alert/head.ts';
import type { Notification } from '#delivery/notification.ts';
import type { Event } from '#intake/event.ts';
import type { MailNews, Report } from '#intake/report.ts';
import {
  openSentBook,
  type SentBook,
  type SentMailRow,
  type SentNews,
} from '#intake/sent-mail/book.ts';
import type { SentMove } from '#intake/sent-mail/sent-mail.ts';
import type { Source } from '#intake/source.ts';
import type { EventKey, KeyHolder } from '#intake/store.ts';
import { assert } from '#kernel/decision.ts';
import type { Occurrence } from '#kernel/effect.ts';
import { type AlertId, alertId, type EventId, policyId, type ProjectId } from '#kernel/id.ts';
import { type Instant, plusMs } from '#kernel/instant.ts';
import type { Principal } from '#kernel/principal.ts';
import type { MaskCounts } from '#redaction/mask.ts';
import { isOpen } from '#kernel/words/lifecycle.ts';
import { type AlertWork, type DispatchContext, raise, runAlertCommand } from '#app/dispatch.ts';
import { planEventNotifications } from './event-notifications.ts';
import type { ProjectConfig } from '#app/project-config.ts';

export type IntakeRequest = {
  readonly config: ProjectConfig;
  readonly source: Source;
  readonly by: Principal;
  readonly reports: readonly Report[];
  /** `POST /alerts`: an alert of that name that is there already stays as it is. */
  readonly isRaiseOnly: boolean;
};

export type IntakeItem = {
  readonly request: IntakeRequest;
  readonly event: Event;
  readonly alertKey: string;
  /** What a new alert of this event is called; the sender's own name where it gave one. */
  readonly newAlertId: AlertId;
  /** False for a detection that nothing else can ever refer to, and for heartbeats. */
  readonly hasHead: boolean;
  /** Events of one source with the same key are duplicates of the first. */
  readonly duplicateKey: string | null;
  readonly masks: MaskCounts;
  /** Of the raw report: filters and correlation need what redaction would mask. */
  readonly mail: MailNews | null;
  /** What it says of a message that was sent. */
  readonly sent: SentNews | null;
};

export type IntakeResult = {
  /** As it is stored. */
  readonly report: Report;
  /** Of a duplicate: the first event's. */
  readonly eventId: EventId;
  readonly alertId: AlertId | null;
  readonly isDuplicate: boolean;
  readonly isAlertNew: boolean;
  /** The alert as it stands after the flush; null for duplicates and events without one. */
  readonly work: AlertWork | null;
};

export type FlushDecision = {
  readonly results: readonly IntakeResult[];
  readonly events: readonly Event[];
  readonly keyAlerts: readonly (EventKey & { readonly alertId: AlertId })[];
  readonly heads: readonly AlertHead[];
  readonly works: readonly AlertWork[];
  readonly notifications: readonly Notification[];
  readonly sentMails: readonly SentMailRow[];
};

export type FlushBasis = {
  readonly holders: ReadonlyMap<string, KeyHolder>;
  /** Heads as they are stored now, and as they were proposed for problems not known before. */
  readonly stored: ReadonlyMap<string, AlertHead>;
  readonly proposals: ReadonlyMap<string, AlertHead>;
  readonly works: ReadonlyMap<string, AlertWork>;
  readonly sentMails: readonly SentMailRow[];
  readonly context: DispatchContext;
};

type Fold = {
  readonly heads: Map<string, AlertHead>;
  readonly works: Map<string, AlertWork>;
  /** Alerts of the events of this flush that made a key. */
  readonly alertByEvent: Map<EventId, AlertId | null>;
  readonly keyAlerts: (EventKey & { readonly alertId: AlertId })[];
  readonly sentBook: SentBook;
};

export function nameHead(head: { readonly projectId: ProjectId; readonly alertKey: string }) {
  return `${head.projectId}/${head.alertKey}`;
}

export function nameAlert(ref: { readonly projectId: ProjectId; readonly alertId: AlertId }) {
  return `${ref.projectId}/${ref.alertId}`;
}

export function decideFlush(items: readonly IntakeItem[], basis: FlushBasis): FlushDecision {
  const fold: Fold = {
    heads: openHeads(basis),
    works: new Map(basis.works),
    alertByEvent: new Map(),
    keyAlerts: [],
    sentBook: openSentBook(basis.sentMails),
  };
  const events: Event[] = [];
  const results: IntakeResult[] = [];
  const notifications: Notification[] = [];
  for (const item of items) {
    const { result, move } = decideItem(item, fold, basis);
    const duplicateOf = result.isDuplicate ? result.eventId : null;
    const event: Event = { ...item.event, alertId: result.alertId, duplicateOf };
    results.push(result);
    events.push(event);
    const news = { event, mail: item.mail, move };
    notifications.push(...planEventNotifications(news, item.request.config, basis.context));
  }
  return {
    results,
    events,
    keyAlerts: fold.keyAlerts,
    heads: [...fold.heads].flatMap(([name, head]) => {
      const stored = basis.stored.get(name);
      return stored !== undefined && isSameHead(stored, head) ? [] : [head];
    }),
    works: [...fold.works.values()],
    notifications,
    sentMails: fold.sentBook.changed(),
  };
}

/** A head that came back as it was proposed is new: nothing was known of its problem. */
function openHeads(basis: FlushBasis): Map<string, AlertHead> {
  const heads = new Map<string, AlertHead>();
  for (const [name, stored] of basis.stored) {
    const proposed = basis.proposals.get(name);
    const isNew =
      proposed?.currentAlertId !== null && proposed?.currentAlertId === stored.currentAlertId;
    const isOwnKnown = basis.works.has(
      nameAlert({ projectId: stored.projectId, alertId: stored.currentAlertId ?? NO_ALERT }),
    );
    heads.set(name, isNew && !isOwnKnown ? freshHead(stored.projectId, stored.alertKey) : stored);
  }
  return heads;
}

const NO_ALERT = alertId('-');

type ItemDecision = { readonly result: IntakeResult; readonly move: SentMove | null };

function decideItem(item: IntakeItem, fold: Fold, basis: FlushBasis): ItemDecision {
  const { event, duplicateKey } = item;
  const holder = findHolder(item, basis.holders);
  if (holder !== null && holder.eventId !== event.eventId) {
    const alertOfFirst = fold.alertByEvent.get(holder.eventId) ?? holder.alertId;
    const result = {
      report: event.report,
      eventId: holder.eventId,
      alertId: alertOfFirst,
      isDuplicate: true,
      isAlertNew: false,
      work: null,
    };
    return { result, move: null };
  }
  const said = item.sent === null ? NOTHING_SAID : fold.sentBook.apply(item.sent);
  const isNobodys = event.report.stage === 'heartbeat' || said.isRefuted;
  const work = isNobodys ? null : meet(item, fold, basis.context);
  const met = work?.alert.alertId ?? null;
  fold.alertByEvent.set(event.eventId, met);
  if (duplicateKey !== null && met !== null) {
    const { projectId, sourceId } = event;
    fold.keyAlerts.push({ projectId, sourceId, providerEventId: duplicateKey, alertId: met });
  }
  const result: IntakeResult = {
    report: event.report,
    eventId: event.eventId,
    alertId: met,
    isDuplicate: false,
    isAlertNew: work?.isAlertNew ?? false,
    work,
  };
  return { result, move: said.move };
}

const NOTHING_SAID = { move: null, isRefuted: false } as const;

function findHolder(item: IntakeItem, holders: FlushBasis['holders']): KeyHolder | null {
  if (item.duplicateKey === null) return null;
  const { projectId, sourceId } = item.event;
  return holders.get(`${projectId}/${sourceId}/${item.duplicateKey}`) ?? null;
}

/** Raises, moves or leaves the alert of the event's problem. Null: it stands for none. */
function meet(item: IntakeItem, fold: Fold, context: DispatchContext): AlertWork | null {
  if (!item.hasHead) {
    const how = { context, previousAlertId: null };
    const { stage, isRemark } = item.event.report;
    return stage === 'resolved' || isRemark ? null : raiseFor(item, fold, how);
  }
  const { projectId } = item.event;
  const name = nameHead({ projectId, alertKey: item.alertKey });
  const head = fold.heads.get(name);
  assert(head !== undefined, 'the head of an event is locked');
  const current = findCurrent(item, head, fold);
  // Alerts that are over are not what is spoken of now.
  if (item.event.report.isRemark && (current === null || !isOpen(current.alert.status)))
    return null;
  const sighting = createSighting(item, context.now);
  const seen = { sighting, now: context.now };
  const decision = decideSighting(head, current?.alert ?? null, seen);
  let next = decision.head;
  let work = current;
  if (decision.action.kind === 'raise') {
    work = raiseFor(item, fold, { context, previousAlertId: head.currentAlertId });
    next = pointHead(next, work.alert.alertId);
  } else if (decision.action.kind === 'command' && work !== null) {
    runAlertCommand(work, decision.action.command, context);
  }
  fold.heads.set(name, next);
  return work;
}

function findCurrent(item: IntakeItem, head: AlertHead, fold: Fold): AlertWork | null {
  const { identity } = item.event.report;
  const { projectId } = item.event;
  const id = identity.kind === 'own' ? identity.alertId : head.currentAlertId;
  return id === null ? null : (fold.works.get(nameAlert({ projectId, alertId: id })) ?? null);
}

function raiseFor(
  item: IntakeItem,
  fold: Fold,
  how: { readonly context: DispatchContext; readonly previousAlertId: AlertId | null },
): AlertWork {
  const { context, previousAlertId } = how;
  const { request, event } = item;
  const { report } = event;
  const asked = report.policyId === null ? null : policyId(report.policyId);
  const stored = request.config.choosePolicy([asked, request.source.policyId]);
  const work = raise(
    {
      projectId: event.projectId,
      alertId: item.newAlertId,
      alertKey: item.alertKey,
      sourceId: event.sourceId,
      policyId: stored.policyId,
      previousAlertId,
      occurrence: createOccurrence(report, context.now),
      by: request.by,
    },
    { policy: stored.policy, snapshotId: stored.snapshotId, config: request.config },
    context,
  );
  fold.works.set(nameAlert(work.alert), work);
  return work;
}

function createSighting(item: IntakeItem, now: Instant): Sighting {
  const { report } = item.event;
  assert(report.stage !== 'heartbeat', 'a heartbeat is no sighting');
  return {
    stage: report.stage,
    isOwnId: report.identity.kind === 'own',
    isRaiseOnly: item.request.isRaiseOnly,
    occurrence: createOccurrence(report, now),
    announcedEndsAt: report.endsAt,
    by: item.request.by,
  };
}

/**
 * Without an announced end, the source's timeout counts from this report. An alarm that says it
 * has ended before it came, by a wrong clock maybe, is told all the same.
 */
export function createOccurrence(report: Report, now: Instant): Occurrence {
  const timeoutMs = report.resolveTimeoutMs;
  const isEndAhead = report.endsAt !== null && report.endsAt > now;
  return {
    title: report.title,
    severity: report.severity,
    labels: report.labels,
    annotations: report.annotations,
    fingerprint: report.fingerprint,
    deviceId: report.deviceId,
    cameraId: report.cameraId,
    areaId: report.areaId,
    image: report.image,
    audioRelayWs: report.audioRelayWs,
    cameraIpMap: report.cameraIpMap,
    analyse: report.analyse,
    sourceUrl: report.sourceUrl,
    isTest: report.isTest,
    startsAt: report.startsAt,
    endsAt: isEndAhead ? report.endsAt : timeoutMs === null ? null : plusMs(now, timeoutMs),
  };
}
