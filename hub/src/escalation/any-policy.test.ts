/** What no policy and no answers may do to the calling. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AlertCommand } from '#kernel/effect.ts';
import { instant, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { isOpen } from '#kernel/words/lifecycle.ts';
import { type Policy, STEP_CONDITIONS } from '#kernel/calling/policy.ts';
import { TIMER } from '#kernel/principal.ts';
import { PRIORITIES } from '#kernel/words/severity.ts';
import {
  createAlert,
  createOccurrence,
  createPerson,
  REPORTER,
} from '#test/support/samples/alert.ts';
import {
  advanceTo,
  ageS,
  type Calling,
  command,
  listSkipped,
  startCalling,
  wake,
} from '#test/support/samples/escalation.ts';
import { DUE_KINDS, type DueKind } from './due.ts';

const ANNA = createPerson('Anna');
const DELIVER: AlertCommand = { kind: 'deliver', by: TIMER, detail: 'push' };
const SEE: AlertCommand = { kind: 'see', by: ANNA, detail: null };
const TAKE: AlertCommand = { kind: 'acknowledge', by: ANNA, detail: null, intent: 'calling' };
const FIX: AlertCommand = { kind: 'resolve', by: ANNA, detail: null, outcome: 'fixed' };
const JOIN: AlertCommand = { kind: 'join', by: REPORTER, occurrence: createOccurrence() };

const seconds = (max: number) => fc.integer({ min: 1, max });
const maybe = (max: number) => fc.option(seconds(max), { nil: null });
const anyPolicy: fc.Arbitrary<Policy> = fc.record({
  steps: fc.uniqueArray(fc.integer({ min: 1, max: 3_000 }), { maxLength: 6 }).chain((delays) =>
    fc.tuple(
      ...delays
        .toSorted((one, other) => one - other)
        .map((delayS) =>
          fc.record({
            delayS: fc.constant(delayS),
            label: fc.constant(`s${delayS}`),
            priority: fc.constantFrom(...PRIORITIES),
            condition: fc.constantFrom(...STEP_CONDITIONS),
            targets: fc.constant([{ type: 'rules' as const }]),
          }),
        ),
    ),
  ),
  repeatEveryS: maybe(2_000),
  minIntervalS: fc.nat(900),
  seenHoldS: fc.option(fc.nat(900), { nil: null }),
  ifNotDeliveredS: maybe(900),
  expireAfterS: seconds(9_000),
  seenExpireAfterS: seconds(9_000),
  ackTimeoutS: seconds(9_000),
  ackTimeoutAction: fc.constantFrom('resolve', 'escalate'),
});

type Answer = { readonly waitS: number; readonly what: AlertCommand };
const anyAnswer: fc.Arbitrary<Answer> = fc.record({
  waitS: fc.nat(1_500),
  what: fc.constantFrom(DELIVER, SEE, TAKE, FIX, JOIN),
});

/** Calls that may go out although someone has the alert: it happened again, or ran out. */
const AGAIN = ['Again', 'Acknowledged, but not resolved'];

function orderOf(kind: DueKind | null): number {
  return kind === null ? -1 : DUE_KINDS.indexOf(kind);
}

function checkWake(calling: Calling): void {
  const { dueAt, dueKind } = calling.escalation;
  assert.ok(dueAt !== null, 'an open alert has a due moment');
  const callCount = calling.calls.length;
  const { status } = calling.alert;
  calling.now = instant(Math.max(calling.now, dueAt));
  wake(calling);
  const { dueAt: next, dueKind: nextKind } = calling.escalation;
  // Two things may be due at one moment; each is done once, in their order.
  const isLaterInOrder = orderOf(nextKind) > orderOf(dueKind);
  assert.ok(next === null || next > calling.now || isLaterInOrder, `${nextKind} does not move on`);
  assert.equal(next !== null, isOpen(calling.alert.status));
  for (const call of calling.calls.slice(callCount)) {
    if (call.purpose === 'notice' || call.eventType === 'alert.expired') continue;
    assert.ok(isOpen(status));
    if (status === 'ACKNOWLEDGED') assert.ok(AGAIN.includes(call.label ?? ''), call.transition);
  }
}

describe('property: any policy and any answers', () => {
  test('each wake moves the due moment on or ends, and nobody who answered is called', () => {
    fc.assert(
      fc.property(anyPolicy, fc.array(anyAnswer, { maxLength: 6 }), (policy, answers) => {
        const calling = startCalling(createAlert(), policy);
        for (const { waitS, what } of [...answers, { waitS: 20_000, what: DELIVER }]) {
          const until = calling.now + waitS * MS_PER_SECOND;
          for (let beat = 0; beat < 100; beat += 1) {
            const { dueAt } = calling.escalation;
            if (dueAt === null || dueAt > until) break;
            checkWake(calling);
          }
          if (calling.now < until) calling.now = instant(until);
          const callCount = calling.calls.length;
          command(calling, what);
          assert.equal(calling.escalation.dueAt !== null, isOpen(calling.alert.status));
          if (what !== JOIN) {
            const made = calling.calls.slice(callCount).filter(({ purpose }) => purpose === 'call');
            assert.deepEqual(made, [], 'an answer calls nobody');
          }
        }
        const names = calling.calls.map(({ transition }) => transition);
        assert.equal(new Set(names).size, names.length, 'no transition is planned twice');
      }),
      { numRuns: 500 },
    );
  });

  test('steps fire in their order, none twice, and none before its time', () => {
    fc.assert(
      fc.property(anyPolicy, fc.array(fc.nat(2_000), { maxLength: 10 }), (policy, waits) => {
        const calling = startCalling(createAlert(), policy);
        for (const waitS of waits) {
          calling.now = plusMs(calling.now, waitS * MS_PER_SECOND);
          wake(calling);
        }
        let last = -1;
        for (const call of calling.calls) {
          if (call.eventType !== 'alert.escalated' || call.transition.startsWith('un')) continue;
          const step = policy.steps[call.level - 1];
          if (step !== undefined) assert.ok(ageS(calling, call.at) >= step.delayS);
          assert.ok(call.level >= last);
          last = call.level;
        }
        const done = listSkipped(calling).length + new Set(calling.calls.map((c) => c.level)).size;
        assert.ok(done >= calling.escalation.level, 'each step fired or was recorded as skipped');
      }),
      { numRuns: 500 },
    );
  });

  test('two rounds keep the interval of the policy apart, but for what happens again', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        const calling = startCalling(createAlert(), policy);
        advanceTo(calling, 9_000);
        const rounds = calling.calls.filter(
          ({ eventType, transition, label }) =>
            eventType !== 'alert.expired' &&
            !transition.startsWith('undelivered') &&
            !AGAIN.includes(label ?? ''),
        );
        for (const [index, call] of rounds.entries()) {
          const next = rounds[index + 1];
          if (next === undefined) continue;
          assert.ok(next.at - call.at >= policy.minIntervalS * MS_PER_SECOND);
        }
      }),
      { numRuns: 300 },
    );
  });
});
