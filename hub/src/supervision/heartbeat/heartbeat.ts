/**
 * What a heartbeat says, in whatever spelling: boxes of several makers send them. Pure. Only the
 * name of the device is needed; a field that is not understood is kept, bounded, and never the
 * reason to refuse the sign of life that the heartbeat is.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { type Instant, instant, MS_PER_SECOND, parseInstant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';

export type Picture = {
  /** Its own word, as `online`. */
  readonly state: string | null;
  readonly fps: number | null;
  /** How old the last picture was; null = it does not say. */
  readonly frameAgeMs: number | null;
  /** It says that there is a picture, or does not say that there is none. */
  readonly isLive: boolean;
};

export type CameraHeartbeat = {
  readonly cameraId: string;
  readonly areaId: string | null;
  readonly model: string | null;
  readonly picture: Picture;
  readonly details: JsonObject;
};

export type Heartbeat = {
  readonly deviceId: string;
  readonly areaId: string | null;
  readonly model: string | null;
  readonly softwareVersion: string | null;
  /** How far the clock of the device is ahead of ours; null = it names no time. */
  readonly clockSkewMs: number | null;
  /** Of the device itself; null = it says nothing of a picture of its own. */
  readonly picture: Picture | null;
  /** Null: it says nothing of cameras. */
  readonly cameras: readonly CameraHeartbeat[] | null;
  /** All else that it says. */
  readonly details: JsonObject;
};

export type HeartbeatReading =
  | { readonly ok: true; readonly heartbeat: Heartbeat }
  | { readonly ok: false; readonly details: readonly ErrorDetail[] };

const DEVICE_NAMES = ['device_id', 'deviceId'];
const CAMERA_NAMES = ['camera_id', 'cameraId', 'id'];
const AREA_NAMES = ['area_id', 'areaId'];
const MODEL_NAMES = ['model', 'device_model', 'deviceModel'];
const VERSION_NAMES = ['software_version', 'softwareVersion', 'firmware_version', 'version'];
const TIME_NAMES = ['timestamp', 'time', 'ts'];
const STATE_NAMES = ['state', 'status'];
const AGE_MS_NAMES = ['last_frame_age_ms', 'lastFrameAgeMs'];
const AGE_S_NAMES = ['last_frame_age_sec', 'last_frame_age_s', 'lastFrameAgeSec'];

export function readHeartbeat(body: JsonValue, now: Instant): HeartbeatReading {
  if (!isJsonObject(body)) return refuse('', 'must be an object');
  const deviceId = readId(body, DEVICE_NAMES);
  if (!deviceId.ok) return refuse('device_id', deviceId.message);
  const cameras = readCameras(body['cameras']);
  if (!cameras.ok) return cameras;
  const heartbeat: Heartbeat = {
    deviceId: deviceId.id,
    areaId: readText(body, AREA_NAMES),
    model: readText(body, MODEL_NAMES),
    softwareVersion: readText(body, VERSION_NAMES),
    clockSkewMs: readSkewMs(find(body, TIME_NAMES), now),
    picture: hasPicture(body) ? readPicture(body, []) : null,
    cameras: cameras.cameras,
    details: keepDetails(body, [...DEVICE_NAMES, 'cameras'], LIMITS.heartbeatDetailsCharsMax),
  };
  return { ok: true, heartbeat };
}

function refuse(path: string, message: string): HeartbeatReading & { readonly ok: false } {
  return { ok: false, details: [{ path, message }] };
}

type CamerasReading =
  | { readonly ok: true; readonly cameras: readonly CameraHeartbeat[] | null }
  | (HeartbeatReading & { readonly ok: false });

/** A camera named twice counts once, as it was named last. */
function readCameras(value: JsonValue | undefined): CamerasReading {
  if (value === undefined || value === null) return { ok: true, cameras: null };
  if (!Array.isArray(value)) return refuse('cameras', 'must be a list');
  const list: readonly JsonValue[] = value;
  if (list.length > LIMITS.camerasPerHeartbeatMax) {
    return refuse('cameras', `must have at most ${LIMITS.camerasPerHeartbeatMax} entries`);
  }
  const cameras = new Map<string, CameraHeartbeat>();
  for (const [index, item] of list.entries()) {
    if (!isJsonObject(item)) return refuse(`cameras[${index}]`, 'must be an object');
    const cameraId = readId(item, CAMERA_NAMES);
    if (!cameraId.ok) return refuse(`cameras[${index}].camera_id`, cameraId.message);
    cameras.set(cameraId.id, {
      cameraId: cameraId.id,
      areaId: readText(item, AREA_NAMES),
      model: readText(item, MODEL_NAMES),
      picture: readPicture(item, STATE_NAMES),
      details: keepDetails(item, CAMERA_NAMES, LIMITS.cameraDetailsCharsMax),
    });
  }
  return { ok: true, cameras: [...cameras.values()] };
}

type IdReading =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly message: string };

/** Some number their devices. */
function readId(body: JsonObject, names: readonly string[]): IdReading {
  const value = find(body, names);
  if (value === undefined || value === null) return { ok: false, message: 'is required' };
  const isText = typeof value === 'string' || typeof value === 'number';
  if (!isText) return { ok: false, message: 'must be text' };
  const id = String(value);
  if (id.trim() === '') return { ok: false, message: 'must not be empty' };
  if (id.length > LIMITS.identifierCharsMax) {
    return { ok: false, message: `must have at most ${LIMITS.identifierCharsMax} characters` };
  }
  if (/\p{Cc}/u.test(id)) return { ok: false, message: 'must not hold control characters' };
  return { ok: true, id };
}

/** The device's own state is about the device, not about a picture: only these speak of one. */
function hasPicture(body: JsonObject): boolean {
  return find(body, ['fps', ...AGE_MS_NAMES, ...AGE_S_NAMES]) !== undefined;
}

/** Words of many makers for a camera without a picture. */
const WITHOUT_PICTURE =
  /^(off|off[ _-]?line|down|dead|disconnected|disabled?|error|fail(ed|ure)?|fault|lost|video[ _-]?loss|no[ _-]?(signal|video|frames?)|stopped|unreachable|timeout|0|false)$/i;

function readPicture(body: JsonObject, stateNames: readonly string[]): Picture {
  const given = find(body, stateNames) ?? (stateNames.length === 0 ? null : body['online']);
  const state = given === null || given === undefined ? null : toShortText(given);
  const fps = readNumber(body['fps']);
  const ageMs = readNumber(find(body, AGE_MS_NAMES));
  const ageS = readNumber(find(body, AGE_S_NAMES));
  const frameAgeMs = ageMs ?? (ageS === null ? null : ageS * MS_PER_SECOND);
  const isAgeUsable = frameAgeMs !== null && frameAgeMs >= 0;
  return {
    state,
    fps,
    frameAgeMs: isAgeUsable ? Math.min(frameAgeMs, LIMITS.frameAgeMaxMs) : null,
    isLive: fps !== 0 && !(state !== null && WITHOUT_PICTURE.test(state.trim())),
  };
}

/** Seconds or milliseconds since 1970, or RFC 3339. What is none of them says nothing. */
function readSkewMs(value: JsonValue | undefined, now: Instant): number | null {
  const number = readNumber(value);
  if (number !== null) {
    const isMs = Math.abs(number) >= EPOCH_MS_MIN;
    return Math.round(instant(isMs ? number : number * MS_PER_SECOND) - now);
  }
  const at = typeof value === 'string' ? parseInstant(value) : null;
  return at === null ? null : at - now;
}

/** As seconds, the year 5138; as milliseconds, 1973. */
const EPOCH_MS_MIN = 100_000_000_000;

function find(body: JsonObject, names: readonly string[]): JsonValue | undefined {
  for (const name of names) if (Object.hasOwn(body, name)) return body[name];
  return undefined;
}

function readNumber(value: JsonValue | undefined): number | null {
  const isDigits = typeof value === 'string' && /^-?\d{1,15}(\.\d{1,9})?$/.test(value.trim());
  const number = isDigits ? Number(value) : value;
  if (typeof number !== 'number' || Math.abs(number) > Number.MAX_SAFE_INTEGER) return null;
  return Math.abs(number) < NUMBER_MIN ? 0 : number;
}

/** What is smaller has no place in a `real`, and PostgreSQL would refuse the row. */
const NUMBER_MIN = 1e-30;

function readText(body: JsonObject, names: readonly string[]): string | null {
  const value = find(body, names);
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value).slice(0, LIMITS.identifierCharsMax).toWellFormed();
  return text.trim() === '' || /\p{Cc}/u.test(text) ? null : text;
}

function toShortText(value: JsonValue): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, LIMITS.deviceStateCharsMax)
    .toWellFormed();
}

/** As many fields as there is room for, in the order in which they came. */
function keepDetails(body: JsonObject, left: readonly string[], charsMax: number): JsonObject {
  const kept: [string, JsonValue][] = [];
  let chars = 0;
  for (const [name, value] of Object.entries(body)) {
    if (left.includes(name)) continue;
    chars += name.length + JSON.stringify(value).length;
    if (chars > charsMax) break;
    kept.push([name, value]);
  }
  return Object.fromEntries(kept);
}
