import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NUMBERS, parseOptions } from './options.ts';

test('everything is measured in three rounds unless asked otherwise', () => {
  const options = { isQuick: false, rounds: 3, numbers: NUMBERS, generator: null };
  assert.deepEqual(parseOptions([]), { ok: true, options });
});

test('a quick run has one round, unless it is told how many', () => {
  assert.equal(roundsOf(['--quick']), 1);
  assert.equal(roundsOf(['--quick', '--rounds', '5']), 5);
});

test('--only keeps the order of the numbers', () => {
  const reading = parseOptions(['--only', 'N8,N1']);
  assert.deepEqual(reading.ok && reading.options.numbers, ['N1', 'N8']);
});

test('what is not understood is refused, not passed over', () => {
  for (const argv of [
    ['--fast'],
    ['--only', 'N1,N99'],
    ['--rounds', '0'],
    ['--rounds', '1.5'],
    ['--rounds', '101'],
    ['--generator', 'ab'],
  ]) {
    assert.equal(parseOptions(argv).ok, false, argv.join(' '));
  }
});

function roundsOf(argv: readonly string[]): number | null {
  const reading = parseOptions(argv);
  return reading.ok ? reading.options.rounds : null;
}
