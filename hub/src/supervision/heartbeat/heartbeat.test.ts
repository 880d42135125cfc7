import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatInstant, MS_PER_HOUR, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '#kernel/syntax/json.ts';
import { PROJECT, SOURCE, START } from '#test/support/samples/alert.ts';
import type { Device } from '#supervision/device.ts';
import { applyHeartbeat } from './hearing.ts';
import { type Heartbeat, readHeartbeat } from './heartbeat.ts';

function read(body: JsonObject): Heartbeat {
  const reading = readHeartbeat(body, START);
  assert.ok(reading.ok, JSON.stringify(reading));
  return reading.heartbeat;
}

function refusalOf(body: JsonValue): string {
  const reading = readHeartbeat(body, START);
  assert.ok(!reading.ok);
  return reading.details.map(({ path, message }) => `${path} ${message}`).join('; ');
}

const pictureOf = (camera: JsonObject) =>
  read({ device_id: 'b', cameras: [{ camera_id: 'c', ...camera }] }).cameras?.[0]?.picture;

describe('a heartbeat', () => {
  test('needs the name of its device and nothing else', () => {
    const bare = read({ device_id: 'edge_box_01' });
    assert.deepEqual(bare, {
      deviceId: 'edge_box_01',
      areaId: null,
      model: null,
      softwareVersion: null,
      clockSkewMs: null,
      picture: null,
      cameras: null,
      details: {},
    });
    assert.equal(read({ deviceId: 17 }).deviceId, '17');
  });

  test('without one, or with one that is no name, is refused with its place', () => {
    assert.equal(refusalOf([]), ' must be an object');
    assert.equal(refusalOf({}), 'device_id is required');
    assert.equal(refusalOf({ device_id: ' ' }), 'device_id must not be empty');
    assert.equal(refusalOf({ device_id: {} }), 'device_id must be text');
    assert.match(refusalOf({ device_id: 'a\nb' }), /control characters/);
    const longest = 'x'.repeat(LIMITS.identifierCharsMax);
    assert.equal(read({ device_id: longest }).deviceId, longest);
    assert.match(refusalOf({ device_id: `${longest}x` }), /at most 256/);
    assert.equal(refusalOf({ device_id: 'b', cameras: {} }), 'cameras must be a list');
    const cameras = [{ camera_id: 'c' }, {}];
    assert.equal(refusalOf({ device_id: 'b', cameras }), 'cameras[1].camera_id is required');
  });

  test('has as many cameras as a box can have', () => {
    const cameras = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ camera_id: index }));
    const max = LIMITS.camerasPerHeartbeatMax;
    assert.equal(read({ device_id: 'b', cameras: cameras(max) }).cameras?.length, max);
    assert.match(refusalOf({ device_id: 'b', cameras: cameras(max + 1) }), /at most 256 entries/);
  });

  test('may write its time in any way; it says how far its clock is off, and no more', () => {
    const ahead = plusMs(START, MS_PER_HOUR);
    const ways = [ahead, ahead / MS_PER_SECOND, String(ahead), formatInstant(ahead)];
    for (const timestamp of ways) {
      assert.equal(read({ device_id: 'b', timestamp }).clockSkewMs, MS_PER_HOUR);
    }
    for (const timestamp of ['yesterday', null, {}, 1e300]) {
      assert.equal(read({ device_id: 'b', timestamp }).clockSkewMs, null);
    }
  });

  test('may be spelt as another maker spells it', () => {
    const camera = { cameraId: 4, status: 'OFFLINE', lastFrameAgeMs: '250', areaId: 7 };
    const heartbeat = read({
      deviceId: 'b',
      deviceModel: 'BM1682',
      firmware_version: '4.0',
      areaId: 12,
      ts: START,
      cameras: [camera],
    });
    assert.deepEqual(
      [heartbeat.model, heartbeat.softwareVersion, heartbeat.areaId, heartbeat.clockSkewMs],
      ['BM1682', '4.0', '12', 0],
    );
    const [part] = heartbeat.cameras ?? [];
    assert.deepEqual([part?.cameraId, part?.areaId], ['4', '7']);
    assert.deepEqual(part?.picture, {
      state: 'OFFLINE',
      fps: null,
      frameAgeMs: 250,
      isLive: false,
    });
  });

  test('that names a camera twice means what it said last', () => {
    const cameras = [
      { camera_id: 'c', fps: 5 },
      { camera_id: 'c', fps: 0 },
    ];
    const heartbeat = read({ device_id: 'b', cameras });
    assert.equal(heartbeat.cameras?.length, 1);
    assert.equal(heartbeat.cameras[0]?.picture.isLive, false);
  });

  test('keeps what is not understood, within bounds', () => {
    const { details } = read({ device_id: 'b', cpu_pct: 41.5, new: { x: [1] } });
    assert.deepEqual(details, { cpu_pct: 41.5, new: { x: [1] } });
    const long = { a: 1, big: 'x'.repeat(LIMITS.heartbeatDetailsCharsMax), z: 2 };
    assert.deepEqual(read({ device_id: 'b', ...long }).details, { a: 1 });
  });

  test('property: whatever else it holds, a heartbeat with a name is read, and bounded', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
        const body = { ...fields, device_id: 'b', cameras: [{ ...fields, camera_id: 'c' }] };
        const reading = parseJson(JSON.stringify(body));
        // What the server refuses never gets here.
        if (!reading.ok || !isJsonObject(reading.value)) return;
        const heartbeat = read(reading.value);
        assert.ok(JSON.stringify(heartbeat).length < 3 * LIMITS.heartbeatDetailsCharsMax);
      }),
    );
  });
});

describe('the picture of a camera', () => {
  test('is there unless its state or its frame rate says that it is not', () => {
    for (const camera of [
      {},
      { state: 'online' },
      { fps: 12.4 },
      { state: 'recording', fps: '5' },
    ]) {
      assert.equal(pictureOf(camera)?.isLive, true, JSON.stringify(camera));
    }
    const dead = ['offline', 'Disconnected', 'no_signal', 'video loss', 'ERROR'];
    for (const camera of [...dead.map((state) => ({ state })), { fps: 0 }, { fps: '0' }]) {
      assert.equal(pictureOf(camera)?.isLive, false, JSON.stringify(camera));
    }
    assert.equal(pictureOf({ status: 'offline' })?.isLive, false);
  });

  test('has an age in milliseconds or seconds; a negative one is none', () => {
    assert.equal(pictureOf({ last_frame_age_ms: 912_000 })?.frameAgeMs, 912_000);
    assert.equal(pictureOf({ last_frame_age_sec: '1.5' })?.frameAgeMs, 1_500);
    assert.equal(pictureOf({ last_frame_age_ms: -1 })?.frameAgeMs, null);
    assert.equal(pictureOf({ last_frame_age_ms: 1e15 })?.frameAgeMs, LIMITS.frameAgeMaxMs);
  });

  test('of the device itself is spoken of by its rate or its age, not by its state', () => {
    assert.equal(read({ device_id: 'b', state: 'offline' }).picture, null);
    assert.equal(read({ device_id: 'b', last_frame_age_sec: 3 }).picture?.frameAgeMs, 3_000);
  });
});

describe('what a heartbeat makes of a box', () => {
  const basis = { projectId: PROJECT, sourceId: SOURCE, now: START };
  const hear = (body: JsonObject, known: readonly Device[] = [], seconds = 0) =>
    applyHeartbeat(read({ device_id: 'b', ...body }), {
      ...basis,
      known,
      now: plusMs(START, seconds * MS_PER_SECOND),
    });
  const lookS = ({ dueAt }: Device) => (dueAt === null ? null : (dueAt - START) / MS_PER_SECOND);

  test('registers the box and its cameras, and says when to look', () => {
    const cameras = [
      { camera_id: 'c', fps: 5 },
      { camera_id: 'd', state: 'offline' },
    ];
    const devices = hear({ cameras });
    assert.deepEqual(
      devices.map((one) => [one.deviceId, one.kind, one.parentId, lookS(one)]),
      [
        ['b', 'care', null, 90],
        ['b/c', 'camera', 'b', null],
        ['b/d', 'camera', 'b', 180],
      ],
    );
  });

  test('leaves the next look as it is where it comes early enough', () => {
    const [box] = hear({});
    assert.ok(box !== undefined);
    assert.deepEqual(hear({}, [box], 30).map(lookS), [90]);
    assert.deepEqual(hear({}, [{ ...box, silentAfterS: 10 }], 30).map(lookS), [40]);
  });

  test('has a silent one looked at, at once, when it is heard', () => {
    const [box] = hear({});
    assert.ok(box !== undefined);
    const silent = { ...box, silentSince: START, dueAt: null };
    assert.deepEqual(hear({}, [silent], 300).map(lookS), [300]);
  });

  test('takes back what a clock noted that was set back since', () => {
    const cameras = [{ camera_id: 'c', state: 'offline', last_frame_age_ms: 0 }];
    const ahead = hear({ cameras }, [], 86_400);
    const [box, camera] = hear({ cameras }, ahead, 30);
    const now = plusMs(START, 30 * MS_PER_SECOND);
    assert.deepEqual([box?.lastSeenAt, box?.lastHeartbeatAt], [now, now]);
    assert.equal(camera?.lastFrameAt, now);
    assert.deepEqual(
      [box, camera].map((one) => one && lookS(one)),
      [120, 210],
    );
  });

  test('says nothing of cameras when it does not speak of them, and misses who is left out', () => {
    const devices = hear({ cameras: [{ camera_id: 'c', fps: 5 }] });
    assert.equal(hear({}, devices, 30).length, 1);
    const [, left] = hear({ cameras: [] }, devices, 30);
    assert.deepEqual(
      [left?.state, left?.isLive, left === undefined ? null : lookS(left)],
      ['missing', false, 180],
    );
  });

  test('does not take a younger age for a picture while the camera says that it has none', () => {
    const before = hear({ cameras: [{ camera_id: 'c', fps: 5 }] });
    const dark = { camera_id: 'c', state: 'offline', last_frame_age_ms: 0 };
    const gone = hear({ cameras: [dark] }, before, 100);
    const [, camera] = hear({ cameras: [dark] }, gone, 130);
    assert.equal(camera?.lastFrameAt, plusMs(START, 100 * MS_PER_SECOND));
    const unsaid = [{ camera_id: 'c', state: 'offline' }];
    assert.equal(hear({ cameras: unsaid }, before, 100)[1]?.lastFrameAt, START);
  });

  test('never undoes what people set up, nor believes a clock', () => {
    const [box] = hear({ model: 'SE3', area_id: 'a1', timestamp: 1 });
    assert.ok(box !== undefined);
    const named = { ...box, name: 'Ward 3', areaId: 'a2', model: 'SE5' };
    const [next] = hear({ model: 'SE3', area_id: 'a1', timestamp: 4e12 }, [named], 30);
    assert.deepEqual([next?.name, next?.areaId, next?.model], ['Ward 3', 'a2', 'SE5']);
    assert.equal(next?.lastSeenAt, plusMs(START, 30 * MS_PER_SECOND));
  });
});
