import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AlertCommand, Occurrence } from '#kernel/effect.ts';
import { type AlertId, alertId } from '#kernel/id.ts';
import { type Instant, instant, plusMs } from '#kernel/instant.ts';
import { isOpen } from '#kernel/words/lifecycle.ts';
import { TIMER } from '#kernel/principal.ts';
import {
  createAlert,
  createOccurrence,
  createPerson,
  PROJECT,
  REPORTER,
  START,
} from '#test/support/samples/alert.ts';
import { type Alert, decideAlert } from './alert.ts';
import {
  type AlertHead,
  decideSighting,
  freshHead,
  isSameHead,
  pointHead,
  proposeHead,
  type Sighting,
  type SightingAction,
} from './head.ts';

const KEY = '0190a000-0000-7000-8000-0000000000c1';
const ANNA = createPerson('Anna');

/** Minutes after START. */
const at = (minutes: number): Instant => plusMs(START, minutes * 60_000);

/** What a sender tells, in minutes after START. */
type Told = {
  readonly stage?: Sighting['stage'];
  readonly starts?: number | null;
  readonly ends?: number | null;
  readonly isOwnId?: boolean;
  readonly isRaiseOnly?: boolean;
};

function createSighting(told: Told): Sighting {
  const { stage = 'received', starts = null, ends = null } = told;
  const occurrence: Occurrence = createOccurrence({
    startsAt: starts === null ? null : at(starts),
    endsAt: ends === null ? null : at(ends),
  });
  return {
    stage,
    isOwnId: told.isOwnId ?? false,
    isRaiseOnly: told.isRaiseOnly ?? false,
    occurrence,
    announcedEndsAt: occurrence.endsAt,
    by: REPORTER,
  };
}

/** One problem through time: its head, and every alert that was ever raised for it. */
type Problem = {
  head: AlertHead;
  readonly alerts: Map<AlertId, Alert>;
  now: Instant;
};

function openProblem(): Problem {
  return { head: freshHead(PROJECT, KEY), alerts: new Map(), now: START };
}

function currentOf(problem: Problem): Alert | null {
  const id = problem.head.currentAlertId;
  return id === null ? null : (problem.alerts.get(id) ?? null);
}

/** The alert that stands for the problem; fails when there is none. */
function standingOf(problem: Problem): Alert {
  const alert = currentOf(problem);
  assert.ok(alert !== null);
  return alert;
}

function apply(problem: Problem, command: AlertCommand): void {
  const alert = standingOf(problem);
  const decision = decideAlert(alert, command, problem.now);
  if (decision.kind !== 'refused') problem.alerts.set(alert.alertId, decision.state);
}

/** As intake does it: decide, then raise or command, then keep the head. */
function sight(problem: Problem, told: Told): SightingAction['kind'] | AlertCommand['kind'] {
  const sighting = createSighting(told);
  const seen = { sighting, now: problem.now };
  const { head, action } = decideSighting(problem.head, currentOf(problem), seen);
  if (action.kind === 'raise') {
    const id = alertId(`alert-${problem.alerts.size + 1}`);
    const { startsAt, ...rest } = sighting.occurrence;
    const raised = createAlert({ ...rest, alertId: id, startedAt: startsAt }, problem.now);
    problem.alerts.set(id, raised);
    problem.head = pointHead(head, id);
    return 'raise';
  }
  problem.head = head;
  if (action.kind === 'nothing') return 'nothing';
  apply(problem, action.command);
  return action.command.kind;
}

const ACK: AlertCommand = { kind: 'acknowledge', by: ANNA, detail: null, intent: 'seen' };
const FIX: AlertCommand = { kind: 'resolve', by: ANNA, detail: null, outcome: 'fixed' };
const SEE: AlertCommand = { kind: 'see', by: ANNA, detail: null };
const EXPIRE: AlertCommand = { kind: 'expire', by: TIMER, detail: null };
const SILENT: AlertCommand = { kind: 'end', by: TIMER, detail: 'not reported again' };
const TIME_OUT: AlertCommand = { kind: 'time_out', by: TIMER, detail: null, action: 'resolve' };

/** A problem that was reported once, and answered by these commands. */
function createProblem(told: Told, ...commands: readonly AlertCommand[]): Problem {
  const problem = openProblem();
  assert.equal(sight(problem, told), 'raise');
  for (const command of commands) apply(problem, command);
  return problem;
}

describe('the same episode reported again', () => {
  const cases: readonly (readonly [string, Told, Told])[] = [
    ['the same start', { starts: 10 }, { starts: 10 }],
    ['no start this time', { starts: 10 }, {}],
    ['a start for the first time', {}, { starts: 10 }],
    ['no start ever', {}, {}],
    ['an older start, as the second of a pair', { starts: 10 }, { starts: 8 }],
    ['a newer start inside of the end it announced', { starts: 10, ends: 14 }, { starts: 12 }],
    ['a newer start at the very end it announced', { starts: 10, ends: 14 }, { starts: 14 }],
  ];
  for (const [name, first, second] of cases) {
    test(`${name}: refreshes the open alert`, () => {
      const problem = createProblem(first);
      assert.equal(sight(problem, second), 'repost');
      assert.equal(standingOf(problem).occurrenceCount, 1);
    });

    test(`${name}: never reopens what a person resolved`, () => {
      const problem = createProblem(first, ACK, FIX);
      for (let minute = 0; minute < 5; minute += 1) assert.equal(sight(problem, second), 'repost');
      assert.equal(problem.alerts.size, 1);
    });

    test(`${name}: calls nobody again when a person has taken it`, () => {
      const problem = createProblem(first, ACK);
      assert.equal(sight(problem, second), 'repost');
      assert.equal(standingOf(problem).status, 'ACKNOWLEDGED');
    });

    test(`${name}: raises a new alert when the old one expired unanswered, linked to it`, () => {
      const problem = createProblem(first, EXPIRE);
      assert.equal(sight(problem, second), 'raise');
      assert.equal(problem.head.previousAlertId, 'alert-1');
      assert.equal(problem.head.currentAlertId, 'alert-2');
      assert.equal(sight(problem, second), 'repost');
    });

    test(`${name}: raises none when the expired one was closed by a late answer`, () => {
      const problem = createProblem(first, EXPIRE, ACK);
      assert.notEqual(standingOf(problem).closedAt, null);
      assert.equal(sight(problem, second), 'repost');
      assert.equal(problem.alerts.size, 1);
    });
  }

  test('two servers that began a little apart are one problem for as long as they post', () => {
    const problem = createProblem({ starts: 0, ends: 4 });
    for (let minute = 1; minute <= 60; minute += 1) {
      const starts = minute % 2 === 0 ? 0 : 1;
      assert.equal(sight(problem, { starts, ends: minute + 4 }), 'repost', `${minute}`);
    }
  });

  test('what ran out as unconfirmed was answered too, and stays closed', () => {
    const problem = createProblem({ starts: 10 }, ACK, TIME_OUT);
    assert.equal(standingOf(problem).outcome, 'unconfirmed');
    assert.equal(sight(problem, { starts: 10 }), 'repost');
  });
});

describe('a new occurrence', () => {
  const newer: Told = { starts: 20 };

  test('joins an open alert, whatever was answered', () => {
    for (const commands of [[], [SEE], [ACK]]) {
      const problem = createProblem({ starts: 10 }, ...commands);
      assert.equal(sight(problem, newer), 'join');
      assert.equal(standingOf(problem).occurrenceCount, 2);
      assert.equal(sight(problem, newer), 'repost', 'and is the same from then on');
    }
  });

  test('after the end that was announced joins too', () => {
    const problem = createProblem({ starts: 10, ends: 14 });
    assert.equal(sight(problem, { starts: 15 }), 'join');
  });

  test('raises a new alert when the old one is over, linked to it', () => {
    for (const commands of [[FIX], [EXPIRE], [EXPIRE, ACK], [SILENT]]) {
      const problem = createProblem({ starts: 10 }, ...commands);
      assert.equal(sight(problem, newer), 'raise');
      assert.deepEqual(
        [problem.head.previousAlertId, problem.head.currentAlertId],
        ['alert-1', 'alert-2'],
      );
    }
  });

  test('after the source resolved it is new even with the same start, or with none', () => {
    for (const starts of [10, null, 9]) {
      const problem = createProblem({ starts: 10 });
      assert.equal(sight(problem, { stage: 'resolved', starts: 10, ends: 12 }), 'end');
      assert.equal(sight(problem, { starts }), 'raise');
    }
  });

  test('after the source fell silent is new even with the same start', () => {
    const problem = createProblem({ starts: 10 }, SILENT);
    assert.equal(sight(problem, { starts: 10 }), 'raise');
  });

  test('after a person and then the source resolved it is new too', () => {
    const problem = createProblem({ starts: 10 }, FIX);
    assert.equal(sight(problem, { stage: 'resolved', starts: 10, ends: 12 }), 'end');
    assert.equal(standingOf(problem).outcome, 'fixed');
    assert.equal(sight(problem, { starts: 10 }), 'raise');
  });
});

describe('a resolve', () => {
  test('resolves the open alert as told by the source', () => {
    for (const told of [{ starts: 10, ends: 12 }, {}, { ends: 12 }]) {
      const problem = createProblem({ starts: 10 });
      assert.equal(sight(problem, { ...told, stage: 'resolved' }), 'end');
      assert.equal(standingOf(problem).outcome, 'resolved_by_source');
      assert.equal(problem.head.isEpisodeOver, true);
    }
  });

  test('of an episode before this one says nothing about the present', () => {
    const problem = createProblem({ starts: 10 });
    const { head } = problem;
    assert.equal(sight(problem, { stage: 'resolved', starts: 2, ends: 6 }), 'nothing');
    assert.deepEqual([problem.head, standingOf(problem).status], [head, 'PENDING']);
  });

  test('that began earlier and ended later resolves it: the second of a pair', () => {
    const problem = createProblem({ starts: 10 });
    assert.equal(sight(problem, { stage: 'resolved', starts: 8, ends: 12 }), 'end');
  });

  test('of what was never reported raises nothing, and the report after it is not lost', () => {
    const problem = openProblem();
    assert.equal(sight(problem, { stage: 'resolved', starts: 10, ends: 12 }), 'nothing');
    assert.equal(problem.head.currentAlertId, null);
    assert.equal(sight(problem, { starts: 10 }), 'raise');
    assert.equal(sight(problem, { starts: 10 }), 'repost');
  });

  test('that one of a pair repeats does not end what the other has begun since', () => {
    const problem = openProblem();
    sight(problem, { starts: 0, ends: 4 });
    sight(problem, { stage: 'resolved', starts: 0, ends: 3 });
    // The other of the pair began a little later and still sees it firing.
    assert.equal(sight(problem, { starts: 1, ends: 9 }), 'raise');
    for (let minute = 0; minute < 15; minute += 1) {
      assert.equal(sight(problem, { stage: 'resolved', starts: 0, ends: 3 }), 'nothing');
      assert.equal(sight(problem, { starts: 1, ends: 9 + minute }), 'repost');
    }
    assert.equal(sight(problem, { stage: 'resolved', starts: 1, ends: 20 }), 'end');
    assert.equal(problem.alerts.size, 2);
  });

  test('twice is one', () => {
    const problem = createProblem({ starts: 10 });
    sight(problem, { stage: 'resolved', starts: 10, ends: 12 });
    const { version } = standingOf(problem);
    assert.equal(sight(problem, { stage: 'resolved', starts: 10, ends: 12 }), 'end');
    assert.equal(standingOf(problem).version, version);
  });
});

describe('an update', () => {
  const update: Told = { stage: 'updated' };

  test('of an unknown problem raises an alert', () => {
    const problem = openProblem();
    assert.equal(sight(problem, update), 'raise');
    assert.equal(sight(problem, update), 'repost');
  });

  test('never counts as an occurrence and never raises a second alert', () => {
    for (const starts of [null, 10, 20]) {
      const problem = createProblem({ starts: 10 });
      assert.equal(sight(problem, { ...update, starts }), 'repost');
      apply(problem, FIX);
      assert.equal(sight(problem, { ...update, starts }), 'repost');
      assert.equal(problem.alerts.size, 1);
    }
  });

  test('that overtakes its own new occurrence does not hide it', () => {
    for (const commands of [[FIX], [ACK]]) {
      const problem = createProblem({ starts: 10 }, ...commands);
      assert.equal(sight(problem, { ...update, starts: 20 }), 'repost');
      assert.equal(sight(problem, { starts: 20 }), commands[0] === FIX ? 'raise' : 'join');
    }
  });

  test('after the end does not turn the next occurrence into the old one', () => {
    const problem = createProblem({}, FIX);
    sight(problem, { stage: 'resolved' });
    assert.equal(sight(problem, update), 'repost');
    assert.equal(sight(problem, {}), 'raise');
  });
});

describe("an alert that has the sender's own name", () => {
  const own: Told = { isOwnId: true };
  const raiseOnly: Told = { isOwnId: true, isRaiseOnly: true };

  test('is raised once, whatever became of it', () => {
    for (const commands of [[], [SEE], [ACK], [FIX], [EXPIRE], [SILENT]]) {
      const problem = createProblem({ ...raiseOnly, starts: 10 }, ...commands);
      const before = { head: problem.head, alert: standingOf(problem) };
      for (const starts of [10, 20, null]) {
        assert.equal(sight(problem, { ...raiseOnly, starts }), 'nothing');
      }
      assert.deepEqual({ head: problem.head, alert: standingOf(problem) }, before);
    }
  });

  test('joins when its event comes again while it is open, and is only refreshed after', () => {
    const problem = createProblem(own);
    assert.equal(sight(problem, own), 'join');
    assert.equal(sight(problem, { ...own, stage: 'updated' }), 'repost');
    apply(problem, FIX);
    assert.equal(sight(problem, own), 'repost');
    assert.equal(sight(problem, { ...own, starts: 99 }), 'repost');
    assert.equal(problem.alerts.size, 1);
  });

  test('is resolved by its source', () => {
    const problem = createProblem(own);
    assert.equal(sight(problem, { ...own, stage: 'resolved' }), 'end');
    assert.equal(standingOf(problem).outcome, 'resolved_by_source');
  });
});

describe('a head', () => {
  test('that is proposed is what raising for a fresh one makes of it', () => {
    const anyMinute = fc.option(fc.nat(20), { nil: null });
    const stages = fc.constantFrom('received' as const, 'updated' as const);
    fc.assert(
      fc.property(stages, anyMinute, anyMinute, (stage, starts, ends) => {
        const problem = openProblem();
        assert.equal(sight(problem, { stage, starts, ends }), 'raise');
        const { announcedEndsAt, occurrence } = createSighting({ stage, starts, ends });
        const first = { stage, announcedEndsAt, startsAt: occurrence.startsAt };
        const proposed = proposeHead(freshHead(PROJECT, KEY), alertId('alert-1'), first);
        assert.deepEqual(proposed, problem.head);
        assert.ok(isSameHead(proposed, problem.head));
      }),
    );
  });

  test('is proposed as fresh for a resolve, which raises nothing', () => {
    const fresh = freshHead(PROJECT, KEY);
    const first = { stage: 'resolved' as const, announcedEndsAt: null, startsAt: null };
    assert.equal(proposeHead(fresh, alertId('a'), first), fresh);
  });

  test('is the same only when all is the same that is stored of it', () => {
    const fresh = freshHead(PROJECT, KEY);
    assert.ok(isSameHead(fresh, { ...fresh }));
    const others: readonly Partial<AlertHead>[] = [
      { currentAlertId: alertId('a') },
      { previousAlertId: alertId('a') },
      { episodeStartedAt: START },
      { episodeEndsAt: START },
      { isEpisodeOver: true },
    ];
    for (const other of others) assert.ok(!isSameHead(fresh, { ...fresh, ...other }));
  });
});

type Act =
  | { readonly kind: 'sight'; readonly told: Told }
  | { readonly kind: 'command'; readonly command: AlertCommand };

const anyStart = fc.option(fc.nat(12), { nil: null });
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  fc
    .record({ starts: anyStart, lasts: fc.option(fc.nat(4), { nil: null }) })
    .chain(({ starts, lasts }) => {
      const ends = starts === null || lasts === null ? null : starts + lasts;
      return fc.constantFrom<Told>(
        { stage: 'received', starts, ends },
        { stage: 'received', starts, ends },
        { stage: 'updated', starts },
        { stage: 'resolved', starts, ends },
      );
    })
    .map((told): Act => ({ kind: 'sight', told })),
  fc
    .constantFrom(SEE, ACK, FIX, EXPIRE, SILENT, TIME_OUT)
    .map((command): Act => ({ kind: 'command', command })),
);

/** What a person would say about the reports so far, without knowing how heads work. */
type Story = {
  latest: number;
  isStartKnown: boolean;
  hasEnded: boolean;
  lastStarts: number | null | undefined;
};

/** A report of a problem is never lost, and what a person answered is never reopened by it. */
function checkReceived(
  alert: Alert,
  before: Alert | null,
  how: { readonly story: Story; readonly starts: number | null },
): void {
  const { story, starts } = how;
  // Of two reports of which one names no start, nobody can say that they are two episodes.
  const isNewer = story.isStartKnown && starts !== null && starts > story.latest;
  if (isNewer || story.hasEnded || before === null) assert.ok(isOpen(alert.status), 'was lost');
  if (alert.status === 'EXPIRED') assert.notEqual(alert.closedAt, null);
  if (alert.status === 'RESOLVED') assert.notEqual(alert.outcome, 'resolved_by_source');
  const isAnswered = before?.closedAt !== null || before.outcome === 'fixed';
  if (before === null || isOpen(before.status) || !isAnswered || story.hasEnded) return;
  if (starts === story.lastStarts) assert.equal(alert.alertId, before.alertId, 'was reopened');
}

function tell(problem: Problem, story: Story, told: Told): void {
  const before = currentOf(problem);
  const done = sight(problem, told);
  if (done === 'raise') assert.ok(before === null || !isOpen(before.status), 'a second open one');
  const { stage, starts = null, ends = null } = told;
  if (stage === 'resolved') {
    // One that names its start may be of an episode before: it decides nothing in this story.
    story.hasEnded ||= before !== null && starts === null;
    if (starts !== null) story.lastStarts = undefined;
    return;
  }
  if (stage === 'received') {
    checkReceived(standingOf(problem), before, { story, starts });
    story.hasEnded = false;
    story.lastStarts = starts;
  }
  if (done === 'raise' || done === 'join') story.isStartKnown = false;
  story.isStartKnown ||= starts !== null;
  story.latest = Math.max(story.latest, starts ?? -1, ends ?? -1);
}

test('property: no report is lost, none reopens an answer, and at most one alert is open', () => {
  fc.assert(
    fc.property(fc.array(anyAct, { maxLength: 25 }), (acts) => {
      const problem = openProblem();
      const story: Story = {
        latest: -1,
        isStartKnown: false,
        hasEnded: false,
        lastStarts: undefined,
      };
      for (const act of acts) {
        problem.now = instant(problem.now + 1_000);
        if (act.kind === 'sight') tell(problem, story, act.told);
        else if (currentOf(problem) !== null) apply(problem, act.command);
        const open = [...problem.alerts.values()].filter(({ status }) => isOpen(status));
        assert.ok(open.length <= 1);
        for (const alert of open) assert.equal(alert.alertId, problem.head.currentAlertId);
        assert.notEqual(problem.head.previousAlertId ?? '', problem.head.currentAlertId);
      }
    }),
    { numRuns: 3_000 },
  );
});
