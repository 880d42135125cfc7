/**
 * A box and its two cameras over time: heartbeats, outages of theirs and of ours, looked at every
 * second as a hub does. What must be true is said once, in words that do not know how it is
 * decided; planted faults show that it would be noticed.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Instant, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { PROJECT, SOURCE, START } from '#test/support/samples/alert.ts';
import { createDevice, type Device } from './device.ts';
import { applyHeartbeat } from './heartbeat/hearing.ts';
import { readHeartbeat } from './heartbeat/heartbeat.ts';
import { decideLook, type Look, type LookDecision } from './silence.ts';

const CARE_S = LIMITS.careSilentMs / MS_PER_SECOND;
const CAMERA_S = LIMITS.cameraSilentMs / MS_PER_SECOND;
const GRACE_S = LIMITS.sourceGraceMs / MS_PER_SECOND;
/** Longer no request is on its way; what lies further ahead was noted by a wrong clock. */
const AHEAD_S = LIMITS.momentAheadMaxMs / MS_PER_SECOND;
const BEAT_S = 30;

/** Seconds from the start; the ends are not part of it. */
type Span = { readonly fromS: number; readonly toS: number };

type Story = {
  /** The box is off. */
  readonly boxOff: readonly Span[];
  /** The first camera has no picture, the second one always has. */
  readonly dark: readonly Span[];
  /** We are not there. */
  readonly away: readonly Span[];
};

type Product = (device: Device, look: Look) => LookDecision;

const isIn = (spans: readonly Span[], second: number) =>
  spans.some(({ fromS, toS }) => fromS <= second && second < toS);

const LENGTH_S = 2_400;
const at = (second: number): Instant => plusMs(START, second * MS_PER_SECOND);

type State = {
  readonly devices: Map<string, Device>;
  listeningS: number;
  /** When we heard the box last. */
  heardS: number | null;
  /** When we heard last that the first camera has a picture. */
  pictureS: number;
  /** By device; when it was told of. */
  readonly told: Map<string, number>;
};

function hear(state: State, story: Story, second: number): void {
  const isDark = isIn(story.dark, second);
  const darkSinceS = story.dark.find((span) => isIn([span], second))?.fromS ?? second;
  const ageMs = (second - darkSinceS) * MS_PER_SECOND;
  const dark = { camera_id: 'one', state: 'offline', fps: 0, last_frame_age_ms: ageMs };
  const good = { camera_id: 'one', state: 'online', fps: 10, last_frame_age_ms: 50 };
  const body: JsonObject = {
    device_id: 'box',
    cameras: [isDark ? dark : good, { camera_id: 'two', fps: 10 }],
  };
  const reading = readHeartbeat(body, at(second));
  assert.ok(reading.ok);
  const known = [...state.devices.values()];
  const basis = { projectId: PROJECT, sourceId: SOURCE, known, now: at(second) };
  for (const device of applyHeartbeat(reading.heartbeat, basis)) {
    state.devices.set(device.deviceId, device);
  }
  state.heardS = second;
  if (!isDark) state.pictureS = second;
}

function lookAtAll(state: State, second: number, product: Product): void {
  const now = at(second);
  const devices = Array.from(state.devices.values());
  for (const device of devices) {
    if (device.dueAt === null || device.dueAt > now) continue;
    const parent = device.parentId === null ? null : (state.devices.get(device.parentId) ?? null);
    const look = { now, listeningSince: at(state.listeningS), box: parent };
    const decision = product(device, look);
    state.devices.set(device.deviceId, decision.device);
    if (decision.kind === 'silent') state.told.set(device.deviceId, second);
    if (decision.kind === 'heard') state.told.delete(device.deviceId);
  }
}

/** What is wrong after this second, or null. */
function findFault(state: State, story: Story, second: number): string | null {
  const { heardS, listeningS, told } = state;
  if (told.has('box/two')) return 'a camera that always had a picture is told of';
  if (heardS === null) return told.size > 0 ? 'somebody unknown is told of' : null;
  const quietS = second - heardS;
  const isTold = told.has('box');
  if (isTold && quietS < CARE_S) return `the box is silent, and was heard ${quietS} s ago`;
  // Since we are there it had the time that it needs, and some to come back after us.
  const dueS = Math.max(heardS + CARE_S, heardS < listeningS ? listeningS + GRACE_S : 0);
  if (!isTold && second >= dueS) return `the box was heard ${quietS} s ago, and nobody knows`;
  const isFresh = told.get('box') === second;
  if (isFresh && second < dueS) return 'the box is told of before it could come back';
  return findCameraFault(state, story, second);
}

function findCameraFault(state: State, story: Story, second: number): string | null {
  const heardS = state.heardS ?? second;
  const span = story.dark.find((one) => isIn([one], heardS));
  const isTold = state.told.has('box/one');
  if (span === undefined) return isTold ? 'a camera with a picture is told of' : null;
  // As its box said at the last heartbeat, and nothing has been heard of a picture since.
  const darkS = heardS - span.fromS;
  if (!isTold && darkS >= CAMERA_S) return `a camera has been dark for ${darkS} s, nobody knows`;
  const isBoxWell = second - heardS < CARE_S;
  const isFresh = state.told.get('box/one') === second;
  if (isFresh && isBoxWell && second - state.pictureS < CAMERA_S)
    return 'a camera is told of too early';
  return null;
}

function run(story: Story, product: Product = decideLook): string | null {
  const fresh = { listeningS: 0, heardS: null, pictureS: 0 };
  const state: State = { ...fresh, devices: new Map(), told: new Map() };
  let wasAway = false;
  for (let second = 0; second < LENGTH_S; second += 1) {
    const isAway = isIn(story.away, second);
    if (wasAway && !isAway) state.listeningS = second;
    wasAway = isAway;
    if (isAway) continue;
    if (second % BEAT_S === 0 && !isIn(story.boxOff, second)) hear(state, story, second);
    lookAtAll(state, second, product);
    const fault = findFault(state, story, second);
    if (fault !== null) return `${second} s: ${fault}`;
  }
  return null;
}

const anySpans = fc
  .array(fc.tuple(fc.nat(LENGTH_S), fc.integer({ min: 1, max: 600 })), { maxLength: 3 })
  .map((pairs) => pairs.map(([fromS, lengthS]) => ({ fromS, toS: fromS + lengthS })))
  // One span at a time: two that touch would have two beginnings.
  .filter((spans) =>
    spans.every((one, index) =>
      spans.every(
        (other, second) =>
          index === second || one.toS + BEAT_S < other.fromS || other.toS + BEAT_S < one.fromS,
      ),
    ),
  );

const anyStory: fc.Arbitrary<Story> = fc.record({
  boxOff: anySpans,
  dark: anySpans,
  away: anySpans,
});

const QUIET: Story = { boxOff: [], dark: [], away: [] };
const span = (fromS: number, toS: number): readonly Span[] => [{ fromS, toS }];

describe('over time', () => {
  test('property: the silent are told of in time, and nobody who was heard is', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        assert.equal(run(story), null);
      }),
      { numRuns: 150 },
    );
  });

  const faults: readonly (readonly [string, Story, Product])[] = [
    [
      'the grace after an outage of ours is forgotten',
      { ...QUIET, boxOff: span(650, 1_000), away: span(600, 900) },
      (device, look) => decideLook(device, { ...look, listeningSince: START }),
    ],
    [
      'a silent device is never heard again',
      { ...QUIET, boxOff: span(300, 600) },
      (device, look) =>
        device.silentSince === null ? decideLook(device, look) : { kind: 'unchanged', device },
    ],
    [
      'the next look is lost',
      { ...QUIET, boxOff: span(300, 600) },
      (device, look) => {
        const decision = decideLook(device, look);
        return { ...decision, device: { ...decision.device, dueAt: null } };
      },
    ],
    [
      'a look believes the moment that was set for it',
      QUIET,
      (device, look) => {
        const stale = { ...device, lastHeartbeatAt: START, lastFrameAt: START };
        return decideLook(device.parentId === null ? stale : device, look);
      },
    ],
    [
      'whatever is due is told of',
      QUIET,
      (device, { now }) => {
        const silence = { at: now, since: now, toldAt: now, what: 'nothing' as const };
        return { kind: 'silent', device: { ...device, silentSince: now, dueAt: null }, silence };
      },
    ],
    [
      'cameras are not looked at',
      { ...QUIET, dark: span(100, 600) },
      (device, look) =>
        device.parentId === null ? decideLook(device, look) : { kind: 'unchanged', device },
    ],
  ];

  for (const [what, story, product] of faults) {
    test(`planted: ${what}; it is noticed`, () => {
      assert.equal(run(story), null);
      assert.notEqual(run(story, product), null);
    });
  }
});

describe('heartbeats of a box', () => {
  const box = createDevice({ projectId: PROJECT, deviceId: 'box', kind: 'care' }, START);

  test('property: in whatever order they are stored, the box is heard when it was last', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(AHEAD_S), { minLength: 1 }), (seconds) => {
        const last = Math.max(...seconds);
        let known: readonly Device[] = [box];
        for (const second of seconds) {
          const reading = readHeartbeat({ device_id: 'box' }, at(second));
          assert.ok(reading.ok);
          const basis = { projectId: PROJECT, sourceId: SOURCE, known, now: at(second) };
          known = applyHeartbeat(reading.heartbeat, basis);
        }
        assert.deepEqual([known[0]?.lastSeenAt, known[0]?.lastHeartbeatAt], [at(last), at(last)]);
      }),
    );
  });
});
