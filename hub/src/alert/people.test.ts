import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AlertCommand } from '#kernel/effect.ts';
import { type Instant, MS_PER_HOUR, plusMs } from '#kernel/instant.ts';
import { ALERT_STATUSES, type AlertStatus, isOpen } from '#kernel/words/lifecycle.ts';
import type { Principal } from '#kernel/principal.ts';
import { createAlertIn, createPerson, START } from '#test/support/samples/alert.ts';
import { type Alert, type AlertDecision, decideAlert } from './alert.ts';

const LATER: Instant = plusMs(START, MS_PER_HOUR);
const ANNA = createPerson('Anna');
const DEVICE: Principal = { ...ANNA, name: 'Anna (phone)', authMethod: 'receipt_link' };

function decide(status: AlertStatus | Alert, command: AlertCommand): AlertDecision {
  const alert = typeof status === 'string' ? createAlertIn(status) : status;
  return decideAlert(alert, command, LATER);
}

function take(status: AlertStatus | Alert, command: AlertCommand) {
  const decision = decide(status, command);
  assert.ok(decision.kind !== 'refused', `${command.kind} was refused`);
  return decision;
}

const lines = (decision: ReturnType<typeof take>): readonly string[] =>
  decision.events.map((entry) => `${entry.kind} ${entry.detail} (${entry.by.name})`);

describe('a note', () => {
  test('is kept whatever the status, and changes nothing', () => {
    for (const status of ALERT_STATUSES) {
      const alert = createAlertIn(status);
      const decision = take(alert, { kind: 'note', by: ANNA, detail: 'she is in bed 3' });
      assert.deepEqual(lines(decision), ['NOTE she is in bed 3 (Anna)']);
      assert.equal(decision.state, alert);
      assert.deepEqual(decision.effects, []);
    }
  });
});

describe('an assignment', () => {
  const assign = (to: string | null, detail: string | null = null): AlertCommand => ({
    kind: 'assign',
    by: ANNA,
    detail,
    to,
  });

  test('names who looks after it, and who said so', () => {
    const decision = take('PENDING', assign('Ben', 'he is nearest'));
    assert.equal(decision.state.assignedTo, 'Ben');
    assert.equal(decision.kind, 'changed');
    assert.deepEqual(lines(decision), ['ASSIGNED to Ben | he is nearest (Anna)']);
  });

  test('is taken back by naming nobody', () => {
    const decision = take(take('SEEN', assign('Ben')).state, assign(null));
    assert.equal(decision.state.assignedTo, null);
    assert.deepEqual(lines(decision), ['ASSIGNED to nobody (Anna)']);
  });

  test('said twice changes nothing the second time', () => {
    const once = take('SEEN', assign('Ben')).state;
    const twice = take(once, assign('Ben'));
    assert.equal(twice.kind, 'recorded');
    assert.equal(twice.state.version, once.version);
  });

  test('stops no call: whoever was named has not answered yet', () => {
    assert.deepEqual(take('PENDING', assign('Ben')).effects, []);
  });

  test('is refused of what is over', () => {
    for (const status of ['RESOLVED', 'EXPIRED'] as const) {
      assert.equal(decide(status, assign('Ben')).kind, 'refused');
    }
  });
});

describe('closing', () => {
  const close: AlertCommand = { kind: 'close', by: ANNA, detail: 'she was asleep' };

  test('takes an expired alert off the board, says who and why, and leaves its status', () => {
    const decision = take('EXPIRED', close);
    const { status, closedAt, closedBy } = decision.state;
    assert.deepEqual([status, closedAt, closedBy], ['EXPIRED', LATER, 'Anna']);
    assert.deepEqual(lines(decision), ['CLOSED she was asleep (Anna)']);
    assert.deepEqual(decision.effects, [{ kind: 'cancel_calls' }]);
  });

  test('said twice keeps who closed it first', () => {
    const closed = take('EXPIRED', close).state;
    const again = take(closed, { ...close, by: createPerson('Ben') });
    assert.equal(again.kind, 'recorded');
    assert.equal(again.state.closedBy, 'Anna');
  });

  test('is refused of an open alert: that is resolved instead', () => {
    for (const status of ALERT_STATUSES.filter(isOpen)) {
      const decision = decide(status, close);
      assert.ok(decision.kind === 'refused', status);
      const sentence = `Only an EXPIRED alert is closed; this one is ${status}: resolve it.`;
      assert.equal(decision.refusal.sentence, sentence);
    }
  });

  test('of a resolved one is recorded, for there is nothing left to close', () => {
    assert.equal(take('RESOLVED', close).kind, 'recorded');
  });
});

describe('a receipt of a device', () => {
  const deliver: AlertCommand = { kind: 'deliver', by: DEVICE, detail: null };
  const see: AlertCommand = { kind: 'see', by: DEVICE, detail: null };

  test('that comes late is recorded and changes nothing, also when all is over', () => {
    for (const status of ['SEEN', 'ACKNOWLEDGED', 'RESOLVED', 'EXPIRED'] as const) {
      const alert = createAlertIn(status);
      const decision = take(alert, deliver);
      assert.equal(decision.state, alert);
      assert.equal(decision.events[0]?.kind, 'RECEIPT');
    }
    assert.equal(take('RESOLVED', see).kind, 'recorded');
  });

  test('is not what a person may say of an alert that is over', () => {
    for (const status of ['RESOLVED', 'EXPIRED'] as const) {
      assert.equal(decide(status, { ...deliver, by: ANNA }).kind, 'refused');
      assert.equal(decide(status, { ...see, by: ANNA }).kind, 'refused');
    }
  });
});

describe('a person who wants more people', () => {
  test('is named on the timeline with what was asked for', () => {
    const decision = take('PENDING', {
      kind: 'escalate',
      by: ANNA,
      detail: 'two of us needed',
      whom: 'responder',
    });
    assert.deepEqual(lines(decision), ['NOTE calls the next responder | two of us needed (Anna)']);
    assert.deepEqual(decision.effects, [
      { kind: 'escalate_now', whom: 'responder', declineKey: null },
    ]);
  });

  test('leaves the alert as it is: nobody has answered by that', () => {
    const alert = createAlertIn('DELIVERED');
    const decision = take(alert, { kind: 'decline', by: ANNA, detail: null, key: 'm1' });
    assert.equal(decision.state, alert);
    assert.deepEqual(lines(decision), ['NOTE cannot come (Anna)']);
  });
});
