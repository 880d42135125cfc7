/**
 * The statements on `device` that people ask for: lists, one by its name, what they set up, and how
 * many there are of each status. `store.ts` has those of heartbeats, events and looks.
 */
import { DEFAULT_PROJECT_ID, projectId, type ProjectId } from '#kernel/id.ts';
import {
  formatInstant,
  formatInstantOrNull,
  type Instant,
  MS_PER_SECOND,
} from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { ListPage, ProjectFilter } from '#platform/http/resource.ts';
import { columnarInsert, fillColumns } from '#platform/postgres/columnar.ts';
import type { Queryable, Row, Transaction } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { Device } from './device.ts';
import { DEVICE_COLUMNS, parseDeviceRow, toDeviceRow } from './device-row.store.ts';
import type { DeviceStatus } from './silence.ts';
import type { DeviceRef } from './store.ts';

const COUNT = statement(
  'supervision.count_devices',
  'select count(*)::int as count from device where project_id = $1',
);

const LIMIT_S = `coalesce(d.silent_after_s, case d.kind
  when 'camera' then ${LIMITS.cameraSilentMs / MS_PER_SECOND}
  else ${LIMITS.careSilentMs / MS_PER_SECOND} end)`;

/** Of a camera that its box speaks of, the picture; of all else, what it said itself. */
const HEARD_AT = `greatest(d.last_event_at, d.watch_from, case
  when d.parent_id is null then d.last_heartbeat_at else d.last_frame_at end)`;

/** As of $1. Late: half of the time after which it is silent is over. */
const STATUS = `case
  when d.silent_since is not null then 'silent'
  when d.last_seen_at is null then 'never'
  when not d.is_watched or (d.last_heartbeat_at is null and d.silent_after_s is null)
    then 'unwatched'
  when ${HEARD_AT} + ${LIMIT_S} * interval '0.5 second' < $1::timestamptz then 'late'
  else 'fresh' end`;

/** Names of devices are unique in a project: the position of a row names both. */
const LIST_PAGE = statement(
  'supervision.list_devices_page',
  `
  select *
    from (select d.*, ${STATUS} as status from device d) d
   where ($2::text[] is null or d.project_id = any($2))
     and ($3::timestamptz is null
          or (d.created_at, d.project_id || '/' || d.device_id) < ($3, $4::text))
     and ($6::text is null or d.kind = $6)
     and ($7::text is null or d.status = $7)
     and ($8::text is null or d.area_id = $8)
     and ($9::text is null or d.parent_id = $9)
     and ($10::text is null or d.device_id ilike $10 or d.name ilike $10)
   order by d.created_at desc, d.project_id || '/' || d.device_id desc
   limit $5
  `,
);

const FIND = statement(
  'supervision.find_device',
  `
  select d.*, ${STATUS} as status
    from device d
   where ($2::text[] is null or d.project_id = any($2)) and d.device_id = $3
   order by d.project_id <> '${DEFAULT_PROJECT_ID}', d.project_id
   limit 1
  `,
);

const FIND_CAMERAS = statement(
  'supervision.find_cameras',
  `
  select d.*, ${STATUS} as status
    from device d
   where ($2::text[] is null or d.project_id = any($2)) and d.camera_id = $3
   limit 2
  `,
);

/**
 * Devices that registered themselves have been seen since they are there; those that people have
 * named ahead are watched since then. Kind, area and model are what devices say themselves.
 */
const LIST_CONFIGURED = statement(
  'supervision.list_configured_devices',
  `
  select c.*
    from (
      select d.project_id, d.device_id, d.parent_id, d.camera_id, d.kind, d.name, d.area_id,
             d.model, d.silent_after_s, d.is_watched,
             (d.first_seen_at is distinct from d.created_at
               or d.watch_from is not distinct from d.created_at) as is_registered_ahead
        from device d
    ) c
   where c.project_id = $1
     and (c.is_registered_ahead or c.name is not null or c.silent_after_s is not null
          or not c.is_watched or c.device_id = any($2::text[]))
   order by c.device_id
  `,
);

const LOCK = statement(
  'supervision.lock_devices',
  `
  select device_id
    from device
   where project_id = $1 and (device_id = any($2::text[]) or parent_id = any($2))
   order by project_id, device_id
     for update
  `,
);

const INSERT = columnarInsert('supervision.insert_device', {
  table: 'device',
  row: DEVICE_COLUMNS,
  onConflict: 'on conflict (project_id, device_id) do nothing returning device_id',
});

const UPDATE = statement(
  'supervision.update_device',
  `
  update device
     set name = $3, kind = $4, area_id = $5, model = $6, silent_after_s = $7, is_watched = $8,
         watch_from = $9, due_at = $10, version = $11, updated_at = $10
   where project_id = $1 and device_id = $2
  `,
);

const COUNT_SILENT = statement(
  'supervision.count_silent_devices',
  'select count(*)::int as count from device where silent_since is not null',
);

/** With its cameras. */
const DELETE = statement(
  'supervision.delete_device',
  'delete from device where project_id = $1 and (device_id = $2 or parent_id = $2)',
);

const COUNT_STATUSES = statement(
  'supervision.count_statuses',
  `
  select d.project_id, ${STATUS} as status, count(*)::int as count from device d group by 1, 2
  `,
);

export type StoredDevice = Device & { readonly status: DeviceStatus };

export async function countDevices(db: Queryable, project: ProjectId): Promise<number> {
  const [row] = await db.run(COUNT, [project]);
  return Number(row?.['count'] ?? 0);
}

export type DeviceFilter = {
  readonly kind: string | null;
  readonly status: string | null;
  readonly areaId: string | null;
  readonly parentId: string | null;
  readonly text: string | null;
};

/** Newest first. */
export async function listDevicesPage(
  db: Queryable,
  page: ListPage,
  asked: { readonly filter: DeviceFilter; readonly now: Instant },
): Promise<readonly StoredDevice[]> {
  const { projectIds, after, rowsMax } = page;
  const { filter, now } = asked;
  const at = formatInstantOrNull(after?.createdAt ?? null);
  const { kind, status, areaId, parentId, text } = filter;
  const like = text === null ? null : `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const place = [formatInstant(now), projectIds, at, after?.id ?? null, rowsMax];
  const rows = await db.run(LIST_PAGE, [...place, kind, status, areaId, parentId, like]);
  return rows.map(parseStoredRow);
}

/** By its name; or by what its box calls a camera, where only one is called so. */
export async function findDevice(
  db: Queryable,
  projectIds: ProjectFilter,
  asked: { readonly id: string; readonly now: Instant },
): Promise<StoredDevice | null> {
  const values = [formatInstant(asked.now), projectIds, asked.id];
  const [row] = await db.run(FIND, values);
  if (row !== undefined) return parseStoredRow(row);
  const [camera, ...others] = await db.run(FIND_CAMERAS, values);
  return camera === undefined || others.length > 0 ? null : parseStoredRow(camera);
}

/** What people may set up about a device; what changes by itself is not in it. */
export type ConfiguredDevice = Pick<
  Device,
  | 'projectId'
  | 'deviceId'
  | 'parentId'
  | 'cameraId'
  | 'kind'
  | 'name'
  | 'areaId'
  | 'model'
  | 'silentAfterS'
  | 'isWatched'
> & {
  /** False: it registered itself, by a heartbeat or an event. */
  readonly isRegisteredAhead: boolean;
};

/** Those of which somebody has set up something, and those of `ids`; by their names. */
export async function listConfiguredDevices(
  db: Queryable,
  project: ProjectId,
  ids: readonly string[],
): Promise<readonly ConfiguredDevice[]> {
  return (await db.run(LIST_CONFIGURED, [project, ids])).map(parseConfiguredRow);
}

/** With their cameras; sorted, as everybody locks them. */
export async function lockDevices(
  tx: Transaction,
  project: ProjectId,
  ids: readonly string[],
): Promise<void> {
  if (ids.length > 0) await tx.run(LOCK, [project, ids]);
}

/** False when there is one of that name. */
export async function insertDevice(tx: Transaction, device: Device): Promise<boolean> {
  const { statement: insert, values } = fillColumns(INSERT, [toDeviceRow(device)]);
  return (await tx.run(insert, values)).length > 0;
}

export async function updateDevice(tx: Queryable, device: Device): Promise<void> {
  await tx.run(UPDATE, [
    device.projectId,
    device.deviceId,
    device.name,
    device.kind,
    device.areaId,
    device.model,
    device.silentAfterS,
    device.isWatched,
    formatInstantOrNull(device.watchFrom),
    formatInstant(device.updatedAt),
    device.version,
  ]);
}

export async function deleteDevice(tx: Queryable, ref: DeviceRef): Promise<void> {
  await tx.run(DELETE, [ref.projectId, ref.deviceId]);
}

export async function countSilentDevices(db: Queryable): Promise<number> {
  const [row] = await db.run(COUNT_SILENT, []);
  return Number(row?.['count'] ?? 0);
}

export type DeviceCount = {
  readonly projectId: ProjectId;
  readonly status: DeviceStatus;
  readonly count: number;
};

export async function countDeviceStatuses(
  db: Queryable,
  now: Instant,
): Promise<readonly DeviceCount[]> {
  const rows = await db.run(COUNT_STATUSES, [formatInstant(now)]);
  return rows.map((row) => ({ ...parseCountRow(row), count: Number(row['count']) }));
}

function parseCountRow(row: Row) {
  return {
    projectId: projectId(row['project_id'] as string),
    status: row['status'] as DeviceStatus,
  };
}

function parseConfiguredRow(row: Row): ConfiguredDevice {
  return {
    projectId: projectId(row['project_id'] as string),
    deviceId: row['device_id'] as string,
    parentId: row['parent_id'] as string | null,
    cameraId: row['camera_id'] as string | null,
    kind: row['kind'] as Device['kind'],
    name: row['name'] as string | null,
    areaId: row['area_id'] as string | null,
    model: row['model'] as string | null,
    silentAfterS: row['silent_after_s'] as number | null,
    isWatched: row['is_watched'] as boolean,
    isRegisteredAhead: row['is_registered_ahead'] as boolean,
  };
}

function parseStoredRow(row: Row): StoredDevice {
  return { ...parseDeviceRow(row), status: row['status'] as DeviceStatus };
}
