/**
 * Requests wait here for a flusher, and share its transaction (group commit). A flush starts as
 * soon as a flusher is free, never on a timer: under light load a request travels alone, under
 * heavy load the flush grows by itself.
 *
 * Bounds: LIMITS.intakeQueueMax events wait, LIMITS.eventsPerFlushMax are committed together (one
 * request is never split). Over the bound, or when the database cannot store: `not_stored`, at
 * once. One request that the database refuses must not fail strangers: the flush is halved until
 * it stands alone.
 * Emits: `onFlush` per transaction, `onUnavailable` when the database cannot store.
 */
import { CodedError } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Log } from '#kernel/ports.ts';
import { isUnavailable } from '#platform/postgres.ts';
import type { IntakeRequest, IntakeResult } from './intake-decide.ts';

export type IntakeQueue = {
  /** Resolves after the commit that holds the request's events. */
  readonly submit: (request: IntakeRequest) => Promise<readonly IntakeResult[]>;
  readonly waitingCount: () => number;
  /** Refuses new requests and waits for those that are in. */
  readonly stop: () => Promise<void>;
};

type Waiting = {
  readonly request: IntakeRequest;
  readonly resolve: (results: readonly IntakeResult[]) => void;
  readonly reject: (error: unknown) => void;
};

export type CommitRequests = (
  requests: readonly IntakeRequest[],
) => Promise<readonly (readonly IntakeResult[])[]>;

export function createIntakeQueue(options: {
  readonly commit: CommitRequests;
  readonly log: Log;
  readonly flushersMax?: number;
  readonly onFlush: (events: number) => void;
  readonly onUnavailable: (reason: string) => void;
}): IntakeQueue {
  const flushersMax = options.flushersMax ?? LIMITS.flushersMax;
  const waiting: Waiting[] = [];
  const flushing = new Set<Promise<void>>();
  let waitingEvents = 0;
  let isStopped = false;

  function submit(request: IntakeRequest): Promise<readonly IntakeResult[]> {
    if (isStopped || waitingEvents + request.reports.length > LIMITS.intakeQueueMax) {
      return Promise.reject(new CodedError('not_stored'));
    }
    waitingEvents += request.reports.length;
    return new Promise((resolve, reject) => {
      waiting.push({ request, resolve, reject });
      // After the other requests that this turn of the event loop brings.
      if (waiting.length === 1) setImmediate(startFlushers);
    });
  }

  function startFlushers(): void {
    while (waiting.length > 0 && flushing.size < flushersMax) {
      const batch = takeBatch();
      const flush = flushBatch(batch).finally(() => {
        flushing.delete(flush);
        startFlushers();
      });
      flushing.add(flush);
    }
  }

  function takeBatch(): readonly Waiting[] {
    let count = 0;
    let events = 0;
    for (const { request } of waiting) {
      if (count > 0 && events + request.reports.length > LIMITS.eventsPerFlushMax) break;
      events += request.reports.length;
      count += 1;
    }
    waitingEvents -= events;
    return waiting.splice(0, count);
  }

  async function flushBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const results = await options.commit(batch.map((one) => one.request));
      options.onFlush(batch.reduce((sum, one) => sum + one.request.reports.length, 0));
      for (const [index, one] of batch.entries()) one.resolve(results[index] ?? []);
    } catch (error) {
      await settleFailure(batch, error);
    }
  }

  async function settleFailure(batch: readonly Waiting[], error: unknown): Promise<void> {
    const text = error instanceof Error ? error.message : String(error);
    if (isUnavailable(error)) {
      options.onUnavailable(text);
      options.log.warn('a flush was not stored', { requests: batch.length, error: text });
      for (const one of batch) one.reject(new CodedError('not_stored'));
      return;
    }
    if (batch.length > 1) {
      const middle = Math.floor(batch.length / 2);
      await flushBatch(batch.slice(0, middle));
      await flushBatch(batch.slice(middle));
      return;
    }
    options.log.error('a request could not be stored', { error: text });
    for (const one of batch) one.reject(error);
  }

  async function stop(): Promise<void> {
    isStopped = true;
    while (flushing.size > 0 || waiting.length > 0) {
      startFlushers();
      await Promise.all(flushing);
    }
  }

  return { submit, waitingCount: () => waitingEvents, stop };
}
