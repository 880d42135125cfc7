import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SystemName } from './contenders.ts';
import {
  judge,
  type Measure,
  renderNumber,
  renderResults,
  renderRounds,
  renderSection,
  type Section,
  type Target,
} from './results.ts';

function createSection(
  targets: readonly Target[],
  values: Readonly<Record<SystemName, readonly number[]>>,
): Section & { readonly measures: readonly [Measure] } {
  const rounds = (['tocsin', 'alertmanager'] as const).flatMap((system) =>
    values[system].map((rate, index) => ({ round: index + 1, system, values: { rate } })),
  );
  const measure: Measure = { key: 'rate', label: 'alerts/s', digits: 0, hasRatio: true, targets };
  return { id: 'N0', title: 'a number', how: 'By hand.', measures: [measure], rounds };
}

function judgeOne(target: Target, ours: readonly number[], theirs: readonly number[] = []): string {
  const section = createSection([target], { tocsin: ours, alertmanager: theirs });
  return judge(section, section.measures[0]).reached;
}

test('a target is judged by the median of the rounds, or by the worst of them', () => {
  const least = { of: 'value', bound: 'at least', limit: 10 } as const;
  assert.equal(judgeOne({ ...least, judgedBy: 'median' }, [9, 10, 30]), 'yes');
  assert.equal(judgeOne({ ...least, judgedBy: 'worst' }, [9, 10, 30]), 'no');
  const most = { of: 'value', bound: 'at most', limit: 10 } as const;
  assert.equal(judgeOne({ ...most, judgedBy: 'median' }, [9, 10, 30]), 'yes');
  assert.equal(judgeOne({ ...most, judgedBy: 'worst' }, [9, 10, 30]), 'no');
  assert.equal(judgeOne({ ...most, bound: 'below', judgedBy: 'median' }, [10]), 'no');
});

test('a ratio is that of each round, not of the medians', () => {
  const target = { of: 'ratio', bound: 'at least', limit: 1, judgedBy: 'worst' } as const;
  assert.equal(judgeOne(target, [10, 20], [10, 10]), 'yes');
  assert.equal(judgeOne(target, [20, 10], [10, 20]), 'no');
});

test('without the other side a ratio is not measured, and never reached', () => {
  const target = { of: 'ratio', bound: 'at least', limit: 1, judgedBy: 'median' } as const;
  assert.equal(judgeOne(target, [10]), 'not measured');
  const least = { of: 'value', bound: 'at least', limit: 99, judgedBy: 'median' } as const;
  const section = createSection([target, least], { tocsin: [10], alertmanager: [] });
  assert.equal(judge(section, section.measures[0]).reached, 'no');
});

test('a table shows spread, ratio, target and whether it is reached', () => {
  const target = { of: 'ratio', bound: 'at least', limit: 0.5, judgedBy: 'median' } as const;
  const values = { tocsin: [1_000, 3_000, 2_000], alertmanager: [1_000, 1_000, 1_000] };
  const text = renderSection(createSection([target], values));
  const row = text.split('\n').find((line) => line.startsWith('| alerts/s'));
  const cells = row?.split('|').map((cell) => cell.trim());
  assert.deepEqual(cells?.slice(1, -1), [
    'alerts/s',
    '1,000 / 2,000 / 3,000',
    '1,000',
    '1.00 / 2.00 / 3.00',
    "at least 0.50 of Alertmanager's",
    'yes',
  ]);
});

test('the document has every round and the ratio of each', () => {
  const values = { tocsin: [10, 30], alertmanager: [10, 10] };
  const section = createSection([], values);
  const text = renderResults({
    date: '2026-01-31',
    machine: { Cores: '2' },
    rounds: '2 rounds.',
    sections: [section],
  });
  assert.ok(text.includes(renderSection(section)));
  assert.ok(text.includes(renderRounds(section)));
  assert.match(text, /- alerts\/s: 1\.00, 3\.00/);
  assert.match(text, /\| Cores +\| 2 /);
});

test('numbers are grouped, and what is no number is a dash', () => {
  assert.equal(renderNumber(1_234_567.891, 2), '1,234,567.89');
  assert.equal(renderNumber(999, 0), '999');
  assert.equal(renderNumber(-1_234.5, 1), '-1,234.5');
  assert.equal(renderNumber(Number.NaN, 1), '-');
});
