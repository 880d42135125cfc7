/**
 * Senders and a person at work: each sends, waits for its answer, and sends the next. A sender
 * that gets no answer mostly sends the same report again once the hub is back, as real ones do;
 * sometimes it gives up. The gate is closed while the hub is down, so that nothing spins.
 */
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { Random } from '#kernel/ports.ts';
import { ADMIN_KEY } from '#test/crash/hub/hub-process.ts';
import { type Answer, ask, isSuccess, NO_ANSWER } from './http.ts';
import type { Ledger, Report, ReportKind } from './ledger.ts';

export type Gate = {
  readonly close: () => void;
  readonly open: () => void;
  readonly whenOpen: () => Promise<void>;
};

export function createGate(): Gate {
  let passage = Promise.withResolvers<void>();
  let isOpen = false;
  return {
    close: () => {
      if (isOpen) passage = Promise.withResolvers<void>();
      isOpen = false;
    },
    open: () => {
      isOpen = true;
      passage.resolve();
    },
    whenOpen: () => passage.promise,
  };
}

export type Load = {
  /** A report that nobody has sent yet. */
  readonly nextReport: (kind: ReportKind, labels?: JsonObject) => Report;
  /** Sends it once; true when it was answered with a success. */
  readonly send: (report: Report, onWritten?: () => void) => Promise<boolean>;
  readonly acknowledge: (alertId: string) => Promise<boolean>;
  readonly start: () => void;
  /** Resolves when every sender has had its last answer. */
  readonly stop: () => Promise<void>;
};

export type LoadParts = {
  readonly ledger: Ledger;
  readonly gate: Gate;
  readonly random: Random;
  readonly url: () => string;
};

const SENDERS: readonly ReportKind[] = [
  'alert',
  'alert',
  'alert',
  'alert',
  'alert',
  'events',
  'labels',
];
const GIVE_UP_SHARE = 0.3;
const ACKNOWLEDGED_SHARE = 0.15;
const ANSWERS_BEHIND_MAX = 12;

export function createLoad(parts: LoadParts): Load {
  const { ledger, gate, random } = parts;
  const createReport = createReporter();
  const { send, acknowledge } = createRequests(parts);
  const answerable: string[] = [];
  const stopped = Promise.withResolvers<void>();
  const end = new AbortController();
  let running: readonly Promise<void>[] = [];

  /** Until it is answered, or given up; false = given up. */
  async function insist(attempt: () => Promise<boolean>): Promise<boolean> {
    for (;;) {
      await gate.whenOpen();
      if (await attempt()) return true;
      if (end.signal.aborted || random.random() < GIVE_UP_SHARE) return false;
    }
  }

  async function runSender(kind: ReportKind): Promise<void> {
    while (!end.signal.aborted) {
      const report = createReport(kind);
      const isStored = await insist(() => send(report));
      const isPicked = kind === 'alert' && random.random() < ACKNOWLEDGED_SHARE;
      if (isStored && isPicked) answerable.push(...report.ids);
    }
  }

  /** Answers behind the senders, so that some alerts have escalated meanwhile. */
  async function runResponder(): Promise<void> {
    while (!end.signal.aborted) {
      const later = ledger.whenAnswered(1 + Math.floor(random.random() * ANSWERS_BEHIND_MAX));
      await Promise.race([later, stopped.promise]);
      const alertId = end.signal.aborted ? undefined : answerable.shift();
      if (alertId !== undefined) await insist(() => acknowledge(alertId));
    }
  }

  return {
    nextReport: createReport,
    send,
    acknowledge,
    start: () => {
      running = [...SENDERS.map(runSender), runResponder()];
    },
    stop: async () => {
      end.abort();
      stopped.resolve();
      gate.open();
      await Promise.all(running);
    },
  };
}

/** Single requests; true when they were answered with a success, and the ledger knows then. */
function createRequests({ ledger, url }: LoadParts): Pick<Load, 'send' | 'acknowledge'> {
  function isTaken(answer: Answer, what: string): boolean {
    if (isSuccess(answer)) return true;
    if (answer !== NO_ANSWER && answer.status !== 503) {
      ledger.noteRefused(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return false;
  }

  return {
    send: async (report, onWritten) => {
      const what = PATHS[report.kind];
      ledger.noteAsked(report);
      const written = onWritten === undefined ? {} : { onWritten };
      const { body } = report;
      const answer = await ask({ url: url(), what, key: ADMIN_KEY, body, ...written });
      if (!isTaken(answer, what)) return false;
      ledger.noteAnswered(report, answer.body);
      return true;
    },
    acknowledge: async (alertId) => {
      const what = `POST /api/v1/alerts/${alertId}/status`;
      const body = { status: 'ACKNOWLEDGED', intent: 'on_site' };
      const answer = await ask({ url: url(), what, key: ADMIN_KEY, body });
      if (!isTaken(answer, 'POST status')) return false;
      ledger.noteAcknowledged(alertId);
      return true;
    },
  };
}

const PATHS: Readonly<Record<ReportKind, string>> = {
  alert: 'POST /api/v1/alerts',
  events: 'POST /api/v1/events',
  labels: 'POST /api/v2/alerts',
};

const EVENTS_PER_REQUEST = 5;
const LABELS_PER_REQUEST = 2;
/** Problems that many events report, so that flushes meet at one head. */
const SHARED_PROBLEMS = 10;
/** Long after the test: an alert that ends by itself would prove less. */
const ENDS_AT = '2099-01-01T00:00:00Z';

/** Own ids count up; what a report says depends on nothing else. */
function createReporter(): (kind: ReportKind, labels?: JsonObject) => Report {
  let count = 0;
  const take = (prefix: string, size: number): readonly string[] =>
    Array.from({ length: size }, () => `${prefix}-${(count += 1)}`);
  return (kind, labels = {}) => {
    switch (kind) {
      case 'alert': {
        const ids = take('alert', 1);
        return { kind, ids, body: { alert_id: ids[0] ?? '', title: 'A fall', labels } };
      }
      case 'events': {
        const ids = take('event', EVENTS_PER_REQUEST);
        return { kind, ids, body: { events: ids.map(createEvent) } };
      }
      case 'labels': {
        const ids = take('label', LABELS_PER_REQUEST);
        return { kind, ids, body: ids.map(createLabelled) };
      }
    }
  };
}

function createEvent(id: string, index: number): JsonObject {
  const number = Number(id.slice('event-'.length));
  const isShared = index % 2 === 0;
  const fingerprint = isShared ? `problem-${number % SHARED_PROBLEMS}` : null;
  return { provider_event_id: id, title: 'Something was seen', severity: 'low', fingerprint };
}

function createLabelled(id: string): JsonObject {
  return { labels: { alertname: 'Down', severity: 'critical', crash_id: id }, endsAt: ENDS_AT };
}
