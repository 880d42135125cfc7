import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { runTestCommand } from '#test/support/cli.ts';
import { DEVICE_LIST } from './list.ts';
import { DEVICE_SHOW } from './show.ts';

const BOX: JsonObject = {
  device_id: 'edge_box_01',
  project_id: 'default',
  kind: 'care',
  name: 'Ward 3',
  area_id: 'w3',
  status: 'silent',
  state: null,
  silent_limit_s: 90,
  last_seen_at: '2026-11-16T07:57:00.000Z',
  last_frame_at: null,
  details: { cpu_pct: 41.5, camera_count: 2 },
};

const answering = (body: JsonObject) => ({ answer: () => ({ ok: true as const, body }) });

describe('device list', () => {
  const page = answering({ items: [BOX], next_cursor: null });

  test('shows who was heard when, and after how long each is silent', async () => {
    const { code, printed, asked } = await runTestCommand(DEVICE_LIST, [], page);
    assert.equal(code, 0);
    assert.match(printed, /^DEVICE +STATUS +KIND +HEARD +PICTURE +LIMIT +STATE +AREA +NAME$/m);
    assert.match(printed, /^edge_box_01 +silent +care +3 min ago +- +90 s +- +w3 +Ward 3$/m);
    assert.deepEqual(asked, [{ method: 'GET', path: '/api/v1/devices?limit=50' }]);
  });

  test('asks for what was asked for', async () => {
    const words = ['--status', 'silent', '--kind', 'camera', '--area', 'w3', '--box', 'b/1'];
    const { asked } = await runTestCommand(DEVICE_LIST, [...words, '--q', 'x y'], page);
    const [first] = asked;
    const query = new URLSearchParams(first?.path.split('?')[1]);
    assert.deepEqual(Object.fromEntries(query), {
      status: 'silent',
      kind: 'camera',
      area_id: 'w3',
      parent_device_id: 'b/1',
      q: 'x y',
      limit: '50',
    });
  });

  test('says so when there is none, and prints all of them as JSON', async () => {
    const none = answering({ items: [], next_cursor: null });
    assert.equal((await runTestCommand(DEVICE_LIST, [], none)).printed, 'No device.');
    const { printed } = await runTestCommand(DEVICE_LIST, ['--json'], page);
    assert.deepEqual(JSON.parse(printed), [BOX]);
    const empty = await runTestCommand(DEVICE_LIST, ['--json'], none);
    assert.deepEqual(JSON.parse(empty.printed), []);
  });

  test('a name that a stranger chose does not command the terminal', async () => {
    const evil = { ...BOX, name: 'a\u001b[2Jb\nc' };
    const world = answering({ items: [evil], next_cursor: null });
    const { printed } = await runTestCommand(DEVICE_LIST, [], world);
    assert.ok(!printed.includes('\u001b'));
    assert.equal(printed.split('\n').length, 2);
  });
});

describe('device show', () => {
  test('shows what is known, and what the device says of itself', async () => {
    const { printed, asked } = await runTestCommand(DEVICE_SHOW, ['a/b c'], answering(BOX));
    assert.deepEqual(asked, [{ method: 'GET', path: '/api/v1/devices/a%2Fb%20c' }]);
    assert.match(printed, /^status +silent$/m);
    assert.match(printed, /^cpu_pct +41\.5$/m);
    assert.doesNotMatch(printed, /last_frame_at|details/);
  });

  test('prints it as JSON, and asks in the project that was given', async () => {
    const words = ['box', '--project', 'ward', '--json'];
    const { printed, asked } = await runTestCommand(DEVICE_SHOW, words, answering(BOX));
    assert.deepEqual(JSON.parse(printed), BOX);
    assert.equal(asked[0]?.path, '/api/v1/devices/box?project_id=ward');
  });
});
