import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseInstant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { describeChange, renderChange } from './change.ts';

const NOW = parseInstant('2026-01-31T08:00:00Z') ?? assert.fail();
const ALERT: JsonObject = {
  alert_id: 'fall-17',
  severity: 'critical',
  status: 'PENDING',
  title: 'Fall in room 12',
  updated_at: '2026-01-31T08:00:05.000Z',
  notification_count: 1,
  occurrence_count: 1,
  assigned_to: null,
  closed_at: null,
  archived_at: null,
};

describe('a change is told by', () => {
  const CASES: readonly (readonly [string, JsonObject])[] = [
    ['seen', { status: 'SEEN' }],
    ['delivered', { status: 'DELIVERED' }],
    [
      'acknowledged by Kim (on_site)',
      { status: 'ACKNOWLEDGED', acknowledged_by: 'Kim', intent: 'on_site' },
    ],
    ['resolved (help_sent)', { status: 'RESOLVED', outcome: 'help_sent' }],
    ['expired: nobody has answered', { status: 'EXPIRED' }],
    ['people called, round 2', { notification_count: 2 }],
    ['reported again, 5 times', { occurrence_count: 5 }],
    ['assigned to Kim', { assigned_to: 'Kim' }],
    ['now high', { severity: 'high' }],
    ['closed by Kim', { closed_at: '2026-01-31T09:00:00Z', closed_by: 'Kim' }],
    ['archived', { archived_at: '2026-01-31T09:00:00Z' }],
    [
      'resolved (fixed); people called, round 2',
      { status: 'RESOLVED', outcome: 'fixed', notification_count: 2 },
    ],
    ['noted', {}],
  ];
  for (const [words, change] of CASES) {
    test(words, () => assert.equal(describeChange(ALERT, { ...ALERT, ...change }), words));
  }

  test('what it is, when it was not seen before', () => {
    assert.equal(describeChange(null, ALERT), 'raised');
    const seen = { ...ALERT, status: 'ACKNOWLEDGED', acknowledged_by: null };
    assert.equal(describeChange(null, seen), 'acknowledged by nobody');
    const assigned = { ...ALERT, assigned_to: 'Kim' };
    assert.equal(describeChange(assigned, ALERT), 'assigned to nobody');
  });
});

describe('the line of a change', () => {
  test('says when, how bad, what, which and its title', () => {
    const line = renderChange(ALERT, { change: 'raised', now: NOW });
    assert.equal(
      line,
      '2026-01-31 08:00:05Z  critical  PENDING       fall-17  raised  Fall in room 12',
    );
  });

  test('fits the terminal, and has colour where that is wanted', () => {
    const long = { ...ALERT, title: 'x'.repeat(200) };
    const terminal = { columns: 80, hasColour: false };
    assert.equal(renderChange(long, { change: 'raised', now: NOW, terminal }).length, 80);
    const coloured = renderChange(long, {
      change: 'raised',
      now: NOW,
      terminal: { columns: 80, hasColour: true },
    });
    assert.ok(coloured.includes('Z  \u001b[1;31mcritical\u001b[0m  PENDING'), coloured);
  });

  test('has a time of its own where the hub gave none, and steers nothing', () => {
    const evil = { ...ALERT, updated_at: null, title: 'a\u001b[2J\nb', alert_id: 'x\u202ey' };
    const line = renderChange(evil, { change: 'raised', now: NOW });
    assert.equal(line, '2026-01-31 08:00:00Z  critical  PENDING       xy  raised  a b');
  });
});
