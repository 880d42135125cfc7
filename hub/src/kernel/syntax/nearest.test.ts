import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findNearest } from './nearest.ts';

const KNOWN = ['smtp_host', 'smtp_port', 'to_email', 'url', 'tls'];

test('a misspelt name finds the one that was meant', () => {
  const rows = [
    ['smpt_host', 'smtp_host'],
    ['smtp_prt', 'smtp_port'],
    ['toemail', 'to_email'],
    ['uri', 'url'],
    ['smtp_host', 'smtp_host'],
  ] as const;
  for (const [typo, meant] of rows) assert.equal(findNearest(typo, KNOWN), meant, typo);
});

test('a name that is like none finds none, however short', () => {
  for (const name of ['', 'x', 'colour', 'abc', 'smtp', 'zzzzzzzzz']) {
    assert.equal(findNearest(name, KNOWN), null, name);
  }
});

test('a name of any length is compared in no time, for it is not compared at all', () => {
  assert.equal(findNearest('s'.repeat(5_000_000), KNOWN), null);
});

test('the nearest wins, and of two that are as near the first', () => {
  assert.equal(findNearest('smtp_hort', ['smtp_port', 'smtp_host']), 'smtp_port');
  assert.equal(findNearest('abcdef', ['abcdefgh', 'abcdefg']), 'abcdefg');
});
