/**
 * Devices of a document: what people set up about them. What a device says of itself (kind, area,
 * model) stays where the document leaves it out, for it would be said again with the next report.
 *
 * Danger: heartbeats lock the same rows. All that may be written is locked at once, and sorted.
 */
import type { ConfigEntry } from '#contract/config/document.ts';
import type { DevicePatch } from '#contract/supervision/device.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { invalid, nextStamps } from '#platform/http/resource.ts';
import { patchDevice, removeDevice, requireRoom, toDevice } from '#supervision/device.routes.ts';
import {
  type ConfiguredDevice,
  countDevices,
  findDevice,
  insertDevice,
  lockDevices,
  updateDevice,
} from '#supervision/device.store.ts';
import { nameEntry } from '#app/configuration/document.ts';
import { attempt, listEntries, type Work } from './work.ts';

type Entry = ConfigEntry<'devices'>;
type Named = { readonly index: number; readonly entry: Entry; readonly id: string };

/** With `isPruning`, those that the document does not name are left as they came, or removed. */
export async function applyDevices(work: Work, isPruning: boolean): Promise<void> {
  const { tx, before } = work;
  const project = before.project.projectId;
  const known = new Map(before.devices.map((one) => [one.deviceId, one]));
  const named = listEntries(work.wanted.devices)
    .map(([index, entry]): Named => ({ index, entry, id: nameEntry(entry) }))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const names = new Set(named.map(({ id }) => id));
  const unnamed = isPruning ? before.devices.filter(({ deviceId }) => !names.has(deviceId)) : [];
  const changed = named.filter(({ id, entry }) => {
    const device = known.get(id);
    return device === undefined || !isAsSaid(device, entry);
  });
  const ids = [...changed.map(({ id }) => id), ...unnamed.map(({ deviceId }) => deviceId)];
  await lockDevices(tx, project, ids);
  await pruneDevices(work, unnamed);
  let count: number | null = null;
  for (const { index, entry, id } of changed) {
    await attempt(work, { path: `devices[${index}]` }, async () => {
      if (known.has(id)) return changeDevice(work, entry);
      count ??= await countDevices(tx, project);
      requireRoom(count);
      count += 1;
      return addDevice(work, entry);
    });
  }
}

function isAsSaid(device: ConfiguredDevice, entry: Entry): boolean {
  return (
    device.parentId === entry.parent_device_id &&
    device.name === entry.name &&
    device.silentAfterS === entry.silent_after_s &&
    device.isWatched === (entry.is_watched ?? true) &&
    device.kind === (entry.kind ?? device.kind) &&
    device.areaId === (entry.area_id === undefined ? device.areaId : entry.area_id) &&
    device.model === (entry.model === undefined ? device.model : entry.model)
  );
}

async function addDevice(work: Work, entry: Entry): Promise<void> {
  const { kind = null, area_id: area = null, model = null } = entry;
  const body = { ...entry, project_id: null, kind, area_id: area, model };
  const device = toDevice(work.before.project.projectId, body, work.now);
  // It may have registered itself a moment ago.
  if (!(await insertDevice(work.tx, device))) await changeDevice(work, entry);
}

async function changeDevice(work: Work, entry: Entry): Promise<void> {
  const { device_id: _id, parent_device_id: box, is_watched: isWatched, ...said } = entry;
  await patch(work, nameEntry(entry), { box, body: { ...said, is_watched: isWatched ?? true } });
}

type Patching = {
  /** As the document has it; left out: whatever it is. */
  readonly box?: string | null;
  readonly body: DevicePatch;
};

async function patch(work: Work, id: string, { box, body }: Patching): Promise<void> {
  const { tx, now } = work;
  const device = await findDevice(tx, [work.before.project.projectId], { id, now });
  if (device === null) throw new CodedError('not_found');
  if (box !== undefined && box !== device.parentId) {
    const { parentId, cameraId } = device;
    const what = parentId === null ? 'no camera of a box' : `camera ${cameraId} of box ${parentId}`;
    throw invalid('parent_device_id', `the device ${id} is ${what}, and stays so`);
  }
  await updateDevice(tx, { ...patchDevice(device, body, now), ...nextStamps(device, now) });
}

const AS_IT_CAME = { name: null, silent_after_s: null, is_watched: true } as const;

/**
 * Those that people have named ahead go, with their cameras; those that registered themselves are
 * there whatever a document says, and are again as they were before somebody set them up.
 */
async function pruneDevices(work: Work, unnamed: readonly ConfiguredDevice[]): Promise<void> {
  const { tx, now, deps } = work;
  const boxes = new Map(
    (work.wanted.devices ?? []).map((entry) => [entry.parent_device_id, entry.device_id]),
  );
  const removed = new Set<string | null>();
  for (const device of unnamed.filter(({ isRegisteredAhead }) => isRegisteredAhead)) {
    const camera = boxes.get(device.deviceId);
    if (camera !== undefined) {
      const message =
        `device ${device.deviceId} is not named and cannot be removed: ` +
        `camera ${camera} hangs on it`;
      work.faults.push({ path: work.path, message });
      continue;
    }
    work.afterCommit.push(await removeDevice(deps, tx, { device, now }));
    removed.add(device.deviceId);
  }
  for (const { deviceId, parentId } of unnamed.filter((one) => !one.isRegisteredAhead)) {
    if (!removed.has(parentId)) await patch(work, deviceId, { body: AS_IT_CAME });
  }
}
