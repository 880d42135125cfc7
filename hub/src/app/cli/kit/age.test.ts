import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND } from '#kernel/instant.ts';
import { parseSpan, renderMoment, renderSpan, renderWait } from './age.ts';

test('an age is told in its largest unit, forwards and backwards', () => {
  assert.equal(renderSpan(0), '0 s');
  assert.equal(renderSpan(59_999), '59 s');
  assert.equal(renderSpan(-90 * MS_PER_SECOND), '1 min');
  assert.equal(renderSpan(3 * MS_PER_DAY + MS_PER_HOUR), '3 d');
});

test('what somebody waits for is told in two units, and rounded to the second', () => {
  assert.equal(renderWait(119_990), '2 min');
  assert.equal(renderWait(119_000), '1 min 59 s');
  assert.equal(renderWait(2 * MS_PER_HOUR + 5 * MS_PER_MINUTE), '2 h 5 min');
  assert.equal(renderWait(2 * MS_PER_HOUR + 5 * MS_PER_SECOND), '2 h');
  assert.equal(renderWait(200), '0 s');
});

test('a span can be typed', () => {
  assert.equal(parseSpan('90d'), 90 * MS_PER_DAY);
  assert.equal(parseSpan('12h'), 12 * MS_PER_HOUR);
  assert.equal(parseSpan('15m'), 15 * MS_PER_MINUTE);
  assert.equal(parseSpan('15 min'), 15 * MS_PER_MINUTE);
  assert.equal(parseSpan('30s'), 30 * MS_PER_SECOND);
  for (const text of ['', '90', 'd', '-1d', '1.5h', '1constructor', '12345678d', '1d2h']) {
    assert.equal(parseSpan(text), null, text);
  }
});

test('a moment is told in UTC, as the record has it', () => {
  assert.equal(renderMoment(instant(1_700_000_000_123)), '2023-11-14 22:13:20Z');
});
