import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAlert, SEEN_AT } from './alert.fixture.ts';
import {
  type Alert,
  describeAlert,
  isNeedingSomeone,
  isOnBoard,
  renderAge,
  renderCountdown,
  renderHolder,
  renderNext,
  renderPlace,
} from './words.model.js';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

test('an age is told in seconds while they matter', () => {
  const ages = [-5, 0, 59.9, 119, 120, 3_599, 3_600, 86_399, 86_400, 200_000];
  assert.deepEqual(
    ages.map((seconds) => renderAge(seconds * SECOND)),
    [
      '0 s',
      '0 s',
      '59 s',
      '119 s',
      '2 min',
      '59 min',
      '1 h 0 min',
      '23 h 59 min',
      '1 d 0 h',
      '2 d 7 h',
    ],
  );
});

test('a countdown ends in the word due, never below zero', () => {
  const left = [-1, 0, 1, 1_000, 33_000, 61_000, HOUR + 62_000];
  assert.deepEqual(left.map(renderCountdown), [
    'due',
    'due',
    '0:01',
    '0:01',
    '0:33',
    '1:01',
    '1:01:02',
  ]);
});

test('a place is what is known of it', () => {
  const place = { area_id: 'Room 12', camera_id: 'cam-7', device_id: 'edge-4' };
  assert.equal(renderPlace(place), 'Room 12 · camera cam-7 · device edge-4');
  assert.equal(renderPlace({ ...place, area_id: null, device_id: null }), 'camera cam-7');
  const unknown = { area_id: null, camera_id: null, device_id: null };
  assert.equal(renderPlace(unknown), 'place not told');
});

describe('who has it', () => {
  const holders = [
    [{}, 'nobody has it yet'],
    [{ is_nobody_called: true }, 'NOBODY IS CALLED'],
    [{ assigned_to: 'Marc' }, 'assigned to Marc'],
    [{ status: 'ACKNOWLEDGED', acknowledged_by: 'Anna', intent: 'calling' }, 'Anna is calling'],
    [
      { status: 'ACKNOWLEDGED', acknowledged_by: 'Anna', intent: 'seen', assigned_to: 'Marc' },
      'Anna has seen it, assigned to Marc',
    ],
    [
      { status: 'ACKNOWLEDGED', acknowledged_by: 'Anna', intent: null },
      'Anna cannot come, nobody has it',
    ],
    [{ status: 'RESOLVED', outcome: 'help_sent' }, 'resolved: help sent'],
    [{ status: 'EXPIRED' }, 'nobody answered in time'],
  ] as const;
  for (const [fields, sentence] of holders) {
    test(sentence, () => assert.equal(renderHolder(createAlert(fields)), sentence));
  }
});

test('the next step counts down while the alert still calls', () => {
  const next_step: Alert['next_step'] = {
    index: 0,
    label: 'Reminder 1',
    priority: 'high',
    due_at: '2026-11-22T12:02:00.000Z',
    targets: [],
  };
  assert.equal(renderNext(createAlert({ next_step }), SEEN_AT), 'Reminder 1 in 2:00');
  const late = SEEN_AT + 120 * SECOND;
  assert.equal(renderNext(createAlert({ next_step }), late), 'Reminder 1 due');
  assert.equal(renderNext(createAlert({ next_step, status: 'ACKNOWLEDGED' }), SEEN_AT), null);
  assert.equal(renderNext(createAlert({}), SEEN_AT), null);
});

test('it leaves the board when it is over; expired, when somebody has closed it', () => {
  const closed_at = '2026-11-22T12:05:00.000Z';
  assert.equal(isOnBoard(createAlert({ status: 'ACKNOWLEDGED' })), true);
  assert.equal(isOnBoard(createAlert({ status: 'RESOLVED' })), false);
  assert.equal(isOnBoard(createAlert({ status: 'EXPIRED' })), true);
  assert.equal(isOnBoard(createAlert({ status: 'EXPIRED', closed_at })), false);
});

test('it needs someone until somebody has it, and again when they cannot come', () => {
  const taken = { status: 'ACKNOWLEDGED', acknowledged_by: 'Anna' } as const;
  assert.equal(isNeedingSomeone(createAlert({ status: 'SEEN' })), true);
  assert.equal(isNeedingSomeone(createAlert({ ...taken, intent: 'seen' })), false);
  assert.equal(isNeedingSomeone(createAlert({ ...taken, intent: null })), true);
  assert.equal(isNeedingSomeone(createAlert({ status: 'EXPIRED' })), true);
});

test('a row tells severity and status in words, and offers what can be done', () => {
  const row = describeAlert(createAlert({ severity: 'critical', is_test: true }), SEEN_AT);
  assert.equal(row.severityWord, 'Critical');
  assert.equal(row.statusWord, '◌ Pending');
  assert.equal(row.title, 'TEST: Fall in room 12');
  assert.equal(row.age, '30 s ago');
  assert.deepEqual([row.canAcknowledge, row.canResolve, row.isHandled], [true, true, false]);
  const taken = { status: 'ACKNOWLEDGED', acknowledged_by: 'Anna', intent: 'seen' } as const;
  const held = describeAlert(createAlert({ ...taken, occurrence_count: 3 }), SEEN_AT);
  assert.equal(held.facts, 'happened 3 times · Anna has seen it');
  assert.deepEqual([held.canAcknowledge, held.canResolve, held.isHandled], [false, true, true]);
  const over = describeAlert(createAlert({ status: 'RESOLVED', outcome: 'fixed' }), SEEN_AT);
  assert.deepEqual([over.canAcknowledge, over.canResolve], [false, false]);
});
