import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseInstant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { renderDossier } from './dossier.ts';

const NOW = parseInstant('2026-01-31T08:01:00Z') ?? assert.fail();

const ALERT: JsonObject = {
  alert_id: 'fall-17',
  project_id: 'default',
  status: 'PENDING',
  severity: 'critical',
  title: 'Fall in room 12',
  labels: { ward: '3', kind: 'fall' },
  annotations: {},
  source: { id: 'x', kind: 'edge', name: 'box' },
  device_id: null,
  camera_id: 'room-12',
  is_test: false,
  is_nobody_called: false,
  occurrence_count: 1,
  created_at: '2026-01-31T08:00:00.000Z',
  last_event_at: '2026-01-31T08:00:00.000Z',
  next_due_at: '2026-01-31T08:02:00.000Z',
  next_step: { index: 0, label: 'Reminder 1', priority: 'high', due_at: '2026-01-31T08:02:00Z' },
  acknowledged_at: null,
  acknowledged_by: null,
};

const TIMELINE: readonly JsonObject[] = [
  {
    at: '2026-01-31T08:00:00.000Z',
    kind: 'CREATED',
    detail: 'critical, raised by box',
    principal: { id: 'x', name: 'box', auth_method: 'source_token' },
  },
];

const MESSAGE: JsonObject = {
  recipient: 'ops',
  channel_name: 'pager',
  transition: 'created',
  status: 'sent',
  attempt_count: 2,
  sent_at: '2026-01-31T08:00:01.000Z',
  delivered_at: null,
  read_at: null,
  finished_at: '2026-01-31T08:00:01.000Z',
  created_at: '2026-01-31T08:00:00.000Z',
  last_error: 'HTTP 500',
  reason: null,
  is_possibly_duplicate: false,
};

function render(alert: JsonObject, messages: readonly JsonObject[] = []): string {
  return renderDossier({ alert, timeline: TIMELINE, notifications: messages }, { now: NOW });
}

describe('an alert on one page', () => {
  test('says what it is, what comes next, what happened and who was told', () => {
    assert.equal(
      render(ALERT, [MESSAGE]),
      `critical  PENDING  Fall in room 12

alert    fall-17
project  default
source   box (edge)
camera   room-12
labels   ward=3
         kind=fall
raised   2026-01-31 08:00:00Z (1 min ago)

Next: Reminder 1 (high) at 2026-01-31 08:02:00Z (in 1 min).
To answer: tocsin alert ack fall-17

What happened
WHEN                  WHAT     BY   DETAIL
2026-01-31 08:00:00Z  CREATED  box  critical, raised by box

Who was told
TO   CHANNEL  ABOUT    OUTCOME  TRIES  WHEN                  WHY
ops  pager    created  sent     2      2026-01-31 08:00:01Z  HTTP 500`,
    );
  });

  test('says who has answered, and that nobody is called any more', () => {
    const text = render({
      ...ALERT,
      status: 'RESOLVED',
      outcome: 'help_sent',
      acknowledged_at: '2026-01-31T08:00:30Z',
      acknowledged_by: 'Nurse Kim',
      resolved_at: '2026-01-31T08:00:50Z',
      next_step: null,
      next_due_at: null,
      occurrence_count: 3,
      is_test: true,
    });
    assert.match(text, /acknowledged {2}2026-01-31 08:00:30Z \(30 s ago\), by Nurse Kim\n/);
    assert.match(text, /outcome {7}help_sent\n/);
    assert.match(text, /reported {6}3 times, last 2026-01-31 08:00:00Z/);
    assert.match(text, /test {10}yes: it is an exercise\n/);
    assert.match(text, /\nNext: nothing; nobody is called for it any more\.\n/);
    assert.match(text, /\nNobody was told\.$/);
  });

  test('says so when there is nobody to call, and when it only waits', () => {
    assert.match(render({ ...ALERT, is_nobody_called: true }), /\nNobody has been called: no rule/);
    const waiting = render({ ...ALERT, next_step: null });
    assert.match(waiting, /\nNext: it is looked at again at 2026-01-31 08:02:00Z/);
  });

  test('tells what a device has confirmed, and what may have come twice', () => {
    const read = {
      ...MESSAGE,
      delivered_at: '2026-01-31T08:00:02Z',
      read_at: '2026-01-31T08:00:09Z',
    };
    assert.match(render(ALERT, [read]), / read +2 +2026-01-31 08:00:09Z/);
    const twice = { ...MESSAGE, is_possibly_duplicate: true };
    assert.match(render(ALERT, [twice]), / sent \(perhaps twice\) /);
  });

  test('is steered by nothing that a sender wrote', () => {
    const evil = 'a\u001b[2J\u202eb\nc';
    const text = render({ ...ALERT, title: evil, labels: { [evil]: evil }, camera_id: evil });
    assert.match(text, /^critical {2}PENDING {2}ab c\n/);
    assert.match(text, /labels {3}ab c=ab c\n/);
    assert.ok(!text.includes('\u001b') && !text.includes('\u202e'));
  });
});
