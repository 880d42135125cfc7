import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Source } from '#intake/source.ts';
import { policyId } from '#kernel/id.ts';
import { MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { buildConfig } from '#app/project-config.ts';
import { createDevice, type Device } from '#supervision/device.ts';
import type { News } from '#supervision/news.ts';
import type { Silence } from '#supervision/silence.ts';
import { PROJECT, SOURCE, START } from '#test/support/samples/alert.ts';
import { createProject, REDACTOR } from '#test/support/samples/delivery.ts';
import { toReport } from './silence-reports.ts';

const POLICY = policyId('0190a000-0000-7000-8000-0000000000b9');
const parts = {
  sources: [],
  policies: [],
  channels: [],
  rules: [],
  responders: [],
  redactor: REDACTOR,
};
const CONFIG = buildConfig({ project: createProject(), ...parts });

const findSource = (id: Source['sourceId']): Source => ({
  ...CONFIG.findSource(id),
  name: 'prom',
  kind: 'alertmanager',
  policyId: POLICY,
});

function device(more: Partial<Device> = {}): Device {
  return createDevice({ projectId: PROJECT, deviceId: 'box-1', kind: 'care', ...more }, START);
}

const CAMERA = {
  deviceId: 'box-1/cam-2',
  parentId: 'box-1',
  cameraId: 'cam-2',
  kind: 'camera',
} as const;

const silenceOf = (what: Silence['what']): Silence => {
  return { at: START, since: START, toldAt: START, what };
};

const report = (news: News, seconds = 90) =>
  toReport(news, { findSource, reportId: 'r1', now: plusMs(START, seconds * MS_PER_SECOND) });

const silent = (one: Device, seconds?: number) =>
  report({ kind: 'device_silent', device: one, silence: silenceOf('nothing') }, seconds);

describe('a report that a device is silent', () => {
  test('says in plain words what it is, and for how long', () => {
    assert.equal(silent(device()).title, 'Device box-1 has been silent for 90 s');
    const box = device({ details: { camera_count: 2 } });
    assert.equal(silent(box, 119).title, 'Box box-1 has been silent for 119 s');
    assert.equal(silent(box, 120).title, 'Box box-1 has been silent for 2 min');
    assert.equal(silent(box, 3_600).title, 'Box box-1 has been silent for 60 min');
    assert.equal(silent(box, 26 * 3_600).title, 'Box box-1 has been silent for 26 h');
    assert.equal(silent(box, 72 * 3_600).title, 'Box box-1 has been silent for 3 d');
    const named = device({ name: 'Ward 3', kind: 'camera' });
    assert.equal(silent(named).title, 'Camera Ward 3 (box-1) has been silent for 90 s');
  });

  test('of a picture says whose, by whom, and what it was called', () => {
    const camera = device({ ...CAMERA, state: 'offline' });
    const told = report({ kind: 'device_silent', device: camera, silence: silenceOf('picture') });
    assert.equal(told.title, 'Camera cam-2 sends no picture');
    const since = '2026-11-16T08:00:00.000Z';
    const heartbeat = 'by the heartbeat of box-1, which calls it offline';
    assert.equal(told.content, `Its last picture is of ${since}, ${heartbeat}.`);
    assert.equal(told.severity, 'medium');
  });

  test('names device and camera as their sender does, and where they are', () => {
    const told = silent(device({ ...CAMERA, areaId: 'w3' }));
    assert.deepEqual([told.deviceId, told.cameraId, told.areaId], ['box-1', 'cam-2', 'w3']);
    assert.deepEqual(told.labels, {
      alertname: 'device.silent',
      kind: 'camera',
      device_id: 'box-1',
      camera_id: 'cam-2',
      area_id: 'w3',
    });
    assert.deepEqual(silent(device()).labels, {
      alertname: 'device.silent',
      kind: 'care',
      device_id: 'box-1',
    });
    assert.equal(silent(device({ kind: 'camera' })).cameraId, 'box-1');
  });

  test('is urgent for care, takes the policy of its source, and is no sign of life', () => {
    const told = silent(device({ sourceId: SOURCE }));
    assert.deepEqual([told.severity, told.policyId, told.isSynthetic], ['high', POLICY, true]);
    assert.equal(silent(device()).policyId, null);
  });

  test('is ended by the report that it is heard: both are about one problem', () => {
    const raised = silent(device());
    for (const [why, title] of [
      ['heard', 'Device box-1 is heard again'],
      ['unwatched', 'Device box-1 is not watched any more'],
      ['removed', 'Device box-1 was removed'],
    ] as const) {
      const ended = report({ kind: 'device_heard', device: device(), why });
      assert.deepEqual([ended.stage, ended.title], ['resolved', title]);
      assert.deepEqual(ended.identity, raised.identity);
    }
    const camera = silent(device(CAMERA));
    assert.notDeepEqual(camera.identity, raised.identity);
  });
});

describe('a report that a source is silent', () => {
  const source = { projectId: PROJECT, sourceId: SOURCE };
  const raised = report({ kind: 'source_silent', source, silence: silenceOf('nothing') });

  test('names the source, and takes its policy', () => {
    assert.equal(raised.title, 'Source prom has been silent for 90 s');
    assert.deepEqual(raised.labels, {
      alertname: 'source.silent',
      source: 'prom',
      source_id: SOURCE,
      source_kind: 'alertmanager',
    });
    assert.deepEqual([raised.severity, raised.policyId], ['high', POLICY]);
    assert.equal(raised.content, 'Nothing has come through it since 2026-11-16T08:00:00.000Z.');
  });

  test('is ended by the report that it is heard, or not expected to be', () => {
    const ended = report({ kind: 'source_heard', source, why: 'heard' });
    assert.deepEqual([ended.stage, ended.title], ['resolved', 'Source prom is heard again']);
    assert.deepEqual(ended.identity, raised.identity);
    const unwatched = report({ kind: 'source_heard', source, why: 'unwatched' });
    assert.equal(unwatched.title, 'Source prom is not watched any more');
  });
});

test('property: whatever devices are called, the report keeps within its bounds', () => {
  const name = fc.string({ minLength: 1, maxLength: LIMITS.identifierCharsMax, unit: 'binary' });
  fc.assert(
    fc.property(name, name, fc.option(name), (boxId, cameraId, given) => {
      const names = { deviceId: `${boxId}/${cameraId}`, parentId: boxId, cameraId, name: given };
      const told = silent(device({ ...names, kind: 'camera' }));
      assert.ok(told.title.length <= LIMITS.titleCharsMax && told.title.isWellFormed());
      for (const value of Object.values(told.labels)) {
        assert.ok(value.length <= LIMITS.labelValueCharsMax);
      }
      assert.deepEqual(told.identity, { kind: 'key', key: `device.silent:${boxId}/${cameraId}` });
    }),
    { numRuns: 30 },
  );
});
