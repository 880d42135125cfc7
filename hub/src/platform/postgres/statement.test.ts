import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { listStatements, mergeWrites, statement, type Write } from './statement.ts';

const ONE = statement('test_only.one', '  insert into a values ($1, $2, $1)  ');
const TWO = statement('test_only.two', 'update b set c = $2 where d = $1 and e = $10');

function writeOf(made: Write['statement'], count: number, mark: string): Write {
  return {
    statement: made,
    values: Array.from({ length: count }, (_, index) => `${mark}${index + 1}`),
  };
}

/** The one statement that the writes come to; fails when they stay apart. */
function merge(writes: readonly Write[]): Write {
  const merged = mergeWrites(writes);
  assert.ok(merged !== null);
  return merged;
}

describe('a statement', () => {
  test('has a name of its own, and is listed', () => {
    assert.throws(() => statement('test_only.one', 'select 1'), /two statements.*test_only\.one/);
    assert.ok(listStatements().includes(ONE));
    assert.equal(ONE.text, 'insert into a values ($1, $2, $1)');
  });
});

describe('merged writes', () => {
  test('one write alone stays as it is', () => {
    const write = writeOf(ONE, 2, 'a');
    assert.equal(merge([write]), write);
  });

  test('parameters are renumbered by what came before, also those of two digits', () => {
    const merged = merge([writeOf(ONE, 2, 'a'), writeOf(TWO, 10, 'b'), writeOf(ONE, 2, 'c')]);
    assert.equal(
      merged.statement.text,
      [
        'with write_1 as (\ninsert into a values ($1, $2, $1)\n)',
        ' write_2 as (\nupdate b set c = $4 where d = $3 and e = $12\n)',
        ' write_3 as (\ninsert into a values ($13, $14, $13)\n)\nselect 1',
      ].join(','),
    );
    assert.equal(merged.values.length, 14);
    assert.deepEqual(merged.values.slice(0, 3), ['a1', 'a2', 'b1']);
    assert.deepEqual(merged.values.slice(-2), ['c1', 'c2']);
  });

  test('the same mix in the same order is one statement, another order another', () => {
    const mix = [writeOf(ONE, 2, 'a'), writeOf(TWO, 10, 'b')];
    const again = [writeOf(ONE, 2, 'x'), writeOf(TWO, 10, 'y')];
    assert.equal(merge(mix).statement, merge(again).statement);
    assert.notEqual(merge(mix).statement.name, merge(mix.toReversed()).statement.name);
    assert.deepEqual(merge(again).values.slice(0, 3), ['x1', 'x2', 'y1']);
  });

  test('property: each parameter of each part still has the value it was given', () => {
    const part = fc.record({ isOne: fc.boolean() });
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 5 }), (parts) => {
        const writes = parts.map(({ isOne }, index) =>
          isOne ? writeOf(ONE, 2, `p${index}v`) : writeOf(TWO, 10, `p${index}v`),
        );
        const merged = merge(writes);
        const texts = merged.statement.text.split('write_').slice(1);
        for (const [index, text] of texts.entries()) {
          const own = writes[index]?.statement.text ?? '';
          const meant = [...own.matchAll(/\$(\d+)/g)].map(([, digits]) => `p${index}v${digits}`);
          const found = [...text.matchAll(/\$(\d+)/g)].map(([, digits]) => {
            return merged.values[Number(digits) - 1];
          });
          assert.deepEqual(found, meant);
        }
      }),
    );
  });
});

// The last one of this file: it uses up the mixes of its process.
test('mixes beyond their bound stay apart; those known before still travel together', () => {
  const known = [writeOf(ONE, 2, 'a'), writeOf(TWO, 10, 'b')];
  merge(known);
  const mixes = Array.from({ length: 2_000 }, (_, index) =>
    Array.from(index.toString(2).padStart(11, '0'), (digit) =>
      digit === '0' ? writeOf(ONE, 2, 'x') : writeOf(TWO, 10, 'y'),
    ),
  );
  const merged = mixes.map(mergeWrites);
  assert.ok(merged.includes(null));
  const names = new Set(merged.flatMap((write) => (write === null ? [] : [write.statement.name])));
  assert.ok(names.size > 100 && names.size < 1_000);
  assert.ok(merge(known).values.length === 12);
});
