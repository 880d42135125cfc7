/** What was asked of the hub under ids of our own, and what it has answered. No I/O. */
import type { JsonObject } from '#kernel/syntax/json.ts';

export const REPORT_KINDS = ['alert', 'events', 'labels'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** One request of a sender; sent again, it is the same report with the same ids. */
export type Report = {
  readonly kind: ReportKind;
  /** Alert ids, event ids of the sender, or values of the label `crash_id`. */
  readonly ids: readonly string[];
  readonly body: JsonObject | readonly JsonObject[];
};

export type Ledger = {
  /** By own id. */
  readonly asked: ReadonlyMap<string, Report>;
  readonly answered: ReadonlySet<string>;
  readonly acknowledged: ReadonlySet<string>;
  /** Written but not answered when their hub was killed, and never sent again. */
  readonly cutOff: ReadonlySet<string>;
  /** Own id of an event -> the id that the answer gave it. */
  readonly eventIds: ReadonlyMap<string, string>;
  readonly requestCount: () => number;
  readonly answerCount: () => number;
  /** Answers that are neither a success nor `not_stored`, each with its count. */
  readonly oddAnswers: ReadonlyMap<string, number>;
  readonly noteAsked: (report: Report) => void;
  readonly noteAnswered: (report: Report, body: JsonObject) => void;
  readonly noteRefused: (what: string) => void;
  readonly noteCutOff: (report: Report) => void;
  readonly noteAcknowledged: (alertId: string) => void;
  /** Tells when so many more requests have been answered from now on. */
  readonly whenAnswered: (count: number) => Promise<void>;
};

type Waiter = { readonly atCount: number; readonly resolve: () => void };

export function createLedger(): Ledger {
  const asked = new Map<string, Report>();
  const answered = new Set<string>();
  const acknowledged = new Set<string>();
  const cutOff = new Set<string>();
  const eventIds = new Map<string, string>();
  const oddAnswers = new Map<string, number>();
  let requestCount = 0;
  let answerCount = 0;
  let waiters: readonly Waiter[] = [];

  return {
    asked,
    answered,
    acknowledged,
    cutOff,
    eventIds,
    oddAnswers,
    requestCount: () => requestCount,
    answerCount: () => answerCount,
    noteAsked: (report) => {
      requestCount += 1;
      for (const id of report.ids) asked.set(id, report);
    },
    noteAnswered: (report, body) => {
      answerCount += 1;
      for (const id of report.ids) answered.add(id);
      if (report.kind === 'events') {
        for (const [index, eventId] of parseEventIds(body).entries()) {
          eventIds.set(report.ids[index] ?? '', eventId);
        }
      }
      const due = waiters.filter(({ atCount }) => atCount <= answerCount);
      waiters = waiters.filter(({ atCount }) => atCount > answerCount);
      for (const { resolve } of due) resolve();
    },
    noteRefused: (what) => oddAnswers.set(what, (oddAnswers.get(what) ?? 0) + 1),
    noteCutOff: (report) => {
      for (const id of report.ids) cutOff.add(id);
    },
    noteAcknowledged: (alertId) => acknowledged.add(alertId),
    whenAnswered: (count) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiters = [...waiters, { atCount: answerCount + count, resolve }];
      return promise;
    },
  };
}

type EventAnswer = { readonly results?: readonly { readonly event_id: string }[] };

function parseEventIds(body: JsonObject): readonly string[] {
  const { results } = body as EventAnswer;
  return results?.map(({ event_id }) => event_id) ?? [];
}
