/**
 * Every statement on `device`. Lock order: rows are locked sorted by (project_id, device_id), or
 * skipped when somebody else has them; in a flush they come after heads and alerts. What people
 * set up (name, kind, silent_after_s, ...) and what devices say are different columns, so neither
 * write undoes the other.
 */
import {
  formatInstant,
  formatInstantOrNull,
  type Instant,
  instantFromDate,
} from '#kernel/instant.ts';
import { columnarInsert } from '#platform/postgres/columnar.ts';
import {
  postRows,
  type Queryable,
  type Row,
  type Transaction,
} from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { Device } from './device.ts';
import { DEVICE_COLUMNS, parseDeviceRow, toDeviceRow } from './device-row.store.ts';
import { AHEAD_MAX, renderLatest } from './latest.store.ts';

/** What a heartbeat says. The rows are locked, but for those that another first heartbeat made. */
const SAVE_HEARD = columnarInsert('supervision.save_heard', {
  table: 'device',
  row: DEVICE_COLUMNS,
  orderBy: 'project_id, device_id',
  onConflict: `
    on conflict (project_id, device_id) do update
       set area_id = coalesce(t.area_id, excluded.area_id),
           model = coalesce(t.model, excluded.model),
           source_id = excluded.source_id, software_version = excluded.software_version,
           state = excluded.state, fps = excluded.fps, is_live = excluded.is_live,
           clock_skew_ms = excluded.clock_skew_ms, details = excluded.details,
           first_seen_at = coalesce(t.first_seen_at, excluded.first_seen_at),
           last_seen_at = excluded.last_seen_at,
           last_event_at = case when t.last_event_at <= excluded.last_heartbeat_at + ${AHEAD_MAX}
                           then t.last_event_at end,
           last_heartbeat_at = excluded.last_heartbeat_at,
           last_frame_at = excluded.last_frame_at, due_at = excluded.due_at
  `,
});

const SEEN_ROW = `
  project_id text, device_id text, parent_id text, camera_id text, kind text, area_id text,
  source_id uuid, details jsonb, is_watched boolean, first_seen_at timestamptz,
  last_seen_at timestamptz, last_event_at timestamptz, version integer,
  created_at timestamptz, updated_at timestamptz
`;

const HEAR_EVENT = `
  area_id = coalesce(t.area_id, excluded.area_id), source_id = excluded.source_id,
  first_seen_at = coalesce(t.first_seen_at, excluded.first_seen_at),
  last_seen_at = ${renderLatest('last_seen_at', 'excluded.last_seen_at')},
  last_event_at = ${renderLatest('last_event_at', 'excluded.last_event_at')},
  due_at = case when t.silent_since is null then t.due_at else excluded.last_seen_at end
`;

/** An event only puts off what is due; the look at the old moment finds that out. */
const RENEW = columnarInsert('supervision.renew', {
  table: 'device',
  row: SEEN_ROW,
  orderBy: 'project_id, device_id',
  onConflict: `on conflict (project_id, device_id) do update set ${HEAR_EVENT}`,
});

const RENEW_KNOWN = statement(
  'supervision.renew_known',
  `
  with known as (
    select d.project_id, d.device_id, r.at
      from device d
      join json_to_recordset($1::text::json) as r(project_id text, device_id text, at timestamptz)
        on d.project_id = r.project_id and d.device_id = r.device_id
     order by d.project_id, d.device_id
       for update of d
  )
  update device t
     set last_seen_at = ${renderLatest('last_seen_at', 'known.at')},
         last_event_at = ${renderLatest('last_event_at', 'known.at')},
         first_seen_at = coalesce(t.first_seen_at, known.at),
         due_at = case when t.silent_since is null then t.due_at else known.at end
    from known
   where t.project_id = known.project_id and t.device_id = known.device_id
  `,
);

/**
 * The box and its cameras, found by two indexes. The project is kept from the primary key: a plan
 * made on an empty table would walk through all devices of the project by it.
 */
const LOCK_BOX = statement(
  'supervision.lock_box',
  `
  select d.*
    from device d
   where (d.project_id, d.device_id) in (
     select $1::text, $2::text
     union all
     select c.project_id, c.device_id
       from device c
      where c.parent_id = $2 and c.project_id || '' = $1
   )
   order by d.project_id, d.device_id
     for update of d
  `,
);

const CLAIM = statement(
  'supervision.claim_due',
  `
  select *
    from device
   where due_at <= $1
   order by due_at, project_id, device_id
   limit $2
     for update skip locked
  `,
);

const LOAD = statement(
  'supervision.load_devices',
  `
  select d.*
    from device d
    join json_to_recordset($1::text::json) as r(project_id text, device_id text)
      on d.project_id = r.project_id and d.device_id = r.device_id
  `,
);

/** Their rows are locked by the claim. */
const SAVE_LOOKS = statement(
  'supervision.save_looks',
  `
  update device d
     set silent_since = r.silent_since, due_at = r.due_at
    from json_to_recordset($1::text::json) as r(
      project_id text, device_id text, silent_since timestamptz, due_at timestamptz
    )
   where d.project_id = r.project_id and d.device_id = r.device_id
  `,
);

const POSTPONE = statement(
  'supervision.postpone',
  'update device set due_at = $3 where project_id = $1 and device_id = $2 and due_at <= $3',
);

const NEXT_DUE = statement(
  'supervision.next_due',
  'select due_at from device where due_at is not null order by due_at limit 1',
);

export type DeviceRef = Pick<Device, 'projectId' | 'deviceId'>;

/** A device that an event names. */
export type SeenDevice = Pick<
  Device,
  'projectId' | 'deviceId' | 'parentId' | 'cameraId' | 'kind' | 'areaId' | 'sourceId'
> & { readonly at: Instant };

/** Locks the box and all of its cameras, sorted. */
export async function lockBox(tx: Transaction, ref: DeviceRef): Promise<readonly Device[]> {
  return (await tx.run(LOCK_BOX, [ref.projectId, ref.deviceId])).map(parseDeviceRow);
}

export function postHeard(tx: Transaction, devices: readonly Device[]): void {
  postRows(tx, SAVE_HEARD, devices.map(toDeviceRow));
}

/** Each device once. */
export function postSeen(tx: Transaction, seen: readonly SeenDevice[]): void {
  if (seen.length === 0) return;
  const rows = seen.map(({ at, ...device }) => ({
    project_id: device.projectId,
    device_id: device.deviceId,
    parent_id: device.parentId,
    camera_id: device.cameraId,
    kind: device.kind,
    area_id: device.areaId,
    source_id: device.sourceId,
    details: {},
    is_watched: true,
    first_seen_at: formatInstant(at),
    last_seen_at: formatInstant(at),
    last_event_at: formatInstant(at),
    version: 1,
    created_at: formatInstant(at),
    updated_at: formatInstant(at),
  }));
  postRows(tx, RENEW, rows);
}

/** Of projects that have no room for more: those that are there alone. */
export function postSeenKnown(tx: Transaction, seen: readonly SeenDevice[]): void {
  if (seen.length === 0) return;
  const rows = seen.map(({ projectId: project, deviceId, at }) => ({
    project_id: project,
    device_id: deviceId,
    at: formatInstant(at),
  }));
  tx.post(RENEW_KNOWN, [JSON.stringify(rows)]);
}

/** Those that nobody else is looking at. */
export async function claimDueDevices(
  tx: Transaction,
  now: Instant,
  batchMax: number,
): Promise<readonly Device[]> {
  return (await tx.run(CLAIM, [formatInstant(now), batchMax])).map(parseDeviceRow);
}

export async function loadDevices(
  tx: Queryable,
  refs: readonly DeviceRef[],
): Promise<readonly Device[]> {
  if (refs.length === 0) return [];
  const rows = refs.map((ref) => ({ project_id: ref.projectId, device_id: ref.deviceId }));
  return (await tx.run(LOAD, [JSON.stringify(rows)])).map(parseDeviceRow);
}

export function postLooks(tx: Transaction, devices: readonly Device[]): void {
  if (devices.length === 0) return;
  const rows = devices.map((device) => ({
    project_id: device.projectId,
    device_id: device.deviceId,
    silent_since: formatInstantOrNull(device.silentSince),
    due_at: formatInstantOrNull(device.dueAt),
  }));
  tx.post(SAVE_LOOKS, [JSON.stringify(rows)]);
}

/** One whose look failed waits, and holds up nobody. */
export async function postponeDevice(db: Queryable, ref: DeviceRef, until: Instant) {
  await db.run(POSTPONE, [ref.projectId, ref.deviceId, formatInstant(until)]);
}

export async function findNextDueDevice(db: Queryable): Promise<Instant | null> {
  const [row] = await db.run(NEXT_DUE, []);
  return row === undefined ? null : parseDueAt(row);
}

function parseDueAt(row: Row): Instant | null {
  const at = row['due_at'];
  return at instanceof Date ? instantFromDate(at) : null;
}
