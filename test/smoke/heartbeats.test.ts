/** What a box gets for its heartbeat, whatever it sends, and who may send one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MS_PER_HOUR } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import type { Answer, CallOptions } from '#test/support/hub/calls.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';

const PATH = 'POST /api/ai/device/heartbeat';

/** As an edge box with two cameras sends it. */
const FULL = {
  device_id: 'ward-box',
  timestamp: 1_794_816_000_000,
  seq: 20_441,
  software_version: '2.3.1',
  config_version: '14',
  uptime_s: 604_812,
  cpu_pct: 41.5,
  mem_pct: 58.2,
  disk_free_mb: 21_877,
  temperature_c: 61,
  pending_uploads: 3,
  model: 'SE3',
  cameras: [
    { camera_id: 'cam-1', state: 'online', fps: 12.4, last_frame_age_ms: 80, reconnects: 2 },
    { camera_id: 'cam-2', state: 'online', fps: 11, last_frame_age_ms: 95, reconnects: 0 },
  ],
} as const;

describe('a heartbeat', () => {
  const hub = shareTestHub();
  let count = 0;
  const fresh = (): string => `hb-${(count += 1)}`;
  const send = (body: unknown, options?: CallOptions): Promise<Answer> =>
    hub().call(PATH, body, options);
  const show = async (id: string): Promise<JsonObject> => {
    const answer = await hub().call(`GET /api/v1/devices/${encodeURIComponent(id)}`);
    assert.equal(answer.status, 200, answer.text);
    return isJsonObject(answer.body) ? answer.body : {};
  };
  /** The envelope of a refusal. */
  const refusal = (answer: Answer) => [answer.status, answer.at('code'), answer.at('data')];

  test('is answered with code 0, what was understood, and when it came', async () => {
    const answer = await send({ ...FULL, timestamp: hub().clock.now() + MS_PER_HOUR });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.body, {
      code: 0,
      msg: '',
      data: {
        device_id: 'ward-box',
        camera_count: 2,
        clock_skew_ms: MS_PER_HOUR,
        received_at: new Date(hub().clock.now()).toISOString(),
      },
    });
  });

  test('is the record of the box: what it says of itself can be read', async () => {
    await send(FULL);
    const box = await show('ward-box');
    assert.deepEqual(
      [box['model'], box['software_version'], box['status'], box['kind']],
      ['SE3', '2.3.1', 'fresh', 'care'],
    );
    const details = box['details'];
    assert.deepEqual(details, {
      camera_count: 2,
      timestamp: FULL.timestamp,
      seq: 20_441,
      software_version: '2.3.1',
      config_version: '14',
      uptime_s: 604_812,
      cpu_pct: 41.5,
      mem_pct: 58.2,
      disk_free_mb: 21_877,
      temperature_c: 61,
      pending_uploads: 3,
      model: 'SE3',
    });
    const camera = await show('ward-box/cam-1');
    assert.deepEqual(
      [camera['parent_device_id'], camera['camera_id'], camera['state']],
      ['ward-box', 'cam-1', 'online'],
    );
    assert.ok(Math.abs(Number(camera['fps']) - 12.4) < 0.001);
  });

  test('is committed before it is answered, and is no event', async () => {
    const id = fresh();
    const before = await hub().countRows('event');
    await send({ device_id: id });
    const rows = await hub().query('select 1 from device where device_id = $1', [id]);
    assert.equal(rows.length, 1);
    assert.equal(await hub().countRows('event'), before);
  });

  test('with a clock that is off is taken, and the clock is flagged', async () => {
    const id = fresh();
    await send({ device_id: id, timestamp: 1 });
    const device = await show(id);
    assert.equal(device['is_clock_skewed'], true);
    assert.equal(device['last_seen_at'], new Date(hub().clock.now()).toISOString());
    assert.equal(device['status'], 'fresh');
  });

  test('keeps a number of a device that is longer than numbers can be', async () => {
    const id = '12345678901234567890123';
    const headers = { 'content-type': 'application/json' };
    const answer = await send(undefined, { raw: `{"device_id": ${id}}`, headers });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.at('data.device_id'), id);
  });

  for (const [what, body, code] of [
    ['without a device', {}, 422],
    ['of no object', [1], 422],
    ['with cameras that are no list', { device_id: 'x', cameras: 'two' }, 422],
    ['with a camera without a name', { device_id: 'x', cameras: [{ fps: 1 }] }, 422],
  ] as const) {
    test(`${what} is refused in the envelope, with the place`, async () => {
      const answer = await send(body);
      assert.deepEqual(refusal(answer), [code, code, null]);
      assert.match(answer.textAt('msg'), /must be|is required/);
    });
  }

  test('that is no JSON, or too large, is refused in the envelope', async () => {
    const headers = { 'content-type': 'application/json' };
    assert.deepEqual(refusal(await send(undefined, { raw: '{', headers })), [400, 400, null]);
    const large = `{"device_id":"x","y":"${'z'.repeat(LIMITS.bodyBytesMax)}"}`;
    assert.deepEqual(refusal(await send(undefined, { raw: large, headers })), [413, 413, null]);
    const text = { raw: 'device_id=x', headers: { 'content-type': 'text/plain' } };
    assert.deepEqual(refusal(await send(undefined, text)), [415, 415, null]);
  });

  test('needs a key that may report, or the token of an edge source', async () => {
    const body = { device_id: fresh() };
    assert.deepEqual(refusal(await send(body, { key: null })), [401, 401, null]);
    for (const [role, status] of [
      ['viewer', 403],
      ['responder', 403],
      ['ingest', 200],
      ['operator', 200],
    ] as const) {
      const key = await hub().call('POST /api/v1/keys', { name: fresh(), role });
      const answer = await send(body, { key: key.textAt('key') });
      assert.equal(answer.status, status, `${role} ${answer.text}`);
    }
    for (const [kind, status] of [
      ['edge', 200],
      ['native', 404],
      ['alertmanager', 404],
    ] as const) {
      const made = await hub().call('POST /api/v1/sources', { name: fresh(), kind });
      const answer = await send(body, { key: made.textAt('token') });
      assert.equal(answer.status, status, `${kind} ${answer.text}`);
    }
  });

  test('through a source of another project is a device of that project alone', async () => {
    const project = { project_id: fresh(), name: 'Far' };
    assert.equal((await hub().call('POST /api/v1/projects', project)).status, 201);
    const source = { name: fresh(), kind: 'edge', project_id: project.project_id };
    const made = await hub().call('POST /api/v1/sources', source);
    const id = fresh();
    await send({ device_id: id }, { key: made.textAt('token') });
    await send({ device_id: id });
    const items = listItems(await hub().call(`GET /api/v1/devices?q=${id}`));
    const projects = items.map((one) => textOf(one['project_id']));
    assert.deepEqual(new Set(projects), new Set(['default', project.project_id]));
    const far = items.find((one) => one['project_id'] === project.project_id);
    assert.equal(far?.['source_id'], made.at('id'));
  });

  test('of two boxes at once, again and again, leaves each with its own cameras', async () => {
    const boxes = [fresh(), fresh()];
    const beats = Array.from({ length: 20 }, (_, index) => {
      const cameras = [
        { camera_id: 'a', fps: 5 },
        { camera_id: `c${index % 3}`, fps: 5 },
      ];
      return send({ device_id: boxes[index % 2], cameras });
    });
    const answers = await Promise.all(beats);
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    for (const box of boxes) {
      const query = `parent_device_id=${box}`;
      const cameras = listItems(await hub().call(`GET /api/v1/devices?${query}`));
      assert.equal(cameras.length, 4);
      assert.ok(cameras.every((one) => one['parent_device_id'] === box));
    }
  });

  test('says nothing about what people set up', async () => {
    const id = fresh();
    await send({ device_id: id, area_id: 'a1', model: 'SE3' });
    const body = { name: 'Hall', area_id: 'a2', model: 'SE5', silent_after_s: 600, kind: 'camera' };
    const headers = { 'if-match': '1' };
    const patched = await hub().call(`PATCH /api/v1/devices/${id}`, body, { headers });
    assert.equal(patched.status, 200, patched.text);
    await send({ device_id: id, area_id: 'a1', model: 'SE3' });
    const device = await show(id);
    const { name, area_id, model, silent_after_s, kind } = device;
    assert.deepEqual({ name, area_id, model, silent_after_s, kind }, body);
  });
});
