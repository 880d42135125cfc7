/**
 * What the simulator knows without asking the product: what was reported and how that was
 * answered, which faults struck, and in which step each row was first seen.
 */
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

export type Ledger = {
  step: number;
  readonly reports: PostedReport[];
  /** Answers of persons that the hub took as a change. */
  readonly answers: GivenAnswer[];
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
  const known = new Map(before.alerts.map((alert) => [nameAlert(alert), alert.status]));
  for (const alert of now.alerts) {
    const name = nameAlert(alert);
    const was = RANKS[known.get(name) ?? 'PENDING'] ?? 0;
    const is = RANKS[alert.status] ?? 0;
    if (is >= ANSWERED && is > was) ledger.stepOfAnswer.set(name, ledger.step);
  }
  for (const row of now.notifications) {
    const name = nameNotification(row);
    if (!ledger.stepOfNotification.has(name)) ledger.stepOfNotification.set(name, ledger.step);
  }
  for (const row of now.attempts) {
    const name = `${nameNotification(row)}/${row.attempt_no}`;
    if (!ledger.stepOfAttempt.has(name)) ledger.stepOfAttempt.set(name, ledger.step);
  }
}
