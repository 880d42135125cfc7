import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALERT_ID_PATTERN } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';
import type { FiledAlert, SentinelOrigin } from './file.ts';
import { type MergedAlerts, mergeSentinelFiles } from './merge.ts';

function file(id: string | null, fields: JsonValue, origin: SentinelOrigin = 'active'): FiledAlert {
  return { origin, id, place: `"${id}"`, fields };
}

const at = (created: string, status: string, more: object = {}) => ({
  created_at: created,
  status,
  ...more,
});

/** `id origin status`, in order. */
function linesOf({ alerts }: MergedAlerts): readonly string[] {
  return alerts.map(
    ({ alertId, origin, fields }) => `${alertId} ${origin} ${JSON.stringify(fields['status'])}`,
  );
}

describe('the alerts of both files', () => {
  test('are one list, each id once', () => {
    const merged = mergeSentinelFiles([
      file('a', at('2026-01-01T08:00:00', 'PENDING')),
      file('b', at('2026-01-02T08:00:00', 'RESOLVED'), 'history'),
    ]);
    assert.deepEqual(linesOf(merged), ['a active "PENDING"', 'b history "RESOLVED"']);
    assert.deepEqual(merged.warnings, []);
  });

  test('that lie in both, because the old program died in between, are over', () => {
    const merged = mergeSentinelFiles([
      file('a', at('2026-01-01T08:00:00', 'ACKNOWLEDGED')),
      file('a', at('2026-01-01 08:00:00', 'RESOLVED'), 'history'),
    ]);
    assert.deepEqual(linesOf(merged), ['a history "RESOLVED"']);
    assert.match(merged.warnings[0]?.message ?? '', /was there 2 times/);
  });

  test('that are open in both are taken from the active file, so that nobody is forgotten', () => {
    const open = at('2026-01-01T08:00:00', 'PENDING');
    const merged = mergeSentinelFiles([file('a', open), file('a', open, 'history')]);
    assert.deepEqual(linesOf(merged), ['a active "PENDING"']);
  });

  test('whose id was used again are two: the newest keeps the id', () => {
    const filed = [
      file('salon', at('2026-03-01T08:00:00.5', 'PENDING')),
      file('salon', at('2026-01-01T08:00:00', 'RESOLVED'), 'history'),
      file('salon', at('2026-02-01T08:00:00', 'EXPIRED'), 'history'),
    ];
    const merged = mergeSentinelFiles(filed);
    const expected = [
      'salon active "PENDING"',
      'salon:20260201080000 history "EXPIRED"',
      'salon:20260101080000 history "RESOLVED"',
    ];
    assert.deepEqual(linesOf(merged), expected);
    assert.deepEqual(linesOf(mergeSentinelFiles(filed.toReversed())), expected, 'in any order');
  });

  test('get an id that may be one, the same one each time, and two never the same', () => {
    const alert = at('2026-01-01T08:00:00', 'PENDING');
    const filed = ['chute é', 'chute è', 'x'.repeat(300), ' trimmed '].map((id) => file(id, alert));
    const ids = mergeSentinelFiles(filed).alerts.map(({ alertId }) => alertId);
    assert.ok(
      ids.every((id) => ALERT_ID_PATTERN.test(id)),
      ids.join(' '),
    );
    assert.equal(new Set(ids).size, 4);
    assert.equal(ids[3], 'trimmed');
    assert.deepEqual(
      mergeSentinelFiles(filed).alerts.map(({ alertId }) => alertId),
      ids,
    );
  });

  test('that are none, or have no id, are listed with their place', () => {
    const merged = mergeSentinelFiles([
      file('a', 7),
      file(null, at('2026-01-01T08:00:00', 'PENDING')),
      file('  ', at('2026-01-01T08:00:00', 'PENDING')),
    ]);
    assert.deepEqual(merged.alerts, []);
    assert.deepEqual(
      merged.invalid.map(({ message }) => message),
      ['is no alert: it has no fields', 'has no id', 'has no id'],
    );
  });

  test('are cut to what can be sent and stored, and it is said what was cut', () => {
    const events = Array.from({ length: 3_000 }, (_, index) => ({ event: `N${index}` }));
    const fields = { ...at('2026-01-01T08:00:00', 'PENDING'), events, note: 'a\u0000b\ud800' };
    const [alert] = mergeSentinelFiles([file('a', fields)]).alerts;
    const kept = alert?.fields['events'];
    assert.ok(Array.isArray(kept));
    assert.equal(kept.length, LIMITS.importListMax);
    assert.deepEqual([kept[0], kept.at(-1)], [{ event: 'N0' }, { event: 'N2999' }]);
    assert.equal(alert?.fields['note'], 'a\ufffdb\ufffd');
  });

  test('that are larger than anything can be are listed', () => {
    const wide = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`f${index}`, Array(200).fill('x'.repeat(500))]),
    );
    const merged = mergeSentinelFiles([file('a', wide)]);
    assert.deepEqual(merged.invalid, [{ alertId: '"a"', message: 'is too large' }]);
  });
});
