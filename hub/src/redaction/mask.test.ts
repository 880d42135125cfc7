import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createMaskNames, isMask, MASK_CLASSES, MASK_PATTERN } from './mask.ts';

const nameMask = createMaskNames('key of one project');

test('a mask names its class, and the same value has the same mask', () => {
  const mask = nameMask('email', 'mario@example.com');
  assert.match(mask, /^\[EMAIL#[a-z2-7]{8}\]$/);
  assert.equal(nameMask('email', 'mario@example.com'), mask);
  assert.notEqual(nameMask('email', 'maria@example.com'), mask);
  assert.notEqual(nameMask('secret_field', 'mario@example.com').slice(-10), mask.slice(-10));
});

test('masks of two projects cannot be joined', () => {
  const other = createMaskNames('key of another project');
  assert.notEqual(other('email', 'mario@example.com'), nameMask('email', 'mario@example.com'));
});

test('every mask is known as one, whatever it stands for', () => {
  const classes = fc.constantFrom(...Object.keys(MASK_CLASSES));
  fc.assert(
    fc.property(classes, fc.string(), (label, value) => {
      const mask = nameMask(label, value);
      assert.ok(isMask(mask));
      assert.deepEqual(`a ${mask} b`.match(MASK_PATTERN), [mask]);
    }),
  );
});

test('what only looks like a mask is none', () => {
  for (const text of [
    '[EMAIL#hunter2]',
    '[email#abcdefgh]',
    '[EMAIL#abcdefgh',
    '[EMAIL#ABCDEFGH]',
  ]) {
    assert.ok(!isMask(text), text);
  }
  assert.ok(!isMask(`${nameMask('jwt', 'x')} `));
});
