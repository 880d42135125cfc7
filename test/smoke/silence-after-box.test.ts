/** Cameras whose box was silent when it was their turn: nobody may forget them for that. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { MS_PER_SECOND } from '#kernel/instant.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { patch } from '#test/support/hub/story.ts';

const CARE_S = LIMITS.careSilentMs / MS_PER_SECOND;
const HEARTBEAT = 'POST /api/ai/device/heartbeat';

/** Of the camera; null: of the box itself. */
async function countOf(hub: TestHub, camera: string | null): Promise<number> {
  const sql = 'select 1 from alert where camera_id is not distinct from $1';
  return (await hub.query(sql, [camera])).length;
}

/** The box beats on, and says nothing of its cameras. */
async function beatFor(hub: TestHub, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 30) {
    await hub.call(HEARTBEAT, { device_id: 'box' });
    await hub.advance({ seconds: 30 });
  }
}

describe('a camera that is due while its box is silent', () => {
  test('is missed when the box is back and the camera says nothing', async (t) => {
    const hub = await startTestHub(t);
    await hub.call(HEARTBEAT, { device_id: 'box' });
    const camera = { device_id: 'cam', parent_device_id: 'box', silent_after_s: CARE_S + 30 };
    assert.equal((await hub.call('POST /api/v1/devices', camera)).status, 201);
    await hub.advance({ seconds: CARE_S + 60 });
    assert.deepEqual([await countOf(hub, null), await countOf(hub, 'cam')], [1, 0]);
    await beatFor(hub, 180);
    assert.equal(await countOf(hub, 'cam'), 1);
  });

  test('is missed when nobody watches the box any more', async (t) => {
    const hub = await startTestHub(t);
    await hub.call(HEARTBEAT, { device_id: 'box' });
    const camera = { device_id: 'cam', parent_device_id: 'box', silent_after_s: CARE_S + 30 };
    assert.equal((await hub.call('POST /api/v1/devices', camera)).status, 201);
    await hub.advance({ seconds: CARE_S + 60 });
    await patch(hub, '/api/v1/devices/box', { is_watched: false });
    await hub.advance({ seconds: 120 });
    assert.equal(await countOf(hub, 'cam'), 1);
  });
});

describe('a number that no column holds', () => {
  test('is no reason to refuse a sign of life', async (t) => {
    const hub = await startTestHub(t);
    for (const fps of [1e-60, '0.0000000000001', 9e15, 1e300, '-1']) {
      const cameras = [{ camera_id: 'c', fps }];
      const answer = await hub.call(HEARTBEAT, { device_id: 'box', fps, cameras });
      assert.equal(answer.status, 200, `${fps} ${answer.text}`);
    }
    const tiny = { last_frame_age_ms: 1e-9, timestamp: 9.1e15 };
    const cameras = [{ camera_id: 'c', ...tiny }];
    const answer = await hub.call(HEARTBEAT, { device_id: 'box', ...tiny, cameras });
    assert.equal(answer.status, 200, answer.text);
  });
});
