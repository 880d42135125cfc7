import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROJECT_ID_PATTERN } from '#kernel/id.ts';
import { HUB_SCOPE, keepChanges, noteChange } from './audit-entry.ts';

const OPS = { id: '1', project_id: 'default', name: 'ops', url: 'https://a.example' };

test('a change is called after what became of its object', () => {
  assert.equal(noteChange('channel', null, OPS).action, 'channel.created');
  assert.equal(noteChange('channel', OPS, OPS).action, 'channel.updated');
  assert.deepEqual(noteChange('channel', OPS, null), {
    projectId: 'default',
    action: 'channel.deleted',
    object: { kind: 'channel', id: '1', name: 'ops' },
    before: OPS,
    after: null,
  });
});

test('an object that was renamed goes by its new name', () => {
  assert.equal(noteChange('channel', OPS, { ...OPS, name: 'night' }).object.name, 'night');
});

test('only the fields that differ are kept, on both sides', () => {
  const changed = keepChanges({ a: 1, b: [1, 2], c: null }, { a: 1, b: [2], d: 'new' });
  assert.deepEqual(changed, {
    before: { b: [1, 2], c: null, d: null },
    after: { b: [2], c: null, d: 'new' },
  });
  assert.deepEqual(keepChanges(OPS, { ...OPS }), { before: {}, after: {} });
});

test('no project can be called as the chain of the hub is', () => {
  assert.doesNotMatch(HUB_SCOPE, PROJECT_ID_PATTERN);
});
