import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AlertCommand } from '#kernel/effect.ts';
import { alertId } from '#kernel/id.ts';
import { formatInstant, INSTANT_MAX, instant, MS_PER_HOUR, plusMs } from '#kernel/instant.ts';
import {
  ALERT_STATUSES,
  type AlertStatus,
  INTENTS,
  isOpen,
  OUTCOMES,
} from '#kernel/words/lifecycle.ts';
import { TIMER } from '#kernel/principal.ts';
import { PRIORITIES, SEVERITIES } from '#kernel/words/severity.ts';
import {
  createAlert,
  createAlertIn,
  createOccurrence,
  createPerson,
  REPORTER,
  START,
} from '#test/support/samples/alert.ts';
import { type Alert, type AlertDecision, decideAlert } from './alert.ts';
import { ALERT_TRANSITIONS } from './transitions.ts';

const LATER = plusMs(START, MS_PER_HOUR);
const ANNA = createPerson('Anna');
const BEN = createPerson('Ben');

/** Forward only: a status of a higher rank is never left for one of a lower. */
const RANKS: Readonly<Record<AlertStatus, number>> = {
  PENDING: 0,
  DELIVERED: 1,
  SEEN: 2,
  ACKNOWLEDGED: 3,
  RESOLVED: 4,
  EXPIRED: 4,
};

const anyStatus = fc.constantFrom(...ALERT_STATUSES);
const anyTime = fc.option(fc.integer({ min: 0, max: INSTANT_MAX }).map(instant), { nil: null });
const anyCommand: fc.Arbitrary<AlertCommand> = fc
  .record({
    by: fc.constantFrom(ANNA, BEN, TIMER, REPORTER),
    detail: fc.option(fc.string({ minLength: 1, maxLength: 8 }), { nil: null }),
    intent: fc.constantFrom(...INTENTS),
    outcome: fc.constantFrom(...OUTCOMES),
    action: fc.constantFrom('resolve' as const, 'escalate' as const),
    occurrence: fc
      .record({ startsAt: anyTime, endsAt: anyTime, annotations: fc.constant({ note: 'new' }) })
      .map(createOccurrence),
  })
  .chain(({ by, detail, intent, outcome, action, occurrence }) =>
    fc.constantFrom<AlertCommand>(
      { kind: 'await', by, detail },
      { kind: 'deliver', by, detail },
      { kind: 'see', by, detail },
      { kind: 'acknowledge', by, detail, intent },
      { kind: 'resolve', by, detail, outcome },
      { kind: 'expire', by, detail },
      { kind: 'end', by, detail },
      { kind: 'time_out', by, detail, action },
      { kind: 'join', by, occurrence },
      { kind: 'repost', by, occurrence },
      { kind: 'note', by, detail: detail ?? 'a note' },
      { kind: 'assign', by, detail, to: detail },
      { kind: 'close', by, detail: detail ?? 'a note' },
      { kind: 'escalate', by, detail, whom: 'step' },
      { kind: 'escalate', by, detail, whom: 'responder' },
      { kind: 'decline', by, detail, key: 'm1' },
      { kind: 'record_round', by, detail, called: NOT_SAID },
      { kind: 'lose_round', by, round: 0, isExpiry: false },
    ),
  );

const NOT_SAID = { label: null, priority: null, recipient: null };

/** The CHECK constraints of table `alert`, said in TypeScript; the names of those that break. */
function findBrokenChecks(alert: Alert): readonly string[] {
  const { status } = alert;
  const is = (wanted: AlertStatus) => status === wanted;
  const hasResolution = alert.resolvedAt !== null && alert.outcome !== null;
  const isTaken = alert.acknowledgedAt !== null && alert.acknowledgedBy !== null;
  const checks: Readonly<Record<string, boolean>> = {
    alert_status_known: ALERT_STATUSES.includes(status),
    alert_severity_known: SEVERITIES.includes(alert.severity),
    alert_priority_known: PRIORITIES.includes(alert.priority),
    alert_intent_known: alert.intent === null || INTENTS.includes(alert.intent),
    alert_outcome_known: alert.outcome === null || OUTCOMES.includes(alert.outcome),
    alert_counts_positive: alert.occurrenceCount >= 1 && alert.version >= 1,
    alert_delivered_has_its_time: !is('DELIVERED') || alert.deliveredAt !== null,
    alert_seen_has_its_time: !is('SEEN') || alert.seenAt !== null,
    alert_acknowledged_has_its_person: !is('ACKNOWLEDGED') || isTaken,
    alert_resolved_has_time_and_outcome: is('RESOLVED') === hasResolution,
    alert_expired_has_its_time: is('EXPIRED') === (alert.expiredAt !== null),
    alert_closed_only_when_over: alert.closedAt === null || !isOpen(status),
    alert_closed_by_someone: (alert.closedAt === null) === (alert.closedBy === null),
  };
  return Object.keys(checks).filter((name) => checks[name] === false);
}

type Taken = Exclude<AlertDecision, { kind: 'refused' }>;

function take(alert: Alert, command: AlertCommand, now = LATER): Taken {
  const decision = decideAlert(alert, command, now);
  assert.ok(decision.kind !== 'refused', `${command.kind} of ${alert.status} was refused`);
  return decision;
}

function refusalOf(alert: Alert, command: AlertCommand): string {
  const decision = decideAlert(alert, command, LATER);
  assert.ok(decision.kind === 'refused', `${command.kind} of ${alert.status} was taken`);
  return decision.refusal.sentence;
}

/** What a report may move without making a new version: it comes every minute. */
const REPORTED = ['lastEventAt', 'endsAt', 'annotations'];

function findChanges(one: Alert, other: Alert): readonly string[] {
  const before: Readonly<Record<string, unknown>> = one;
  return Object.entries(other).flatMap(([name, value]) => (before[name] === value ? [] : [name]));
}

const see: AlertCommand = { kind: 'see', by: ANNA, detail: null };
const deliver: AlertCommand = { kind: 'deliver', by: TIMER, detail: 'push' };
const take1: AlertCommand = { kind: 'acknowledge', by: ANNA, detail: null, intent: 'calling' };
const take2: AlertCommand = { kind: 'acknowledge', by: BEN, detail: 'me too', intent: 'on_site' };
const fix: AlertCommand = {
  kind: 'resolve',
  by: ANNA,
  detail: 'was asleep',
  outcome: 'false_alarm',
};
const expire: AlertCommand = { kind: 'expire', by: TIMER, detail: 'nobody answered' };
const end: AlertCommand = { kind: 'end', by: REPORTER, detail: null };
const join: AlertCommand = { kind: 'join', by: REPORTER, occurrence: createOccurrence() };
const repost: AlertCommand = { kind: 'repost', by: REPORTER, occurrence: createOccurrence() };

describe('property: whatever the status and the command', () => {
  const check = (body: (alert: Alert, command: AlertCommand, decision: Taken) => void) =>
    fc.assert(
      fc.property(anyStatus, anyCommand, (status, command) => {
        const alert = createAlertIn(status);
        const decision = decideAlert(alert, command, LATER);
        if (decision.kind !== 'refused') body(alert, command, decision);
      }),
      { numRuns: 2_000 },
    );

  test('an alert never goes back, and one that is over keeps its status', () =>
    check((alert, _, { state }) => {
      assert.ok(RANKS[state.status] >= RANKS[alert.status]);
      if (!isOpen(alert.status)) assert.equal(state.status, alert.status);
    }));

  test('the version grows by one exactly when more changed than what a report refreshes', () =>
    check((alert, _, { state }) => {
      const changes = findChanges(alert, state).filter((name) => name !== 'version');
      const isMore = changes.some((name) => !REPORTED.includes(name));
      assert.equal(state.version, alert.version + (isMore ? 1 : 0), changes.join());
      if (isMore) assert.equal(state.updatedAt, LATER);
    }));

  test('`changed` is answered exactly when a person moved something, or it happened again', () =>
    check((alert, command, { kind, state, effects }) => {
      const isMoved = state.status !== alert.status || state.assignedTo !== alert.assignedTo;
      const isCounted = state.occurrenceCount !== alert.occurrenceCount;
      const isClosed = command.kind === 'close' && state.closedAt !== alert.closedAt;
      const isCalling = effects.some(
        (effect) => effect.kind === 'escalate_now' || effect.kind === 'round_recorded',
      );
      assert.equal(kind === 'changed', isMoved || isCounted || isClosed || isCalling);
    }));

  test('what was taken is on the timeline with its person, but for reports and late timers', () =>
    check((alert, command, { events }) => {
      const { does } = ALERT_TRANSITIONS[alert.status][command.kind];
      // A second round that a timer asks for is told by the round itself.
      const isTold =
        (command.kind === 'time_out' && command.action === 'escalate') ||
        (does === 'pass_on' && (command.kind === 'record_round' || command.kind === 'lose_round'));
      const isQuiet = does === 'refresh' || does === 'ignore' || isTold;
      assert.equal(events.length === 0, isQuiet, does);
      for (const entry of events) {
        assert.deepEqual([entry.at, entry.by], [LATER, command.by]);
        assert.ok(entry.detail.length > 0);
      }
    }));

  test('the times and persons fit the constraints of the table', () =>
    check((_, __, { state }) => assert.deepEqual(findBrokenChecks(state), [])));

  test('who it is, what was reported and when it was raised never change', () =>
    check((alert, _, { state }) => {
      const fixed = findChanges(alert, state).filter((name) =>
        ['projectId', 'alertId', 'alertKey', 'sourceId', 'policyId', 'title', 'severity', 'labels']
          .concat('createdAt', 'startedAt', 'previousAlertId', 'priority', 'fingerprint')
          .includes(name),
      );
      assert.deepEqual(fixed, []);
    }));

  test('other stages are told of a new status once, and of nothing that only was recorded', () =>
    check((alert, _, { state, effects }) => {
      const isMoved = state.status !== alert.status;
      const moves = effects.filter((effect) => effect.kind === 'alert_moved');
      const meant = { kind: 'alert_moved', from: alert.status, to: state.status };
      assert.deepEqual(moves, isMoved ? [meant] : []);
      const others = effects.filter(({ kind }) => kind !== 'cancel_calls' && kind !== 'round_lost');
      if (!isOpen(alert.status)) assert.deepEqual(others, []);
    }));

  test('a long life of any commands keeps all of this', () => {
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 30 }), (commands) => {
        let alert = createAlert();
        let now = START;
        for (const command of commands) {
          now = plusMs(now, 1_000);
          const decision = decideAlert(alert, command, now);
          if (decision.kind === 'refused') continue;
          assert.ok(RANKS[decision.state.status] >= RANKS[alert.status]);
          assert.ok(isOpen(alert.status) || decision.state.status === alert.status);
          assert.ok(decision.state.version >= alert.version);
          assert.deepEqual(findBrokenChecks(decision.state), []);
          alert = decision.state;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a new alert', () => {
  test('is pending, in its first version, and calls people', () => {
    const alert = createAlert();
    assert.deepEqual(
      [alert.status, alert.version, alert.occurrenceCount, alert.priority],
      ['PENDING', 1, 1, 'critical'],
    );
    assert.deepEqual([alert.createdAt, alert.updatedAt, alert.lastEventAt], [START, START, START]);
    assert.deepEqual(findBrokenChecks(alert), []);
  });
});

describe('answers', () => {
  test('each status may be skipped on the way forward', () => {
    const moves: readonly (readonly [AlertCommand, AlertStatus])[] = [
      [deliver, 'DELIVERED'],
      [see, 'SEEN'],
      [take1, 'ACKNOWLEDGED'],
      [fix, 'RESOLVED'],
      [expire, 'EXPIRED'],
    ];
    for (const [command, to] of moves) {
      const { kind, state, effects } = take(createAlert(), command);
      assert.deepEqual([kind, state.status], ['changed', to]);
      assert.deepEqual(effects, [{ kind: 'alert_moved', from: 'PENDING', to }]);
    }
  });

  test('the marks of each status are set, and the ones before it kept', () => {
    let alert = take(createAlert(), deliver, plusMs(START, 1)).state;
    alert = take(alert, see, plusMs(START, 2)).state;
    alert = take(alert, take1, plusMs(START, 3)).state;
    alert = take(alert, fix, plusMs(START, 4)).state;
    const times = [alert.deliveredAt, alert.seenAt, alert.acknowledgedAt, alert.resolvedAt];
    assert.deepEqual(
      times,
      [1, 2, 3, 4].map((ms) => plusMs(START, ms)),
    );
    assert.deepEqual(
      [alert.acknowledgedBy, alert.intent, alert.outcome, alert.version],
      ['Anna', 'calling', 'false_alarm', 5],
    );
  });

  test('the timeline says from where to where, by whom and with what words', () => {
    const lines = [take1, fix].map((command) => take(createAlertIn('SEEN'), command).events[0]);
    assert.deepEqual(
      lines.map((entry) => `${entry?.kind} ${entry?.detail} (${entry?.by.name})`),
      [
        'STATUS_CHANGED SEEN -> ACKNOWLEDGED | calling (Anna)',
        'STATUS_CHANGED SEEN -> RESOLVED | false_alarm | was asleep (Anna)',
      ],
    );
  });

  test('a receipt that comes late is recorded and changes nothing', () => {
    const alert = createAlertIn('SEEN');
    const { kind, state, events, effects } = take(alert, deliver);
    assert.deepEqual([kind, state, effects], ['recorded', alert, []]);
    const detail = 'DELIVERED while SEEN, nothing changed | push';
    assert.deepEqual(events, [{ at: LATER, kind: 'RECEIPT', detail, by: TIMER }]);
    for (const status of ['SEEN', 'ACKNOWLEDGED'] as const) {
      assert.equal(take(createAlertIn(status), see).kind, 'recorded');
    }
  });

  test('the second to acknowledge is recorded; the alert stays with the first', () => {
    const first = take(createAlert(), take1).state;
    const { kind, state, events } = take(first, take2, plusMs(LATER, 1));
    assert.equal(kind, 'recorded');
    assert.deepEqual([state.acknowledgedBy, state.intent], ['Anna', 'calling']);
    assert.equal(state, first);
    assert.equal(
      events[0]?.detail,
      'ACKNOWLEDGED (on_site) while ACKNOWLEDGED, nothing changed | me too',
    );
    assert.equal(events[0]?.by.name, 'Ben');
  });

  test('PENDING asked of a pending alert is recorded, asked of any other refused', () => {
    const ask: AlertCommand = { kind: 'await', by: ANNA, detail: null };
    assert.equal(take(createAlertIn('PENDING'), ask).kind, 'recorded');
    for (const status of ALERT_STATUSES.slice(1)) {
      const sentence = `An alert that is ${status} cannot become PENDING.`;
      assert.equal(refusalOf(createAlertIn(status), ask), sentence);
    }
  });

  test('a resolved alert refuses every other status', () => {
    const alert = createAlertIn('RESOLVED');
    for (const command of [deliver, see, take1, expire]) {
      assert.match(refusalOf(alert, command), /^An alert that is RESOLVED cannot become [A-Z]+\.$/);
    }
    const again = take(alert, { ...fix, outcome: 'help_sent' });
    assert.deepEqual([again.kind, again.state], ['recorded', alert]);
  });

  test('an expired alert refuses receipts', () => {
    for (const command of [deliver, see]) refusalOf(createAlertIn('EXPIRED'), command);
    assert.equal(take(createAlertIn('EXPIRED'), expire).kind, 'recorded');
  });

  test('what a person has taken does not expire', () => {
    assert.equal(
      refusalOf(createAlertIn('ACKNOWLEDGED'), expire),
      'An alert that is ACKNOWLEDGED cannot become EXPIRED.',
    );
  });
});

describe('an answer to an expired alert', () => {
  for (const command of [take1, fix]) {
    test(`${command.kind}: is a note, closes it once, and leaves the status`, () => {
      const expired = createAlertIn('EXPIRED');
      const { kind, state, events, effects } = take(expired, command);
      assert.equal(kind, 'recorded');
      assert.deepEqual([state.status, state.closedAt, state.closedBy], ['EXPIRED', LATER, 'Anna']);
      assert.deepEqual([state.acknowledgedAt, state.resolvedAt, state.outcome], [null, null, null]);
      assert.equal(state.version, expired.version + 1);
      assert.deepEqual(
        events.map((entry) => entry.kind),
        ['NOTE', 'CLOSED'],
      );
      assert.match(
        events[0]?.detail ?? '',
        /^answered (ACKNOWLEDGED after it had expired \| \w+|RESOLVED after it had expired \| \w+)/,
      );
      assert.deepEqual(effects, [{ kind: 'cancel_calls' }]);

      const again = take(state, { ...take2, kind: 'acknowledge' }, plusMs(LATER, 5));
      assert.deepEqual([again.kind, again.state], ['recorded', state]);
      assert.deepEqual(
        again.events.map((entry) => entry.kind),
        ['NOTE'],
      );
    });
  }
});

describe('reports', () => {
  test('a new occurrence joins: counted, on the timeline, nothing overwritten', () => {
    const occurrence = createOccurrence({ title: 'Other', severity: 'low', labels: { room: '6' } });
    const { kind, state, events, effects } = take(createAlert(), { ...join, occurrence });
    assert.deepEqual([kind, state.occurrenceCount, state.lastEventAt], ['changed', 2, LATER]);
    assert.deepEqual(
      [state.title, state.severity, state.labels],
      ['Fall in room 5', 'critical', { room: '5' }],
    );
    assert.deepEqual(
      events.map((entry) => `${entry.kind} ${entry.detail}`),
      ['JOINED occurrence 2, reported by cameras'],
    );
    assert.deepEqual(effects, [{ kind: 'alert_refreshed' }]);
  });

  test('a new occurrence of what someone has seen or taken calls again', () => {
    for (const status of ['SEEN', 'ACKNOWLEDGED'] as const) {
      const { state, effects } = take(createAlertIn(status), join);
      assert.equal(state.status, status);
      assert.deepEqual(
        effects.map((effect) => effect.kind),
        ['call_again'],
      );
    }
  });

  test('a re-post only refreshes: no count, no line, no call', () => {
    for (const status of ['PENDING', 'DELIVERED', 'SEEN', 'ACKNOWLEDGED'] as const) {
      const alert = createAlertIn(status);
      const endsAt = plusMs(LATER, MS_PER_HOUR);
      const { kind, state, events, effects } = take(alert, {
        ...repost,
        occurrence: createOccurrence({ endsAt }),
      });
      assert.deepEqual([kind, events, effects], ['recorded', [], [{ kind: 'alert_refreshed' }]]);
      assert.deepEqual([state.lastEventAt, state.endsAt], [LATER, endsAt]);
      assert.deepEqual([state.occurrenceCount, state.version], [1, alert.version]);
    }
  });

  test('any report about an alert that is over moves the time of the last one, no more', () => {
    for (const status of ['RESOLVED', 'EXPIRED'] as const) {
      const alert = createAlertIn(status);
      for (const command of [join, repost, end]) {
        const { kind, state, events, effects } = take(alert, command);
        assert.deepEqual([kind, events, effects], ['recorded', [], []]);
        assert.deepEqual(findChanges(alert, state), ['lastEventAt']);
      }
    }
  });

  test("the source's resolve resolves whatever is open, with its own outcome", () => {
    for (const status of ALERT_STATUSES.filter(isOpen)) {
      const { state } = take(createAlertIn(status), end);
      assert.deepEqual([state.status, state.outcome], ['RESOLVED', 'resolved_by_source']);
      assert.deepEqual([state.resolvedAt, state.lastEventAt], [LATER, LATER]);
    }
  });
});

describe('an acknowledgement that ran out', () => {
  const timeOut = (action: 'resolve' | 'escalate'): AlertCommand => ({
    kind: 'time_out',
    by: TIMER,
    detail: 'not resolved in time',
    action,
  });

  test('resolves as unconfirmed where the policy says so', () => {
    const { state, events } = take(createAlertIn('ACKNOWLEDGED'), timeOut('resolve'));
    assert.deepEqual([state.status, state.outcome], ['RESOLVED', 'unconfirmed']);
    const line = 'ACKNOWLEDGED -> RESOLVED | unconfirmed | not resolved in time';
    assert.equal(events[0]?.detail, line);
  });

  test('calls again where the policy says so, and stays with its person', () => {
    const alert = createAlertIn('ACKNOWLEDGED');
    const { kind, state, effects } = take(alert, timeOut('escalate'));
    assert.deepEqual([kind, state], ['recorded', alert]);
    assert.deepEqual(effects, [{ kind: 'call_again', label: 'Acknowledged, but not resolved' }]);
  });

  test('is ignored in any other status: the timer came too late', () => {
    for (const status of ALERT_STATUSES) {
      if (status === 'ACKNOWLEDGED') continue;
      const alert = createAlertIn(status);
      for (const action of ['resolve', 'escalate'] as const) {
        const decision = take(alert, timeOut(action));
        assert.deepEqual(decision, { kind: 'recorded', state: alert, events: [], effects: [] });
      }
    }
  });
});

test('alerts of the fixtures themselves fit the table', () => {
  for (const status of ALERT_STATUSES) {
    assert.deepEqual(findBrokenChecks(createAlertIn(status)), [], status);
  }
  const broken = createAlert({ status: 'EXPIRED', alertId: alertId('x'), closedBy: 'Anna' });
  assert.deepEqual(findBrokenChecks(broken), [
    'alert_expired_has_its_time',
    'alert_closed_by_someone',
  ]);
  assert.equal(formatInstant(START), '2026-11-16T08:00:00.000Z');
});
