import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import { ask, askAll, itemsOf, tell, textOf, withQuery } from './ask.ts';
import { CliFailure } from './command.ts';
import type { HubAnswer, HubClient } from './hub-client.ts';

/** A hub that gives its answers one after the other, and remembers what it was asked. */
function createHub(...answers: readonly HubAnswer[]): HubClient & { readonly asked: string[] } {
  const asked: string[] = [];
  const next = (what: string): Promise<HubAnswer> => {
    asked.push(what);
    return Promise.resolve(answers[asked.length - 1] ?? assert.fail(`nobody expects ${what}`));
  };
  return {
    asked,
    url: 'http://hub.example',
    get: (path) => next(`GET ${path}`),
    post: (path) => next(`POST ${path}`),
    send: ({ method, path }) => next(`${method} ${path}`),
    open: () => assert.fail('nothing is opened'),
  };
}

const page = (ids: readonly string[], cursor: string | null): HubAnswer => ({
  ok: true,
  body: { items: ids.map((id) => ({ id })), next_cursor: cursor },
});
const REFUSED: HubAnswer = { ok: false, status: 422, sentence: 'No.', details: ['title: why'] };

const idsOf = (items: readonly JsonObject[]) => items.map((item) => item['id']);

describe('what is asked of a hub', () => {
  test('is its answer, or the end of the command with its own words', async () => {
    assert.deepEqual(await ask(createHub({ ok: true, body: { a: 1 } }), '/x'), { a: 1 });
    const failure = { name: 'CliFailure', message: 'No.', exitCode: 1, details: ['title: why'] };
    await assert.rejects(ask(createHub(REFUSED), '/x'), failure);
    const request = { method: 'DELETE', path: '/x' } as const;
    await assert.rejects(tell(createHub(REFUSED), request), CliFailure);
  });

  test('has no query for what was left out, and escapes the rest', () => {
    assert.equal(withQuery('/x', { a: null }), '/x');
    assert.equal(withQuery('/x', { a: 'b c&d', e: 5, f: null }), '/x?a=b+c%26d&e=5');
  });
});

describe('a list', () => {
  const list = { path: '/x', query: { project_id: null } };

  test('is read page after page to its end', async () => {
    const hub = createHub(page(['1', '2'], 'c1'), page(['3'], null));
    assert.deepEqual(idsOf(await askAll(hub, list, 10)), ['1', '2', '3']);
    assert.deepEqual(hub.asked, ['GET /x?limit=10', 'GET /x?limit=8&cursor=c1']);
  });

  test('is read no further than was asked for', async () => {
    const hub = createHub(page(['1', '2'], 'c1'));
    assert.deepEqual(idsOf(await askAll(hub, list, 2)), ['1', '2']);
    assert.deepEqual(hub.asked, ['GET /x?limit=2']);
  });

  test('is asked for in pages that the hub gives', async () => {
    const hub = createHub(page([], null));
    await askAll(hub, list, LIMITS.pageMax * 3);
    assert.deepEqual(hub.asked, [`GET /x?limit=${LIMITS.pageMax}`]);
  });

  test('of anything else than things is none', () => {
    assert.deepEqual(itemsOf({ items: [{ id: 1 }, 'x', null] }), [{ id: 1 }]);
    assert.deepEqual(itemsOf({ items: 'x' }), []);
    assert.deepEqual(itemsOf({}), []);
  });
});

test('a field is one clean line, and a dash where there is nothing', () => {
  for (const nothing of [undefined, null, '']) assert.equal(textOf(nothing), '-');
  assert.equal(textOf('a\u001b[2J\nb'), 'a b');
  assert.equal(textOf(5), '5');
  assert.equal(textOf({ a: [true] }), '{"a":[true]}');
});
