/** The statuses that an alert of the fall-alert manager went through, when, and by whom. Pure. */
import { type Instant, instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { ALERT_STATUSES, type AlertStatus, type Outcome } from '#kernel/words/lifecycle.ts';
import { type FieldReader, readText } from '#app/import/field-reader.ts';
import type { ImportedAlert, ImportedEntry } from '#app/import/imported-alert.ts';
import type { Reading } from './reading.ts';
import { nameMove, type OldEvent, type ToldEvents, tellEvents } from './events.ts';
import { readOutcome } from './words.ts';

export type LifeBasis = {
  readonly createdAt: Instant;
  readonly events: readonly OldEvent[];
  readonly status: AlertStatus;
};

type Marks = Pick<
  ImportedAlert,
  'deliveredAt' | 'seenAt' | 'acknowledgedAt' | 'resolvedAt' | 'expiredAt'
>;

type Closing = Pick<ImportedAlert, 'closedAt' | 'closedBy' | 'archivedAt'>;

export type Life = Marks &
  Closing &
  Pick<ImportedAlert, 'intent' | 'outcome' | 'acknowledgedBy' | 'updatedAt' | 'entries'>;

const NOBODY_KNOWN = 'unknown';
const IMPORTER = 'Sentinel';

export function readLife(reading: Reading, basis: LifeBasis): Life {
  const { fields, time } = reading;
  const { createdAt, events, status } = basis;
  const outcome = status === 'RESOLVED' ? readEnd(fields) : null;
  const told = tellEvents(events, { createdAt, final: status, outcome });
  const newest = instant(Math.max(createdAt, ...events.map(({ at }) => at)));
  const updated = time.read(fields.take('updated_at', 'modified_at'), 'updated_at', newest);
  const marks = readMarks(reading, { ...basis, told, lastAt: updated ?? newest });
  const closing = readClosing(reading, { status, marks, updated });
  const entries = [...told.entries];
  if (told.reached !== status) {
    entries.push(tellLastMove(reading, { basis, told, marks, outcome }));
  }
  if (closing.closedAt !== null) {
    const detail = 'archived by Sentinel';
    entries.push({ at: closing.closedAt, kind: 'CLOSED', detail, by: null });
  }
  const isTaken = marks.acknowledgedAt !== null;
  const person = readText(
    fields.take('acknowledged_by', 'acquitte_par', 'ack_by', 'pris_en_charge_par'),
    LIMITS.nameCharsMax,
  );
  return {
    ...marks,
    ...closing,
    intent: isTaken ? 'seen' : null,
    outcome,
    acknowledgedBy: isTaken ? (person ?? told.movedBy['ACKNOWLEDGED'] ?? NOBODY_KNOWN) : null,
    updatedAt: updated === null ? newest : latest(newest, updated),
    entries,
  };
}

function readEnd(fields: FieldReader): Outcome {
  const word = fields.take('outcome', 'resolution', 'resultat', 'issue', 'motif_resolution');
  return readOutcome(readText(word, LIMITS.identifierCharsMax)) ?? 'unconfirmed';
}

type MarkBasis = LifeBasis & { readonly told: ToldEvents; readonly lastAt: Instant };

/** The times that belong to its status and to those before it; of others nothing is believed. */
function readMarks({ fields, time }: Reading, basis: MarkBasis): Marks {
  const { told, status, createdAt } = basis;
  const markOf = (one: AlertStatus, ...names: readonly string[]): Instant | null => {
    const given = time.read(fields.take(...names), names[0] ?? one, createdAt);
    if (!isOnTheWay(one, status)) return null;
    const known = told.movedAt[one] ?? given;
    return known ?? (one === status ? latest(findLastMove(basis), basis.lastAt) : null);
  };
  return {
    deliveredAt: markOf('DELIVERED', 'delivered_at', 'livre_at'),
    seenAt: markOf('SEEN', 'seen_at', 'vu_at'),
    acknowledgedAt: markOf('ACKNOWLEDGED', 'acknowledged_at', 'acquitte_at'),
    resolvedAt: markOf('RESOLVED', 'resolved_at', 'resolu_at'),
    expiredAt: markOf('EXPIRED', 'expired_at', 'expire_at'),
  };
}

function isOnTheWay(one: AlertStatus, status: AlertStatus): boolean {
  if (one === status) return true;
  const isEnd = one === 'RESOLVED' || one === 'EXPIRED';
  return !isEnd && ALERT_STATUSES.indexOf(one) < ALERT_STATUSES.indexOf(status);
}

function findLastMove({ told, createdAt }: Pick<MarkBasis, 'told' | 'createdAt'>): Instant {
  return instant(Math.max(createdAt, ...Object.values(told.movedAt)));
}

/** What it archived was off its board, and is off ours. */
function readClosing(
  { fields, time, alert }: Reading,
  how: {
    readonly status: AlertStatus;
    readonly marks: Marks;
    readonly updated: Instant | null;
  },
): Closing {
  const { marks, updated, status } = how;
  const endAt = marks.resolvedAt ?? marks.expiredAt;
  const given = time.read(
    fields.take('archived_at', 'archive_at'),
    'archived_at',
    endAt ?? undefined,
  );
  if (alert.origin !== 'history' || endAt === null) {
    return { closedAt: null, closedBy: null, archivedAt: null };
  }
  const archivedAt = latest(endAt, given ?? updated ?? endAt);
  const isUnanswered = status === 'EXPIRED';
  return {
    closedAt: isUnanswered ? archivedAt : null,
    closedBy: isUnanswered ? IMPORTER : null,
    archivedAt,
  };
}

/** The change that its own record lacks. */
function tellLastMove(
  { warn }: Reading,
  how: {
    readonly basis: LifeBasis;
    readonly told: ToldEvents;
    readonly marks: Marks;
    readonly outcome: Outcome | null;
  },
): ImportedEntry {
  const { basis, told, marks, outcome } = how;
  const { status, createdAt } = basis;
  warn(`its events do not say how it became ${status}`);
  const times: Readonly<Record<AlertStatus, Instant | null>> = {
    PENDING: null,
    DELIVERED: marks.deliveredAt,
    SEEN: marks.seenAt,
    ACKNOWLEDGED: marks.acknowledgedAt,
    RESOLVED: marks.resolvedAt,
    EXPIRED: marks.expiredAt,
  };
  const at = latest(findLastMove({ told, createdAt }), times[status] ?? createdAt);
  const detail = `${nameMove(told.reached, status, outcome)} | its own record lacks the change`;
  return { at, kind: 'STATUS_CHANGED', detail, by: null };
}

function latest(one: Instant, other: Instant): Instant {
  return instant(Math.max(one, other));
}
