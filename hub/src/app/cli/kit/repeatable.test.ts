import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takesIdempotencyKey } from '#contract/api/operation.ts';
import { OPERATIONS } from '#contract/api/operations.ts';
import { takesKey } from './repeatable.ts';

test('every write that the hub knows again by its key is sent with one, and no report', () => {
  // A key on one's own session is one too many, and harms nothing.
  const asked = OPERATIONS.filter(({ access }) => !['public', 'read', 'count'].includes(access));
  const wrong = asked
    .filter((one) => takesKey(one.method, one.path) !== takesIdempotencyKey(one))
    .filter(({ method }) => method !== 'GET' && method !== 'OPTIONS');
  assert.deepEqual(
    wrong.map(({ method, path }) => `${method} ${path}`),
    [],
  );
});
