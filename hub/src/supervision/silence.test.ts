import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Instant, instant, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { PROJECT, START } from '#test/support/samples/alert.ts';
import { createDevice, type Device } from './device.ts';
import { decideLook, findSilence, isHeldTo, type Look } from './silence.ts';

const CARE_S = LIMITS.careSilentMs / MS_PER_SECOND;
const CAMERA_S = LIMITS.cameraSilentMs / MS_PER_SECOND;
const GRACE_S = LIMITS.sourceGraceMs / MS_PER_SECOND;

const at = (seconds: number): Instant => plusMs(START, seconds * MS_PER_SECOND);

function device(more: Partial<Device> = {}): Device {
  const seen = { firstSeenAt: START, lastSeenAt: START, lastHeartbeatAt: START };
  return createDevice(
    { projectId: PROJECT, deviceId: 'box', kind: 'care', ...seen, ...more },
    START,
  );
}

/** Its box spoke of it at START. */
function camera(more: Partial<Device> = {}): Device {
  const about = { deviceId: 'box/cam', parentId: 'box', cameraId: 'cam', kind: 'camera' } as const;
  return device({ ...about, isLive: true, lastFrameAt: START, ...more });
}

function look(one: Device, seconds: number, more: Partial<Look> = {}) {
  return decideLook(one, { now: at(seconds), listeningSince: START, box: null, ...more });
}

/** `silent`, or when the next look is; seconds. */
function tell(one: Device, seconds: number, more: Partial<Look> = {}): string {
  const { kind, device: next } = look(one, seconds, more);
  const dueS = next.dueAt === null ? '-' : (next.dueAt - START) / MS_PER_SECOND;
  return kind === 'unchanged' ? `next ${dueS}` : kind;
}

describe('a device that sends heartbeats', () => {
  test('is silent when its limit has passed since it was heard, and not a moment before', () => {
    assert.equal(tell(device(), CARE_S - 1), `next ${CARE_S}`);
    assert.equal(tell(device(), CARE_S), 'silent');
    assert.equal(tell(device({ silentAfterS: 10 }), 10), 'silent');
    assert.equal(tell(device({ kind: 'camera' }), CARE_S), `next ${CAMERA_S}`);
  });

  test('is heard by its events too', () => {
    assert.equal(tell(device({ lastEventAt: at(60) }), CARE_S), `next ${CARE_S + 60}`);
  });

  test('remembers since when it has been silent, and is not told again', () => {
    const decision = look(device(), 200);
    assert.deepEqual([decision.device.silentSince, decision.device.dueAt], [START, null]);
    assert.equal(tell(decision.device, 5_000), 'next -');
  });

  test('that is silent ends to be when it is heard, or not watched any more', () => {
    const silent = device({ silentSince: START });
    assert.equal(tell({ ...silent, lastHeartbeatAt: at(300) }, 300), 'heard');
    assert.equal(tell({ ...silent, isWatched: false }, 300), 'heard');
    assert.equal(tell({ ...silent, silentAfterS: 3_600 }, 300), 'heard');
  });

  test('is held to its own picture where it has spoken of one', () => {
    const frozen = { lastFrameAt: START, isLive: true };
    const own = device({ ...frozen, lastHeartbeatAt: at(CAMERA_S) });
    assert.equal(tell(own, CAMERA_S), 'silent');
    assert.equal(findSilence(own)?.what, 'picture');
    assert.equal(tell(device({ ...frozen, lastHeartbeatAt: at(30) }), 30), `next ${CARE_S + 30}`);
  });
});

describe('a device that was heard of by its events alone', () => {
  const quiet = device({ lastHeartbeatAt: null, lastEventAt: START });

  test('is not missed', () => {
    assert.equal(isHeldTo(quiet), false);
    assert.equal(tell(quiet, 1_000_000), 'next -');
  });

  test('is when somebody says after how long it is, from then on', () => {
    const watched = { ...quiet, silentAfterS: 60, watchFrom: at(1_000) };
    assert.equal(tell(watched, 1_059), 'next 1060');
    assert.equal(tell(watched, 1_060), 'silent');
  });

  test('never heard of, it is missed from when it was registered with a limit', () => {
    const ahead = device({ lastHeartbeatAt: null, watchFrom: START, silentAfterS: 60 });
    assert.equal(tell(ahead, 60), 'silent');
    assert.equal(tell({ ...ahead, silentAfterS: null }, 60), 'next -');
  });
});

describe('a camera of a box', () => {
  test('with a picture at the last heartbeat is not judged before the next one', () => {
    assert.equal(tell(camera(), 100_000), 'next -');
  });

  test('without one is silent at its limit, without another heartbeat', () => {
    const dark = camera({ isLive: false });
    assert.equal(tell(dark, CAMERA_S - 1), `next ${CAMERA_S}`);
    assert.equal(tell(dark, CAMERA_S), 'silent');
  });

  test('whose picture is older than its limit at a heartbeat is silent at once', () => {
    const dark = camera({ lastFrameAt: at(-900), isLive: false });
    assert.equal(tell(dark, 0), 'silent');
    assert.equal(look(dark, 0).device.silentSince, at(-900));
    assert.equal(tell(camera({ lastFrameAt: at(-900) }), 0), 'silent');
  });

  test('of a silent box is left to the box', () => {
    const dark = camera({ isLive: false });
    const box = device();
    const again = CAMERA_S + LIMITS.silentBoxRetryMs / MS_PER_SECOND;
    assert.equal(tell(dark, CAMERA_S, { box }), `next ${again}`);
    assert.equal(tell(dark, CAMERA_S, { box: { ...box, lastHeartbeatAt: at(120) } }), 'silent');
    assert.equal(tell(dark, CAMERA_S, { box: { ...box, isWatched: false } }), 'silent');
  });
});

describe('after an outage of ours', () => {
  test('who could not reach us gets time to, whatever its limit', () => {
    const listeningSince = at(1_000);
    assert.equal(tell(device(), 1_000, { listeningSince }), `next ${1_000 + GRACE_S}`);
    assert.equal(tell(device(), 1_000 + GRACE_S, { listeningSince }), 'silent');
    const slow = device({ silentAfterS: 5_000 });
    assert.equal(tell(slow, 1_000 + GRACE_S, { listeningSince }), 'next 5000');
  });

  test('a camera is told of at once when its box has told us since', () => {
    const dark = camera({ lastFrameAt: at(-900), lastHeartbeatAt: at(1_001), isLive: false });
    assert.equal(tell(dark, 1_001, { listeningSince: at(1_000) }), 'silent');
    const before = { ...dark, lastHeartbeatAt: START };
    assert.equal(tell(before, 1_001, { listeningSince: at(1_000) }), `next ${1_000 + GRACE_S}`);
  });
});

const anyMoment = fc.integer({ min: -10_000, max: 10_000 }).map(at);
const anyDevice: fc.Arbitrary<Device> = fc
  .record({
    kind: fc.constantFrom('care' as const, 'camera' as const),
    parentId: fc.constantFrom(null, 'box'),
    isWatched: fc.boolean(),
    isLive: fc.constantFrom(true, false, null),
    silentAfterS: fc.constantFrom(null, 1, 60, 90_000),
    watchFrom: fc.option(anyMoment),
    lastEventAt: fc.option(anyMoment),
    lastHeartbeatAt: fc.option(anyMoment),
    lastFrameAt: fc.option(anyMoment),
    silentSince: fc.option(anyMoment),
  })
  .map((more) => device({ ...more, cameraId: more.parentId === null ? null : 'cam' }));

describe('property: any device, looked at', () => {
  const anyLook = fc.record({ nowS: fc.integer({ min: -10_000, max: 200_000 }), since: anyMoment });

  test('is told of only when it is held to something, and nothing was heard for its limit', () => {
    fc.assert(
      fc.property(anyDevice, anyLook, (one, { nowS, since: listeningSince }) => {
        const decision = look(one, nowS, { listeningSince });
        if (decision.kind !== 'silent') return;
        assert.ok(isHeldTo(one) && one.silentSince === null);
        const { lastEventAt, watchFrom } = one;
        for (const heard of [lastEventAt, watchFrom]) {
          assert.ok(heard === null || heard <= decision.silence.since);
        }
        assert.ok(decision.silence.at <= at(nowS));
        assert.ok(decision.silence.since < decision.silence.at);
      }),
    );
  });

  test('looked at again at once, nothing more is said, and the next look lies ahead', () => {
    fc.assert(
      fc.property(anyDevice, anyLook, (one, { nowS, since: listeningSince }) => {
        const first = look(one, nowS, { listeningSince }).device;
        const again = look(first, nowS, { listeningSince });
        // Heard again and silent again in one moment: only by a limit that has changed.
        if (one.silentSince === null || first.silentSince !== null) {
          assert.equal(again.kind, 'unchanged');
        }
        assert.ok(first.dueAt === null || first.dueAt > at(nowS) || one.silentSince !== null);
      }),
    );
  });

  test('that sent a heartbeat with a picture this moment is never silent', () => {
    fc.assert(
      fc.property(anyDevice, anyLook, (one, { nowS, since: listeningSince }) => {
        const now = at(nowS);
        const fresh = { lastHeartbeatAt: now, lastFrameAt: now, isLive: true };
        const heard: Device = { ...one, ...fresh, silentSince: null };
        assert.notEqual(look(heard, nowS, { listeningSince }).kind, 'silent');
        const was: Device = { ...heard, silentSince: instant(now - 1) };
        assert.equal(look(was, nowS, { listeningSince }).kind, 'heard');
      }),
    );
  });
});
