import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configDocument } from '#contract/config/document.ts';
import { configFile, singleConfigFile } from '#contract/config/file.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { readConfig } from './document.ts';

const WEBHOOK = { channel_type: 'webhook', config: { url: 'https://x.example' } };

function linesOf(project: JsonObject, schema: Parameters<typeof readConfig>[0] = configDocument) {
  const document = { version: 1, projects: [{ project_id: 'home', ...project }] };
  const reading = readConfig(schema, document);
  return reading.ok ? [] : reading.details.map(({ path, message }) => `${path}: ${message}`);
}

describe('a document of configuration', () => {
  test('may hold nothing but the name of a project', () => {
    assert.deepEqual(linesOf({}), []);
    assert.deepEqual(linesOf({}, configFile), []);
  });

  test('is refused for each field that nothing is known of, with the one that was meant', () => {
    const rule = {
      name: 'r',
      event_typs: ['alert.created'],
      event_type: 'alert.seen',
      channel: 'x',
    };
    assert.deepEqual(linesOf({ langauge: 'it', rules: [rule], zzz: 1 }), [
      'projects[0].rules[0].event_typs: unknown field; did you mean event_types?',
      'projects[0].langauge: unknown field; did you mean language?',
      'projects[0].zzz: unknown field',
    ]);
    const steps = [{ delay_s: 1, target: [{ type: 'rules' }] }];
    assert.deepEqual(linesOf({ policies: [{ name: 'p', steps }] }), [
      'projects[0].policies[0].steps[0].target: unknown field; did you mean targets?',
    ]);
  });

  test('has each name once in a list, and may use it again in another', () => {
    const named = { name: 'same', ...WEBHOOK };
    const responders = [{ name: 'same' }];
    assert.deepEqual(linesOf({ channels: [named], responders }), []);
    assert.deepEqual(linesOf({ channels: [named, { ...named, name: 'other' }, named] }), [
      'projects[0].channels[2].name: is that of projects[0].channels[0] too',
    ]);
    const twice = { version: 1, projects: [{ project_id: 'a' }, { project_id: 'a' }] };
    const reading = readConfig(configDocument, twice);
    assert.equal(reading.ok ? '' : reading.details[0]?.path, 'projects[1].project_id');
  });

  test('names a device by its id, and a camera of a box by both', () => {
    const camera = (box: string | null) => ({ device_id: 'camera-1', parent_device_id: box });
    const devices = [camera('box-1'), camera('box-2'), camera(null), { device_id: 'box-1' }];
    assert.deepEqual(linesOf({ devices }), []);
    assert.deepEqual(linesOf({ devices: devices.map((one) => ({ ...one, name: 'Hall' })) }), []);
    assert.deepEqual(linesOf({ devices: [...devices, camera('box-2')] }), [
      'projects[0].devices[4].device_id: is that of projects[0].devices[1] too',
    ]);
    const same = { device_id: 'box-1/camera-1' };
    assert.deepEqual(linesOf({ devices: [camera('box-1'), same] }), [
      'projects[0].devices[1].device_id: is that of projects[0].devices[0] too',
    ]);
  });

  test('says of a device what the routes take, and nothing else', () => {
    const bad = { device_id: 'a', kind: 'drone', silent_after_s: 0, is_watchd: true, name: ' ' };
    assert.deepEqual(
      linesOf({ devices: [bad, { name: 'Hall' }] }).map((line) => line.split(':')[0]),
      [
        'projects[0].devices[0].kind',
        'projects[0].devices[0].name',
        'projects[0].devices[0].silent_after_s',
        'projects[0].devices[0].is_watchd',
        'projects[0].devices[1].device_id',
      ],
    );
  });

  test('makes one policy the default, not two', () => {
    const steps = [{ delay_s: 1 }];
    const policies = ['a', 'b', 'c'].map((name) => ({ name, steps, is_default: name !== 'b' }));
    assert.deepEqual(linesOf({ policies }), [
      'projects[0].policies[2].is_default: another policy of the project is its default already',
    ]);
  });

  test('asks of a rule what the routes ask of it', () => {
    const rule = { name: 'r', channel: 'x' };
    assert.deepEqual(linesOf({ rules: [rule] }), ['projects[0].rules[0].event_types: is required']);
    const both = { ...rule, event_types: ['alert.seen'], event_type: 'alert.seen' };
    assert.deepEqual(linesOf({ rules: [both] }), [
      'projects[0].rules[0].event_type: give event_types or event_type, not both',
    ]);
  });

  test('asks that each step is later than the one before', () => {
    const steps = [{ delay_s: 60 }, { delay_s: 60 }];
    assert.deepEqual(linesOf({ policies: [{ name: 'p', steps }] }), [
      'projects[0].policies[0].steps[1].delay_s: must be more than the 60 of the step before',
    ]);
  });
});

describe('a file of configuration', () => {
  const readStep = (delay: unknown) => {
    const policies = [{ name: 'p', steps: [{ delay_s: delay }] }];
    const reading = readConfig(singleConfigFile, { version: 1, project_id: 'home', policies });
    return reading.ok ? reading.value.policies?.[0]?.steps?.[0]?.delay_s : null;
  };

  test('has durations in seconds, or with a unit', () => {
    const written = [90, '90', '90s', '90 s', '5 min', '5min', '2h', '1 d', '30 d'];
    assert.deepEqual(written.map(readStep), [90, null, 90, 90, 300, 300, 7_200, 86_400, 2_592_000]);
    for (const wrong of [0, -1, 1.5, '0 s', '5 minutes', '1.5 h', 'h', '', '31 d', null, true]) {
      assert.equal(readStep(wrong), null, String(wrong));
    }
  });

  test('says where secrets lie, and holds none by accident', () => {
    const readSecret = (secret: JsonObject[string]) =>
      linesOf({ channels: [{ name: 'x', ...WEBHOOK, secrets: { s: secret } }] }, configFile);
    for (const good of [{ from_env: 'A_1' }, { from_file: './a' }, { in_clear: 'x' }, null]) {
      assert.deepEqual(readSecret(good), []);
    }
    for (const bad of ['geheim', {}, { from_env: 'A B' }, { from_env: 'A', from_file: 'b' }]) {
      const [line = ''] = readSecret(bad);
      assert.match(line, /^projects\[0\]\.channels\[0\]\.secrets\.s/);
      assert.doesNotMatch(line, /geheim/);
    }
  });
});
