/**
 * `/api/v1/devices`: what is known of devices and cameras, and what people set up about them. A
 * device registers itself by its first heartbeat or event; registered ahead, it is missed if it
 * never comes. The id in a path is the sender's own and may hold any character, percent-encoded.
 * Removing a device removes its cameras, and ends the alerts that say that they are silent.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  type DeviceAnswer,
  devicePatch,
  type DevicePatch,
  deviceQuery,
  newDevice,
  type NewDevice,
  projectQuery,
} from '#contract/supervision/device.ts';
import { parseWire } from '#contract/wire.ts';
import { projectId, type ProjectId } from '#kernel/id.ts';
import { formatInstantOrNull, type Instant, MS_PER_SECOND } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { noteChange } from '#kernel/words/audit-entry.ts';
import { principalOf } from '#platform/http/http-server.ts';
import type { Queryable, Transaction } from '#platform/postgres/postgres.ts';
import { callAfterCommit } from '#platform/postgres/whole-request.ts';
import {
  accept,
  changeItem,
  changeProject,
  found,
  invalid,
  nameTaken,
  nextStamps,
  readableProjects,
  readPathId,
  renderList,
  renderStamps,
  requireVersion,
  type ResourceDeps,
  toListPage,
  writableProject,
} from '#platform/http/resource.ts';
import { createDevice, type Device, kindOfNew, nameCamera } from './device.ts';
import {
  countDevices,
  deleteDevice,
  findDevice,
  insertDevice,
  listDevicesPage,
  type StoredDevice,
  updateDevice,
} from './device.store.ts';
import { isHeldTo, limitMsOf } from './silence.ts';
import { type DeviceRef, lockBox } from './store.ts';

export type DeviceRouteDeps = ResourceDeps & {
  /** Ends the alerts about devices that are no more; what it returns is for after the commit. */
  readonly tellRemoved: TellRemoved;
};

export type TellRemoved = (
  tx: Transaction,
  devices: readonly Device[],
  now: Instant,
) => Promise<() => void>;

const PATH = '/api/v1/devices';

export function registerDeviceRoutes(server: FastifyInstance, deps: DeviceRouteDeps): void {
  registerReads(server, deps);

  server.post(PATH, { config: { access: 'administer' } }, async (request, reply) => {
    const body = accept(parseWire(newDevice, request.body));
    const project = writableProject(principalOf(request), body.project_id);
    return reply.code(201).send(renderDevice(await addDevice(deps, project, body)));
  });

  server.patch(`${PATH}/:id`, { config: { access: 'administer' } }, async (request) => {
    const find = createFind(deps, request);
    const body = accept(parseWire(devicePatch, request.body));
    const changed = await changeItem(deps, find, async ({ tx, item, now }) => {
      requireVersion(request, item.version);
      const next = { ...patchDevice(item, body, now), ...nextStamps(item, now) };
      await updateDevice(tx, next);
      const stored = found(await findDevice(tx, [next.projectId], { id: next.deviceId, now }));
      deps.recordAudit(tx, noteDevice(item, stored));
      return renderDevice(stored);
    });
    return changed;
  });

  server.delete(`${PATH}/:id`, { config: { access: 'administer' } }, async (request, reply) => {
    const find = createFind(deps, request);
    const tell = await changeItem(deps, find, async ({ tx, item, now }) => {
      deps.recordAudit(tx, noteDevice(item, null));
      return removeDevice(deps, tx, { device: item, now });
    });
    callAfterCommit(tell);
    return reply.code(204).send();
  });
}

function registerReads(server: FastifyInstance, deps: DeviceRouteDeps): void {
  const { database, clock } = deps;

  server.get(PATH, { config: { access: 'read' } }, async (request) => {
    const query = accept(parseWire(deviceQuery, request.query));
    const page = toListPage(principalOf(request), query, isPosition);
    const filter = {
      kind: query.kind,
      status: query.status,
      areaId: query.area_id,
      parentId: query.parent_device_id,
      text: query.q,
    };
    const asked = { filter, now: clock.now() };
    const rows = await database.read((db) => listDevicesPage(db, page, asked));
    const position = (device: StoredDevice) => ({
      createdAt: device.createdAt,
      id: `${device.projectId}/${device.deviceId}`,
    });
    return renderList(rows, page, { position, render: renderDevice });
  });

  server.get(`${PATH}/:id`, { config: { access: 'read' } }, async (request) =>
    renderDevice(found(await database.read(createFind(deps, request)))),
  );
}

/** The sender's own name; a control character is in none, and the database takes no NUL. */
const isDeviceName = (text: string) => /^\P{Cc}+$/u.test(text);

const isPosition = (id: string) => id.includes('/') && isDeviceName(id);

/** A name is unique in a project only: `project_id` chooses when several projects use one. */
function createFind({ clock }: DeviceRouteDeps, request: FastifyRequest) {
  const id = readPathId(request, isDeviceName);
  const query = accept(parseWire(projectQuery, request.query));
  const projectIds = readableProjects(principalOf(request), query.project_id);
  return (db: Queryable) => findDevice(db, projectIds, { id, now: clock.now() });
}

async function addDevice(
  deps: DeviceRouteDeps,
  project: ProjectId,
  body: NewDevice,
): Promise<StoredDevice> {
  return changeProject(deps, project, async (tx, now) => {
    requireRoom(await countDevices(tx, project));
    const device = toDevice(project, body, now);
    if (!(await insertDevice(tx, device))) throw nameTaken('device_id');
    const stored = found(await findDevice(tx, [project], { id: device.deviceId, now }));
    deps.recordAudit(tx, noteDevice(null, stored));
    return stored;
  });
}

export function requireRoom(count: number): void {
  if (count < LIMITS.devicesPerProjectMax) return;
  const most = `the project has ${LIMITS.devicesPerProjectMax} devices already`;
  throw invalid('device_id', `${most}, and no room for more`);
}

/** With its cameras. What it returns is for after the commit. */
export async function removeDevice(
  deps: Pick<DeviceRouteDeps, 'tellRemoved'>,
  tx: Transaction,
  { device, now }: { readonly device: DeviceRef; readonly now: Instant },
): ReturnType<TellRemoved> {
  const devices = await lockBox(tx, device);
  await deleteDevice(tx, device);
  const silent = devices.filter(({ silentSince }) => silentSince !== null);
  return deps.tellRemoved(tx, silent, now);
}

export function toDevice(project: ProjectId, body: NewDevice, now: Instant): Device {
  const { parent_device_id: parentId, device_id: ownId } = body;
  const isCamera = parentId !== null;
  const fresh = {
    projectId: projectId(project),
    deviceId: isCamera ? nameCamera(parentId, ownId) : ownId,
    parentId,
    cameraId: isCamera ? ownId : null,
    kind: body.kind ?? kindOfNew(parentId),
    name: body.name,
    areaId: body.area_id,
    model: body.model,
    silentAfterS: body.silent_after_s,
    isWatched: body.is_watched ?? true,
    watchFrom: now,
    dueAt: now,
  } as const;
  return createDevice(fresh, now);
}

/** Absent keeps, null clears. What begins to be expected of it counts from now. */
export function patchDevice(device: StoredDevice, body: DevicePatch, now: Instant): StoredDevice {
  const { name, area_id: area, model, silent_after_s: silence } = body;
  const next: StoredDevice = {
    ...device,
    name: name === undefined ? device.name : name,
    kind: body.kind ?? device.kind,
    areaId: area === undefined ? device.areaId : area,
    model: model === undefined ? device.model : model,
    silentAfterS: silence === undefined ? device.silentAfterS : silence,
    isWatched: body.is_watched ?? device.isWatched,
  };
  const isFreshlyHeld = isHeldTo(next) && !isHeldTo(device);
  return isFreshlyHeld ? { ...next, watchFrom: now } : next;
}

function noteDevice(before: StoredDevice | null, after: StoredDevice | null) {
  const show = (device: StoredDevice | null) =>
    device === null ? null : { id: device.deviceId, ...renderDevice(device) };
  return noteChange('device', show(before), show(after));
}

function renderDevice(device: StoredDevice): DeviceAnswer {
  const { createdAt, updatedAt, projectId: project, version, clockSkewMs } = device;
  const isSkewed = clockSkewMs !== null && Math.abs(clockSkewMs) > LIMITS.clockSkewMaxMs;
  return {
    device_id: device.deviceId,
    ...renderStamps({ projectId: project, version, createdAt, updatedAt }),
    parent_device_id: device.parentId,
    camera_id: device.cameraId,
    kind: device.kind,
    name: device.name,
    area_id: device.areaId,
    model: device.model,
    status: device.status,
    is_watched: device.isWatched,
    silent_after_s: device.silentAfterS,
    silent_limit_s: limitMsOf(device) / MS_PER_SECOND,
    silent_since: formatInstantOrNull(device.silentSince),
    source_id: device.sourceId,
    software_version: device.softwareVersion,
    state: device.state,
    fps: device.fps,
    clock_skew_ms: clockSkewMs,
    is_clock_skewed: isSkewed,
    first_seen_at: formatInstantOrNull(device.firstSeenAt),
    last_seen_at: formatInstantOrNull(device.lastSeenAt),
    last_event_at: formatInstantOrNull(device.lastEventAt),
    last_heartbeat_at: formatInstantOrNull(device.lastHeartbeatAt),
    last_frame_at: formatInstantOrNull(device.lastFrameAt),
    details: device.details,
  };
}
