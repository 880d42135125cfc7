import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Alert } from '#alert/alert.ts';
import { type Instant, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { ALERT_STATUSES, isOpen } from '#kernel/words/lifecycle.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Policy } from '#kernel/calling/policy.ts';
import { createAlertIn, START } from '#test/support/samples/alert.ts';
import { createPolicy, createStep } from '#test/support/samples/escalation.ts';
import { findDue, findNextStep, type Progress } from './due.ts';

/** Nothing has been called but round 0. */
const FRESH: Progress = {
  level: 0,
  round: 0,
  resentRound: -1,
  againLabel: null,
  timedOutAt: null,
  steppedAt: START,
  lastRoundAt: START,
};

/** Nothing but what a test sets is ever due. */
const QUIET = createPolicy({
  steps: [],
  repeatEveryS: null,
  expireAfterS: 1_000_000,
  seenExpireAfterS: 1_000_000,
  ackTimeoutS: 1_000_000,
});

const after = (seconds: number) => plusMs(START, seconds * MS_PER_SECOND);

type Question = {
  readonly alert?: Alert;
  readonly policy?: Partial<Policy>;
  readonly progress?: Partial<Progress>;
  readonly listeningSince?: Instant;
};

/** `120 step`: seconds after START, and what is due. */
function ask(question: Question): string | null {
  const due = findDue(
    { ...FRESH, ...question.progress },
    {
      alert: question.alert ?? createAlertIn('PENDING'),
      policy: { ...QUIET, ...question.policy },
      settings: { listeningSince: question.listeningSince ?? START },
    },
  );
  return due === null ? null : `${(due.at - START) / MS_PER_SECOND} ${due.kind}`;
}

describe('an alert that is over', () => {
  test('has nothing due', () => {
    for (const status of ['RESOLVED', 'EXPIRED'] as const) {
      const alert = { ...createAlertIn(status), endsAt: after(1) };
      assert.equal(ask({ alert, policy: createPolicy({ ifNotDeliveredS: 1 }) }), null);
    }
  });
});

describe('steps', () => {
  const policy = { steps: [createStep(120), createStep(300)], repeatEveryS: 600 };

  test('are due by their delay from the creation, not from the round before', () => {
    assert.equal(ask({ policy }), '120 step');
    const late = { level: 1, steppedAt: after(200), lastRoundAt: after(200) };
    assert.equal(ask({ policy, progress: late }), '300 step');
  });

  test('repeat after the last one, counted from when it fired', () => {
    const progress = { level: 2, steppedAt: after(310), lastRoundAt: after(310) };
    assert.equal(ask({ policy, progress }), '910 repeat');
    assert.equal(ask({ policy: { ...policy, repeatEveryS: null }, progress }), '1000000 expire');
  });

  test('of a policy without any still repeat, from the creation', () => {
    assert.equal(ask({ policy: { repeatEveryS: 600 } }), '600 repeat');
  });

  test('are held by the interval since the last round', () => {
    const progress = { lastRoundAt: after(100) };
    assert.equal(ask({ policy: { ...policy, minIntervalS: 60 }, progress }), '160 step');
    assert.equal(ask({ policy: { ...policy, minIntervalS: 20 }, progress }), '120 step');
    assert.equal(ask({ policy: { ...policy, minIntervalS: 0 }, progress }), '120 step');
    const repeating = { level: 2, steppedAt: after(310), lastRoundAt: after(310) };
    const held = { ...policy, minIntervalS: 700 };
    assert.equal(ask({ policy: held, progress: repeating }), '1010 repeat');
  });

  test('go on when something was delivered', () => {
    assert.equal(ask({ policy, alert: createAlertIn('DELIVERED') }), '120 step');
  });

  test('stop when someone has it', () => {
    const alert = createAlertIn('ACKNOWLEDGED');
    assert.equal(ask({ policy, alert }), '1000000 ack_timeout');
  });
});

describe('an alert that was seen', () => {
  const policy = { steps: [createStep(120), createStep(300)], repeatEveryS: 600 };

  test('is held until it expires when the policy says nothing else', () => {
    const alert = createAlertIn('SEEN', after(60));
    assert.equal(ask({ policy, alert }), '1000060 seen_expire');
    assert.equal(
      ask({ policy: { ...policy, seenExpireAfterS: 14_400 }, alert }),
      '14460 seen_expire',
    );
  });

  test('is called about again after the hold, counted from when it was seen', () => {
    const alert = createAlertIn('SEEN', after(60));
    assert.equal(ask({ policy: { ...policy, seenHoldS: 300 }, alert }), '360 step');
    assert.equal(ask({ policy: { ...policy, seenHoldS: 30 }, alert }), '120 step');
    assert.equal(ask({ policy: { ...policy, seenHoldS: 0 }, alert }), '120 step');
    const progress = { level: 2, steppedAt: after(310) };
    assert.equal(ask({ policy: { ...policy, seenHoldS: 300 }, alert, progress }), '910 repeat');
  });
});

describe('times that end an alert', () => {
  test('unanswered: two hours from the creation by default', () => {
    const policy = { expireAfterS: 7_200 };
    assert.equal(ask({ policy }), '7200 expire');
    assert.equal(ask({ policy, alert: createAlertIn('DELIVERED', after(7_000)) }), '7200 expire');
  });

  test('acknowledged: from the acknowledgement, or from when it last ran out', () => {
    const alert = createAlertIn('ACKNOWLEDGED', after(100));
    const policy = { ackTimeoutS: 7_200 };
    assert.equal(ask({ policy, alert }), '7300 ack_timeout');
    assert.equal(ask({ policy, alert, progress: { steppedAt: after(900) } }), '7300 ack_timeout');
    assert.equal(ask({ policy, alert, progress: { timedOutAt: after(900) } }), '8100 ack_timeout');
  });

  test('the end of the report ends it in every open status', () => {
    for (const status of ALERT_STATUSES.filter(isOpen)) {
      const alert = { ...createAlertIn(status), endsAt: after(240) };
      assert.equal(ask({ alert }), '240 source_end', status);
    }
  });

  test('an end that has passed already is due at once', () => {
    const alert = { ...createAlertIn('PENDING'), endsAt: after(-60) };
    assert.equal(ask({ alert }), '-60 source_end');
  });
});

describe('after an outage of ours', () => {
  const alert = { ...createAlertIn('PENDING'), endsAt: after(240), lastEventAt: after(60) };
  const graceS = LIMITS.sourceGraceMs / MS_PER_SECOND;

  test('a source has time to report again before its silence counts', () => {
    const listeningSince = after(1_000);
    assert.equal(ask({ alert, listeningSince }), `${1_000 + graceS} source_end`);
  });

  test('an end that is later than the grace stays where it is', () => {
    const listeningSince = after(240 - graceS - 1);
    assert.equal(ask({ alert, listeningSince }), '240 source_end');
  });

  test('a source that has reported since has no grace', () => {
    const reported = { ...alert, lastEventAt: after(1_001), endsAt: after(1_010) };
    assert.equal(ask({ alert: reported, listeningSince: after(1_000) }), '1010 source_end');
    const atOnce = { ...reported, lastEventAt: after(1_000) };
    assert.equal(ask({ alert: atOnce, listeningSince: after(1_000) }), '1010 source_end');
  });
});

describe('a round of which nothing was delivered', () => {
  const policy = { ifNotDeliveredS: 30 };

  test('is due again, once', () => {
    assert.equal(ask({ policy }), '30 undelivered');
    assert.equal(ask({ policy, progress: { resentRound: 0 } }), '1000000 expire');
    const next = { round: 1, resentRound: 0, lastRoundAt: after(120) };
    assert.equal(ask({ policy, progress: next }), '150 undelivered');
  });

  test('is not due again when anything was delivered, seen or taken', () => {
    for (const status of ['DELIVERED', 'SEEN', 'ACKNOWLEDGED'] as const) {
      assert.doesNotMatch(ask({ policy, alert: createAlertIn(status) }) ?? '', /undelivered/);
    }
  });
});

describe('several things due', () => {
  test('the earliest comes first', () => {
    const policy = { steps: [createStep(120)], ifNotDeliveredS: 119, expireAfterS: 121 };
    assert.equal(ask({ policy }), '119 undelivered');
    assert.equal(ask({ policy, progress: { resentRound: 0 } }), '120 step');
    assert.equal(ask({ policy, progress: { resentRound: 0, level: 1 } }), '121 expire');
  });

  test('at one moment: end of report, expiry, steps, the undelivered, in this order', () => {
    const policy = { steps: [createStep(120)], ifNotDeliveredS: 120, expireAfterS: 120 };
    const alert = { ...createAlertIn('PENDING'), endsAt: after(120) };
    assert.equal(ask({ policy, alert }), '120 source_end');
    assert.equal(ask({ policy }), '120 expire');
    assert.equal(ask({ policy: { ...policy, expireAfterS: 900 } }), '120 step');
  });
});

describe('the next step that is shown', () => {
  const policy = createPolicy({ steps: [createStep(120)], repeatEveryS: 600, ifNotDeliveredS: 30 });
  const show = (alert: Alert, more: Partial<Progress> = {}) => {
    const settings = { listeningSince: START };
    const due = findNextStep({ ...FRESH, ...more }, { alert, policy, settings });
    return due === null ? null : `${(due.at - START) / MS_PER_SECOND} ${due.kind}`;
  };

  test('is a step or a repeat, never an end or a second try', () => {
    assert.equal(show(createAlertIn('PENDING')), '120 step');
    assert.equal(
      show(createAlertIn('DELIVERED'), { level: 1, steppedAt: after(120) }),
      '720 repeat',
    );
  });

  test('is none when nobody will be called', () => {
    for (const status of ['SEEN', 'ACKNOWLEDGED', 'RESOLVED', 'EXPIRED'] as const) {
      assert.equal(show(createAlertIn(status)), null, status);
    }
  });
});

test('property: an open alert always has a due moment', () => {
  const seconds = fc.integer({ min: 0, max: 10_000 });
  fc.assert(
    fc.property(
      fc.constantFrom(...ALERT_STATUSES),
      fc.record({
        repeatEveryS: fc.option(seconds, { nil: null }),
        seenHoldS: fc.option(seconds, { nil: null }),
        ifNotDeliveredS: fc.option(seconds, { nil: null }),
        minIntervalS: seconds,
        atS: seconds,
      }),
      fc.record({
        level: fc.nat(3),
        round: fc.nat(5),
        resentRound: fc.integer({ min: -1, max: 5 }),
      }),
      (status, { atS, ...policy }, progress) => {
        const steps = [createStep(60), createStep(600)];
        const due = ask({
          alert: createAlertIn(status, after(atS)),
          policy: { ...policy, steps },
          progress,
        });
        assert.equal(due !== null, isOpen(status));
      },
    ),
  );
});
