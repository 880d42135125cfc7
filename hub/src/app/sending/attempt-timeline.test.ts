import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttemptEnd } from '#delivery/attempt-end.ts';
import { notificationId } from '#kernel/id.ts';
import { PROJECT, START } from '#test/support/samples/alert.ts';
import { channelIdOf } from '#test/support/samples/delivery.ts';
import { describeAttempt } from './attempt-timeline.ts';

type Notification = AttemptEnd['notification'];

function createEnd(
  notification: Partial<Notification>,
  more: Partial<Omit<AttemptEnd, 'notification'>> = {},
): AttemptEnd {
  return {
    notification: {
      projectId: PROJECT,
      notificationId: notificationId('0190a000-0000-7000-8000-000000000001'),
      subjectId: 'fall-12',
      subjectKind: 'alert',
      transition: 'escalated:1:1',
      purpose: 'call',
      round: 1,
      channelId: channelIdOf(1),
      target: 'ops',
      recipient: 'ops',
      address: null,
      responderId: null,
      language: 'en',
      ruleKey: 'policy',
      eventType: 'alert.escalated',
      eventPayload: { level: 1, label: 'Reminder 1' },
      priority: 'high',
      attemptsMax: 3,
      retry: 'standard',
      dueAt: START,
      createdAt: START,
      attemptCount: 0,
      tryCount: 1,
      ...notification,
    },
    completion: {
      status: 'sent',
      reason: null,
      dueAt: null,
      countsAttempt: true,
      isPossiblyDuplicate: false,
    },
    outcome: 'accepted',
    httpStatus: null,
    error: null,
    hint: null,
    providerId: null,
    durationMs: 1,
    finishedAt: START,
    ...more,
  };
}

const failed: AttemptEnd['completion'] = {
  status: 'failed',
  reason: 'target_gone',
  dueAt: null,
  countsAttempt: true,
  isPossiblyDuplicate: false,
};
const ANNA = { recipient: 'Anna Rossi (anna@example.org)', address: 'anna@example.org' };

test('a channel that is its own target accepts a message, with the number of the send', () => {
  assert.equal(
    describeAttempt(createEnd({}, { httpStatus: 200 })),
    'level 1, send #2 | Reminder 1 | alert.escalated accepted by ops (HTTP 200) | attempt 1',
  );
});

test('of a person it is never said that they accepted a message, or did not', () => {
  assert.equal(
    describeAttempt(createEnd(ANNA)),
    'level 1, send #2 | Reminder 1 | alert.escalated accepted for ' +
      'Anna Rossi (anna@example.org) | attempt 1',
  );
  const lost = describeAttempt(createEnd(ANNA, { completion: failed, error: 'target_gone: x' }));
  assert.match(lost, /not accepted for Anna Rossi .* \| attempt 1 \| target_gone: x$/);
});

test('news that is no reminder has no level, and a label only where there is one', () => {
  const news = { eventType: 'alert.acknowledged', purpose: 'notice', eventPayload: {} } as const;
  assert.equal(
    describeAttempt(createEnd({ ...news, tryCount: 3 })),
    'alert.acknowledged accepted by ops | attempt 3',
  );
});
