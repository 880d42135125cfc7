import assert from 'node:assert/strict';
import { test } from 'node:test';
import { computeRatios, computeSpread, percentile } from './statistics.ts';

test('a percentile is a sample by nearest rank, whatever the order', () => {
  const samples = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(percentile(samples, 0.5), 50);
  assert.equal(percentile(samples, 0.99), 99);
  assert.equal(percentile(samples, 1), 100);
  assert.equal(percentile([3, 1, 2], 0.5), 2);
  assert.equal(percentile([7], 0.99), 7);
});

test('a percentile of nothing is not a number', () => {
  assert.ok(Number.isNaN(percentile([], 0.5)));
});

test('the spread of rounds has their median, between two when their number is even', () => {
  assert.deepEqual(computeSpread([9, 1, 5]), { min: 1, median: 5, max: 9 });
  assert.deepEqual(computeSpread([4, 1, 2, 9]), { min: 1, median: 3, max: 9 });
  assert.equal(computeSpread([]), null);
});

test('ratios pair the rounds, and leave out a round that has no other side', () => {
  const ours = new Map([
    [1, 10],
    [2, 30],
    [3, 5],
  ]);
  const theirs = new Map([
    [2, 10],
    [1, 20],
    [3, 0],
  ]);
  assert.deepEqual(computeRatios(ours, theirs), [0.5, 3]);
});
