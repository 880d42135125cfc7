/** Devices and cameras: what is known of them, and what people set up about them. */
import * as z from 'zod/mini';
import {
  freeJsonObject,
  id,
  maybe,
  maybeText,
  name,
  pageQuery,
  projectId,
  resourceStamps,
  seconds,
  text,
  timestamp,
} from '#contract/field.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';

export const WIRE_DEVICE_KINDS = ['care', 'camera'] as const;
export const WIRE_DEVICE_STATUSES = ['fresh', 'late', 'silent', 'never', 'unwatched'] as const;

export const deviceKind = z.enum(WIRE_DEVICE_KINDS);

/** The sender's own name for it. */
export function deviceLine() {
  return text(WIRE_LIMITS.identifierCharsMax).check(
    z.regex(/^\P{Cc}*$/u, 'must not hold control characters'),
  );
}

export const newDevice = z.strictObject({
  project_id: maybe(projectId()),
  /** Of a camera of a box: what the box calls it. */
  device_id: deviceLine(),
  parent_device_id: maybe(deviceLine()),
  kind: maybe(deviceKind),
  name: maybe(name()),
  area_id: maybe(deviceLine()),
  model: maybe(deviceLine()),
  silent_after_s: maybe(seconds()),
  is_watched: maybe(z.boolean()),
});
export type NewDevice = z.output<typeof newDevice>;

export const devicePatch = z.strictObject({
  kind: z.optional(deviceKind),
  name: z.optional(z.nullable(name())),
  area_id: z.optional(z.nullable(deviceLine())),
  model: z.optional(z.nullable(deviceLine())),
  /** Null: as all of its kind. */
  silent_after_s: z.optional(z.nullable(seconds())),
  is_watched: z.optional(z.boolean()),
});
export type DevicePatch = z.output<typeof devicePatch>;

export const deviceQuery = z.extend(pageQuery, {
  kind: maybe(deviceKind),
  status: maybe(z.enum(WIRE_DEVICE_STATUSES)),
  area_id: maybeText(WIRE_LIMITS.identifierCharsMax),
  /** The cameras of this box. */
  parent_device_id: maybeText(WIRE_LIMITS.identifierCharsMax),
  /** In its id or its name. */
  q: maybeText(WIRE_LIMITS.identifierCharsMax),
  /** Names its last device, which may be long. */
  cursor: maybeText(WIRE_LIMITS.deviceCursorCharsMax),
});

/** Which project is meant, where the path names something that several may have. */
export const projectQuery = z.strictObject({ project_id: maybe(projectId()) });

const maybeAt = z.nullable(timestamp());

export const deviceAnswer = z.strictObject({
  device_id: z.string(),
  ...resourceStamps,
  parent_device_id: z.nullable(z.string()),
  camera_id: z.nullable(z.string()),
  kind: deviceKind,
  name: z.nullable(z.string()),
  area_id: z.nullable(z.string()),
  model: z.nullable(z.string()),
  status: z.enum(WIRE_DEVICE_STATUSES),
  is_watched: z.boolean(),
  silent_after_s: z.nullable(z.int()),
  /** What counts, given or as of its kind. */
  silent_limit_s: z.int(),
  silent_since: maybeAt,
  source_id: z.nullable(id()),
  software_version: z.nullable(z.string()),
  state: z.nullable(z.string()),
  fps: z.nullable(z.number()),
  clock_skew_ms: z.nullable(z.int()),
  is_clock_skewed: z.boolean(),
  first_seen_at: maybeAt,
  last_seen_at: maybeAt,
  last_event_at: maybeAt,
  last_heartbeat_at: maybeAt,
  last_frame_at: maybeAt,
  details: freeJsonObject(),
});
export type DeviceAnswer = z.output<typeof deviceAnswer>;

/** As edge boxes send it; any other field is kept beside these. */
export const heartbeatBody = z.looseObject({
  device_id: z.string(),
  timestamp: z.optional(z.number()),
  software_version: z.optional(z.string()),
  cameras: z.optional(
    z.array(
      z.looseObject({
        camera_id: z.string(),
        state: z.optional(z.string()),
        fps: z.optional(z.number()),
        last_frame_age_ms: z.optional(z.number()),
      }),
    ),
  ),
});

export const heartbeatAnswer = z.strictObject({
  code: z.literal(0),
  msg: z.string(),
  data: z.strictObject({
    device_id: z.string(),
    camera_count: z.int(),
    clock_skew_ms: z.nullable(z.number()),
    received_at: timestamp(),
  }),
});
