/**
 * Devices that reports come from: each is renewed, or registered on first sight, in the flush that
 * stores the report. Rows of devices that report all the time are written at most every
 * LIMITS.deviceRenewMs, so that two flushes do not wait for one row. Labels of Alertmanager speak
 * about a device, not for it; what the hub made up itself is no sign of life.
 */
import type { Report } from '#intake/report.ts';
import type { Source } from '#intake/source.ts';
import type { ProjectId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { SourceKind } from '#kernel/words/severity.ts';
import type { Transaction } from '#platform/postgres/postgres.ts';
import type { Heard } from '#app/intake/intake-commit.ts';
import { nameCamera } from '#supervision/device.ts';
import { postSeen, postSeenKnown, type SeenDevice } from '#supervision/store.ts';

export type SeenDevices = {
  /** What it returns is for after the commit. */
  readonly post: (tx: Transaction, heard: readonly Heard[], now: Instant) => () => void;
  /** Projects that have no room for devices that are not known yet. */
  readonly setFull: (projects: ReadonlySet<ProjectId>) => void;
};

const SPEAKING_KINDS: readonly SourceKind[] = ['native', 'edge', 'generic'];

export function createSeenDevices(): SeenDevices {
  let full: ReadonlySet<ProjectId> = new Set();
  /** By name, when this node renewed it last. */
  const renewed = new Map<string, Instant>();

  function isDue({ at, ...device }: SeenDevice): boolean {
    const last = renewed.get(nameOf(device));
    return last === undefined || at < last || at - last >= LIMITS.deviceRenewMs;
  }

  function note(seen: readonly SeenDevice[]): void {
    if (renewed.size + seen.length > LIMITS.devicesPerProjectMax) renewed.clear();
    for (const device of seen) renewed.set(nameOf(device), device.at);
  }

  return {
    post: (tx, heard, now) => {
      const seen = listSeen(heard, now).filter(isDue);
      const isFull = ({ projectId }: SeenDevice) => full.has(projectId);
      postSeen(
        tx,
        seen.filter((device) => !isFull(device)),
      );
      postSeenKnown(tx, seen.filter(isFull));
      return () => note(seen);
    },
    setFull: (projects) => {
      full = projects;
    },
  };
}

function nameOf(device: Pick<SeenDevice, 'projectId' | 'deviceId'>): string {
  return `${device.projectId}/${device.deviceId}`;
}

/** Each once. */
export function listSeen(heard: readonly Heard[], now: Instant): readonly SeenDevice[] {
  const seen = new Map<string, SeenDevice>();
  for (const { source, reports } of heard) {
    if (!SPEAKING_KINDS.includes(source.kind)) continue;
    for (const report of reports) {
      if (report.isSynthetic) continue;
      for (const device of namedBy(report, source, now)) seen.set(nameOf(device), device);
    }
  }
  return [...seen.values()];
}

function namedBy(report: Report, source: Source, now: Instant): readonly SeenDevice[] {
  const { deviceId, cameraId, areaId } = report;
  const shared = { projectId: source.projectId, sourceId: source.sourceId, areaId, at: now };
  const isOne = deviceId === cameraId;
  const devices: SeenDevice[] = [];
  if (deviceId !== null) {
    const kind = isOne ? 'camera' : 'care';
    devices.push({ ...shared, deviceId, parentId: null, cameraId: null, kind });
  }
  if (cameraId !== null && !isOne) {
    const name = deviceId === null ? cameraId : nameCamera(deviceId, cameraId);
    devices.push({ ...shared, deviceId: name, parentId: deviceId, cameraId, kind: 'camera' });
  }
  return devices;
}
