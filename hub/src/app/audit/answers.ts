/**
 * What an answer of a person leaves in the audit: the fields of the alert that it changed. What was
 * said with it stays in the alert's timeline, and is forgotten with the alert; so does its title.
 */
import type { AlertWork } from '#app/dispatch.ts';
import { renderAlert } from '#app/alert-view.ts';
import type { AlertCommand } from '#kernel/effect.ts';
import type { Instant } from '#kernel/instant.ts';
import type { AuthMethod } from '#kernel/principal.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { type AuditEntry, keepChanges } from '#kernel/words/audit-entry.ts';

/** `alert.…`, for each command that a person can give. */
const VERBS: Readonly<Partial<Record<AlertCommand['kind'], string>>> = {
  await: 'awaited',
  deliver: 'delivered',
  see: 'seen',
  acknowledge: 'acknowledged',
  resolve: 'resolved',
  expire: 'expired',
  note: 'noted',
  assign: 'assigned',
  close: 'closed',
  escalate: 'escalated',
  decline: 'declined',
  record_round: 'round_recorded',
};

/** Time itself, and the devices that confirm a message, answer nothing. */
const UNAUDITED: readonly AuthMethod[] = ['timer', 'receipt_link', 'source_token'];

export type AnswerWatch = {
  /** After the command was carried out. */
  readonly note: () => readonly AuditEntry[];
};

/** Looks at the alert before the command changes it. */
export function watchAnswer(work: AlertWork, command: AlertCommand, now: Instant): AnswerWatch {
  const verb = VERBS[command.kind];
  if (verb === undefined || UNAUDITED.includes(command.by.authMethod)) return { note: () => [] };
  const { projectId, alertId: id } = work.alert;
  const before = show(work, now);
  return {
    note: () => {
      const after = show(work, now);
      const changed = keepChanges(before, after);
      const object = { kind: 'alert', id, name: null };
      return [
        {
          projectId,
          action: `alert.${verb}`,
          object,
          before: { status: before['status'], ...changed.before },
          after: { status: after['status'], ...changed.after },
        },
      ];
    },
  };
}

function show(work: AlertWork, now: Instant): JsonObject {
  return renderAlert({ ...work, source: work.config.findSource(work.alert.sourceId) }, now);
}
