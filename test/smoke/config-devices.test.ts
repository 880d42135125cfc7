/**
 * Devices as code: what people set up about them is in the document. Devices register themselves,
 * and neither an export nor a document that is applied again and again may mind that.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { listItems, textOf } from '#test/support/hub/calls.ts';
import {
  apply,
  exportOf,
  faultsOf,
  fieldsOf,
  linesOf,
  plan,
  projectsOf,
} from '#test/support/samples/config.ts';

const PRUNE = { prune: true };

function documentOf(devices: readonly JsonObject[], more: JsonObject = {}): JsonObject {
  return { version: 1, projects: [{ project_id: 'default', devices, ...more }] };
}

/** A moment later than all that was before, as in life. */
async function heartbeat(hub: TestHub, body: JsonObject): Promise<void> {
  hub.clock.advanceMs(1_000);
  const answer = await hub.call('POST /api/ai/device/heartbeat', body);
  assert.equal(answer.status, 200, answer.text);
  hub.clock.advanceMs(1_000);
}

async function devicesOf(hub: TestHub): Promise<Readonly<Record<string, JsonObject>>> {
  const items = listItems(await hub.call('GET /api/v1/devices'));
  return Object.fromEntries(items.map((one) => [textOf(one['device_id']), one]));
}

/** The list of an export; undefined where there is none. */
async function exportedDevices(hub: TestHub): Promise<JsonValue | undefined> {
  const [project] = projectsOf(await exportOf(hub, '?project_id=default'));
  return project?.['devices'];
}

const HALL = {
  device_id: 'camera-1',
  parent_device_id: 'box-1',
  name: 'Hall',
  area_id: 'ward 3',
  model: 'SE3',
  silent_after_s: 60,
  is_watched: false,
};

describe('devices as code', () => {
  test('are registered ahead, and are as the routes would have made them', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const document = documentOf([{ device_id: 'box-1', silent_after_s: 300 }, HALL]);
    const applied = await apply(hub, document);
    assert.deepEqual(linesOf(applied), ['create device box-1', 'create device box-1/camera-1']);
    assert.deepEqual(fieldsOf(applied, 'device').slice(0, 3), [
      'device box-1 silent_after_s: null -> 300',
      'device box-1/camera-1 parent_device_id: null -> "box-1"',
      'device box-1/camera-1 name: null -> "Hall"',
    ]);
    await hub.call('POST /api/v1/devices', { ...HALL, device_id: 'camera-2' });
    const devices = await devicesOf(hub);
    const [one, two] = [devices['box-1/camera-1'] ?? {}, devices['box-1/camera-2'] ?? {}];
    assert.deepEqual(
      { ...one, device_id: '', camera_id: '' },
      { ...two, device_id: '', camera_id: '' },
    );
    assert.deepEqual([devices['box-1']?.['kind'], one['kind']], ['care', 'camera']);
    assert.deepEqual(linesOf(await apply(hub, document)), [], 'nothing is left to change');
    assert.deepEqual(await exportedDevices(hub), [
      { device_id: 'box-1', silent_after_s: 300 },
      HALL,
      { ...HALL, device_id: 'camera-2' },
    ]);
  });

  test('one that never comes is missed, and its alert ends when it is pruned', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    await apply(hub, documentOf([{ device_id: 'box-1', silent_after_s: 60 }]));
    await hub.advance({ seconds: 60 });
    const statuses = async () =>
      listItems(await hub.call('GET /api/v1/alerts')).map(({ status }) => status);
    assert.deepEqual(await statuses(), ['PENDING']);
    assert.deepEqual(linesOf(await plan(hub, documentOf([]), PRUNE)), ['delete device box-1']);
    assert.deepEqual(await statuses(), ['PENDING'], 'a plan ends nothing');
    assert.deepEqual(linesOf(await apply(hub, documentOf([]), PRUNE)), ['delete device box-1']);
    assert.deepEqual(await statuses(), ['RESOLVED']);
  });

  test('that registered themselves fill no export, and no prune removes them', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    await heartbeat(hub, { device_id: 'box-1', area_id: 'w', cameras: [{ camera_id: 'c' }] });
    await heartbeat(hub, { device_id: 'box-2' });
    assert.equal(await exportedDevices(hub), undefined);
    assert.deepEqual(linesOf(await apply(hub, documentOf([]), PRUNE)), []);

    const box = (await devicesOf(hub))['box-1'];
    const version = Number(box?.['version']);
    const body = { name: 'Ward', is_watched: false };
    const headers = { 'if-match': String(version) };
    const changed = await hub.call('PATCH /api/v1/devices/box-1', body, { headers });
    assert.equal(changed.status, 200, changed.text);
    const exported = [{ device_id: 'box-1', name: 'Ward', area_id: 'w', is_watched: false }];
    assert.deepEqual(await exportedDevices(hub), exported);
    assert.deepEqual(linesOf(await apply(hub, documentOf(exported), PRUNE)), []);

    const pruned = await apply(hub, documentOf([]), PRUNE);
    assert.deepEqual(fieldsOf(pruned, 'device'), [
      'device box-1 name: "Ward" -> null',
      'device box-1 is_watched: false -> true',
    ]);
    assert.deepEqual(Object.keys(await devicesOf(hub)).toSorted(), ['box-1', 'box-1/c', 'box-2']);
    assert.equal(await exportedDevices(hub), undefined);
    assert.deepEqual(linesOf(await apply(hub, documentOf([]), PRUNE)), []);
  });

  test('what a device says of itself stays, and no document fights with it', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const document = documentOf([{ device_id: 'box-1', name: 'Ward' }]);
    await apply(hub, document);
    const said = { device_id: 'box-1', area_id: 'ward 3', model: 'SE3' };
    await heartbeat(hub, said);
    const before = await devicesOf(hub);
    assert.deepEqual(linesOf(await apply(hub, document)), []);
    assert.deepEqual(await devicesOf(hub), before, 'not even a version');
    const moved = documentOf([{ device_id: 'box-1', name: 'Ward', area_id: 'ward 4' }]);
    assert.deepEqual(fieldsOf(await apply(hub, moved), 'device'), [
      'device box-1 area_id: "ward 3" -> "ward 4"',
    ]);
    await heartbeat(hub, said);
    assert.deepEqual(linesOf(await apply(hub, moved)), []);
    const plain = documentOf([{ device_id: 'box-1' }]);
    assert.deepEqual(fieldsOf(await apply(hub, plain), 'device'), [
      'device box-1 name: "Ward" -> null',
    ]);
  });

  test('named ahead and heard since, they go with their cameras', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    await apply(hub, documentOf([{ device_id: 'box-1' }]));
    await heartbeat(hub, { device_id: 'box-1', cameras: [{ camera_id: 'c' }] });
    const camera = { device_id: 'c', parent_device_id: 'box-1', name: 'Hall' };
    assert.deepEqual(linesOf(await apply(hub, documentOf([camera]))), ['update device box-1/c']);
    assert.deepEqual(faultsOf(await apply(hub, documentOf([camera]), PRUNE)), [
      'projects[0]: device box-1 is not named and cannot be removed: camera c hangs on it',
    ]);
    assert.deepEqual(linesOf(await apply(hub, documentOf([]), PRUNE)), [
      'delete device box-1',
      'delete device box-1/c',
    ]);
    assert.deepEqual(await devicesOf(hub), {});
  });

  test('hang on the box that they hang on', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    await apply(hub, documentOf([HALL, { device_id: 'b/c' }]));
    const wrong = [{ device_id: 'box-1/camera-1' }, { device_id: 'c', parent_device_id: 'b' }];
    assert.deepEqual(faultsOf(await plan(hub, documentOf(wrong))), [
      'projects[0].devices[1].parent_device_id: ' +
        'the device b/c is no camera of a box, and stays so',
      'projects[0].devices[0].parent_device_id: ' +
        'the device box-1/camera-1 is camera camera-1 of box box-1, and stays so',
    ]);
  });

  test('of two documents at once are there once, also those that register then', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const devices = ['a', 'b', 'c'].map((device_id) => ({ device_id, name: device_id }));
    const turned = devices.toReversed();
    const [one, other, ...beats] = await Promise.all([
      apply(hub, documentOf(devices)),
      apply(hub, documentOf(turned)),
      ...devices.map(({ device_id }) => hub.call('POST /api/ai/device/heartbeat', { device_id })),
    ]);
    const written = [one, other].map((answer) => linesOf(answer).length);
    assert.deepEqual(new Set(written), new Set([0, 3]), 'one of them wrote');
    for (const beat of beats) assert.equal(beat.status, 200, beat.text);
    const names = Object.values(await devicesOf(hub)).map((device) => device['name']);
    assert.deepEqual(new Set(names), new Set(['a', 'b', 'c']));
    assert.deepEqual(linesOf(await plan(hub, documentOf(devices))), []);
  });

  test('a token that is made is told with the URL to report to', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const sources = [{ name: 'boxes', kind: 'edge' }];
    const applied = await apply(hub, documentOf([], { sources }));
    const [url, token] = ['ingest_url', 'value'].map((field) =>
      applied.textAt(`generated.0.${field}`),
    );
    assert.ok(url?.endsWith(`/ingest/edge/${token}`), url);
    const body = { alarm_id: 'a', alarm_type: 'fall', device_id: 'b' };
    const path = new URL(url ?? '').pathname;
    const sent = await hub.call(`POST ${path}`, body);
    assert.equal(sent.status, 200, sent.text);
  });
});
