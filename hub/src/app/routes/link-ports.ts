/** What the routes of signed links ask for: the message, its alert, and the answer in it. */
import { findProjectByLinkNo } from '#access/store.ts';
import type { Alert } from '#alert/alert.ts';
import type { LinkRouteDeps, LinkSubject, Pressed } from '#delivery/link/link.routes.ts';
import type { Link, SignLink } from '#delivery/link/token.ts';
import { findMessage, type Message, noteReceipt } from '#delivery/receipt.store.ts';
import type { ActionResult } from '#delivery/text/action-page.ts';
import type { AlertCommand } from '#kernel/effect.ts';
import { alertId } from '#kernel/id.ts';
import type { AuthMethod, Principal } from '#kernel/principal.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import { type AlertWork } from '#app/dispatch.ts';
import { findAlert } from '#app/read/alerts.ts';
import { type AnswerResult, type Beside, runAnswer } from '#app/run-commands.ts';
import { type AlertPortsDeps, tellAnswer } from './alert-ports.ts';

export type LinkPortsDeps = AlertPortsDeps & { readonly sign: SignLink };

export function createLinkPorts(deps: LinkPortsDeps): LinkRouteDeps {
  const { database, sign, clock } = deps;
  return {
    sign,
    clock,
    find: (link) =>
      database.read(async (db) => {
        const message = await findMessageOf(db, link);
        if (message === null) return null;
        const facts = await findAlert(db, [message.projectId], alertId(message.subjectId));
        return facts === null ? null : describe(message, facts.alert);
      }),
    press: (link, pressed) => press(deps, link, pressed),
    receive: (link, status) => receive(deps, link, status),
  };
}

async function findMessageOf(db: Queryable, link: Link): Promise<Message | null> {
  const project = await findProjectByLinkNo(db, link.linkNo);
  if (project === null) return null;
  const message = await findMessage(db, project.projectId, link.notificationId);
  return message?.subjectKind === 'alert' ? message : null;
}

/** Whoever has the message: known by name, bound to its project, able to answer and no more. */
async function asPrincipal(
  deps: LinkPortsDeps,
  message: Message,
  authMethod: AuthMethod,
): Promise<Principal> {
  const config = await deps.configs.load(message.projectId);
  const responder =
    message.responderId === null ? undefined : config?.ways.responders.get(message.responderId);
  return {
    principalId: message.responderId ?? message.notificationId,
    name: responder?.name ?? message.recipient,
    authMethod,
    role: 'responder',
    projects: [message.projectId],
    source: null,
  };
}

function describe(message: Message, alert: Alert): LinkSubject {
  const { acknowledgedBy, acknowledgedAt, intent } = alert;
  const isHeld = acknowledgedBy !== null && acknowledgedAt !== null && intent !== null;
  const { title, severity, status, areaId, cameraId, deviceId, isTest } = alert;
  return {
    language: message.language,
    recipient: message.recipient,
    alert: {
      title,
      severity,
      status,
      place: { areaId, cameraId, deviceId },
      sinceAt: alert.startedAt ?? alert.createdAt,
      holder: isHeld ? { name: acknowledgedBy, intent, at: acknowledgedAt } : null,
      isTest,
    },
  };
}

async function press(deps: LinkPortsDeps, link: Link, pressed: Pressed) {
  const message = await deps.database.read((db) => findMessageOf(db, link));
  if (message === null) return null;
  const { projectId } = message;
  const id = alertId(message.subjectId);
  if (pressed.action === 'resolve' && pressed.outcome === null) {
    const facts = await deps.database.read((db) => findAlert(db, [projectId], id));
    if (facts === null) return null;
    return { subject: describe(message, facts.alert), result: OUTCOME_MISSING };
  }
  const by = await asPrincipal(deps, message, 'action_link');
  const command = toCommand(pressed, by, message.notificationId);
  // A button is pressed by a person: the message has been read, whatever the provider knew of it.
  const beside: Beside = async (tx, now) => {
    await noteReceipt(tx, message, { status: 'read', now });
  };
  const result = await runAnswer(deps, { projectId, alertId: id }, { command, beside });
  if (result.kind === 'not_found') return null;
  tellAnswer(deps, result);
  const facts = await deps.database.read((db) => findAlert(db, [projectId], id));
  if (facts === null) return null;
  const told = describeResult(result, { alert: facts.alert, pressed, by: by.name });
  return { subject: describe(message, facts.alert), result: told };
}

const OUTCOME_MISSING: ActionResult = { kind: 'outcome_missing' };

function toCommand({ action, outcome, detail }: Pressed, by: Principal, key: string): AlertCommand {
  switch (action) {
    case 'seen':
    case 'calling':
      return { kind: 'acknowledge', by, detail, intent: action };
    case 'cannot':
      return { kind: 'decline', by, detail, key };
    case 'resolve':
      return { kind: 'resolve', by, detail, outcome: outcome ?? 'fixed' };
  }
}

type Told = { readonly alert: Alert; readonly pressed: Pressed; readonly by: string };

/** What the answer came to, as its page tells it. */
function describeResult(
  result: Exclude<AnswerResult, { kind: 'not_found' }>,
  { alert, pressed, by }: Told,
): ActionResult {
  const at = alert.updatedAt;
  // Whoever cannot come has not taken it: it stays on the board.
  if (alert.status === 'EXPIRED') {
    return alert.closedAt === null ? { kind: 'nobody_next' } : { kind: 'expired_closed' };
  }
  if (result.kind === 'refused') return describeRefused(alert);
  if (pressed.action === 'cannot') {
    return result.kind === 'changed' ? describeNext(result.work) : describeHeld(alert);
  }
  if (pressed.action === 'resolve') {
    const { outcome, resolvedAt } = alert;
    if (result.kind === 'recorded') return describeRefused(alert);
    return { kind: 'resolved', outcome: outcome ?? 'fixed', at: resolvedAt ?? at };
  }
  const isTheirs = result.kind === 'changed' || alert.acknowledgedBy === by;
  if (!isTheirs) return describeHeld(alert);
  return { kind: 'recorded', action: pressed.action, at: alert.acknowledgedAt ?? at };
}

function describeRefused(alert: Alert): ActionResult {
  return alert.resolvedAt === null
    ? { kind: 'not_recorded' }
    : { kind: 'already_resolved', at: alert.resolvedAt };
}

function describeHeld(alert: Alert): ActionResult {
  const { acknowledgedBy, acknowledgedAt, intent } = alert;
  const isHeld = acknowledgedBy !== null && acknowledgedAt !== null && intent !== null;
  if (!isHeld || alert.resolvedAt !== null) return describeRefused(alert);
  return { kind: 'already_acknowledged', by: acknowledgedBy, at: acknowledgedAt };
}

/** Said twice, nobody is called a second time: the next one is on the way already. */
function describeNext(work: AlertWork): ActionResult {
  const isCalling = work.timeline.some((entry) => entry.kind === 'ESCALATED');
  if (!isCalling) return { kind: 'calling_next', name: null };
  const reached = work.notifications.filter(
    (row) => row.purpose === 'call' && row.status === 'pending',
  );
  const [first] = reached;
  return first === undefined
    ? { kind: 'nobody_next' }
    : { kind: 'calling_next', name: first.recipient };
}

async function receive(deps: LinkPortsDeps, link: Link, status: 'delivered' | 'read') {
  const message = await deps.database.read((db) => findMessageOf(db, link));
  if (message === null) return null;
  const by = await asPrincipal(deps, message, 'receipt_link');
  const detail = `${message.eventType} ${status}`;
  const kind = status === 'read' ? 'see' : 'deliver';
  const ref = { projectId: message.projectId, alertId: alertId(message.subjectId) };
  if (message.purpose === 'notice') {
    return { isChanged: await noteNotice(deps, message, status) };
  }
  let isNew = false;
  const beside: Beside = async (tx, now) => {
    isNew = await noteReceipt(tx, message, { status, now });
  };
  const isNeeded = () => isNew;
  const result = await runAnswer(deps, ref, { command: { kind, by, detail }, beside, isNeeded });
  if (result.kind === 'not_found') return null;
  tellAnswer(deps, result);
  return { isChanged: result.kind === 'changed' };
}

/** It told somebody something: no answer to the alert, whoever read it. */
async function noteNotice(
  deps: LinkPortsDeps,
  message: Message,
  status: 'delivered' | 'read',
): Promise<boolean> {
  const now = deps.clock.now();
  return deps.database.transaction((tx) => noteReceipt(tx, message, { status, now }));
}
