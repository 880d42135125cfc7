/** Whatever somebody did to the rows of a chain is found; a chain that nobody touched is intact. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '#kernel/limits.ts';
import { KEYS, makeChain } from './chain.fixture.ts';
import { type ChainReport, createChainCheck, type Witness } from './chain-check.ts';
import { type Head, NO_HEAD, type SealedRow } from './chain.ts';

type Looked = {
  /** As the database has it: that of the whole chain unless given. */
  readonly head?: Head | null;
  readonly outside?: readonly Head[];
};

const LENGTH = 12;
const CHAIN = makeChain(LENGTH);
const headOf = (rows: readonly SealedRow[]): Head => rows.at(-1) ?? NO_HEAD;

function look(rows: readonly SealedRow[], how: Looked = {}): ChainReport {
  const head = how.head === undefined ? headOf(CHAIN) : how.head;
  const witnesses: Witness[] = [
    ...(head === null ? [] : [{ ...head, place: 'database' as const }]),
    ...(how.outside ?? []).map((one) => ({ ...one, place: 'outside' as const })),
  ];
  const check = createChainCheck({ keys: KEYS, witnesses });
  for (const row of rows.toSorted((one, other) => one.seq - other.seq)) check.next(row);
  return check.end(head);
}

const linesOf = ({ faults }: ChainReport) =>
  faults.map(({ kind, seq, untilSeq }) =>
    seq === untilSeq ? `${kind} ${seq}` : `${kind} ${seq}-${untilSeq}`,
  );

const without = (...numbers: readonly number[]) =>
  CHAIN.filter(({ seq }) => !numbers.includes(seq));

function rowAt(seq: number): SealedRow {
  const row = CHAIN[seq - 1];
  assert.ok(row !== undefined);
  return row;
}

function edit(row: SealedRow): SealedRow {
  return { ...row, columns: row.columns.with(1, 'Mallory') };
}

const numbersFrom = (from: number) => (row: SealedRow) =>
  row.seq >= from ? { ...row, seq: row.seq + 1 } : row;

describe('the check of a chain', () => {
  test('an untouched chain is intact, of whatever length', () => {
    for (const length of [0, 1, 2, LENGTH]) {
      const rows = makeChain(length);
      const head = length === 0 ? null : headOf(rows);
      const report = look(rows, { head, outside: rows });
      assert.deepEqual(linesOf(report), []);
      assert.deepEqual([report.rows, report.lastSeq, report.intactSeq], [length, length, length]);
      assert.equal(report.faultCount, 0);
      assert.equal(report.intactAtUs, rows.at(-1)?.atUs ?? null);
    }
  });

  test('an edited row', () => {
    const report = look([...without(5), edit(rowAt(5))]);
    assert.deepEqual(linesOf(report), ['edited 5']);
    assert.deepEqual([report.intactSeq, report.intactAtUs], [4, rowAt(4).atUs]);
    assert.equal(report.faults[0]?.auditId, rowAt(5).auditId);
    assert.equal(report.faults[0]?.message, 'row 5 is not as it was sealed');
  });

  test('the first row, the last row, and all of them', () => {
    assert.deepEqual(linesOf(look([...without(1), edit(rowAt(1))])), ['edited 1']);
    assert.deepEqual(linesOf(look([...without(LENGTH), edit(rowAt(LENGTH))])), [
      `edited ${LENGTH}`,
    ]);
    const all = look(CHAIN.map(edit));
    assert.equal(all.faultCount, LENGTH);
    assert.deepEqual([all.intactSeq, all.lastSeq], [0, 0]);
  });

  test('an edited row with a MAC that was made up', () => {
    const forged = { ...edit(rowAt(5)), mac: new Uint8Array(32).fill(1) };
    assert.deepEqual(linesOf(look([...without(5), forged])), ['edited 5']);
  });

  test('removed rows, also the first and several at several places', () => {
    assert.deepEqual(linesOf(look(without(5))), ['removed 5']);
    assert.deepEqual(linesOf(look(without(1))), ['removed 1']);
    const report = look(without(2, 5, 6, 7));
    assert.deepEqual(linesOf(report), ['removed 2', 'removed 5-7']);
    assert.deepEqual([report.faultCount, report.intactSeq], [2, 1]);
    assert.equal(report.faults[1]?.atUs, rowAt(4).atUs, 'behind which row they are missing');
  });

  test('a removed row whose number the others were moved up to', () => {
    const closed = without(5).map((row) => (row.seq > 5 ? { ...row, seq: row.seq - 1 } : row));
    assert.deepEqual(linesOf(look(closed)), ['removed 5', 'moved 6']);
    const head = { ...headOf(CHAIN), seq: LENGTH - 1 };
    assert.deepEqual(linesOf(look(closed, { head })).slice(0, 2), ['removed 5', 'moved 6']);
  });

  test('rows that changed places, near and far', () => {
    const swap = (one: number, other: number) => [
      ...without(one, other),
      { ...rowAt(one), seq: other },
      { ...rowAt(other), seq: one },
    ];
    assert.deepEqual(linesOf(look(swap(5, 6))), ['moved 5', 'moved 6']);
    assert.deepEqual(linesOf(look(swap(2, 11))), ['moved 2', 'moved 11']);
    assert.match(look(swap(2, 11)).faults[0]?.message ?? '', /row 2 was moved, .* number 11/);
  });

  test('a row that was put in: behind the end, between two, or as a copy', () => {
    const forged = { ...edit(rowAt(LENGTH)), seq: LENGTH + 1, prevMac: rowAt(LENGTH).mac };
    const found = look([...CHAIN, forged]);
    assert.deepEqual(linesOf(found), [`inserted ${LENGTH + 1}`]);
    const between = [...CHAIN.map(numbersFrom(5)), { ...forged, seq: 5 }];
    assert.deepEqual(linesOf(look(between)).slice(0, 2), ['moved 5', 'inserted 5']);
    const copy = [...CHAIN.map(numbersFrom(7)), { ...rowAt(2), seq: 7 }];
    assert.ok(look(copy).faults.some(({ kind, seq }) => kind === 'inserted' && seq === 7));
    assert.deepEqual(linesOf(look([...CHAIN, rowAt(2)])), ['inserted 2']);
  });

  test('a cut tail is told by the head that the database keeps', () => {
    const report = look(without(11, 12));
    assert.deepEqual(linesOf(report), ['cut 11-12']);
    assert.deepEqual([report.lastSeq, report.intactSeq], [10, 10]);
    assert.equal(report.faults[0]?.atUs, rowAt(10).atUs);
    assert.deepEqual(linesOf(look([])), [`cut 1-${LENGTH}`]);
  });

  test('a tail that was cut with its head is told by what was said outside', () => {
    const cut = without(11, 12);
    assert.deepEqual(linesOf(look(cut, { head: headOf(cut) })), [], 'nobody inside knows');
    const outside = [rowAt(3), rowAt(12)];
    assert.deepEqual(linesOf(look(cut, { head: headOf(cut), outside })), ['cut 11-12']);
    assert.deepEqual(linesOf(look([], { head: null, outside })), [`cut 1-${LENGTH}`]);
  });

  test('a tail that was cut and sealed anew is told by what was said outside', () => {
    const outside = [{ seq: 11, mac: new Uint8Array(32).fill(9) }];
    assert.deepEqual(linesOf(look(CHAIN, { outside })), ['rewritten 11']);
  });

  test('a head that was set back, or taken away', () => {
    assert.deepEqual(linesOf(look(CHAIN, { head: rowAt(4) })), ['head 12']);
    assert.deepEqual(linesOf(look(CHAIN, { head: null })), ['head 12']);
    const other = { seq: LENGTH, mac: new Uint8Array(32) };
    assert.deepEqual(linesOf(look(CHAIN, { head: other })), [`rewritten ${LENGTH}`]);
  });

  test('what it remembers is bounded, and it counts the rest', () => {
    const many = makeChain(LIMITS.auditSuspectsMax + 50);
    const check = createChainCheck({ keys: KEYS, witnesses: [] });
    for (const row of many) check.next(edit(row));
    const report = check.end(headOf(many));
    assert.equal(report.faults.length, LIMITS.auditFaultsMax);
    assert.ok(report.faultCount >= many.length);
  });
});

describe('whatever is done to a chain', () => {
  const anyLength = fc.integer({ min: 1, max: 14 });
  const anyPlace = fc.nat({ max: 1_000 });
  const runs = { numRuns: 150 };

  test('one edit of any column of any row is found, at that row', () => {
    fc.assert(
      fc.property(anyLength, anyPlace, anyPlace, (length, place, at) => {
        const rows = makeChain(length);
        const index = place % length;
        const edited = rows.map((row, one) => (one === index ? alter(row, at) : row));
        const report = look(edited, { head: headOf(rows) });
        assert.deepEqual(linesOf(report), [`edited ${index + 1}`]);
        assert.equal(report.intactSeq, index);
      }),
      runs,
    );
  });

  test('any removal is found, wherever and however many', () => {
    const anyGone = fc.uniqueArray(fc.integer({ min: 1, max: 14 }), { minLength: 1 });
    fc.assert(
      fc.property(anyGone, (gone) => {
        const rows = makeChain(14);
        const left = rows.filter(({ seq }) => !gone.includes(seq));
        const report = look(left, { head: headOf(rows) });
        const told = report.faults.flatMap(({ seq, untilSeq }) =>
          Array.from({ length: untilSeq - seq + 1 }, (_, index) => seq + index),
        );
        assert.deepEqual(
          told,
          gone.toSorted((one, other) => one - other),
        );
        assert.ok(report.faults.every(({ kind }) => kind === 'removed' || kind === 'cut'));
      }),
      runs,
    );
  });

  test('any other order of the rows is found', () => {
    const anyOrder = fc.shuffledSubarray(
      CHAIN.map(({ seq }) => seq),
      { minLength: LENGTH },
    );
    fc.assert(
      fc.property(anyOrder, (order) => {
        const moved = CHAIN.map((row, index) => ({ ...row, seq: order[index] ?? 0 }));
        const isSame = order.every((seq, index) => seq === index + 1);
        const { faults, faultCount } = look(moved);
        assert.equal(faultCount > 0, !isSame);
        assert.ok(
          faults.every(({ kind }) => kind === 'moved'),
          JSON.stringify(faults),
        );
      }),
      runs,
    );
  });

  test('any row that is put in is found, wherever it stands', () => {
    fc.assert(
      fc.property(anyLength, anyPlace, fc.boolean(), (length, place, isCopy) => {
        const rows = makeChain(length);
        const at = (place % (length + 1)) + 1;
        const model = rows[place % length];
        assert.ok(model !== undefined);
        const fresh = { ...(isCopy ? model : edit(model)), seq: at };
        const report = look([...rows.map(numbersFrom(at)), fresh], { head: headOf(rows) });
        assert.ok(report.faultCount > 0);
        assert.ok(report.intactSeq <= at);
      }),
      runs,
    );
  });
});

describe('several things that were done at once', () => {
  /** What is done to rows in disjoint places of a long enough chain. */
  const anyDeeds = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 8 });

  test('each edit and each removal is told by its number, whatever else was done', () => {
    fc.assert(
      fc.property(anyDeeds, fc.nat(), (places, choice) => {
        const rows = makeChain(31);
        const cut = choice % (places.length + 1);
        const [edited, gone] = [places.slice(0, cut), places.slice(cut)];
        const left = rows
          .filter(({ seq }) => !gone.includes(seq))
          .map((row) => (edited.includes(row.seq) ? edit(row) : row));
        const report = look(left, { head: headOf(rows) });
        const told = (kind: string) =>
          report.faults
            .filter((fault) => fault.kind === kind)
            .flatMap(({ seq, untilSeq }) =>
              Array.from({ length: untilSeq - seq + 1 }, (_, index) => seq + index),
            );
        assert.deepEqual(new Set(told('edited')), new Set(edited));
        assert.deepEqual(new Set(told('removed')), new Set(gone));
        assert.equal(report.intactSeq, Math.min(...places) - 1);
      }),
      { numRuns: 150 },
    );
  });

  test('a removed row and one put in its place are one edit', () => {
    const forged = { ...edit(rowAt(5)), auditId: rowAt(1).auditId, mac: rowAt(2).mac };
    assert.deepEqual(linesOf(look([...without(5), forged])), ['edited 5']);
  });

  test('an edited row that was moved besides is found at both places', () => {
    const moved = { ...edit(rowAt(4)), seq: 9 };
    const other = { ...rowAt(9), seq: 4 };
    const report = look([...without(4, 9), moved, other]);
    assert.deepEqual(linesOf(report), ['removed 4', 'moved 9', 'inserted 9']);
  });

  test('a cut tail is told beside what was done before it', () => {
    const rows = without(3, 11, 12).map((row) => (row.seq === 6 ? edit(row) : row));
    assert.deepEqual(linesOf(look(rows)), ['removed 3', 'edited 6', 'cut 11-12']);
  });

  test('an edited last row is no cut tail, and a cut one no edit', () => {
    const last = [...without(LENGTH), edit(rowAt(LENGTH))];
    assert.deepEqual(linesOf(look(last)), [`edited ${LENGTH}`]);
    assert.deepEqual(linesOf(look(without(LENGTH))), [`cut ${LENGTH}`]);
  });

  test('two projects that were given the rows of one another prove nothing of either', () => {
    const foreign = CHAIN.map((row) => ({ ...row, projectId: 'other' }));
    const report = look(foreign);
    assert.deepEqual([report.intactSeq, report.faultCount], [0, LENGTH]);
    assert.ok(report.faults.every(({ kind }) => kind === 'edited'));
  });
});

describe('what was told outside', () => {
  test('is compared row by row: any one that differs is found', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: LENGTH }), (seq) => {
        const outside = CHAIN.map((row) =>
          row.seq === seq ? { ...row, mac: new Uint8Array(32).fill(3) } : row,
        );
        assert.deepEqual(linesOf(look(CHAIN, { outside })), [`rewritten ${seq}`]);
      }),
    );
  });

  test('may be any part of it, in any order, more than once', () => {
    const some = fc.array(fc.integer({ min: 1, max: LENGTH }), { maxLength: 20 });
    fc.assert(
      fc.property(some, (numbers) => {
        const outside = numbers.map(rowAt);
        assert.deepEqual(linesOf(look(CHAIN, { outside })), []);
      }),
    );
  });

  test('finds every cut of the tail that reaches below the last of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: LENGTH }),
        fc.integer({ min: 1, max: LENGTH }),
        (kept, told) => {
          const rows = CHAIN.slice(0, kept);
          const head = kept === 0 ? null : headOf(rows);
          const lines = linesOf(look(rows, { head, outside: [rowAt(told)] }));
          const cut = told === kept + 1 ? `cut ${told}` : `cut ${kept + 1}-${told}`;
          assert.deepEqual(lines, told > kept ? [cut] : []);
        },
      ),
    );
  });
});

/** One of all that is stored is another now. */
function alter(row: SealedRow, at: number): SealedRow {
  const bytes = (from: Uint8Array) => from.map((byte) => byte ^ 1);
  const others: readonly SealedRow[] = [
    { ...row, auditId: `${row.auditId}0` },
    { ...row, atUs: `${row.atUs}0` },
    { ...row, sealedAtUs: `${row.sealedAtUs}0` },
    { ...row, keyId: 'a2' },
    { ...row, prevMac: bytes(row.prevMac) },
    { ...row, mac: bytes(row.mac) },
  ];
  const index = at % (row.columns.length + others.length);
  const other = others[index - row.columns.length];
  if (other !== undefined) return other;
  const value = row.columns[index] ?? null;
  return { ...row, columns: row.columns.with(index, value === null ? '' : null) };
}
