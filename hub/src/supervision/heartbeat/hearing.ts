/** What one heartbeat makes of a box and of its cameras. Pure. */
import type { ProjectId, SourceId } from '#kernel/id.ts';
import { type Instant, plusMs } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import {
  believeMoment,
  createDevice,
  type Device,
  latestOf,
  nameCamera,
} from '#supervision/device.ts';
import type { Heartbeat, Picture } from './heartbeat.ts';
import { findSilence } from '#supervision/silence.ts';

export type HeartbeatBasis = {
  readonly projectId: ProjectId;
  readonly sourceId: SourceId;
  /** The box, and all cameras of it that are known. */
  readonly known: readonly Device[];
  readonly now: Instant;
};

/** The box and its cameras as they are after the heartbeat; those alone that it says something of. */
export function applyHeartbeat(heartbeat: Heartbeat, basis: HeartbeatBasis): readonly Device[] {
  const known = new Map(basis.known.map((device) => [device.deviceId, device]));
  const { deviceId } = heartbeat;
  const box = hearBox(known.get(deviceId) ?? null, heartbeat, basis);
  if (heartbeat.cameras === null) return [box];
  const named = heartbeat.cameras.map((camera) => {
    const id = nameCamera(deviceId, camera.cameraId);
    const before = known.get(id) ?? createCamera(deviceId, camera.cameraId, basis);
    return hearCamera(before, camera, basis);
  });
  const isNamed = new Set(named.map((camera) => camera.deviceId));
  const missed = basis.known
    .filter((one) => one.parentId === deviceId && !isNamed.has(one.deviceId))
    .flatMap((camera) => missCamera(camera, basis));
  return [box, ...named, ...missed];
}

function hearBox(before: Device | null, heartbeat: Heartbeat, basis: HeartbeatBasis): Device {
  const { projectId, now } = basis;
  const fresh = { projectId, deviceId: heartbeat.deviceId, kind: 'care' as const };
  const known = before ?? createDevice(fresh, now);
  const { picture } = heartbeat;
  const heard: Device = {
    ...known,
    areaId: known.areaId ?? heartbeat.areaId,
    model: known.model ?? heartbeat.model,
    softwareVersion: heartbeat.softwareVersion ?? known.softwareVersion,
    clockSkewMs: heartbeat.clockSkewMs,
    details: describeBox(heartbeat),
    ...seePicture(known, picture, now),
  };
  return arm(hear(heard, basis), now);
}

/** One that has cameras is called a box. */
function describeBox({ cameras, details }: Heartbeat): JsonObject {
  return cameras === null ? details : { camera_count: cameras.length, ...details };
}

function createCamera(boxId: string, cameraId: string, { projectId, now }: HeartbeatBasis): Device {
  const deviceId = nameCamera(boxId, cameraId);
  return createDevice({ projectId, deviceId, parentId: boxId, cameraId, kind: 'camera' }, now);
}

type CameraPart = NonNullable<Heartbeat['cameras']>[number];

function hearCamera(known: Device, camera: CameraPart, basis: HeartbeatBasis): Device {
  const { now } = basis;
  const seen: Device = {
    ...known,
    areaId: known.areaId ?? camera.areaId,
    model: known.model ?? camera.model,
    details: camera.details,
    ...seePicture(known, camera.picture, now),
  };
  return arm(hear(seen, basis), now);
}

/** The box has named it before and does not any more: to whoever relies on it, that is the same. */
function missCamera(camera: Device, { now }: HeartbeatBasis): readonly Device[] {
  if (camera.lastHeartbeatAt === null) return [];
  const missed: Device = { ...camera, state: 'missing', fps: null, isLive: false };
  return [arm({ ...missed, lastHeartbeatAt: now }, now)];
}

function hear(device: Device, { sourceId, now }: HeartbeatBasis): Device {
  return {
    ...device,
    sourceId,
    firstSeenAt: device.firstSeenAt ?? now,
    lastEventAt: believeMoment(device.lastEventAt, now),
    lastSeenAt: latestOf(believeMoment(device.lastSeenAt, now), now),
    lastHeartbeatAt: latestOf(believeMoment(device.lastHeartbeatAt, now), now),
  };
}

/**
 * When the last picture was there. The age counts where it is given. A camera that has said before
 * that it has none does not get a newer one by the age alone: some begin to count again with each
 * reconnect.
 */
function seePicture(
  known: Device,
  picture: Picture | null,
  now: Instant,
): Pick<Device, 'state' | 'fps' | 'isLive' | 'lastFrameAt'> {
  const { state, fps, isLive } = known;
  const lastFrameAt = believeMoment(known.lastFrameAt, now);
  if (picture === null) return { state, fps, isLive, lastFrameAt };
  const frameAt = plusMs(now, -(picture.frameAgeMs ?? 0));
  const isJustGone = isLive !== false && picture.frameAgeMs !== null;
  const isBelieved = picture.isLive || isJustGone || lastFrameAt === null;
  const seenAt = isBelieved ? latestOf(lastFrameAt, frameAt) : lastFrameAt;
  return { state: picture.state, fps: picture.fps, isLive: picture.isLive, lastFrameAt: seenAt };
}

/**
 * Sets the next look. It is left as it is where it comes early enough, so that a heartbeat that
 * says nothing new moves no index; the look then finds out when the next one has to be.
 */
function arm(device: Device, now: Instant): Device {
  const silentAt = findSilence(device)?.at ?? null;
  if (device.silentSince !== null) {
    const isHeard = silentAt === null || silentAt > now;
    return { ...device, dueAt: isHeard ? now : null };
  }
  const { dueAt } = device;
  const isEarly = dueAt !== null && silentAt !== null && dueAt <= silentAt;
  return isEarly ? device : { ...device, dueAt: silentAt };
}
