import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWire } from '#contract/wire.ts';
import { beatEvent, resyncEvent, streamQuery } from './stream.ts';

test('a listener asks for what never changes about an alert, or for everything', () => {
  const all = parseWire(streamQuery, {});
  assert.ok(all.ok);
  assert.deepEqual(all.value, {
    project_id: null,
    severity: null,
    device_id: null,
    camera_id: null,
    cursor: null,
  });
  assert.ok(parseWire(streamQuery, { project_id: 'ward-3', severity: 'critical' }).ok);
  for (const query of [{ status: 'open' }, { severity: 'loud' }, { project_id: '../x' }]) {
    assert.equal(parseWire(streamQuery, query).ok, false, JSON.stringify(query));
  }
});

test('a beat says when, a resync says why', () => {
  const beat = { at: '2026-11-22T12:00:00.000Z', cursor: 'c' };
  assert.ok(parseWire(beatEvent, beat).ok);
  assert.ok(parseWire(resyncEvent, { ...beat, reason: 'no_cursor' }).ok);
  assert.equal(parseWire(resyncEvent, { ...beat, reason: 'because' }).ok, false);
});
