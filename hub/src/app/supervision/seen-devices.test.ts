import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BARE_REPORT, type Report } from '#intake/report.ts';
import type { Source } from '#intake/source.ts';
import { plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { SourceKind } from '#kernel/words/severity.ts';
import type { Transaction } from '#platform/postgres/postgres.ts';
import type { IntakeRequest } from '#app/intake/intake-decide.ts';
import { buildConfig } from '#app/project-config.ts';
import { PROJECT, REPORTER, SOURCE, START } from '#test/support/samples/alert.ts';
import { createProject, REDACTOR } from '#test/support/samples/delivery.ts';
import { createSeenDevices, listSeen } from './seen-devices.ts';

const parts = {
  sources: [],
  policies: [],
  channels: [],
  rules: [],
  responders: [],
  redactor: REDACTOR,
};
const CONFIG = buildConfig({ project: createProject(), ...parts });

function request(reports: readonly Partial<Report>[], kind: SourceKind = 'native'): IntakeRequest {
  const source: Source = { ...CONFIG.findSource(SOURCE), projectId: PROJECT, kind };
  const about = { stage: 'received', identity: { kind: 'single' }, title: 'Fall' } as const;
  return {
    config: CONFIG,
    source,
    by: REPORTER,
    reports: reports.map((more) => ({ ...BARE_REPORT, ...about, severity: 'high', ...more })),
    isRaiseOnly: false,
  };
}

const list = (reports: readonly Partial<Report>[], kind?: SourceKind) =>
  listSeen([request(reports, kind)], START).map(
    (one) => `${one.deviceId} ${one.kind} of ${one.parentId}`,
  );

describe('who is heard by a report', () => {
  test('is the device that it names, and the camera of it', () => {
    assert.deepEqual(list([{}]), []);
    assert.deepEqual(list([{ deviceId: 'b' }]), ['b care of null']);
    assert.deepEqual(list([{ cameraId: 'c' }]), ['c camera of null']);
    assert.deepEqual(list([{ deviceId: 'b', cameraId: 'c' }]), [
      'b care of null',
      'b/c camera of b',
    ]);
    assert.deepEqual(list([{ deviceId: 'c', cameraId: 'c' }]), ['c camera of null']);
  });

  test('is each one once, however often it is named', () => {
    assert.deepEqual(list([{ deviceId: 'b' }, { deviceId: 'b' }, { deviceId: 'd' }]), [
      'b care of null',
      'd care of null',
    ]);
  });

  test('is nobody where a label speaks of a device, or the hub itself does', () => {
    assert.deepEqual(list([{ deviceId: 'b' }], 'alertmanager'), []);
    assert.deepEqual(list([{ deviceId: 'b', isSynthetic: true }]), []);
    assert.equal(list([{ deviceId: 'b' }], 'edge').length, 1);
    assert.equal(list([{ deviceId: 'b' }], 'generic').length, 1);
  });
});

describe('the rows of devices', () => {
  const post = (devices: ReturnType<typeof createSeenDevices>, afterMs: number) => {
    const written: string[] = [];
    const tx: Transaction = {
      run: async () => [],
      post: ({ name }) => void written.push(name.replace(/\.\d+$/, '')),
      separate: () => undefined,
    };
    const now = plusMs(START, afterMs);
    const committed = devices.post(tx, [request([{ deviceId: 'b' }])], now);
    return { written, committed };
  };

  test('are written once in a while, and again when the write did not commit', () => {
    const devices = createSeenDevices();
    assert.deepEqual(post(devices, 0).written, ['supervision.renew']);
    const second = post(devices, 1);
    assert.deepEqual(second.written, ['supervision.renew']);
    second.committed();
    assert.deepEqual(post(devices, LIMITS.deviceRenewMs).written, []);
    assert.deepEqual(post(devices, 1 + LIMITS.deviceRenewMs).written, ['supervision.renew']);
    // A clock that was set back is no reason to write nothing.
    assert.deepEqual(post(devices, -1).written, ['supervision.renew']);
  });

  test('are only renewed where a project has no room for more', () => {
    const devices = createSeenDevices();
    devices.setFull(new Set([PROJECT]));
    assert.deepEqual(post(devices, 0).written, ['supervision.renew_known']);
    devices.setFull(new Set());
    assert.deepEqual(post(devices, 0).written, ['supervision.renew']);
  });
});
