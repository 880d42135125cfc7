import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Alert } from '#alert/alert.ts';
import { findOverdue } from '#escalation/due.ts';
import { BUILT_IN_POLICIES, type StoredPolicy } from '#escalation/policy.ts';
import { policyId, projectId, sourceId } from '#kernel/id.ts';
import {
  formatInstant,
  formatInstantOrNull,
  INSTANT_MIN,
  type Instant,
  MS_PER_MINUTE,
  MS_PER_SECOND,
  plusMs,
} from '#kernel/instant.ts';
import type { Policy } from '#kernel/calling/policy.ts';
import { TIMER } from '#kernel/principal.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { ALERT_STATUSES, isOpen } from '#kernel/words/lifecycle.ts';
import { instantOf } from '#test/support/clock.ts';
import { type ImportBasis, type PlacedAlert, placeImported } from './imported-work.ts';
import { convertSentinelAlert } from './sentinel/alert.ts';
import type { SentinelOrigin } from './sentinel/file.ts';

const NOW = instantOf('2026-11-16T08:00:00Z');
const [SENTINEL_POLICY, STRICT_POLICY] = BUILT_IN_POLICIES.map(({ policy }) => policy);

function store(policy: Policy | undefined): StoredPolicy {
  assert.ok(policy !== undefined);
  return {
    projectId: projectId('default'),
    policyId: policyId('00000000-0000-7000-8000-000000000001'),
    name: 'sentinel',
    policy,
    snapshotId: 'snapshot',
    isDefault: true,
    isBuiltIn: true,
    version: 1,
    createdAt: NOW,
    updatedAt: NOW,
  };
}

type Placing = {
  readonly fields: JsonObject;
  readonly origin?: SentinelOrigin;
  readonly policy?: Policy;
  readonly isQuiet?: boolean;
};

function place(how: Placing): PlacedAlert {
  const { fields, origin = 'active' } = how;
  const raw = { alertId: 'fall-1', origin, fields };
  const conversion = convertSentinelAlert(raw, { zone: 'UTC', now: NOW });
  assert.ok(conversion.ok);
  const basis: ImportBasis = {
    projectId: projectId('default'),
    sourceId: sourceId('00000000-0000-7000-8000-000000000002'),
    alertKey: '00000000-0000-7000-8000-000000000003',
    stored: store(how.policy ?? SENTINEL_POLICY),
    settings: { listeningSince: INSTANT_MIN },
    isQuiet: how.isQuiet ?? false,
    by: TIMER,
    origin: 'imported',
  };
  return placeImported(conversion.alert, basis, NOW);
}

/** An alert that was raised so many minutes ago. */
const aged = (minutes: number, more: JsonObject = {}): JsonObject => ({
  status: 'PENDING',
  created_at: formatInstant(plusMs(NOW, -minutes * MS_PER_MINUTE)),
  ...more,
});

const resent = (minutes: number, level: number): JsonObject => ({
  timestamp: formatInstant(plusMs(NOW, -minutes * MS_PER_MINUTE)),
  event: 'NOTIFICATION_RESENT',
  level,
});

/** `kind`, and when it is due: seconds from now. */
function dueOf({ escalation }: PlacedAlert): readonly [string | null, number | null] {
  const { dueAt, dueKind } = escalation;
  return [dueKind, dueAt === null ? null : (dueAt - NOW) / MS_PER_SECOND];
}

const linesOf = ({ timeline }: PlacedAlert) =>
  timeline.map(({ kind, detail }) => `${kind} ${detail}`);

describe('an imported alert that waits for an answer', () => {
  test('goes on with the first step when the old program sent none', () => {
    assert.deepEqual(dueOf(place({ fields: aged(1) })), ['step', 60]);
    assert.equal(place({ fields: aged(1) }).escalation.level, 0);
  });

  test('goes on after the step that was really sent: its level 1 is our second', () => {
    const fields = aged(6, { escalation_level: 1, events: [resent(1, 1)] });
    const placed = place({ fields });
    assert.deepEqual([placed.escalation.level, placed.escalation.firedLevel], [2, 2]);
    assert.deepEqual([placed.escalation.round, placed.escalation.roundCount], [1, 2]);
    assert.deepEqual(dueOf(placed), ['step', 240]);
    assert.deepEqual(linesOf(placed).slice(1, 3), [
      'STEP_SKIPPED Reminder 1 | level 1 | Sentinel did not send it',
      'ESCALATED Reminder 2 | level 2, send #2 | sent by Sentinel, no receipt',
    ]);
  });

  test('tells every step up to its level as skipped, when only the level is recorded', () => {
    const placed = place({ fields: aged(25, { escalation_level: 3 }) });
    assert.equal(placed.escalation.level, 4);
    const skipped = linesOf(placed).filter((line) => line.startsWith('STEP_SKIPPED'));
    assert.equal(skipped.length, 4);
  });

  test('repeats after the last step, from when that was sent', () => {
    const fields = aged(35, { escalation_level: 4, events: [resent(4, 4)] });
    assert.deepEqual(dueOf(place({ fields })), ['repeat', 360]);
  });

  test('is due at once when a step is overdue: the hub catches up as after any outage', () => {
    assert.deepEqual(dueOf(place({ fields: aged(15) })), ['step', -13 * 60]);
  });

  test('repeats from when its last step was due, where nobody recorded when it was sent', () => {
    assert.deepEqual(dueOf(place({ fields: aged(35, { escalation_level: 4 }) })), ['repeat', 300]);
  });

  test('expires before it calls anyone when its time has run out', () => {
    const { alert, escalation } = place({ fields: aged(300, { escalation_level: 4 }) });
    const { policy } = store(SENTINEL_POLICY);
    const settings = { listeningSince: INSTANT_MIN };
    assert.equal(findOverdue(escalation, { alert, policy, settings }, NOW), 'expire');
  });

  test('is not sent again for want of a receipt: it was not we who sent it', () => {
    const placed = place({
      fields: aged(1),
      policy: store(STRICT_POLICY).policy,
    });
    assert.equal(dueOf(placed)[0], 'step');
  });

  test('follows whatever policy the project has', () => {
    assert.ok(SENTINEL_POLICY !== undefined);
    const [one] = SENTINEL_POLICY.steps;
    assert.ok(one !== undefined);
    const policy = { ...SENTINEL_POLICY, steps: [{ ...one, delayS: 900, label: 'Late' }] };
    const early = place({ fields: aged(6, { escalation_level: 1 }), policy });
    assert.deepEqual([early.escalation.level, dueOf(early)[1]], [0, 540]);
    const late = place({ fields: aged(25, { escalation_level: 3 }), policy });
    assert.equal(late.escalation.level, 1);
  });

  test('counts as called by nobody when nobody recorded a call', () => {
    assert.equal(place({ fields: aged(1) }).escalation.calledCount, 0);
    assert.equal(place({ fields: aged(1, { notification_count: 1 }) }).escalation.calledCount, 1);
  });
});

describe('an imported alert with --quiet', () => {
  test('skips the steps that are due, and goes on with the next', () => {
    const placed = place({ fields: aged(6), isQuiet: true });
    assert.deepEqual(dueOf(placed), ['step', 240]);
    assert.deepEqual([placed.escalation.level, placed.escalation.firedLevel], [2, 0]);
    assert.deepEqual(linesOf(placed).slice(-2), [
      'STEP_SKIPPED Reminder 1 | level 1 | imported quietly, nobody was told',
      'STEP_SKIPPED Reminder 2 | level 2 | imported quietly, nobody was told',
    ]);
  });

  test('repeats a whole interval later, when all steps are over', () => {
    assert.deepEqual(dueOf(place({ fields: aged(45), isQuiet: true })), ['repeat', 600]);
    const sent = aged(60, { escalation_level: 4, events: [resent(25, 4)] });
    assert.deepEqual(dueOf(place({ fields: sent, isQuiet: true })), ['repeat', 600]);
  });

  test('that has run out expires without a word and stays on the board', () => {
    const placed = place({ fields: aged(300), isQuiet: true });
    assert.deepEqual(
      [placed.alert.status, placed.alert.expiredAt, placed.alert.closedAt],
      ['EXPIRED', NOW, null],
    );
    assert.deepEqual(dueOf(placed), [null, null]);
    const seen = { status: 'SEEN', seen_at: formatInstant(plusMs(NOW, -5 * 60 * MS_PER_MINUTE)) };
    assert.equal(place({ fields: aged(301, seen), isQuiet: true }).alert.status, 'EXPIRED');
  });

  test('that was acknowledged too long ago ends as the policy says', () => {
    const fields = aged(300, {
      status: 'ACKNOWLEDGED',
      acknowledged_at: formatInstant(plusMs(NOW, -290 * MS_PER_MINUTE)),
    });
    const resolved = place({ fields, isQuiet: true }).alert;
    assert.deepEqual([resolved.status, resolved.outcome], ['RESOLVED', 'unconfirmed']);
    assert.ok(SENTINEL_POLICY !== undefined);
    const policy: Policy = { ...SENTINEL_POLICY, ackTimeoutAction: 'escalate' };
    const kept = place({ fields, isQuiet: true, policy });
    assert.equal(kept.alert.status, 'ACKNOWLEDGED');
    assert.deepEqual(dueOf(kept), ['ack_timeout', 7_200]);
  });
});

describe('any imported alert', () => {
  const when = fc
    .integer({ min: 0, max: 600 })
    .map((minutes) => aged(minutes)['created_at'] ?? null);
  const anyAlert = fc.record({
    status: fc.constantFrom(...ALERT_STATUSES, 'BANANA'),
    created_at: when,
    updated_at: when,
    seen_at: fc.option(when),
    acknowledged_at: fc.option(when),
    escalation_level: fc.nat(6),
    notification_count: fc.nat(8),
    events: fc.array(
      fc.record({
        timestamp: when,
        event: fc.constantFrom('STATUS_CHANGED', 'NOTIFICATION_RESENT', 'NOTIFICATION_SENT'),
        to: fc.constantFrom(...ALERT_STATUSES),
        level: fc.nat(5),
      }),
      { maxLength: 8 },
    ),
  });

  test('property: can be stored, is due while it is open, and its timeline replays', () => {
    const origin = fc.constantFrom('active' as const, 'history' as const);
    fc.assert(
      fc.property(anyAlert, origin, fc.boolean(), (fields, from, isQuiet) => {
        const placed = place({ fields, origin: from, isQuiet });
        const { alert, escalation } = placed;
        assert.equal(findBrokenCheck(alert), null);
        assert.equal(escalation.dueAt !== null, isOpen(alert.status), formatDue(escalation.dueAt));
        if (isQuiet) assert.ok(escalation.dueAt === null || escalation.dueAt > NOW);
        assert.ok(escalation.firedLevel <= escalation.level);
        assert.equal(replay(placed), alert.status);
        const sends = linesOf(placed).flatMap((line) => /send #(\d+)/.exec(line)?.[1] ?? []);
        const numbers = Array.from({ length: escalation.round }, (_, index) => String(index + 2));
        assert.deepEqual(sends, numbers);
      }),
      { numRuns: 2_000 },
    );
  });
});

const formatDue = (at: Instant | null) => formatInstantOrNull(at) ?? 'not due';

/** The checks of the table `alert`, by name. */
function findBrokenCheck(alert: Alert): string | null {
  const { status } = alert;
  const isOver = !isOpen(status);
  const checks: Readonly<Record<string, boolean>> = {
    acknowledged_has_its_person:
      status !== 'ACKNOWLEDGED' || (alert.acknowledgedAt !== null && alert.acknowledgedBy !== null),
    closed_by_someone: (alert.closedAt === null) === (alert.closedBy === null),
    closed_only_when_over: alert.closedAt === null || isOver,
    delivered_has_its_time: status !== 'DELIVERED' || alert.deliveredAt !== null,
    seen_has_its_time: status !== 'SEEN' || alert.seenAt !== null,
    expired_has_its_time: (status === 'EXPIRED') === (alert.expiredAt !== null),
    resolved_has_time_and_outcome:
      (status === 'RESOLVED') === (alert.resolvedAt !== null && alert.outcome !== null),
    archived_only_when_over: alert.archivedAt === null || isOver,
  };
  return Object.keys(checks).find((name) => checks[name] !== true) ?? null;
}

function replay(placed: PlacedAlert): string {
  let status = 'PENDING';
  for (const { kind, detail } of placed.timeline) {
    if (kind !== 'STATUS_CHANGED') continue;
    const [from = '', to = ''] = (detail.split(' | ')[0] ?? '').split(' -> ');
    assert.equal(from, status, detail);
    status = to;
  }
  return status;
}
