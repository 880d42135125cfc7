import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AlertCommand } from '#kernel/effect.ts';
import { TIMER } from '#kernel/principal.ts';
import {
  createAlert,
  createOccurrence,
  createPerson,
  REPORTER,
} from '#test/support/samples/alert.ts';
import { responderIdOf } from '#test/support/samples/delivery.ts';
import {
  advanceTo,
  type Calling,
  command,
  createPolicy,
  createStep,
  listCalls,
  listSkipped,
  startCalling,
} from '#test/support/samples/escalation.ts';

const ANNA = createPerson('Anna');
const STEP: AlertCommand = { kind: 'escalate', by: ANNA, detail: null, whom: 'step' };
const NEXT: AlertCommand = { kind: 'escalate', by: ANNA, detail: null, whom: 'responder' };
const TAKE: AlertCommand = { kind: 'acknowledge', by: ANNA, detail: null, intent: 'calling' };
const cannot = (key: string): AlertCommand => ({ kind: 'decline', by: ANNA, detail: null, key });

const STEPS = [
  createStep(120, { label: 'One' }),
  createStep(300, { label: 'Two', priority: 'critical', condition: 'not_delivered' }),
];

function start(more: Parameters<typeof createPolicy>[0] = {}): Calling {
  const calling = startCalling(createAlert(), createPolicy({ steps: STEPS, ...more }));
  calling.responders = [responderIdOf(1), responderIdOf(2)];
  return calling;
}

function lastTargets(calling: Calling): string {
  const targets = calling.calls.at(-1)?.targets ?? [];
  return targets
    .map((target) => (target.type === 'responder' ? target.responderId.slice(-1) : target.type))
    .join();
}

describe('escalate now', () => {
  test('fires the next step at once, whatever its interval and its condition', () => {
    const calling = start({ minIntervalS: 600 });
    command(calling, { kind: 'deliver', by: ANNA, detail: null });
    advanceTo(calling, 5);
    command(calling, STEP);
    command(calling, STEP);
    assert.deepEqual(listCalls(calling), ['0 created critical', '5 One high', '5 Two critical']);
    assert.equal(calling.escalation.firedLevel, 2);
  });

  test('spares the step that was fired early: the next is due at its own time', () => {
    const calling = start();
    command(calling, STEP);
    advanceTo(calling, 300);
    assert.deepEqual(listCalls(calling), ['0 created critical', '0 One high', '300 Two critical']);
  });

  test('after the last step fires that one again', () => {
    const calling = start();
    for (let times = 0; times < 3; times += 1) command(calling, STEP);
    assert.deepEqual(listCalls(calling).slice(2), ['0 Two critical', '0 Two critical']);
    assert.equal(calling.escalation.level, 2);
  });

  test('calls more people for whoever has acknowledged it, and is refused when it is over', () => {
    const calling = start();
    command(calling, TAKE);
    assert.equal(command(calling, STEP), true);
    assert.equal(listCalls(calling).length, 2);
    command(calling, { kind: 'resolve', by: ANNA, detail: null, outcome: 'fixed' });
    assert.equal(command(calling, STEP), false);
  });
});

describe('call the next one', () => {
  test('calls the responders one after the other, then the next step', () => {
    const calling = start({ minIntervalS: 600 });
    const called: string[] = [];
    for (let times = 0; times < 3; times += 1) {
      command(calling, NEXT);
      called.push(lastTargets(calling));
    }
    assert.deepEqual(called, ['1', '2', 'rules']);
    assert.deepEqual(listCalls(calling).slice(1), [
      '0 Next responder critical',
      '0 Next responder critical',
      '0 One high',
    ]);
  });

  test('passes over whom a step has called already', () => {
    const steps = [
      createStep(10, { targets: [{ type: 'responder', responderId: responderIdOf(1) }] }),
    ];
    const calling = start({ steps });
    advanceTo(calling, 10);
    command(calling, NEXT);
    assert.equal(lastTargets(calling), '2');
  });

  test('takes nothing from the round that is owed to all, for it has happened again', () => {
    const calling = start({ minIntervalS: 60 });
    advanceTo(calling, 10);
    command(calling, { kind: 'see', by: ANNA, detail: null });
    command(calling, { kind: 'join', by: REPORTER, occurrence: createOccurrence() });
    command(calling, NEXT);
    advanceTo(calling, 100);
    assert.deepEqual(listCalls(calling).slice(1), [
      '10 Next responder critical',
      '70 Again critical',
    ]);
    assert.equal(lastTargets(calling), 'rules');
  });

  test('is never less urgent than high', () => {
    const alert = createAlert({ severity: 'low', priority: 'normal' });
    const calling = startCalling(alert, createPolicy({ steps: STEPS }));
    calling.responders = [responderIdOf(1)];
    command(calling, NEXT);
    assert.deepEqual(listCalls(calling), ['0 created normal', '0 Next responder high']);
  });
});

describe('"I cannot"', () => {
  test('calls the next one at once, and stops nothing', () => {
    const calling = start({ minIntervalS: 60 });
    advanceTo(calling, 3);
    command(calling, cannot('m1'));
    assert.equal(lastTargets(calling), '1');
    assert.equal(calling.alert.status, 'PENDING');
    advanceTo(calling, 120);
    assert.equal(listCalls(calling).at(-1), '120 One high');
  });

  test('said twice to one message calls one, said to another message calls another', () => {
    const calling = start();
    command(calling, cannot('m1'));
    command(calling, cannot('m1'));
    assert.equal(calling.calls.length, 2);
    command(calling, cannot('m2'));
    assert.equal(lastTargets(calling), '2');
  });

  test('from whoever had it calls the next one; from anybody else it is only noted', () => {
    const calling = start();
    command(calling, TAKE);
    const ben = createPerson('Ben');
    assert.equal(command(calling, { kind: 'decline', by: ben, detail: null, key: 'b' }), true);
    assert.equal(calling.calls.filter((call) => call.purpose === 'call').length, 1);
    command(calling, cannot('a'));
    assert.equal(lastTargets(calling), '1');
    assert.equal(calling.alert.status, 'ACKNOWLEDGED');
  });

  const BEN = createPerson('Ben');
  const benCannot: AlertCommand = { kind: 'decline', by: BEN, detail: null, key: 'b' };

  test('from whoever was called instead calls the one after, for nobody has it', () => {
    const calling = start();
    command(calling, TAKE);
    command(calling, cannot('a'));
    command(calling, benCannot);
    assert.equal(lastTargets(calling), '2');
  });

  test('makes it theirs who takes it over, and from then on theirs to give up', () => {
    const calling = start();
    command(calling, TAKE);
    command(calling, cannot('a'));
    command(calling, { ...TAKE, by: BEN });
    const { acknowledgedBy, intent } = calling.alert;
    assert.deepEqual([acknowledgedBy, intent], ['Ben', 'calling']);
    const before = listCalls(calling).length;
    command(calling, cannot('a2'));
    assert.equal(listCalls(calling).length, before, 'Anna has it no longer');
    command(calling, benCannot);
    assert.equal(lastTargets(calling), '2');
  });

  test('to one message twice, with "calling" in between, lets the policy go on', () => {
    const calling = start({ minIntervalS: 60 });
    command(calling, cannot('a'));
    command(calling, TAKE);
    advanceTo(calling, 200);
    command(calling, cannot('a'));
    assert.equal(calling.escalation.dueKind, 'step');
    advanceTo(calling, 210);
    assert.equal(listCalls(calling).at(-1), '200 One high');
  });

  test('lets the policy go on until somebody takes it over', () => {
    const calling = start({ minIntervalS: 60 });
    command(calling, TAKE);
    advanceTo(calling, 200);
    command(calling, cannot('a'));
    advanceTo(calling, 310);
    assert.deepEqual(listCalls(calling).slice(1), ['200 Next responder critical', '260 One high']);
    assert.deepEqual(listSkipped(calling), []);
    command(calling, { ...TAKE, by: BEN });
    advanceTo(calling, 3_000);
    assert.equal(listCalls(calling).length, 3);
  });

  test('tells those who were called of each who takes it', () => {
    const calling = start();
    command(calling, TAKE);
    command(calling, cannot('a'));
    command(calling, { ...TAKE, by: BEN });
    const notices = calling.calls.filter(({ eventType }) => eventType === 'alert.acknowledged');
    assert.deepEqual(
      notices.map(({ transition }) => transition),
      ['acknowledged', 'acknowledged:1'],
    );
  });

  test('lets the alert expire, and not count as done, when nobody takes it over', () => {
    const calling = start({ ackTimeoutS: 600 });
    command(calling, TAKE);
    command(calling, cannot('a'));
    advanceTo(calling, 600);
    assert.equal(calling.alert.status, 'EXPIRED');
    assert.equal(calling.calls.at(-1)?.eventType, 'alert.expired');
  });

  test('to an alert that is over is noted and calls nobody', () => {
    const calling = start();
    command(calling, { kind: 'resolve', by: ANNA, detail: null, outcome: 'fixed' });
    const before = calling.calls.length;
    assert.equal(command(calling, cannot('m1')), true);
    assert.equal(calling.calls.length, before);
    assert.equal(calling.timeline.at(-1)?.detail, 'cannot come');
  });
});

describe('a round by other means', () => {
  const OUTSIDE: AlertCommand = {
    kind: 'record_round',
    by: ANNA,
    detail: 'by telephone',
    called: { label: null, priority: null, recipient: 'Ben' },
  };

  test('counts for the interval and is told with whom and by whom', () => {
    const calling = start({ minIntervalS: 60 });
    advanceTo(calling, 100);
    command(calling, OUTSIDE);
    assert.equal(calling.escalation.roundCount, 2);
    const entry = calling.timeline.at(-1);
    assert.equal(entry?.kind, 'NOTIFICATION_RESENT');
    assert.equal(entry?.detail, 'level 0, send #2 | called by other means: Ben | by telephone');
    assert.equal(entry?.by.name, 'Anna');
    advanceTo(calling, 300);
    assert.deepEqual(listCalls(calling), [
      '0 created critical',
      '160 One high',
      '300 Two critical',
    ]);
  });

  test('is not sent again by us when nothing of it is delivered', () => {
    const calling = start({ ifNotDeliveredS: 30 });
    advanceTo(calling, 10);
    command(calling, OUTSIDE);
    advanceTo(calling, 100);
    assert.deepEqual(listCalls(calling), ['0 created critical']);
  });

  test('is refused when the alert is over', () => {
    const calling = start();
    command(calling, { kind: 'resolve', by: ANNA, detail: null, outcome: 'fixed' });
    assert.equal(command(calling, OUTSIDE), false);
  });
});

describe('a round that nobody gets', () => {
  const lose = (round: number): AlertCommand => ({
    kind: 'lose_round',
    by: TIMER,
    round,
    isExpiry: false,
  });

  test('is told to the administrators, once, and nobody counts as called', () => {
    const calling = start();
    command(calling, lose(0));
    command(calling, lose(0));
    assert.equal(calling.calls.length, 2);
    assert.equal(lastTargets(calling), 'administrators');
    assert.equal(calling.escalation.calledCount, 0);
  });

  test('is of no matter when a later round has gone out, or someone has it', () => {
    const calling = start();
    advanceTo(calling, 120);
    command(calling, lose(0));
    advanceTo(calling, 121);
    command(calling, TAKE);
    command(calling, lose(1));
    assert.ok(!calling.calls.some(({ targets }) => targets[0]?.type === 'administrators'));
  });

  test('is told to the administrators though somebody has it, if it was called after that', () => {
    const calling = start();
    command(calling, TAKE);
    advanceTo(calling, 10);
    command(calling, NEXT);
    command(calling, lose(1));
    assert.equal(lastTargets(calling), 'administrators');
    assert.equal(calling.escalation.calledCount, 0);
  });
});

test('after a step that was skipped by its condition a round repeats the one that fired', () => {
  const calling = start({ seenHoldS: 1 });
  advanceTo(calling, 120);
  command(calling, { kind: 'deliver', by: ANNA, detail: null });
  advanceTo(calling, 310);
  assert.equal(calling.escalation.level, 2);
  assert.equal(calling.escalation.firedLevel, 1);
});
