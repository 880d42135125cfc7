/**
 * When a device counts as silent, and what is to be done about it. Pure.
 *
 * A device is held to what it has shown: one that was only ever heard of by its events is not
 * expected to speak (falls are rare), unless a person has said after how long it is silent. One
 * that sends heartbeats has to go on; one that spoke of a picture has to have one. Of a camera we
 * know what its box says: without heartbeats of the box nothing is said of the camera, for the
 * silence of the box is the news then.
 */
import { type Instant, instant, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Device, DeviceKind } from './device.ts';

export type Silence = {
  /** From when on it counts as silent; may lie ahead. */
  readonly at: Instant;
  /** Since when nothing has been heard, or seen. */
  readonly since: Instant;
  /** When we were told last; older than our own presence, it says nothing about the device. */
  readonly toldAt: Instant;
  readonly what: 'nothing' | 'picture';
};

export type Look = {
  readonly now: Instant;
  /** Since when we have been there to be reported to. */
  readonly listeningSince: Instant;
  /** Of a camera. */
  readonly box: Device | null;
};

export type LookDecision =
  | { readonly kind: 'silent'; readonly device: Device; readonly silence: Silence }
  | { readonly kind: 'heard' | 'unchanged'; readonly device: Device };

type Watching = Pick<
  Device,
  | 'kind'
  | 'parentId'
  | 'isWatched'
  | 'silentAfterS'
  | 'watchFrom'
  | 'lastEventAt'
  | 'lastHeartbeatAt'
  | 'lastFrameAt'
  | 'isLive'
>;

export function limitMsOf(device: Pick<Device, 'kind' | 'silentAfterS'>): number {
  if (device.silentAfterS !== null) return device.silentAfterS * MS_PER_SECOND;
  return KIND_LIMITS_MS[device.kind];
}

const KIND_LIMITS_MS: Readonly<Record<DeviceKind, number>> = {
  care: LIMITS.careSilentMs,
  camera: LIMITS.cameraSilentMs,
};

/** Whether its silence would be told. */
export function isHeldTo(device: Watching): boolean {
  return device.isWatched && (device.lastHeartbeatAt !== null || device.silentAfterS !== null);
}

/** Null while it cannot be silent as far as we know. The earliest, where several could be said. */
export function findSilence(device: Watching): Silence | null {
  if (!isHeldTo(device)) return null;
  const voice = findVoiceSilence(device);
  const picture = findPictureSilence(device);
  if (voice === null || picture === null) return voice ?? picture;
  return picture.at < voice.at ? picture : voice;
}

function findVoiceSilence(device: Watching): Silence | null {
  const { lastHeartbeatAt } = device;
  // What a box says of its camera is about the picture.
  const isSpokenFor = device.parentId !== null && lastHeartbeatAt !== null;
  if (isSpokenFor) return null;
  const since = latest([lastHeartbeatAt, device.lastEventAt, device.watchFrom]);
  if (since === null) return null;
  return { at: plusMs(since, limitMsOf(device)), since, toldAt: since, what: 'nothing' };
}

function findPictureSilence(device: Watching): Silence | null {
  const { lastHeartbeatAt: toldAt, lastFrameAt } = device;
  if (toldAt === null || lastFrameAt === null) return null;
  const since = latest([lastFrameAt, device.lastEventAt, device.watchFrom]) ?? lastFrameAt;
  const at = plusMs(since, pictureLimitMsOf(device));
  // With a picture at the last heartbeat, the next one has to say that it is gone.
  return at <= toldAt || device.isLive === false ? { at, since, toldAt, what: 'picture' } : null;
}

function pictureLimitMsOf(device: Watching): number {
  return device.silentAfterS === null ? LIMITS.cameraSilentMs : limitMsOf(device);
}

/** The moment at which it is told: who could not reach us gets time to do so. */
export function holdSilence(silence: Pick<Silence, 'at' | 'toldAt'>, listeningSince: Instant) {
  if (silence.toldAt >= listeningSince) return silence.at;
  return instant(Math.max(silence.at, plusMs(listeningSince, LIMITS.sourceGraceMs)));
}

export function decideLook(device: Device, look: Look): LookDecision {
  const { now, listeningSince } = look;
  const silence = findSilence(device);
  const at = silence === null ? null : holdSilence(silence, listeningSince);
  if (device.silentSince !== null) {
    if (silence !== null && silence.at <= now) {
      return { kind: 'unchanged', device: { ...device, dueAt: null } };
    }
    return { kind: 'heard', device: { ...device, silentSince: null, dueAt: at } };
  }
  if (silence === null || at === null || at > now) {
    return { kind: 'unchanged', device: { ...device, dueAt: at } };
  }
  // Looked at again: the box may come back without a word about it, or be watched no more.
  if (look.box !== null && isSilentNow(look.box, look)) {
    const dueAt = plusMs(now, LIMITS.silentBoxRetryMs);
    return { kind: 'unchanged', device: { ...device, dueAt } };
  }
  const silent: Device = { ...device, silentSince: silence.since, dueAt: null };
  return { kind: 'silent', device: silent, silence };
}

/** Told or not yet: the box itself says nothing any more. */
function isSilentNow(box: Device, { now, listeningSince }: Look): boolean {
  if (!isHeldTo(box)) return false;
  const voice = findVoiceSilence(box);
  return voice !== null && holdSilence(voice, listeningSince) <= now;
}

function latest(moments: readonly (Instant | null)[]): Instant | null {
  const known = moments.filter((moment) => moment !== null);
  return known.length === 0 ? null : instant(Math.max(...known));
}

export const DEVICE_STATUSES = ['fresh', 'late', 'silent', 'never', 'unwatched'] as const;
export type DeviceStatus = (typeof DEVICE_STATUSES)[number];
