import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { instant, MS_PER_DAY, parseInstant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { HttpFailure } from '#kernel/ports.ts';
import { classifyUnanswered, parseRetryAfter } from './http-answer.ts';

const NOW = parseInstant('2027-01-15T08:00:00Z') ?? instant(0);

test('Retry-After in seconds counts from now', () => {
  assert.equal(parseRetryAfter('120', NOW), plusMs(NOW, 120_000));
  assert.equal(parseRetryAfter(' 0 ', NOW), NOW);
});

test('Retry-After as a date is that moment, also when it is past', () => {
  const later = parseRetryAfter('Fri, 15 Jan 2027 08:30:05 GMT', NOW);
  assert.equal(later, parseInstant('2027-01-15T08:30:05Z'));
  const past = parseRetryAfter('Sun, 06 Nov 1994 08:49:37 GMT', NOW);
  assert.equal(past, parseInstant('1994-11-06T08:49:37Z'));
});

test('Retry-After that is missing, negative or garbage says nothing', () => {
  const garbage = ['', '-5', '+5', '1.5', '5s', '1e3', 'soon', '0x10', '١٢', '99999999999'];
  const dates = [
    'Fri, 31 Feb 2027 08:30:05 GMT',
    'Fri, 15 Foo 2027 08:30:05 GMT',
    'Fri, 15 Jan 2027 25:30:05 GMT',
    'Fri, 15 Jan 2027 08:30:05 CET',
    '2027-01-15T08:30:05Z',
  ];
  assert.equal(parseRetryAfter(undefined, NOW), null);
  for (const text of [...garbage, ...dates]) assert.equal(parseRetryAfter(text, NOW), null, text);
});

test('an absurd Retry-After is cut at the maximum age of a delivery', () => {
  const edge = plusMs(NOW, LIMITS.deliveryAgeMaxMs);
  assert.equal(LIMITS.deliveryAgeMaxMs, MS_PER_DAY);
  assert.equal(parseRetryAfter('86400', NOW), edge);
  for (const text of ['86401', '9999999999', 'Fri, 15 Jan 9999 08:30:05 GMT']) {
    assert.equal(parseRetryAfter(text, NOW), edge, text);
  }
});

test('property: Retry-After never throws and never lies beyond the bound', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer().map(String)), (text) => {
      const at = parseRetryAfter(text, NOW);
      assert.ok(at === null || at <= NOW + LIMITS.deliveryAgeMaxMs);
    }),
  );
});

test('without an answer: unsent is retried, unknown is ambiguous, a bad address is config', () => {
  const reasons: readonly HttpFailure[] = [
    'dns_failed',
    'connect_failed',
    'tls_failed',
    'timeout',
    'connection_lost',
  ];
  const rest = { detail: 'd', durationMs: 1 };
  for (const reason of reasons) {
    assert.deepEqual(classifyUnanswered({ kind: 'unsent', reason, ...rest }, 'url'), {
      kind: 'retry',
      reason,
      notBefore: null,
      httpStatus: null,
    });
    assert.deepEqual(classifyUnanswered({ kind: 'unknown', reason, ...rest }, 'url'), {
      kind: 'ambiguous',
      reason,
    });
  }
  for (const reason of ['address_refused', 'url_invalid'] as const) {
    const outcome = classifyUnanswered({ kind: 'unsent', reason, ...rest }, 'base_url');
    assert.ok(outcome.kind === 'misconfigured' && outcome.field === 'base_url');
    assert.ok(outcome.hint.startsWith('d'));
  }
});
