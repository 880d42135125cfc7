import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Call } from '#kernel/effect.ts';
import { notificationId } from '#kernel/id.ts';
import { plusMs } from '#kernel/instant.ts';
import type { StepTarget } from '#kernel/calling/policy.ts';
import { PRIORITIES } from '#kernel/words/severity.ts';
import { PROJECT, START } from '#test/support/samples/alert.ts';
import {
  channelIdOf,
  createCall,
  createChannel,
  createRule,
  createWays,
  ruleIdOf,
} from '#test/support/samples/delivery.ts';
import { completionOf, type Notification, planNotifications } from './notification.ts';
import type { Ways } from './way.ts';
import { RETRY_SCHEDULES } from './retry.ts';
import type { Rule } from './rule.ts';

const SUBJECT = {
  projectId: PROJECT,
  subjectId: 'fall-5',
  subjectKind: 'alert' as const,
  facts: { labels: { team: 'care' }, fields: { severity: 'critical' } },
  payload: { alert: { alert_id: 'fall-5' } },
};

const BY_RULES: StepTarget = { type: 'rules' };
const toChannel = (n: number): StepTarget => ({ type: 'channel', channelId: channelIdOf(n) });

function plan(call: Partial<Call>, ways: Ways): readonly Notification[] {
  let made = 0;
  const nextId = () => {
    made += 1;
    return notificationId(`n${made}`);
  };
  return planNotifications(createCall(call), SUBJECT, { ways, nextId, now: START }).rows;
}

/** `channel 1 by policy`; the rule's number otherwise. */
function listWays(rows: readonly Notification[]): readonly string[] {
  return rows.map(({ target, ruleKey }) => {
    const n = [1, 2, 3].find((each) => ruleIdOf(each) === ruleKey);
    return `${target} by ${n ?? ruleKey}`;
  });
}

const RULES: readonly Rule[] = [createRule(1), createRule(2)];
const CHANNELS = [createChannel(1), createChannel(2)];
const BOTH = createWays(RULES, CHANNELS);

describe('a planned message', () => {
  test('is a whole row: about what, to whom, why, and due at once', () => {
    const [row] = plan({ label: 'Now', round: 3, level: 2, transition: 'escalated:2:3' }, BOTH);
    assert.deepEqual(row, {
      projectId: PROJECT,
      notificationId: 'n1',
      subjectId: 'fall-5',
      subjectKind: 'alert',
      transition: 'escalated:2:3',
      purpose: 'call',
      round: 3,
      channelId: channelIdOf(1),
      target: 'channel 1',
      recipient: 'channel 1',
      address: null,
      responderId: null,
      language: 'en',
      ruleKey: ruleIdOf(1),
      eventType: 'alert.created',
      eventPayload: {
        alert: { alert_id: 'fall-5' },
        notification_id: 'n1',
        round: 3,
        level: 2,
        label: 'Now',
        priority: 'normal',
      },
      priority: 'normal',
      status: 'pending',
      reason: null,
      attemptsMax: 3,
      retry: 'standard',
      dueAt: START,
      createdAt: START,
    });
  });

  test('has an id of its own, which the receiver sees', () => {
    const rows = plan({}, BOTH);
    const seen = rows.map(({ eventPayload }) => eventPayload['notification_id']);
    assert.deepEqual(seen, ['n1', 'n2']);
    assert.deepEqual(
      rows.map((row) => row.notificationId),
      seen,
    );
  });
});

describe('whom a call goes to', () => {
  test('every channel that a matching rule names', () => {
    assert.deepEqual(listWays(plan({}, BOTH)), ['channel 1 by 1', 'channel 2 by 2']);
    const some = createWays([createRule(1, { matchers: ['team=other'] }), createRule(2)], CHANNELS);
    assert.deepEqual(listWays(plan({}, some)), ['channel 2 by 2']);
  });

  test('nobody when no rule asks for it', () => {
    assert.deepEqual(plan({ ruleEventTypes: ['alert.seen'] }, BOTH), []);
    assert.deepEqual(plan({ targets: [] }, BOTH), []);
    assert.deepEqual(plan({}, createWays([], CHANNELS)), []);
  });

  test('two rules to one channel make one message, by the first of them', () => {
    const ways = createWays(
      [createRule(1), createRule(2, { channelId: channelIdOf(1) })],
      CHANNELS,
    );
    assert.deepEqual(listWays(plan({}, ways)), ['channel 1 by 1']);
  });

  test('a channel that the step names itself, whatever the rules say', () => {
    const ways = createWays([], CHANNELS);
    assert.deepEqual(listWays(plan({ targets: [toChannel(2)] }, ways)), ['channel 2 by policy']);
  });

  test('a channel named by step and rule is called once, for whoever named it first', () => {
    const byPolicy = ['channel 1 by policy', 'channel 2 by 2'];
    const byRule = ['channel 1 by 1', 'channel 2 by 2'];
    assert.deepEqual(listWays(plan({ targets: [toChannel(1), BY_RULES] }, BOTH)), byPolicy);
    assert.deepEqual(listWays(plan({ targets: [BY_RULES, toChannel(1)] }, BOTH)), byRule);
    const often = [toChannel(1), toChannel(1), BY_RULES, BY_RULES];
    assert.deepEqual(listWays(plan({ targets: often }, BOTH)), byPolicy);
  });

  test('a channel that is gone is passed over, and harms no other', () => {
    const ways = createWays(RULES, [createChannel(2)]);
    const rows = plan({ targets: [toChannel(1), toChannel(3), BY_RULES] }, ways);
    assert.deepEqual(listWays(rows), ['channel 2 by 2']);
  });

  test('a rule that cannot be read is passed over, and harms no other', () => {
    const ways = createWays([createRule(1, { matchers: ['x=~"("'] }), createRule(2)], CHANNELS);
    assert.deepEqual(listWays(plan({}, ways)), ['channel 2 by 2']);
  });

  test('an expired alert goes to the rules of every type that called people about it', () => {
    const ways = createWays(
      [
        createRule(1, { eventTypes: ['alert.created'] }),
        createRule(2, { eventTypes: ['alert.seen'] }),
        createRule(3, { eventTypes: ['alert.expired'] }),
      ],
      [...CHANNELS, createChannel(3)],
    );
    const rows = plan(
      {
        eventType: 'alert.expired',
        ruleEventTypes: ['alert.expired', 'alert.escalated', 'alert.created'],
      },
      ways,
    );
    assert.deepEqual(listWays(rows), ['channel 1 by 1', 'channel 3 by 3']);
    assert.deepEqual(new Set(rows.map((row) => row.eventType)), new Set(['alert.expired']));
  });

  test('property: no channel twice, each one known, and each key unique', () => {
    const target = fc.oneof(fc.constant(BY_RULES), fc.integer({ min: 1, max: 4 }).map(toChannel));
    const rule = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4 }), fc.boolean())
      .map(([n, to, isActive]) => createRule(n, { channelId: channelIdOf(to), isActive }));
    fc.assert(
      fc.property(fc.array(target), fc.array(rule), (targets, rules) => {
        const channels = [createChannel(1), createChannel(2), createChannel(3)];
        const rows = plan({ targets }, createWays(rules, channels));
        const ids = rows.map((row) => row.channelId);
        assert.equal(new Set(ids).size, ids.length);
        const known = new Set<string>(channels.map((channel) => channel.channelId));
        assert.ok(ids.every((id) => known.has(id)));
        const wanted = new Set(
          targets.flatMap((each) => (each.type === 'channel' ? [each.channelId] : [])),
        );
        for (const id of wanted) assert.equal(ids.includes(id), known.has(id));
      }),
    );
  });
});

describe('a channel that is switched off', () => {
  test('gets a row that is skipped and says why, so that nobody wonders', () => {
    const ways = createWays(RULES, [createChannel(1, { isActive: false }), createChannel(2)]);
    const rows = plan({}, ways).map(({ status, reason }) => `${status} ${reason}`);
    assert.deepEqual(rows, ['skipped channel_inactive', 'pending null']);
  });
});

describe('how often a message is tried', () => {
  const scheduleOf = (call: Partial<Call>, attemptsMax = 3) => {
    const [row] = plan(call, createWays(RULES, [createChannel(1, { attemptsMax })]));
    return `${row?.retry} ${row?.attemptsMax}`;
  };

  test('calls of priority high and above are urgent, whatever the channel says', () => {
    const schedules = PRIORITIES.map((priority) => `${priority} ${scheduleOf({ priority })}`);
    assert.deepEqual(schedules, [
      'normal standard 3',
      'high urgent 6',
      'critical urgent 6',
      'emergency urgent 6',
    ]);
  });

  test('notices keep to the schedule of the channel', () => {
    for (const priority of PRIORITIES) {
      assert.equal(scheduleOf({ priority, purpose: 'notice' }), 'standard 3');
    }
  });

  test('urgent takes no attempt away from a channel that allows more', () => {
    assert.equal(scheduleOf({ priority: 'high' }, 1), 'urgent 6');
    assert.equal(scheduleOf({ priority: 'high' }, 10), 'urgent 10');
    assert.equal(RETRY_SCHEDULES.urgent.attemptsMax, 6);
  });

  test('a channel that is urgent itself stays so for a normal call', () => {
    const [row] = plan({}, createWays(RULES, [createChannel(1, { retry: 'urgent' })]));
    assert.deepEqual([row?.retry, row?.attemptsMax], ['urgent', 3]);
  });
});

describe('how a row stands after an attempt', () => {
  test('tried again: pending, due at the moment that was planned', () => {
    const at = plusMs(START, 5_000);
    const plans = [true, false].map((flag) =>
      completionOf({ kind: 'retry', at, countsAttempt: flag, isPossiblyDuplicate: flag }),
    );
    const row = { status: 'pending', reason: null, dueAt: at };
    assert.deepEqual(plans, [
      { ...row, countsAttempt: true, isPossiblyDuplicate: true },
      { ...row, countsAttempt: false, isPossiblyDuplicate: false },
    ]);
  });

  test('final: sent, or failed for a reason; nothing is due any more', () => {
    const row = { dueAt: null, countsAttempt: true, isPossiblyDuplicate: false };
    const sent = completionOf({ kind: 'final', status: 'sent', reason: null });
    assert.deepEqual(sent, { ...row, status: 'sent', reason: null });
    const failed = completionOf({ kind: 'final', status: 'failed', reason: 'too_old' });
    assert.deepEqual(failed, { ...row, status: 'failed', reason: 'too_old' });
  });
});
