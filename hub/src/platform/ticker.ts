/**
 * The only owner of timers: runs one beat after another, never two at once.
 * A beat says when the next is wanted; `wakeIn` brings it forward; a beat that throws is logged
 * and tried again after a pause, so that an outage of the database ends by itself.
 * Emits: `onError` for each beat that threw, `onBeat` for each that did not.
 */
import { performance } from 'node:perf_hooks';
import type { Log } from '#kernel/ports.ts';

export type Beat = {
  /** Ask again after this long at the latest. 0 = at once. */
  readonly againInMs: number;
};

export type Ticker = {
  /** The next beat shall start within this time. */
  readonly wakeIn: (delayMs: number) => void;
  readonly start: () => void;
  /** Waits for the beat that is running. May be called twice, and without a start. */
  readonly stop: () => Promise<void>;
};

const PAUSE_AFTER_ERROR_MS = 500;

export function createTicker(options: {
  readonly name: string;
  readonly log: Log;
  readonly beat: () => Promise<Beat>;
  readonly onError?: (error: unknown) => void;
  readonly onBeat?: () => void;
}): Ticker {
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let isStarted = false;
  /** When the next beat is to start, by performance.now(). */
  let nextAtMs = Infinity;

  function schedule(delayMs: number): void {
    const atMs = performance.now() + Math.max(0, delayMs);
    if (!isStarted || atMs >= nextAtMs) return;
    nextAtMs = atMs;
    if (running !== null) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(run, Math.max(0, delayMs));
  }

  function run(): void {
    timer = null;
    nextAtMs = Infinity;
    if (!isStarted) return;
    running = beatOnce().then((againInMs) => {
      running = null;
      const wishedInMs = nextAtMs - performance.now();
      nextAtMs = Infinity;
      schedule(Math.min(againInMs, wishedInMs));
    });
  }

  async function beatOnce(): Promise<number> {
    try {
      const { againInMs } = await options.beat();
      options.onBeat?.();
      return againInMs;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      options.log.warn('beat failed', { beat: options.name, error: text });
      options.onError?.(error);
      return PAUSE_AFTER_ERROR_MS;
    }
  }

  return {
    start: () => {
      isStarted = true;
      schedule(0);
    },
    wakeIn: schedule,
    stop: async () => {
      isStarted = false;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await running;
    },
  };
}
