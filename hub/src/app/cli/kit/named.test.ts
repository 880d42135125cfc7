import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { CliFailure } from './command.ts';
import type { HubClient } from './hub-client.ts';
import { chooseNamed, findNamed, SOURCES } from './named.ts';

const ITEMS: readonly JsonObject[] = [
  { id: 'id-1', name: 'prom', project_id: 'default' },
  { id: 'id-2', name: 'Ward', project_id: 'default' },
  { id: 'id-3', name: 'ward', project_id: 'default' },
  { id: 'id-4', name: 'prom', project_id: 'night' },
];

describe('a name', () => {
  test('is found as it is written, else however it is written', () => {
    const one = chooseNamed(SOURCES, ITEMS, 'Ward');
    assert.ok(one.ok && one.item['id'] === 'id-2');
    const other = chooseNamed(SOURCES, ITEMS.slice(1, 2), 'WARD');
    assert.ok(other.ok && other.item['id'] === 'id-2');
  });

  test('that several have is not guessed: their ids are told', () => {
    const choice = chooseNamed(SOURCES, ITEMS, 'prom');
    assert.deepEqual(choice, {
      ok: false,
      sentence: '2 of them are called prom: give the id of the source',
      details: ['id-1  project default', 'id-4  project night'],
    });
    const alike = chooseNamed(SOURCES, ITEMS, 'WARD');
    assert.match(alike.ok ? '' : alike.sentence, /^2 of them are called WARD/);
  });

  test('that nothing has gets a suggestion, or where to look', () => {
    const near = chooseNamed(SOURCES, ITEMS, 'prm');
    assert.equal(near.ok ? '' : near.sentence, 'there is no source prm; did you mean prom?');
    const far = chooseNamed(SOURCES, [], 'prom');
    const sentence = 'there is no source prom; tocsin source list shows them';
    assert.equal(far.ok ? '' : far.sentence, sentence);
  });
});

describe('what was typed', () => {
  const asked: string[] = [];
  const hub: HubClient = {
    url: 'http://hub.example',
    get: async (path) => {
      asked.push(path);
      return { ok: true, body: path.includes('?') ? { items: ITEMS } : { id: 'whole' } };
    },
    post: () => assert.fail('nothing is changed'),
    send: () => assert.fail('nothing is changed'),
    open: () => assert.fail('nothing is opened'),
  };

  test('is asked for by its id when it is one', async () => {
    const name = '01a204a7-2532-7001-9a53-2b0b94b46889';
    assert.deepEqual(await findNamed(hub, SOURCES, { name, project: null }), { id: 'whole' });
    assert.equal(asked.at(-1), `/api/v1/sources/${name}`);
  });

  test('is looked for by its name, in the project that was named', async () => {
    const item = await findNamed(hub, SOURCES, { name: 'ward', project: 'default' });
    assert.equal(item['id'], 'id-3');
    assert.match(asked.at(-1) ?? '', /^\/api\/v1\/sources\?project_id=default&limit=/);
    await assert.rejects(findNamed(hub, SOURCES, { name: 'prom', project: null }), CliFailure);
  });
});
