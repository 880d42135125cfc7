/**
 * Requests wait here for a flusher, and share its transaction (group commit). A flush starts as
 * soon as a flusher is free, never on a timer: under light load a request travels alone, under
 * heavy load the flush grows by itself.
 *
 * Bounds: a request waits LIMITS.intakeWaitMaxMs at most; LIMITS.intakeQueueMax events wait,
 * LIMITS.eventsPerFlushMax are committed together (one request is never split). Over a bound, or
 * when the database cannot store: `not_stored`. One request that the database refuses must not
 * fail strangers: the flush is halved until it stands alone.
 * Emits: `onFlush` per transaction, `onUnavailable` when the database cannot store.
 */
import { assert } from '#kernel/decision.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Log } from '#kernel/ports.ts';
import { isUnavailable } from '#platform/postgres/postgres.ts';
import { rejectAfter } from '#platform/finish-within.ts';
import { runAfterTurn } from '#platform/turn.ts';
import type { IntakeRequest, IntakeResult } from './intake-decide.ts';

export type IntakeQueue = {
  /** Resolves after the commit that holds the request's events. */
  readonly submit: (request: IntakeRequest) => Promise<readonly IntakeResult[]>;
  readonly waitingCount: () => number;
  /** Refuses new requests and waits for those that are in. */
  readonly stop: () => Promise<void>;
};

export type IntakeQueueOptions = {
  readonly commit: (
    requests: readonly IntakeRequest[],
  ) => Promise<readonly (readonly IntakeResult[])[]>;
  readonly log: Log;
  readonly flushersMax?: number;
  readonly onFlush: (events: number) => void;
  readonly onUnavailable: (reason: string) => void;
};

type Waiting = {
  readonly request: IntakeRequest;
  readonly resolve: (results: readonly IntakeResult[]) => void;
  readonly reject: (error: unknown) => void;
};

type Queue = {
  readonly options: IntakeQueueOptions;
  readonly waiting: Waiting[];
  readonly flushing: Set<Promise<void>>;
  waitingEvents: number;
  isStopped: boolean;
};

export function createIntakeQueue(options: IntakeQueueOptions): IntakeQueue {
  const queue: Queue = {
    options,
    waiting: [],
    flushing: new Set(),
    waitingEvents: 0,
    isStopped: false,
  };
  return {
    submit: (request) => submit(queue, request),
    waitingCount: () => queue.waitingEvents,
    stop: async () => {
      queue.isStopped = true;
      while (queue.flushing.size > 0 || queue.waiting.length > 0) {
        startFlushers(queue);
        await Promise.all(queue.flushing);
      }
    },
  };
}

function submit(queue: Queue, request: IntakeRequest): Promise<readonly IntakeResult[]> {
  const waitingEvents = queue.waitingEvents + request.reports.length;
  if (queue.isStopped || waitingEvents > LIMITS.intakeQueueMax) {
    return Promise.reject(new CodedError('not_stored'));
  }
  queue.waitingEvents = waitingEvents;
  const stored = new Promise<readonly IntakeResult[]>((resolve, reject) => {
    queue.waiting.push({ request, resolve, reject });
    // After the other requests that this turn of the event loop brings.
    if (queue.waiting.length === 1) runAfterTurn(() => startFlushers(queue));
  });
  return rejectAfter(LIMITS.intakeWaitMaxMs, stored, () => {
    queue.options.onUnavailable('the database has not answered in time');
    return new CodedError('not_stored');
  });
}

function startFlushers(queue: Queue): void {
  const flushersMax = queue.options.flushersMax ?? LIMITS.flushersMax;
  while (queue.waiting.length > 0 && queue.flushing.size < flushersMax) {
    const flush = flushBatch(queue.options, takeBatch(queue)).finally(() => {
      queue.flushing.delete(flush);
      startFlushers(queue);
    });
    queue.flushing.add(flush);
  }
}

function takeBatch(queue: Queue): readonly Waiting[] {
  let count = 0;
  let events = 0;
  for (const { request } of queue.waiting) {
    if (count > 0 && events + request.reports.length > LIMITS.eventsPerFlushMax) break;
    events += request.reports.length;
    count += 1;
  }
  queue.waitingEvents -= events;
  return queue.waiting.splice(0, count);
}

async function flushBatch(options: IntakeQueueOptions, batch: readonly Waiting[]): Promise<void> {
  let results: readonly (readonly IntakeResult[])[];
  try {
    results = await options.commit(batch.map((one) => one.request));
  } catch (error) {
    await settleFailure(options, batch, error);
    return;
  }
  assert(results.length === batch.length, 'each request of a flush has its results');
  for (const [index, one] of batch.entries()) one.resolve(results[index] ?? []);
  options.onFlush(batch.reduce((sum, one) => sum + one.request.reports.length, 0));
}

async function settleFailure(
  options: IntakeQueueOptions,
  batch: readonly Waiting[],
  error: unknown,
): Promise<void> {
  const text = error instanceof Error ? error.message : String(error);
  if (isUnavailable(error)) {
    options.onUnavailable(text);
    options.log.warn('a flush was not stored', { requests: batch.length, error: text });
    for (const one of batch) one.reject(new CodedError('not_stored'));
    return;
  }
  if (batch.length > 1) {
    const middle = Math.floor(batch.length / 2);
    await flushBatch(options, batch.slice(0, middle));
    await flushBatch(options, batch.slice(middle));
    return;
  }
  options.log.error('a request could not be stored', { error: text });
  for (const one of batch) one.reject(error);
}
