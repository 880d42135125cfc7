import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInstant } from '#kernel/instant.ts';
import { GREETING, parseCursor, renderCursor, renderEvent } from './stream-text.ts';

const asText = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test('an event is three lines and an empty one, whatever is in it', () => {
  const frame = renderEvent('alert', 'c', { title: 'one\r\ntwo\n\nevent: beat\u2028' });
  assert.deepEqual(asText(frame).split(/\r\n|\r|\n/), [
    'event: alert',
    'id: c',
    'data: {"title":"one\\r\\ntwo\\n\\nevent: beat\u2028"}',
    '',
    '',
  ]);
});

test('the greeting says how long to wait before coming again', () => {
  assert.equal(asText(GREETING), 'retry: 2000\n\n');
});

test('a cursor is read as it was written, and nothing else is one', () => {
  const at = parseInstant('2026-11-22T12:00:00.123Z');
  assert.ok(at !== null);
  assert.equal(parseCursor(renderCursor(at)), at);
  for (const text of [null, '', '17', 'yesterday']) assert.equal(parseCursor(text), null);
});
