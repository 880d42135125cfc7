import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { createGuesses, GUESSED_STATE_WORDS, STATE_WORDS } from './guess.ts';
import type { FieldName } from './mapping.ts';

function placesOf(name: FieldName, body: JsonObject): readonly string[] {
  return createGuesses(body)
    .list(name)
    .map(({ from }) => from);
}

describe('a guess', () => {
  test('knows a name in any of its spellings', () => {
    for (const name of ['dedup_key', 'dedupKey', 'DEDUP-KEY', 'dedup key', 'dedup.key']) {
      assert.deepEqual(placesOf('key', { [name]: 'x' }), [`/${name}`]);
    }
  });

  test('says where it looked as a pointer that a mapping could hold', () => {
    const body = { Labels: { Severity: 'high', 'camera/id': 1 }, '~title': 'no', Title: 'yes' };
    assert.deepEqual(placesOf('severity', body), ['/Labels/Severity']);
    assert.deepEqual(placesOf('title', body), ['/Title']);
  });

  test('prefers the telling names to the general ones', () => {
    const body = { name: 'n', message: 'm', title: 't', id: 1, alert_id: 2 };
    assert.deepEqual(placesOf('title', body), ['/title', '/message', '/name']);
    assert.deepEqual(placesOf('key', body), ['/alert_id', '/id']);
  });

  test('takes the first of two spellings, and no name that is too long to be usual', () => {
    assert.deepEqual(placesOf('key', { ID: 1, id: 2 }), ['/ID']);
    assert.deepEqual(placesOf('key', { [`${'_'.repeat(40)}id`]: 1 }), []);
  });

  test('is never made of the id of an event, which would make a duplicate of an alarm', () => {
    assert.deepEqual(placesOf('event_id', { event_id: 1, id: 2, uuid: 3 }), []);
  });

  test('finds labels only in an object', () => {
    assert.equal(createGuesses({ labels: 'a' }).labels, null);
    assert.equal(createGuesses({ labels: ['a'], tags: { a: 'b' } }).labels?.from, '/tags');
    assert.equal(createGuesses({ annotations: { a: 'b' } }).annotations?.from, '/annotations');
  });
});

test('a word that is guessed to be an end is one by a mapping too, and "ok" is not guessed', () => {
  for (const [word, stage] of GUESSED_STATE_WORDS) assert.equal(STATE_WORDS.get(word), stage, word);
  for (const word of ['ok', 'up', 'normal', 'close', 'end']) {
    assert.equal(STATE_WORDS.get(word), 'resolved');
    assert.equal(GUESSED_STATE_WORDS.get(word), undefined, word);
  }
});
