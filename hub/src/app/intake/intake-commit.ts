/**
 * One flush: many requests' events, decided and stored in one transaction (ENGINE 1). Reports are
 * masked before it begins; nothing from here on sees them as they came.
 *   1. claim the senders' own ids, so that duplicates are known
 *   2. lock the sent messages that receipts are about, the heads of the problems, their alerts
 *   3. decide, event by event in order, in memory
 *   4. write: one statement per table; the devices that reports came from last
 * Danger: a commit whose answer got lost is looked up by its first event id before it is run
 * again with the same ids, so that nothing is stored twice and nothing answered is lost.
 */
import { type AlertHead, freshHead, proposeHead } from '#alert/head.ts';
import { type AlertRef, lockAlerts, lockHeads } from '#alert/store.ts';
import { createEvent } from '#intake/event.ts';
import { showMailContent } from '#intake/pec/mail-facts.ts';
import type { Report } from '#intake/report.ts';
import { createSentNews, type SentNews } from '#intake/sent-mail/book.ts';
import { lockSentMails, postSentMails } from '#intake/sent-mail/store.ts';
import { joinByLabels } from '#intake/source.ts';
import {
  claimEventKeys,
  findEvent,
  type KeyClaim,
  type KeyHolder,
  postEvents,
  postKeyAlerts,
} from '#intake/store.ts';
import { encodeHex, hmacSha256, sha256Hex } from '#kernel/crypto.ts';
import { assert } from '#kernel/decision.ts';
import { alertId, eventId } from '#kernel/id.ts';
import { type Instant, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { CommitUnknownError, type Transaction } from '#platform/postgres/postgres.ts';
import type { MaskCounts } from '#redaction/mask.ts';
import type { NameAlertKey } from './alert-key.ts';
import { receiveReport } from '#intake/inbound/inbound.ts';
import type { DispatchContext } from '#app/dispatch.ts';
import {
  decideFlush,
  type FlushDecision,
  type IntakeItem,
  type IntakeRequest,
  type IntakeResult,
  nameAlert,
  nameHead,
} from './intake-decide.ts';
import { type CommandDeps, createWorks } from '#app/run-commands.ts';
import { saveWorks } from '#app/save-works.ts';

export type IntakeDeps = CommandDeps & {
  readonly nameAlertKey: NameAlertKey;
  /** Keys the content hashes of sources that have a duplicate window. */
  readonly contentKey: Uint8Array;
  /** What was masked in one report that is stored. */
  readonly onMasked: (masks: MaskCounts) => void;
  /** Renews the devices that reports come from; what it returns is for after the commit. */
  readonly seeDevices: (tx: Transaction, heard: readonly Heard[], now: Instant) => () => void;
};

/** Who reports came from, and what they were when they were masked. */
export type Heard = Pick<IntakeRequest, 'source' | 'reports'>;

/** Results in the order of requests and reports. Throws when nothing was stored. */
export async function commitIntake(
  deps: IntakeDeps,
  requests: readonly IntakeRequest[],
): Promise<readonly (readonly IntakeResult[])[]> {
  const now = deps.clock.now();
  const items = createItems(deps, requests, now);
  const first = items[0]?.event;
  if (first === undefined) return requests.map(() => []);
  const flush: Flush['flush'] = { decision: null, onCommitted: null };
  const how: Flush = { items, now, flush };
  const run = () => deps.database.transaction((tx) => runFlush(deps, tx, how));
  try {
    await run();
  } catch (error) {
    if (!(error instanceof CommitUnknownError)) throw error;
    const isStored = await findEvent(deps.database, first.projectId, first.eventId);
    if (!isStored) await run();
  }
  flush.onCommitted?.();
  for (const { masks } of items) deps.onMasked(masks);
  return splitByRequest(requests, resultsOf(how));
}

/**
 * Reports of ours, stored with what they are about, in a transaction that is open already. Throws
 * when they cannot be; then the caller's transaction must end as well.
 */
export async function storeReports(
  deps: IntakeDeps,
  tx: Transaction,
  told: { readonly requests: readonly IntakeRequest[]; readonly now: Instant },
): Promise<readonly IntakeResult[]> {
  const items = createItems(deps, told.requests, told.now);
  if (items.length === 0) return [];
  const how: Flush = { now: told.now, items, flush: { decision: null, onCommitted: null } };
  await runFlush(deps, tx, how);
  return resultsOf(how);
}

function resultsOf({ flush }: Flush): readonly IntakeResult[] {
  assert(flush.decision !== null, 'a flush that ended has decided');
  return flush.decision.results;
}

function createItems(
  deps: IntakeDeps,
  requests: readonly IntakeRequest[],
  now: Instant,
): readonly IntakeItem[] {
  return requests.flatMap((request) =>
    request.reports.map((report) => createItem(deps, { request, report }, now)),
  );
}

function splitByRequest(
  requests: readonly IntakeRequest[],
  results: readonly IntakeResult[],
): readonly (readonly IntakeResult[])[] {
  let from = 0;
  return requests.map(({ reports }) => {
    const own = results.slice(from, from + reports.length);
    from += reports.length;
    return own;
  });
}

function createItem(
  deps: IntakeDeps,
  from: { readonly request: IntakeRequest; readonly report: Report },
  now: Instant,
): IntakeItem {
  const { request } = from;
  const isMailShown = request.config.mailContent === 'full';
  const told = isMailShown ? showMailContent(from.report) : from.report;
  const raw = joinByLabels(told, request.source, now);
  const { projectId, sourceId, kind } = request.source;
  const { redactor } = request.config;
  const basis = { source: request.source, redactor, contentKey: deps.contentKey };
  const { redaction, duplicateKey } = receiveReport(raw, basis);
  const { identity } = redaction.value;
  const id = eventId(deps.ids.next(now));
  const isSingle = identity.kind === 'single';
  const fresh = { projectId, sourceId, channelType: kind, eventId: id, redaction, receivedAt: now };
  return {
    request,
    event: createEvent(fresh, sha256Hex),
    alertKey: isSingle ? id : deps.nameAlertKey({ projectId, sourceId, identity }),
    newAlertId: identity.kind === 'own' ? identity.alertId : alertId(deps.ids.next(now)),
    hasHead: !isSingle && raw.stage !== 'heartbeat',
    duplicateKey,
    masks: redaction.masks,
    mail: raw.mail,
    sent: nameSentMail(deps, request, raw),
  };
}

/** Keyed, so that nobody can look in the table for an address that they guess. */
function nameSentMail(deps: IntakeDeps, request: IntakeRequest, raw: Report): SentNews | null {
  const sent = raw.mail?.sent ?? null;
  if (sent === null) return null;
  const { projectId, sourceId } = request.source;
  const hash = (text: string): string => encodeHex(hmacSha256(deps.contentKey, `mail:${text}`));
  return createSentNews({ projectId, sourceId }, sent, hash);
}

type Flush = {
  readonly items: readonly IntakeItem[];
  readonly now: Instant;
  /** What came of the last try. */
  readonly flush: { decision: FlushDecision | null; onCommitted: (() => void) | null };
};

async function runFlush(deps: IntakeDeps, tx: Transaction, how: Flush): Promise<void> {
  const { items, now } = how;
  const proposals = listProposals(items);
  const sentNews = items.flatMap(({ sent }) => sent ?? []);
  const sentMails = await lockSentMails(tx, sentNews, now);
  const [holders, heads] = await Promise.all([
    claimKeys(tx, items),
    lockHeads(tx, [...proposals.values()], now),
  ]);
  const known = await createWorks(deps, tx, await lockAlerts(tx, listAlerts(items, heads)));
  const context: DispatchContext = { ids: deps.ids, now, settings: deps.settings() };
  const decision = decideFlush(items, {
    holders,
    stored: new Map(heads.map((head) => [nameHead(head), head])),
    proposals,
    works: new Map(known.map((work) => [nameAlert(work.alert), work])),
    sentMails,
    context,
  });
  how.flush.decision = decision;
  postEvents(tx, decision.events);
  postKeyAlerts(tx, decision.keyAlerts);
  postSentMails(tx, decision.sentMails, now);
  saveWorks(tx, decision, { ids: deps.ids, now });
  how.flush.onCommitted = deps.seeDevices(tx, items.map(toHeard), now);
}

function toHeard({ request, event }: IntakeItem): Heard {
  return { source: request.source, reports: [event.report] };
}

/** One claim for each key; the first event of the flush with that key makes it. */
async function claimKeys(
  tx: Transaction,
  items: readonly IntakeItem[],
): Promise<ReadonlyMap<string, KeyHolder>> {
  const claims = new Map<string, KeyClaim>();
  for (const { event, duplicateKey, request } of items) {
    if (duplicateKey === null) continue;
    const { projectId, sourceId, receivedAt } = event;
    const name = `${projectId}/${sourceId}/${duplicateKey}`;
    if (claims.has(name)) continue;
    const isContent = event.report.providerEventId === null;
    const windowMs = (request.source.dedupWindowS ?? 0) * MS_PER_SECOND;
    claims.set(name, {
      projectId,
      sourceId,
      providerEventId: duplicateKey,
      eventId: event.eventId,
      receivedAt,
      forgetBefore: isContent ? plusMs(receivedAt, -windowMs) : null,
    });
  }
  return claims.size === 0 ? new Map() : claimEventKeys(tx, [...claims.values()]);
}

/** One for each problem, made of its first event in this flush. */
function listProposals(items: readonly IntakeItem[]): ReadonlyMap<string, AlertHead> {
  const proposals = new Map<string, AlertHead>();
  for (const { hasHead, event, alertKey, newAlertId } of items) {
    if (!hasHead || event.report.stage === 'heartbeat') continue;
    const fresh = freshHead(event.projectId, alertKey);
    const { stage, isRemark, startsAt, endsAt } = event.report;
    // Neither an end nor a remark raises what a head could point to.
    const first = {
      stage: isRemark ? 'resolved' : stage,
      startsAt,
      announcedEndsAt: endsAt,
    } as const;
    const name = nameHead(fresh);
    if (!proposals.has(name)) proposals.set(name, proposeHead(fresh, newAlertId, first));
  }
  return proposals;
}

/** Alerts that stand for a problem now, and those that senders named themselves. */
function listAlerts(
  items: readonly IntakeItem[],
  heads: readonly AlertHead[],
): readonly AlertRef[] {
  const refs = new Map<string, AlertRef>();
  // A head that points to an alert which only this flush knows of has just been made.
  const news = new Set(items.map((item) => item.newAlertId));
  for (const { projectId, currentAlertId } of heads) {
    if (currentAlertId === null) continue;
    const ref = { projectId, alertId: currentAlertId };
    if (!news.has(currentAlertId)) refs.set(nameAlert(ref), ref);
  }
  for (const { event } of items) {
    const { identity } = event.report;
    if (identity.kind !== 'own') continue;
    const ref = { projectId: event.projectId, alertId: identity.alertId };
    refs.set(nameAlert(ref), ref);
  }
  return [...refs.values()];
}
