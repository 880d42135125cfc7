import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyId, projectId, sessionId } from '#kernel/id.ts';
import { plusMs } from '#kernel/instant.ts';
import { instantOf } from '#test/support/clock.ts';
import { createCredentialUses } from './credential-uses.ts';

const NOW = instantOf('2026-11-16T08:00:00Z');
const key = (id: string) =>
  ({ kind: 'key', projectId: projectId('north'), keyId: keyId(id) }) as const;
const session = (id: string) => ({ kind: 'session', sessionId: sessionId(id) }) as const;

test('of many uses the last one of each is kept', () => {
  const uses = createCredentialUses();
  for (const ms of [0, 5, 9]) uses.note(key('a'), plusMs(NOW, ms));
  uses.note(key('b'), NOW);
  uses.note(session('s'), NOW);
  uses.note(session('s'), plusMs(NOW, 7));
  const { keys, sessions } = uses.take();
  assert.deepEqual(
    keys.map(({ keyId: id, usedAt }) => [id, usedAt - NOW]),
    [
      ['a', 9],
      ['b', 0],
    ],
  );
  assert.deepEqual(
    sessions.map(({ sessionId: id, usedAt }) => [id, usedAt - NOW]),
    [['s', 7]],
  );
});

test('what was taken is not there again', () => {
  const uses = createCredentialUses();
  uses.note(key('a'), NOW);
  uses.take();
  assert.deepEqual(uses.take(), { keys: [], sessions: [] });
  uses.note(key('a'), plusMs(NOW, 1));
  assert.equal(uses.take().keys.length, 1);
});
