/**
 * Waits for something that another process or connection does, asking again and again. Only for
 * what cannot be awaited; time itself is moved by createManualClock.
 */
import { setTimeout as pause } from 'node:timers/promises';

const PAUSE_MIN_MS = 2;
const PAUSE_MAX_MS = 50;
const TIMEOUT_MS = 10_000;

/**
 * Resolves with the first answer that is not false, null or undefined, and rejects after the
 * bound with what was waited for. A condition that throws ends the wait.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  options: { readonly what: string; readonly timeoutMs?: number },
): Promise<Exclude<T, false | null | undefined>> {
  const { what, timeoutMs = TIMEOUT_MS } = options;
  const endsAtMs = performance.now() + timeoutMs;
  for (let pauseMs = PAUSE_MIN_MS; ; pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 2)) {
    const answer = await condition();
    if (isAnswer(answer)) return answer;
    if (performance.now() >= endsAtMs) throw new Error(`waited ${timeoutMs} ms until ${what}`);
    await pause(pauseMs);
  }
}

function isAnswer<T>(answer: T): answer is Exclude<T, false | null | undefined> {
  return answer !== false && answer !== null && answer !== undefined;
}
