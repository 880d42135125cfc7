import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { paintSeverity, renderColumns, renderProgress } from './output.ts';

const HEADS = ['ALERT', 'SEVERITY', 'TITLE'];

describe('a table', () => {
  test('is as wide as what is in it', () => {
    assert.equal(
      renderColumns(HEADS, [
        ['a1', 'critical', 'Fall in room 12'],
        ['a-long-id', 'low', ''],
      ]),
      ['ALERT      SEVERITY  TITLE', 'a1         critical  Fall in room 12', 'a-long-id  low'].join(
        '\n',
      ),
    );
  });

  test('stays straight with wide characters', () => {
    const rows = [
      ['跌倒', 'high', 'x'],
      ['four', 'high', 'y'],
    ];
    const [, wide = '', narrow = ''] = renderColumns(HEADS, rows).split('\n');
    assert.equal(wide, '跌倒   high      x');
    assert.equal(narrow, 'four   high      y');
  });

  test('is cut to the terminal in its last column, and nowhere else', () => {
    const title = 'x'.repeat(60);
    const terminal = { columns: 40, hasColour: false };
    const [, cut = ''] = renderColumns(HEADS, [['a1', 'low', title]], terminal).split('\n');
    assert.equal(cut.length, 40);
    assert.ok(cut.endsWith('x…'));
    const [, piped = ''] = renderColumns(HEADS, [['a1', 'low', title]]).split('\n');
    assert.ok(piped.endsWith(title));
  });

  test('on a terminal that is too narrow is broken by it, not cut to nothing', () => {
    const terminal = { columns: 20, hasColour: false };
    assert.match(renderColumns(HEADS, [['a1', 'low', 'x'.repeat(60)]], terminal), /x{60}/);
  });

  test('is steered by no title', () => {
    const text = renderColumns(HEADS, [['a1', 'low', 'a\u001b[2J\u202eb\nc']]);
    assert.match(text, /\na1 {4} low {7}ab c$/);
  });

  test('colours only the severity, only where it is wanted, and stays straight', () => {
    const rows = [['critical', 'critical', 'critical']];
    const terminal = { columns: 80, hasColour: true };
    const [, line] = renderColumns(HEADS, rows, terminal).split('\n');
    assert.equal(line, 'critical  \u001b[1;31mcritical\u001b[0m  critical');
    assert.ok(!renderColumns(HEADS, rows).includes('\u001b'));
    assert.equal(paintSeverity('high    '), '\u001b[33mhigh\u001b[0m    ');
    assert.equal(paintSeverity('low'), 'low');
  });
});

test('progress is a bar, a share and a count', () => {
  const line = (done: number, total: number) =>
    renderProgress({ verb: 'importing', done, total, noun: 'batches' });
  assert.equal(line(1, 4), `importing  [${'#'.repeat(6)}${'.'.repeat(18)}]  25 %  1 of 4 batches`);
  assert.equal(line(4, 4), `importing  [${'#'.repeat(24)}] 100 %  4 of 4 batches`);
  assert.match(line(0, 0), /100 %/);
  assert.match(line(9, 4), /100 %/);
});
