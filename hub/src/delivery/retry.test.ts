import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { instant, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { SendOutcome } from './outcome.ts';
import type { RetryQuestion, RetryScheduleName } from './retry.ts';
import { planRetry, RETRY_SCHEDULES } from './retry.ts';

const NOW = instant(1_800_000_000_000);

const TRANSIENT: SendOutcome = {
  kind: 'retry',
  reason: 'server_error',
  notBefore: null,
  httpStatus: 503,
};
const AMBIGUOUS: SendOutcome = { kind: 'ambiguous', reason: 'timeout' };

function plan(outcome: SendOutcome, more: Partial<RetryQuestion> = {}, now = NOW) {
  const question: RetryQuestion = {
    outcome,
    attemptCount: 0,
    attemptsMax: null,
    schedule: 'standard',
    random: 0,
    createdAt: NOW,
    ...more,
  };
  return planRetry(question, now);
}

/** The waits of a notification whose every attempt fails, until it is given up. */
function listDelaysMs(schedule: RetryScheduleName, attemptsMax: number | null): readonly number[] {
  const delaysMs: number[] = [];
  for (let attemptCount = 0; ; attemptCount += 1) {
    const next = plan(TRANSIENT, { attemptCount, schedule, attemptsMax });
    if (next.kind === 'final') {
      assert.deepEqual(next, { kind: 'final', status: 'failed', reason: 'server_error' });
      return delaysMs;
    }
    assert.equal(next.countsAttempt, true);
    delaysMs.push(next.at - NOW);
  }
}

test('the standard schedule tries three times, after 5 and 30 minutes', () => {
  assert.deepEqual(listDelaysMs('standard', null), [5 * MS_PER_MINUTE, 30 * MS_PER_MINUTE]);
});

test('a channel with four attempts waits 2 hours for the last; with one it never waits', () => {
  const delays = [5 * MS_PER_MINUTE, 30 * MS_PER_MINUTE, 2 * MS_PER_HOUR];
  assert.deepEqual(listDelaysMs('standard', 4), delays);
  assert.deepEqual(listDelaysMs('standard', 1), []);
  assert.deepEqual(listDelaysMs('standard', 5), [...delays, 2 * MS_PER_HOUR]);
});

test('the urgent schedule tries six times, after 5, 15, 60 seconds, 5 and 15 minutes', () => {
  const delays = [5, 15, 60, 300, 900].map((seconds) => seconds * MS_PER_SECOND);
  assert.deepEqual(listDelaysMs('urgent', null), delays);
});

test('property: chance stretches a wait by 0 to 20 % and never shortens it', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
      for (const [attemptCount, delayMs] of RETRY_SCHEDULES.urgent.delaysMs.entries()) {
        const next = plan(TRANSIENT, { attemptCount, schedule: 'urgent', random });
        assert.ok(next.kind === 'retry');
        assert.ok(next.at >= NOW + delayMs && next.at <= NOW + delayMs * 1.2, `${next.at - NOW}`);
      }
    }),
  );
  const most = plan(TRANSIENT, { random: 0.999_999 });
  assert.ok(most.kind === 'retry' && most.at > NOW + 5.9 * MS_PER_MINUTE, 'and it does stretch');
});

test('Retry-After of a failure puts the next attempt off, never brings it forward', () => {
  const late = plusMs(NOW, MS_PER_HOUR);
  const afterLate = plan({ ...TRANSIENT, notBefore: late });
  assert.ok(afterLate.kind === 'retry' && afterLate.at === late && afterLate.countsAttempt);
  const soon = plan({ ...TRANSIENT, notBefore: plusMs(NOW, 1) });
  assert.ok(soon.kind === 'retry' && soon.at === NOW + 5 * MS_PER_MINUTE);
});

test('a rate limit is honoured exactly and uses up no attempt, even after the last', () => {
  const notBefore = plusMs(NOW, 34_567);
  const limited: SendOutcome = { kind: 'rate_limited', notBefore, httpStatus: 429 };
  for (const attemptCount of [0, 2, 9]) {
    assert.deepEqual(plan(limited, { attemptCount, random: 0.9 }), {
      kind: 'retry',
      at: notBefore,
      countsAttempt: false,
      isPossiblyDuplicate: false,
    });
  }
});

test('a rate limit that is already over still waits a moment, so that it cannot spin', () => {
  const limited: SendOutcome = { kind: 'rate_limited', notBefore: NOW, httpStatus: 429 };
  const next = plan(limited);
  assert.ok(next.kind === 'retry' && next.at === NOW + LIMITS.rateLimitWaitMinMs);
});

test('nothing is planned for later than the maximum age of a delivery', () => {
  const edge = plusMs(NOW, LIMITS.deliveryAgeMaxMs);
  const limitedUntil = (at: typeof NOW): SendOutcome => ({
    kind: 'rate_limited',
    notBefore: at,
    httpStatus: 429,
  });
  const tooOld = { kind: 'final', status: 'failed', reason: 'too_old' };
  assert.equal(plan(limitedUntil(edge)).kind, 'retry');
  assert.deepEqual(plan(limitedUntil(plusMs(edge, 1))), tooOld);
  assert.deepEqual(plan({ ...TRANSIENT, notBefore: plusMs(edge, 1) }), tooOld);
  const almost = plusMs(edge, -5 * MS_PER_MINUTE);
  assert.equal(plan(TRANSIENT, {}, almost).kind, 'retry');
  assert.deepEqual(plan(TRANSIENT, {}, plusMs(almost, 1)), tooOld);
});

test('an ambiguous attempt is tried again as a possible duplicate', () => {
  const next = plan(AMBIGUOUS);
  assert.deepEqual(next, {
    kind: 'retry',
    at: plusMs(NOW, 5 * MS_PER_MINUTE),
    countsAttempt: true,
    isPossiblyDuplicate: true,
  });
  const last = plan(AMBIGUOUS, { attemptCount: 2 });
  assert.deepEqual(last, { kind: 'final', status: 'failed', reason: 'timeout' });
});

test('acceptance, refusal, wrong config and a gone target are final at the first attempt', () => {
  const finals: readonly (readonly [SendOutcome, string, string | null])[] = [
    [{ kind: 'accepted', providerId: null, httpStatus: 200 }, 'sent', null],
    [{ kind: 'rejected', reason: 'redirected', httpStatus: 302 }, 'failed', 'redirected'],
    [{ kind: 'misconfigured', field: 'url', hint: 'x' }, 'failed', 'misconfigured'],
    [{ kind: 'target_gone', httpStatus: 410, target: 'x' }, 'failed', 'target_gone'],
  ];
  for (const [outcome, status, reason] of finals) {
    assert.deepEqual(plan(outcome), { kind: 'final', status, reason });
  }
});
