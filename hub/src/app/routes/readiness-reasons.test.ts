import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderReasons } from './readiness.ts';
import { giveReason, READINESS_REASONS, type ReasonCode } from './readiness-reasons.ts';

describe('a reason of /readyz', () => {
  test('says what the hub knows of the case', () => {
    const reason = giveReason('timers_overdue', 42);
    assert.equal(reason.sentence, 'A reminder is 42 s overdue: is a worker running?');
    assert.equal(reason.isBlocking, false);
  });

  test('takes what it is given as it is, also where it looks like a pattern', () => {
    assert.equal(giveReason('database', "$& $' {}").sentence.endsWith("$& $' {}"), true);
  });

  test('tells what to do, in whole sentences', () => {
    for (const [code, { sentence, action }] of Object.entries(READINESS_REASONS)) {
      assert.match(code, /^[a-z]+(_[a-z]+)*$/);
      assert.match(sentence, /[.?}]$/, code);
      assert.match(action, /^[A-Z`].*\.$/, code);
    }
  });
});

describe('what /readyz answers', () => {
  test('is ready while nothing blocks, and tells the rest', () => {
    assert.deepEqual(renderReasons([]), { status: 'ready', reasons: [] });
    const answer = renderReasons([giveReason('set_aside', 2)]);
    assert.equal(answer['status'], 'ready');
    assert.deepEqual(answer['reasons'], [
      {
        code: 'set_aside',
        message: '2 alerts were set aside because deciding them failed.',
        blocking: false,
        action: READINESS_REASONS.set_aside.action,
      },
    ]);
  });

  test('is not ready as soon as one of them blocks', () => {
    const blocking: readonly ReasonCode[] = [
      'stopping',
      'clock_offset',
      'lease_lost',
      'not_stored',
      'database',
    ];
    for (const code of blocking) {
      const answer = renderReasons([giveReason('nobody_called', 1), giveReason(code)]);
      assert.equal(answer['status'], 'not_ready', code);
    }
  });
});
