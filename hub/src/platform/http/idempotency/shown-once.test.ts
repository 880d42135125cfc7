import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blankSecrets } from './shown-once.ts';

test('what stands in a place becomes null, and nothing else is touched', () => {
  const answer = { id: '7', key: 'secret', more: { key: 'kept' } };
  assert.deepEqual(blankSecrets(answer, ['key']), {
    value: { id: '7', key: null, more: { key: 'kept' } },
    omitted: ['key'],
  });
});

test('a star stands for every entry of a list or an object', () => {
  const answer = {
    secrets: { one: { is_set: true, value: 'x' }, two: { is_set: true } },
    generated: [{ value: 'y', name: 'n' }, { value: 'z' }],
  };
  const { value, omitted } = blankSecrets(answer, ['secrets.*.value', 'generated.*.value']);
  assert.deepEqual(value, {
    secrets: { one: { is_set: true, value: null }, two: { is_set: true } },
    generated: [{ value: null, name: 'n' }, { value: null }],
  });
  assert.deepEqual(omitted, ['secrets.*.value', 'generated.*.value']);
});

test('a whole object or list can be a secret', () => {
  const answer = { recovery_codes: ['a', 'b'], totp: { secret: 's' } };
  const { value } = blankSecrets(answer, ['recovery_codes', 'totp']);
  assert.deepEqual(value, { recovery_codes: null, totp: null });
});

test('a place where nothing stands is not told as left out', () => {
  const answer = { id: '7', key: null, list: [1], none: null };
  assert.deepEqual(blankSecrets(answer, ['token', 'id.x', 'list.x', 'none.x', 'key']), {
    value: answer,
    omitted: [],
  });
});
