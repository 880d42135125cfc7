import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import * as alert from '#contract/alert.ts';
import { WIRE_RETRIES } from '#contract/channel.ts';
import { WIRE_STAGES } from '#contract/event.ts';
import { isTimestamp } from '#contract/field.ts';
import { WIRE_ROLES } from '#contract/key.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';
import { WIRE_ACK_TIMEOUT_ACTIONS, WIRE_STEP_CONDITIONS } from '#contract/escalation/policy.ts';
import { WIRE_LANGUAGES } from '#contract/escalation/responder.ts';
import { WIRE_EVENT_TYPES } from '#contract/rule.ts';
import { WIRE_SOURCE_KINDS } from '#contract/source.ts';
import { formatInstant, INSTANT_MAX, INSTANT_MIN, instant, parseInstant } from './instant.ts';
import { ALERT_STATUSES, EVENT_TYPES, INTENTS, OUTCOMES } from './words/lifecycle.ts';
import { LIMITS } from './limits.ts';
import { ACK_TIMEOUT_ACTIONS, STEP_CONDITIONS } from './calling/policy.ts';
import { ROLES } from './principal.ts';
import { LANGUAGES } from './words/language.ts';
import { PRIORITIES, SEVERITIES, SOURCE_KINDS } from './words/severity.ts';

describe('the contract and the kernel', () => {
  test('have the same limits', () => {
    const limits: Readonly<Record<string, number>> = LIMITS;
    for (const [name, value] of Object.entries(WIRE_LIMITS))
      assert.equal(value, limits[name], name);
  });

  test('have the same words', () => {
    const pairs: readonly (readonly [readonly string[], readonly string[]])[] = [
      [alert.WIRE_ALERT_STATUSES, ALERT_STATUSES],
      [alert.WIRE_INTENTS, INTENTS],
      [alert.WIRE_OUTCOMES, OUTCOMES],
      [alert.WIRE_PRIORITIES, PRIORITIES],
      [alert.WIRE_SEVERITIES, SEVERITIES],
      [WIRE_ACK_TIMEOUT_ACTIONS, ACK_TIMEOUT_ACTIONS],
      [WIRE_EVENT_TYPES, EVENT_TYPES],
      [WIRE_LANGUAGES, LANGUAGES],
      [WIRE_RETRIES, ['standard', 'urgent']],
      [WIRE_ROLES, ROLES],
      [WIRE_SOURCE_KINDS, SOURCE_KINDS],
      [WIRE_STAGES, ['received', 'updated', 'resolved', 'heartbeat']],
      [WIRE_STEP_CONDITIONS, STEP_CONDITIONS],
    ];
    for (const [wire, ours] of pairs) assert.deepEqual(wire, ours);
  });

  test('call the same texts times', () => {
    const digits = (length: number, max: number) =>
      fc.integer({ min: 0, max }).map((n) => String(n).padStart(length, '0'));
    const zone = fc.oneof(
      fc.constantFrom('Z', 'z', '', '+00:00', '-23:59', '+23:59', '+24:00', '-00:60'),
      fc
        .tuple(fc.constantFrom('+', '-'), digits(2, 24), digits(2, 61))
        .map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`),
    );
    const year = fc.oneof(
      fc.constantFrom('0000', '0001', '9999', '1900', '2000'),
      digits(4, 9_999),
    );
    const text = fc
      .tuple(year, digits(2, 13), digits(2, 32), digits(2, 25), digits(2, 61), digits(2, 62), zone)
      .map(([y, mo, d, h, mi, s, z]) => `${y}-${mo}-${d}T${h}:${mi}:${s}${z}`);
    const edge = fc
      .tuple(
        fc.constantFrom('0000-12-31', '0001-01-01', '9999-12-31', '2028-02-29', '2100-02-29'),
        fc.constantFrom('00:00:00', '23:59:59.999', '23:59:60', '12:00:00.1234567890'),
        zone,
      )
      .map(([date, time, z]) => `${date}T${time}${z}`);
    fc.assert(
      fc.property(fc.oneof(text, edge), (value) => {
        assert.equal(isTimestamp(value), parseInstant(value) !== null, value);
      }),
      { numRuns: 3_000 },
    );
    const any = fc.integer({ min: INSTANT_MIN, max: INSTANT_MAX });
    fc.assert(fc.property(any, (ms) => isTimestamp(formatInstant(instant(ms)))));
  });
});
