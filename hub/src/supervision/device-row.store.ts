/** A device as a row of its table; the statements are in the files beside it. */
import { projectId, sourceId } from '#kernel/id.ts';
import {
  formatInstant,
  formatInstantOrNull,
  type Instant,
  INSTANT_MIN,
  instantFromDate,
} from '#kernel/instant.ts';
import type { Device } from './device.ts';

export const DEVICE_COLUMNS = `
  project_id text, device_id text, parent_id text, camera_id text, kind text, name text,
  area_id text, model text, source_id uuid, software_version text, state text, fps real,
  is_live boolean, clock_skew_ms bigint, details jsonb, silent_after_s integer,
  is_watched boolean, watch_from timestamptz, first_seen_at timestamptz,
  last_seen_at timestamptz, last_event_at timestamptz, last_heartbeat_at timestamptz,
  last_frame_at timestamptz, silent_since timestamptz, due_at timestamptz, version integer,
  created_at timestamptz, updated_at timestamptz
`;

export function toDeviceRow(device: Device) {
  return {
    project_id: device.projectId,
    device_id: device.deviceId,
    parent_id: device.parentId,
    camera_id: device.cameraId,
    kind: device.kind,
    name: device.name,
    area_id: device.areaId,
    model: device.model,
    source_id: device.sourceId,
    software_version: device.softwareVersion,
    state: device.state,
    fps: device.fps,
    is_live: device.isLive,
    clock_skew_ms: device.clockSkewMs,
    details: device.details,
    silent_after_s: device.silentAfterS,
    is_watched: device.isWatched,
    watch_from: formatInstantOrNull(device.watchFrom),
    first_seen_at: formatInstantOrNull(device.firstSeenAt),
    last_seen_at: formatInstantOrNull(device.lastSeenAt),
    last_event_at: formatInstantOrNull(device.lastEventAt),
    last_heartbeat_at: formatInstantOrNull(device.lastHeartbeatAt),
    last_frame_at: formatInstantOrNull(device.lastFrameAt),
    silent_since: formatInstantOrNull(device.silentSince),
    due_at: formatInstantOrNull(device.dueAt),
    version: device.version,
    created_at: formatInstant(device.createdAt),
    updated_at: formatInstant(device.updatedAt),
  };
}

export function parseDeviceRow(row: Readonly<Record<string, unknown>>): Device {
  const source = row['source_id'] as string | null;
  const skew = row['clock_skew_ms'];
  return {
    projectId: projectId(row['project_id'] as string),
    deviceId: row['device_id'] as string,
    parentId: row['parent_id'] as string | null,
    cameraId: row['camera_id'] as string | null,
    kind: row['kind'] as Device['kind'],
    name: row['name'] as string | null,
    areaId: row['area_id'] as string | null,
    model: row['model'] as string | null,
    sourceId: source === null ? null : sourceId(source),
    softwareVersion: row['software_version'] as string | null,
    state: row['state'] as string | null,
    fps: row['fps'] as number | null,
    isLive: row['is_live'] as boolean | null,
    clockSkewMs: skew === null ? null : Number(skew),
    details: row['details'] as Device['details'],
    silentAfterS: row['silent_after_s'] as number | null,
    isWatched: row['is_watched'] as boolean,
    watchFrom: parseTime(row['watch_from']),
    firstSeenAt: parseTime(row['first_seen_at']),
    lastSeenAt: parseTime(row['last_seen_at']),
    lastEventAt: parseTime(row['last_event_at']),
    lastHeartbeatAt: parseTime(row['last_heartbeat_at']),
    lastFrameAt: parseTime(row['last_frame_at']),
    silentSince: parseTime(row['silent_since']),
    dueAt: parseTime(row['due_at']),
    version: row['version'] as number,
    createdAt: parseTime(row['created_at']) ?? INSTANT_MIN,
    updatedAt: parseTime(row['updated_at']) ?? INSTANT_MIN,
  };
}

function parseTime(value: unknown): Instant | null {
  return value instanceof Date ? instantFromDate(value) : null;
}
