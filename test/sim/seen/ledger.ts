/**
 * What the simulator knows without asking the product: what was reported and how that was
 * answered, which faults struck, and in which step each row was first seen.
 */
import type { AskedFor, LinkAction } from '#test/sim/draw.ts';
import type { Snapshot } from './snapshot.ts';

/** One report as it was posted, perhaps several times. */
export type PostedReport = {
  readonly project: string;
  readonly marker: string;
  readonly stage: string;
  /** Of the sender; several reports with one of these are one event. */
  readonly eventKey: string | null;
  /** The name of the label problem, for reports that have no id. */
  readonly problem: string | null;
  readonly startsAt: number | null;
  readonly step: number;
  sends: number;
  isAccepted: boolean;
};

export type GivenAnswer = {
  readonly project: string;
  readonly alertId: string;
  readonly status: string;
};

/** What somebody asked for in the present step. */
export type Asked = {
  readonly what:
    | AskedFor
    | LinkAction
    | 'receipt'
    /** Of a message that only told something: no answer to its alert. */
    | 'receipt_of_notice'
    | 'forge';
  /** Of the alert; empty = it is forgotten. */
  readonly alert: string;
  /** Of the message whose link was pressed. */
  readonly notificationId: string | null;
  /** Nothing may come of it. */
  readonly isFutile: boolean;
  /** Of the answers; 0 = there was none. */
  readonly statuses: number[];
};

export type Ledger = {
  step: number;
  /** The step in which the last of the nodes asked for changes of the configuration. */
  configFloor: number;
  /** A fault struck in this step, or a node cannot reach the database. */
  isTroubled: boolean;
  /** A beat of retention ran through in this step. */
  hasForgotten: boolean;
  asked: Asked[];
  /** Of the present step: alerts that one request answered. */
  bulk: { readonly alert: string; readonly status: string }[];
  /** Messages whose receipt link or action was ever used. */
  readonly receipts: Set<string>;
  /** Marks of notes, assignments and the like that the hub took. */
  said: { readonly alert: string; readonly mark: string }[];
  /** Alerts that retention has taken away. */
  readonly forgotten: Set<string>;
  /** How often an alert of that name was. */
  readonly forgetCounts: Map<string, number>;
  readonly reports: PostedReport[];
  /** Answers of persons that the hub took as a change. */
  answers: GivenAnswer[];
  /** What should not happen while nothing is broken: 500s, error lines. */
  readonly surprises: string[];
  /** The node whose beat ran through in this step, untroubled. */
  escalationBeatOf: string | null;
  hasDelivered: boolean;
  readonly stepOfNotification: Map<string, number>;
  readonly stepOfAttempt: Map<string, number>;
  /** Steps in which the alert got an answer, or expired: the last one counts. */
  readonly stepOfAnswer: Map<string, number>;
};

export function createLedger(): Ledger {
  return {
    step: 0,
    configFloor: -1,
    isTroubled: false,
    hasForgotten: false,
    asked: [],
    bulk: [],
    receipts: new Set(),
    said: [],
    forgotten: new Set(),
    forgetCounts: new Map(),
    reports: [],
    answers: [],
    surprises: [],
    escalationBeatOf: null,
    hasDelivered: false,
    stepOfNotification: new Map(),
    stepOfAttempt: new Map(),
    stepOfAnswer: new Map(),
  };
}

export function startStep(ledger: Ledger): void {
  ledger.escalationBeatOf = null;
  ledger.hasDelivered = false;
  ledger.hasForgotten = false;
  ledger.asked = [];
  ledger.bulk = [];
}

export function nameAlert(ref: { readonly project_id: string; readonly alert_id: string }): string {
  return `${ref.project_id}/${ref.alert_id}`;
}

export function nameNotification(row: {
  readonly project_id: string;
  readonly notification_id: string;
}): string {
  return `${row.project_id}/${row.notification_id}`;
}

export const RANKS: Readonly<Record<string, number>> = {
  PENDING: 0,
  DELIVERED: 1,
  SEEN: 2,
  ACKNOWLEDGED: 3,
  RESOLVED: 4,
  EXPIRED: 4,
};

const ANSWERED = 3;

/** Notes in which step what was first there. */
export function noteChanges(ledger: Ledger, before: Snapshot, now: Snapshot): void {
  const known = new Map(before.alerts.map((alert) => [nameAlert(alert), alert]));
  for (const alert of now.alerts) {
    const name = nameAlert(alert);
    const old = known.get(name);
    known.delete(name);
    const was = RANKS[old?.status ?? 'PENDING'] ?? 0;
    const is = RANKS[alert.status] ?? 0;
    const isClosed = alert.closed_at !== null && (old?.closed_at ?? null) === null;
    const isTakenOver = old?.intent === null && alert.intent !== null;
    if ((is >= ANSWERED && (is > was || isTakenOver)) || isClosed)
      ledger.stepOfAnswer.set(name, ledger.step);
    ledger.forgotten.delete(name);
  }
  forget(ledger, [...known.keys()]);
  for (const row of now.notifications) {
    const name = nameNotification(row);
    if (!ledger.stepOfNotification.has(name)) ledger.stepOfNotification.set(name, ledger.step);
  }
  for (const row of now.attempts) {
    const name = `${nameNotification(row)}/${row.attempt_no}`;
    if (!ledger.stepOfAttempt.has(name)) ledger.stepOfAttempt.set(name, ledger.step);
  }
}

/** Another alert may get the same name: what was known of this one is not about that. */
function forget(ledger: Ledger, names: readonly string[]): void {
  for (const name of names) {
    ledger.forgotten.add(name);
    ledger.forgetCounts.set(name, (ledger.forgetCounts.get(name) ?? 0) + 1);
    ledger.stepOfAnswer.delete(name);
    ledger.said = ledger.said.filter(({ alert }) => alert !== name);
    ledger.answers = ledger.answers.filter(
      ({ project, alertId }) => nameAlert({ project_id: project, alert_id: alertId }) !== name,
    );
  }
}
