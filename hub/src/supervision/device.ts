/**
 * A device: a box, or a camera, that reports and sends heartbeats. Pure. Moments are ours: what a
 * device says of the time is kept as a skew.
 *
 * A camera of a box is a device of its own, called `BOX/CAMERA`: boxes number their cameras alike,
 * and two cameras that were taken for one would hide that one of them is dead.
 */
import type { ProjectId, SourceId } from '#kernel/id.ts';
import { type Instant, instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';

export const DEVICE_KINDS = ['care', 'camera'] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

export type Device = {
  readonly projectId: ProjectId;
  /** As its sender names it. */
  readonly deviceId: string;
  /** The box that a camera hangs on. */
  readonly parentId: string | null;
  /** What the box calls the camera. */
  readonly cameraId: string | null;
  readonly kind: DeviceKind;
  readonly name: string | null;
  readonly areaId: string | null;
  readonly model: string | null;
  /** Through which it was heard last. */
  readonly sourceId: SourceId | null;
  readonly softwareVersion: string | null;
  readonly state: string | null;
  readonly fps: number | null;
  /** What the last heartbeat said of its picture; null = none has spoken of one. */
  readonly isLive: boolean | null;
  readonly clockSkewMs: number | null;
  readonly details: JsonObject;
  /** Null: as all of its kind. */
  readonly silentAfterS: number | null;
  readonly isWatched: boolean;
  /** Its silence does not count from before. */
  readonly watchFrom: Instant | null;
  readonly firstSeenAt: Instant | null;
  readonly lastSeenAt: Instant | null;
  readonly lastEventAt: Instant | null;
  /** Of a camera: the last heartbeat of its box that spoke, or should have spoken, of it. */
  readonly lastHeartbeatAt: Instant | null;
  readonly lastFrameAt: Instant | null;
  /** An alert says so. */
  readonly silentSince: Instant | null;
  /** When to look whether it is silent, at the latest; null = something has to happen first. */
  readonly dueAt: Instant | null;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};

export function nameCamera(boxId: string, cameraId: string): string {
  return `${boxId}/${cameraId}`;
}

/** Of one that somebody names without saying what it is. */
export function kindOfNew(parentId: string | null): DeviceKind {
  return parentId === null ? 'care' : 'camera';
}

/** One that is known by its name alone. */
export function createDevice(
  fresh: Pick<Device, 'projectId' | 'deviceId' | 'kind'> & Partial<Device>,
  now: Instant,
): Device {
  return { ...BARE_DEVICE, version: 1, createdAt: now, updatedAt: now, ...fresh };
}

const BARE_DEVICE = {
  parentId: null,
  cameraId: null,
  name: null,
  areaId: null,
  model: null,
  sourceId: null,
  softwareVersion: null,
  state: null,
  fps: null,
  isLive: null,
  clockSkewMs: null,
  details: {},
  silentAfterS: null,
  isWatched: true,
  watchFrom: null,
  firstSeenAt: null,
  lastSeenAt: null,
  lastEventAt: null,
  lastHeartbeatAt: null,
  lastFrameAt: null,
  silentSince: null,
  dueAt: null,
} as const satisfies Partial<Device>;

/**
 * Not what a clock noted that ran ahead and was set back since, as of a machine that had no time
 * when it came up: until we reach that moment, nobody would count as silent.
 */
export function believeMoment(moment: Instant | null, now: Instant): Instant | null {
  return moment !== null && moment > plusMs(now, LIMITS.momentAheadMaxMs) ? null : moment;
}

export function latestOf(one: Instant | null, other: Instant): Instant {
  return one === null ? other : instant(Math.max(one, other));
}
