import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AlertCommand } from '#kernel/effect.ts';
import { channelId } from '#kernel/id.ts';
import { MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { type Policy, STEP_CONDITIONS } from '#kernel/calling/policy.ts';
import { TIMER } from '#kernel/principal.ts';
import {
  createAlert,
  createOccurrence,
  createPerson,
  REPORTER,
  START,
} from '#test/support/samples/alert.ts';
import {
  advanceTo,
  ageS,
  type Calling,
  command,
  createPolicy,
  createStep,
  listCalls,
  listSkipped,
  moveTo,
  startCalling,
  wake,
} from '#test/support/samples/escalation.ts';
import { BUILT_IN_POLICIES } from './policy.ts';

const ANNA = createPerson('Anna');
const DELIVER: AlertCommand = { kind: 'deliver', by: TIMER, detail: 'push' };
const SEE: AlertCommand = { kind: 'see', by: ANNA, detail: null };
const TAKE: AlertCommand = { kind: 'acknowledge', by: ANNA, detail: null, intent: 'calling' };
const JOIN: AlertCommand = { kind: 'join', by: REPORTER, occurrence: createOccurrence() };

const OWN_CHANNEL = channelId('0190a000-0000-7000-8000-0000000000d1');

function builtIn(name: string): Policy {
  const found = BUILT_IN_POLICIES.find((policy) => policy.name === name);
  assert.ok(found !== undefined);
  return found.policy;
}

function start(policy: Partial<Policy> = {}): Calling {
  return startCalling(createAlert(), createPolicy(policy));
}

describe('the policy sentinel, minute by minute', () => {
  const EXPECTED = [
    '0 created critical',
    '120 Reminder 1 high',
    '300 Reminder 2 critical',
    '600 Reminder 3 critical',
    '1200 URGENT reminder emergency',
    '1800 MAX ESCALATION emergency',
    ...[2_400, 3_000, 3_600, 4_200, 4_800, 5_400, 6_000, 6_600].map(
      (seconds) => `${seconds} MAX ESCALATION emergency`,
    ),
    '7200 expired emergency',
  ];

  test('all five steps fire, then every 600 s until it expires after 2 h, which is told', () => {
    const calling = startCalling(createAlert(), builtIn('sentinel'));
    for (let minute = 0; minute <= 180; minute += 1) {
      advanceTo(calling, minute * 60);
      const expected = EXPECTED.filter((line) => Number(line.split(' ')[0]) <= minute * 60);
      assert.deepEqual(listCalls(calling), expected, `minute ${minute}`);
    }
    assert.deepEqual([calling.alert.status, calling.escalation.dueAt], ['EXPIRED', null]);
    assert.equal(ageS(calling, calling.alert.expiredAt ?? START), 7_200);
  });

  test('levels, rounds and their names count up; the last name is the one of the expiry', () => {
    const calling = startCalling(createAlert(), builtIn('sentinel'));
    advanceTo(calling, 7_200);
    const transitions = calling.calls.map((call) => call.transition);
    const rounds = [1, 2, 3, 4, 5].map((level) => `escalated:${level}:${level}`);
    const repeats = [6, 7, 8, 9, 10, 11, 12, 13].map((round) => `escalated:5:${round}`);
    assert.deepEqual(transitions, ['created', ...rounds, ...repeats, 'expired']);
    assert.deepEqual([calling.escalation.level, calling.escalation.roundCount], [5, 14]);
    assert.deepEqual(listSkipped(calling), []);
  });

  test('an answer stops it within the same decision and tells whoever asks', () => {
    const calling = startCalling(createAlert(), builtIn('sentinel'));
    advanceTo(calling, 310);
    const before = listCalls(calling);
    assert.ok(command(calling, TAKE));
    assert.equal(calling.cancelCount, 1);
    advanceTo(calling, 7_000);
    assert.deepEqual(listCalls(calling), before);
    const notice = calling.calls.at(-1);
    assert.deepEqual(
      [notice?.purpose, notice?.eventType, notice?.transition, notice?.priority],
      ['notice', 'alert.acknowledged', 'acknowledged', 'normal'],
    );
    assert.deepEqual(notice?.ruleEventTypes, ['alert.acknowledged']);
  });

  test('strict: what nobody received goes out again after 30 s, and seen holds for 300 s', () => {
    const calling = startCalling(createAlert(), builtIn('sentinel-strict'));
    advanceTo(calling, 160);
    const lines = ['0 created', '30 Not delivered', '120 Reminder 1', '150 Not delivered'];
    assert.deepEqual(listCalls(calling), [
      `${lines[0]} critical`,
      `${lines[1]} critical`,
      `${lines[2]} high`,
      `${lines[3]} high`,
    ]);
    command(calling, SEE);
    advanceTo(calling, 700);
    assert.deepEqual(listCalls(calling).slice(4), [
      '460 Reminder 2 critical',
      '600 Reminder 3 critical',
    ]);
  });
});

describe('round 0', () => {
  test('asks the rules for new alerts, with the priority of the alert, at once', () => {
    const [call, ...others] = start().calls;
    assert.deepEqual(others, []);
    assert.deepEqual(call, {
      at: START,
      purpose: 'call',
      eventType: 'alert.created',
      ruleEventTypes: ['alert.created'],
      transition: 'created',
      round: 0,
      level: 0,
      label: null,
      priority: 'critical',
      targets: [{ type: 'rules' }],
      isFallback: false,
    });
  });

  test('counts as the last round: the interval is measured from it', () => {
    const calling = start({ steps: [createStep(10)], minIntervalS: 60 });
    advanceTo(calling, 60);
    assert.deepEqual(listCalls(calling), ['0 created critical', '60 after 10 s high']);
    assert.equal(calling.escalation.lastRoundAt, calling.now);
  });
});

describe('after an outage', () => {
  test('the highest step that is due fires once, and the others are recorded', () => {
    const calling = startCalling(createAlert(), builtIn('sentinel'));
    moveTo(calling, 1_300);
    wake(calling);
    assert.deepEqual(listCalls(calling).slice(1), ['1300 URGENT reminder emergency']);
    assert.deepEqual(listSkipped(calling), [
      'Reminder 1 | level 1 | a later step was due too',
      'Reminder 2 | level 2 | a later step was due too',
      'Reminder 3 | level 3 | a later step was due too',
    ]);
    assert.deepEqual([calling.escalation.level, calling.escalation.round], [4, 1]);
    advanceTo(calling, 2_500);
    assert.deepEqual(listCalls(calling).slice(2), [
      '1800 MAX ESCALATION emergency',
      '2400 MAX ESCALATION emergency',
    ]);
  });

  test('a repeat that was missed fires once, and the next counts from it', () => {
    const calling = start({ steps: [createStep(60)], repeatEveryS: 100 });
    advanceTo(calling, 60);
    moveTo(calling, 999);
    wake(calling);
    advanceTo(calling, 1_100);
    assert.deepEqual(listCalls(calling).slice(2), ['999 after 60 s high', '1099 after 60 s high']);
  });

  test('an alert is not taken for over because its source could not reach us', () => {
    const endsAt = plusMs(START, 240 * MS_PER_SECOND);
    const calling = startCalling(createAlert({ endsAt }), createPolicy({ steps: [] }));
    moveTo(calling, 1_000);
    calling.settings = { listeningSince: calling.now };
    wake(calling);
    assert.equal(calling.alert.status, 'PENDING');
    const repost = createOccurrence({ endsAt: plusMs(calling.now, 240 * MS_PER_SECOND) });
    moveTo(calling, 1_010);
    command(calling, { kind: 'repost', by: REPORTER, occurrence: repost });
    advanceTo(calling, 1_239);
    assert.equal(calling.alert.status, 'PENDING');
    advanceTo(calling, 1_240);
    assert.deepEqual(
      [calling.alert.status, calling.alert.outcome],
      ['RESOLVED', 'resolved_by_source'],
    );
  });

  test('a source that stays silent after it ends the alert when its grace is over', () => {
    const endsAt = plusMs(START, 240 * MS_PER_SECOND);
    const calling = startCalling(
      createAlert({ endsAt }),
      createPolicy({ steps: [], repeatEveryS: null }),
    );
    moveTo(calling, 1_000);
    calling.settings = { listeningSince: calling.now };
    wake(calling);
    assert.equal(ageS(calling, calling.escalation.dueAt ?? START), 1_120);
    advanceTo(calling, 1_120);
    assert.equal(calling.alert.status, 'RESOLVED');
    assert.equal(calling.alert.lastEventAt, calling.now);
  });

  test('waking before anything is due does nothing but set the due moment right', () => {
    const calling = start();
    const { escalation, timeline } = calling;
    moveTo(calling, 119);
    wake(calling);
    assert.deepEqual([calling.escalation, calling.calls.length], [escalation, 1]);
    assert.deepEqual(timeline, []);
  });
});

describe('conditions', () => {
  const policy = {
    steps: STEP_CONDITIONS.map((condition, index) =>
      createStep((index + 1) * 100, { condition, label: condition }),
    ),
    repeatEveryS: null,
    seenHoldS: 0,
  };

  test('pending: every step fires', () => {
    const calling = start(policy);
    advanceTo(calling, 400);
    const lines = ['100 not_acknowledged high', '200 not_seen high', '300 not_delivered high'];
    assert.deepEqual(listCalls(calling).slice(1), lines);
  });

  test('delivered: the step for what was not delivered is passed over, and recorded', () => {
    const calling = start(policy);
    command(calling, DELIVER);
    advanceTo(calling, 400);
    const lines = ['100 not_acknowledged high', '200 not_seen high'];
    assert.deepEqual(listCalls(calling).slice(1), lines);
    assert.match(listSkipped(calling).join(), /^not_delivered \| level 3 \| /);
    assert.equal(calling.escalation.level, 3);
  });

  test('seen, where seen does not hold: only the step that asks for an answer fires', () => {
    const calling = start(policy);
    moveTo(calling, 50);
    command(calling, SEE);
    advanceTo(calling, 400);
    assert.deepEqual(listCalls(calling).slice(1), ['100 not_acknowledged high']);
    assert.equal(listSkipped(calling).length, 2);
  });

  test('of steps due together the highest whose condition is met fires', () => {
    const calling = start(policy);
    command(calling, DELIVER);
    moveTo(calling, 350);
    wake(calling);
    assert.deepEqual(listCalls(calling).slice(1), ['350 not_seen high']);
    assert.deepEqual([calling.escalation.level, listSkipped(calling).length], [3, 2]);
  });

  test('a step that was passed over counts as no round', () => {
    const calling = start({ steps: [createStep(10, { condition: 'not_delivered' })] });
    command(calling, DELIVER);
    advanceTo(calling, 10);
    assert.deepEqual([calling.escalation.round, calling.escalation.roundCount], [0, 1]);
    assert.equal(calling.escalation.lastRoundAt, START);
  });
});

describe('an alert that was seen', () => {
  test('calls nobody until it expires, where the policy has no hold', () => {
    const calling = startCalling(createAlert(), builtIn('sentinel'));
    advanceTo(calling, 130);
    command(calling, SEE);
    assert.equal(calling.cancelCount, 0);
    advanceTo(calling, 130 + 14_400);
    assert.deepEqual(listCalls(calling).slice(2), ['14530 expired emergency']);
    assert.equal(calling.alert.status, 'EXPIRED');
    const [line] = calling.timeline.slice(-1);
    assert.equal(line?.detail, 'SEEN -> EXPIRED | seen, but nobody answered');
  });

  test('tells whoever asked for it', () => {
    const calling = start();
    command(calling, SEE);
    const notice = calling.calls.at(-1);
    assert.deepEqual([notice?.purpose, notice?.eventType], ['notice', 'alert.seen']);
  });
});

describe('a round that was not delivered', () => {
  const policy = {
    steps: [createStep(120, { targets: [{ type: 'channel', channelId: OWN_CHANNEL }] })],
    ifNotDeliveredS: 30,
    minIntervalS: 100,
    repeatEveryS: null,
  };

  test('goes out again once, as the same round, and does not put the next step off', () => {
    const calling = start(policy);
    advanceTo(calling, 1_000);
    const lines = calling.calls.map((call) => `${ageS(calling, call.at)} ${call.transition}`);
    assert.deepEqual(lines, [
      '0 created',
      '30 undelivered:0:0',
      '120 escalated:1:1',
      '150 undelivered:1:1',
    ]);
    assert.deepEqual(calling.calls[3]?.targets, calling.calls[2]?.targets);
    assert.deepEqual([calling.escalation.round, calling.escalation.roundCount], [1, 2]);
  });

  test('asks the rules of its own round again', () => {
    const calling = start(policy);
    advanceTo(calling, 1_000);
    const asked = calling.calls.map((call) => call.ruleEventTypes.join());
    const own = ['alert.created', 'alert.created', 'alert.escalated', 'alert.escalated'];
    assert.deepEqual(asked, own);
  });

  test('is left alone when it was delivered in time', () => {
    const calling = start(policy);
    moveTo(calling, 29);
    command(calling, DELIVER);
    advanceTo(calling, 119);
    assert.equal(calling.calls.length, 1);
  });
});

describe('an alert that was acknowledged', () => {
  test('is resolved as unconfirmed when its time is over, and that is told', () => {
    const calling = start({ ackTimeoutS: 600 });
    command(calling, TAKE);
    advanceTo(calling, 600);
    assert.deepEqual([calling.alert.status, calling.alert.outcome], ['RESOLVED', 'unconfirmed']);
    assert.equal(calling.calls.at(-1)?.eventType, 'alert.resolved');
    assert.equal(calling.escalation.dueAt, null);
  });

  test('calls again each time its time is over, if the policy says so, never twice at once', () => {
    const calling = start({ ackTimeoutS: 600, ackTimeoutAction: 'escalate', expireAfterS: 700 });
    advanceTo(calling, 130);
    command(calling, TAKE);
    advanceTo(calling, 2_000);
    const label = 'Acknowledged, but not resolved high';
    assert.deepEqual(
      listCalls(calling).slice(2),
      [730, 1_330, 1_930].map((at) => `${at} ${label}`),
    );
    assert.equal(calling.alert.status, 'ACKNOWLEDGED');
  });

  test('calls again when it happens again, and stays with its person', () => {
    const calling = start({ minIntervalS: 15, steps: [createStep(7_000)] });
    moveTo(calling, 10);
    command(calling, TAKE);
    moveTo(calling, 20);
    command(calling, JOIN);
    assert.deepEqual(listCalls(calling).slice(1), ['20 Again critical']);
    assert.deepEqual([calling.alert.status, calling.escalation.round], ['ACKNOWLEDGED', 1]);
  });

  test('owes the round when the last one is too fresh, however often it happens again', () => {
    const calling = start({ minIntervalS: 60, steps: [createStep(7_000)] });
    moveTo(calling, 10);
    command(calling, TAKE);
    for (const age of [20, 30, 40]) {
      moveTo(calling, age);
      command(calling, JOIN);
    }
    assert.equal(listCalls(calling).length, 1);
    advanceTo(calling, 300);
    assert.deepEqual(listCalls(calling).slice(1), ['60 Again critical']);
  });

  test('owes no round for what had happened before somebody took it', () => {
    const calling = start({ minIntervalS: 60, steps: [createStep(7_000)] });
    moveTo(calling, 10);
    command(calling, { kind: 'see', by: ANNA, detail: null });
    moveTo(calling, 20);
    command(calling, JOIN);
    assert.equal(calling.escalation.dueKind, 'again');
    moveTo(calling, 30);
    command(calling, TAKE);
    advanceTo(calling, 300);
    assert.equal(listCalls(calling).length, 1);
  });

  test('a join of what nobody has seen calls nobody, the plan goes on', () => {
    const calling = start();
    const { dueAt } = calling.escalation;
    moveTo(calling, 20);
    command(calling, JOIN);
    assert.deepEqual([calling.calls.length, calling.escalation.dueAt], [1, dueAt]);
  });
});

describe('an alert that expires', () => {
  test('goes to whom the last step called, as urgently, and to rules of all three types', () => {
    const targets = [{ type: 'channel', channelId: OWN_CHANNEL }] as const;
    const calling = start({
      steps: [createStep(60, { priority: 'emergency', targets })],
      expireAfterS: 90,
    });
    advanceTo(calling, 90);
    const call = calling.calls.at(-1);
    assert.deepEqual(
      [call?.purpose, call?.eventType, call?.transition],
      ['call', 'alert.expired', 'expired'],
    );
    assert.deepEqual([call?.targets, call?.priority], [targets, 'emergency']);
    assert.deepEqual(call?.ruleEventTypes, ['alert.expired', 'alert.escalated', 'alert.created']);
    assert.equal(calling.cancelCount, 1, 'calls before it are cancelled');
  });

  test('goes to whom the last step would call, never less urgent than the alert', () => {
    const calling = start({ expireAfterS: 60 });
    advanceTo(calling, 60);
    const call = calling.calls.at(-1);
    assert.deepEqual([call?.targets, call?.priority], [[{ type: 'rules' }], 'critical']);
  });
});
