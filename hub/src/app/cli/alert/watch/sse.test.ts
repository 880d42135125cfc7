import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createSseParser, type SseMessage } from './sse.ts';

function read(...pieces: readonly string[]): readonly SseMessage[] {
  const parser = createSseParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

const STREAM = [
  ': hello',
  'event: alert',
  'id: 7',
  'data: {"a":',
  'data: 1}',
  '',
  'event: beat',
  'data: {}',
  '',
  'data',
  '',
  '',
].join('\n');

const MESSAGES: readonly SseMessage[] = [
  { event: 'alert', data: '{"a":\n1}', id: '7' },
  { event: 'beat', data: '{}', id: '7' },
  { event: 'message', data: '', id: '7' },
];

describe('a stream of events', () => {
  test('has names, data of several lines, and ids that stay', () => {
    assert.deepEqual(read(STREAM), MESSAGES);
  });

  test('may end its lines in every way there is', () => {
    for (const end of ['\r\n', '\r', '\n']) {
      // After a bare `\r` at the very end one more character says that it was a whole break.
      assert.deepEqual(read(`${STREAM.replaceAll('\n', end)}:`), MESSAGES, JSON.stringify(end));
    }
  });

  test('property: however it is cut into pieces, it is the same', () => {
    const cuts = fc.array(fc.nat({ max: STREAM.length * 2 }));
    fc.assert(
      fc.property(cuts, fc.constantFrom('\n', '\r\n'), (places, end) => {
        const text = STREAM.replaceAll('\n', end);
        const sorted = [0, ...places, text.length].toSorted((a, b) => a - b);
        const pieces = sorted.map((place, index) => text.slice(place, sorted[index + 1]));
        assert.deepEqual(read(...pieces), MESSAGES);
      }),
    );
  });

  test('has blanks and colons in its data, of which only the first is no part of it', () => {
    assert.deepEqual(read('data:  a: b\n\n'), [{ event: 'message', data: ' a: b', id: '' }]);
    assert.deepEqual(read('data:x\n\n'), [{ event: 'message', data: 'x', id: '' }]);
  });

  test('says nothing by comments, unknown fields and events without data', () => {
    assert.deepEqual(read(': x\n\nretry: 10\nfoo: bar\n\nevent: alert\n\ndata: 1\n\n'), [
      { event: 'message', data: '1', id: '' },
    ]);
  });

  test('takes an id that comes alone, none with a zero in it, and an empty one', () => {
    assert.deepEqual(
      read('id: 1\n\nid: 2\0\ndata: a\n\nid\ndata: b\n\n').map(({ id }) => id),
      ['1', ''],
    );
  });

  test('may begin with a byte order mark', () => {
    assert.deepEqual(read('', '\ufeff', 'data: 1\n\n'), [{ event: 'message', data: '1', id: '' }]);
  });

  test('is not kept when it does not end', () => {
    const piece = 'x'.repeat(1024 * 1024);
    assert.throws(() => read(...Array.from({ length: 5 }, () => piece)), /more than/);
    const lines = `data: ${piece}\n`;
    assert.throws(() => read(...Array.from({ length: 5 }, () => lines)), /more than/);
  });
});
