/** What a seal is over: every column, its place, its neighbour; no two rows have one encoding. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeHex } from '#kernel/crypto.ts';
import { KEYS, keyOf, makeChain, makeRow } from './chain.fixture.ts';
import {
  AUDIT_COLUMNS,
  computeMac,
  createChainKeys,
  encodeRow,
  isAuthentic,
  NO_HEAD,
  sealRows,
} from './chain.ts';

const PLACE = { seq: 1, keyId: 'a1', prevMac: NO_HEAD.mac, sealedAtUs: '5' };

const anyColumn = fc.option(fc.string({ maxLength: 4, unit: fc.constantFrom('s', '1', ':', 'n') }));
const anyColumns = fc.array(anyColumn, { minLength: 3, maxLength: 3 });

test('two lists of columns have one encoding only when they are the same', () => {
  fc.assert(
    fc.property(anyColumns, anyColumns, (one, other) => {
      const encode = (columns: (string | null)[]) => encodeRow(makeRow(1, { columns }), PLACE);
      const isSame = JSON.stringify(one) === JSON.stringify(other);
      assert.equal(encode(one) === encode(other), isSame);
    }),
    { numRuns: 2_000 },
  );
});

test('the encoding is the one that stored chains were sealed with', () => {
  const row = makeRow(1);
  assert.equal(row.columns.length, AUDIT_COLUMNS.length);
  assert.equal(
    encodeRow(row, PLACE).replace(encodeHex(NO_HEAD.mac), '0...0'),
    's14:tocsin-audit-1s2:a1s7:defaults1:1s64:0...0s1:5' +
      's36:0190a000-0000-7000-8000-000000000001s16:1700000000000001' +
      's3:adas3:Adas7:api_keys5:admins12:rule.updateds4:rules2:r1ns7:{"a":1}n' +
      's1:qs9:127.0.0.1s5:PATCHs17:/api/v1/rules/:idn',
  );
  assert.equal(
    encodeHex(computeMac(row, PLACE, keyOf('a1'))),
    'f73f954031219aea479bc0e4d8b52218295e5e39ee27d420cc40f7341b5ba740',
  );
});

test('rows are numbered from where the chain has got to', () => {
  const [one, two] = makeChain(2);
  assert.ok(one !== undefined && two !== undefined);
  assert.deepEqual([one.seq, two.seq], [1, 2]);
  assert.deepEqual(one.prevMac, NO_HEAD.mac);
  assert.deepEqual(two.prevMac, one.mac);
  const how = { keyId: 'a1', key: keyOf('a1'), sealedAtUs: two.sealedAtUs };
  assert.deepEqual(sealRows(one, [makeRow(2)], how), [two]);
  assert.deepEqual(sealRows(one, [], how), []);
});

test('a row is authentic under its own number alone, and in its own project', () => {
  const [row] = makeChain(1);
  assert.ok(row !== undefined);
  assert.equal(isAuthentic(row, 1, KEYS), true);
  assert.equal(isAuthentic(row, 2, KEYS), false);
  assert.equal(isAuthentic({ ...row, projectId: 'other' }, 1, KEYS), false);
  assert.equal(isAuthentic({ ...row, keyId: 'a2' }, 1, KEYS), false);
  for (const keyId of ['', 'a0', 'a01', 'b1', 'a1 ', 'a9999999']) {
    assert.equal(isAuthentic({ ...row, keyId }, 1, KEYS), false, keyId);
  }
});

test('a newer key seals what comes, and what is there stays proven', () => {
  const older = makeChain(1);
  const [head] = older;
  assert.ok(head !== undefined);
  const keys = createChainKeys(new Uint8Array(32).fill(7), 'a2');
  const key = keys.find(keys.currentId);
  assert.ok(key !== null);
  const newer = sealRows(head, [makeRow(2)], { keyId: 'a2', key, sealedAtUs: '9' });
  for (const row of [...older, ...newer]) assert.equal(isAuthentic(row, row.seq, keys), true);
  const [row] = newer;
  assert.ok(row !== undefined);
  assert.equal(isAuthentic({ ...row, keyId: 'a1' }, 2, keys), false);
});

test('another hub, with another identity, cannot make a row of ours', () => {
  const [row] = makeChain(1);
  assert.ok(row !== undefined);
  const foreign = createChainKeys(new Uint8Array(32).fill(8));
  assert.equal(isAuthentic(row, 1, foreign), false);
});
