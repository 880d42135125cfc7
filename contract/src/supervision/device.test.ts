import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WIRE_LIMITS } from '#contract/limits.ts';
import { parseWire, type WireSchema } from '#contract/wire.ts';
import { deviceAnswer, devicePatch, deviceQuery, newDevice, projectQuery } from './device.ts';

/** `path message` of each fault; empty when it is read. */
function faults(schema: WireSchema, body: unknown): readonly string[] {
  const reading = parseWire(schema, body);
  return reading.ok ? [] : reading.details.map(({ path, message }) => `${path} ${message}`);
}

const LONGEST = 'x'.repeat(WIRE_LIMITS.identifierCharsMax);

describe('a new device', () => {
  test('needs its name; all else is null when it is left out', () => {
    const reading = parseWire(newDevice, { device_id: 'box' });
    assert.ok(reading.ok);
    assert.deepEqual(reading.value, {
      project_id: null,
      device_id: 'box',
      parent_device_id: null,
      kind: null,
      name: null,
      area_id: null,
      model: null,
      silent_after_s: null,
      is_watched: null,
    });
    assert.deepEqual(faults(newDevice, {}), ['device_id is required']);
  });

  test('may be called anything of one line', () => {
    for (const device_id of ['a b', 'a/b', '照相机', '%2F', '"', LONGEST]) {
      assert.deepEqual(faults(newDevice, { device_id }), [], device_id);
    }
    const message = 'device_id must not hold control characters';
    for (const device_id of ['a\nb', 'a\u0000', '\u009fx']) {
      assert.deepEqual(faults(newDevice, { device_id }), [message]);
    }
    assert.deepEqual(faults(newDevice, { device_id: '  ' }), ['device_id must not be empty']);
    const long = faults(newDevice, { device_id: `${LONGEST}x` });
    assert.deepEqual(long, ['device_id must have at most 256 characters']);
  });

  test('is of a known kind, in a project, and silent after a whole number of seconds', () => {
    const body = { device_id: 'box' };
    assert.deepEqual(faults(newDevice, { ...body, kind: 'drone' }), [
      'kind must be one of care, camera',
    ]);
    assert.equal(faults(newDevice, { ...body, project_id: 'No' }).length, 1);
    for (const silent_after_s of [1, 90, WIRE_LIMITS.policyDelayMaxS, null]) {
      assert.deepEqual(faults(newDevice, { ...body, silent_after_s }), []);
    }
    for (const silent_after_s of [0, -1, 0.5, '90', WIRE_LIMITS.policyDelayMaxS + 1]) {
      assert.equal(faults(newDevice, { ...body, silent_after_s }).length, 1);
    }
  });

  test('does not take what it does not know', () => {
    const body = { device_id: 'box', status: 'fresh', last_seen_at: null };
    assert.deepEqual(faults(newDevice, body), [
      'status unknown field',
      'last_seen_at unknown field',
    ]);
  });
});

describe('a change of a device', () => {
  test('keeps what it does not name, and clears what it names null', () => {
    const reading = parseWire(devicePatch, { name: null, silent_after_s: null });
    assert.ok(reading.ok);
    assert.deepEqual(reading.value, { name: null, silent_after_s: null });
  });

  test('cannot clear its kind, nor name it anew', () => {
    assert.equal(faults(devicePatch, { kind: null }).length, 1);
    assert.equal(faults(devicePatch, { is_watched: null }).length, 1);
    assert.deepEqual(faults(devicePatch, { device_id: 'other' }), ['device_id unknown field']);
  });
});

describe('the query of devices', () => {
  test('may be empty; what is left out is null', () => {
    const reading = parseWire(deviceQuery, {});
    assert.ok(reading.ok);
    assert.deepEqual(reading.value, {
      project_id: null,
      limit: null,
      cursor: null,
      kind: null,
      status: null,
      area_id: null,
      parent_device_id: null,
      q: null,
    });
  });

  test('asks for known kinds and statuses, within the bounds of a page', () => {
    for (const status of ['fresh', 'late', 'silent', 'never', 'unwatched']) {
      assert.deepEqual(faults(deviceQuery, { status, limit: '500', kind: 'care' }), []);
    }
    assert.equal(faults(deviceQuery, { status: 'dead' }).length, 1);
    assert.equal(faults(deviceQuery, { kind: 'dead' }).length, 1);
    assert.equal(faults(deviceQuery, { limit: '501' }).length, 1);
    assert.equal(faults(deviceQuery, { limit: '0' }).length, 1);
  });

  test('goes on after a device with the longest name there is', () => {
    const longest = `2026-11-16T08:00:00.000Z project/${'照'.repeat(513)}`;
    const cursor = Buffer.from(longest).toString('base64url');
    assert.ok(cursor.length <= WIRE_LIMITS.deviceCursorCharsMax);
    assert.deepEqual(faults(deviceQuery, { cursor }), []);
    const over = 'x'.repeat(WIRE_LIMITS.deviceCursorCharsMax + 1);
    assert.equal(faults(deviceQuery, { cursor: over }).length, 1);
  });

  test('of one device says which project is meant, and nothing else', () => {
    assert.deepEqual(faults(projectQuery, {}), []);
    assert.deepEqual(faults(projectQuery, { project_id: 'ward' }), []);
    assert.deepEqual(faults(projectQuery, { q: 'x' }), ['q unknown field']);
  });
});

test('an answer has all its fields, known or not', () => {
  const missing = faults(deviceAnswer, {});
  for (const field of ['device_id', 'status', 'silent_since', 'last_heartbeat_at', 'details']) {
    assert.ok(
      missing.some((fault) => fault.startsWith(`${field} `)),
      field,
    );
  }
});
