import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operatorId, projectId } from '#kernel/id.ts';
import { instantOf } from '#test/support/clock.ts';
import { noteDeed, noteOperator } from './operator-note.ts';
import type { Operator } from './operator.ts';

const NOW = instantOf('2026-11-16T08:00:00Z');
const ANNA: Operator = {
  operatorId: operatorId('0190a000-0000-7000-8000-000000000001'),
  name: 'Anna',
  login: 'anna',
  isHubAdmin: false,
  grants: [{ projectId: projectId('north'), role: 'viewer' }],
  isSetUp: true,
  lastLoginAt: NOW,
  disabledAt: null,
  version: 1,
  createdAt: NOW,
  updatedAt: NOW,
};

test('a change says who was what before, and is what now', () => {
  const after: Operator = {
    ...ANNA,
    grants: [{ projectId: projectId('south'), role: 'admin' }],
    disabledAt: NOW,
  };
  const note = noteOperator({ before: ANNA, after });
  assert.deepEqual(
    [note.projectId, note.action, note.object.name],
    ['-', 'operator.updated', 'Anna'],
  );
  assert.deepEqual(note.before, {
    name: 'Anna',
    login: 'anna',
    is_hub_admin: false,
    roles: { north: 'viewer' },
    disabled_at: null,
  });
  assert.deepEqual(note.after?.['roles'], { south: 'admin' });
  assert.equal(note.after?.['disabled_at'], '2026-11-16T08:00:00.000Z');
});

test('one who comes has no before, one who goes no after', () => {
  const created = noteOperator({ before: null, after: ANNA });
  assert.deepEqual([created.action, created.before], ['operator.created', null]);
  const deleted = noteOperator({ before: ANNA, after: null });
  assert.deepEqual([deleted.action, deleted.after], ['operator.deleted', null]);
  assert.equal(deleted.object.id, ANNA.operatorId);
});

test('a login says how, and nothing that opens anything', () => {
  const note = noteDeed('logged_in', ANNA, { by_recovery_code: true });
  assert.deepEqual(
    [note.projectId, note.action, note.after],
    ['-', 'operator.logged_in', { by_recovery_code: true }],
  );
  assert.equal(noteDeed('logged_out', ANNA).after, null);
});
