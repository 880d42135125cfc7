import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isJsonObject, type JsonFault, type JsonValue, parseJson } from './json.ts';
import { LIMITS } from '#kernel/limits.ts';

function read(text: string): JsonValue {
  const reading = parseJson(text);
  assert.ok(reading.ok, reading.ok ? '' : JSON.stringify(reading.fault));
  return reading.value;
}

function faultOf(text: string): JsonFault {
  const reading = parseJson(text);
  assert.ok(!reading.ok, `${text.slice(0, 60)} was not refused`);
  return reading.fault;
}

function expectFault(text: string, kind: JsonFault['kind'], path: string): void {
  const fault = faultOf(text);
  assert.equal(`${fault.kind} ${fault.path}`, `${kind} ${path}`, text.slice(0, 80));
}

describe('strict JSON', () => {
  test('property: whatever can be written as JSON is read as JSON.parse reads it', () => {
    const unit = fc.oneof(fc.constantFrom('"', '\\', ',', ':', '{', '}', '[', ']', 'é', '🔥'));
    const string = fc.oneof(
      fc.string({ unit, maxLength: 12 }),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
    );
    const value = fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme' });
    const tree = fc.dictionary(string, fc.array(fc.oneof(string, value), { maxLength: 4 }));
    fc.assert(
      fc.property(fc.oneof(value, tree), fc.nat(3), (written, indent) => {
        const text = JSON.stringify(written, null, indent);
        assert.deepEqual(read(text), JSON.parse(text));
      }),
      { numRuns: 1_000 },
    );
  });

  test('property: no text makes the reader throw, and what JSON.parse refuses is refused', () => {
    const unit = fc.constantFrom(...Array.from('{}[]",:\\u00d8a1 \n'));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit, maxLength: 24 }), fc.string()), (text) => {
        const reading = parseJson(text);
        let isSyntax = true;
        try {
          JSON.parse(text);
        } catch {
          isSyntax = false;
        }
        assert.ok(isSyntax || (!reading.ok && reading.fault.kind === 'syntax'));
      }),
      { numRuns: 2_000 },
    );
  });

  test('a fault of syntax repeats nothing of the text', () => {
    for (const text of [
      '',
      '{',
      'undefined',
      '{"token":"s3cret",}',
      "{'a':1}",
      '[1] x',
      '\uFEFF{}',
    ]) {
      const fault = faultOf(text);
      assert.deepEqual(fault, { kind: 'syntax', path: '', message: 'the body is not valid JSON' });
    }
  });

  test('a key given twice is refused and named by its path', () => {
    expectFault('{"a":1,"a":2}', 'duplicate_key', 'a');
    expectFault('{"a":{"b":[0,{"c":1,"c":1}]}}', 'duplicate_key', 'a.b[1].c');
    expectFault(
      '{"alerts":[{},{},{},{"labels":{"host":"a","host":"b"}}]}',
      'duplicate_key',
      'alerts[3].labels.host',
    );
    expectFault('[[],[{"x":{},"y":[],"x":0}]]', 'duplicate_key', '[1][0].x');
  });

  test('a key given twice is found however it is spelt', () => {
    expectFault('{"a":1,"\\u0061":2}', 'duplicate_key', 'a');
    expectFault('{"\\/":1,"/":2}', 'duplicate_key', '/');
    expectFault('{"\\ud83d\\udd25":1,"🔥":2}', 'duplicate_key', '🔥');
    expectFault('{"__proto__":1,"__proto__":2}', 'duplicate_key', '__proto__');
    expectFault('{"":1,"":2}', 'duplicate_key', '');
  });

  test('one key in two objects, in a value, or in another case is none given twice', () => {
    read('[{"a":1},{"a":2}]');
    read('{"a":{"a":{"a":"a"}},"b":{"a":["a","a"]}}');
    read('{"a":"a","A":"a","b":"a"}');
    read('{"a":"\\"a\\":1,\\"a\\":2"}');
    assert.deepEqual(Object.keys(read('{"constructor":1,"toString":2}') ?? {}), [
      'constructor',
      'toString',
    ]);
  });

  test('nesting is read at its limit and refused one deeper', () => {
    const nested = (depth: number, open: string, close: string) =>
      `${open.repeat(depth)}0${close.repeat(depth)}`;
    read(nested(LIMITS.jsonDepthMax, '[', ']'));
    read(nested(LIMITS.jsonDepthMax, '{"a":', '}'));
    const path = '[0]'.repeat(LIMITS.jsonDepthMax);
    expectFault(nested(LIMITS.jsonDepthMax + 1, '[', ']'), 'too_deep', path);
    assert.equal(faultOf(nested(LIMITS.jsonDepthMax + 1, '{"a":', '}')).kind, 'too_deep');
    read(`[${Array.from({ length: 50 }, () => '[[]]').join(',')}]`);
  });

  test('a bomb of brackets is refused without an overflow of the stack', () => {
    const depth = LIMITS.bodyBytesMax / 2;
    const fault = faultOf('['.repeat(depth) + ']'.repeat(depth));
    assert.ok(fault.kind === 'too_deep' || fault.kind === 'syntax');
    assert.equal(faultOf('['.repeat(depth)).kind, 'syntax');
  });

  test('values are read up to their limit and refused beyond', () => {
    const list = (count: number) => `[${Array.from({ length: count }, () => '0').join(',')}]`;
    read(list(LIMITS.jsonValuesMax));
    expectFault(list(LIMITS.jsonValuesMax + 1), 'too_many_values', `[${LIMITS.jsonValuesMax - 1}]`);
    const rows = Array.from({ length: LIMITS.jsonValuesMax / 2 + 1 }, () => '{"a":1,"b":2}');
    assert.equal(faultOf(`[${rows.join(',')}]`).kind, 'too_many_values');
  });

  test('U+0000 is refused in values and in keys, and the answer does not hold it', () => {
    expectFault('{"a":["x","y\\u0000"]}', 'bad_character', 'a[1]');
    expectFault('"\\u0000"', 'bad_character', '');
    expectFault('{"k\\u0000":1}', 'bad_character', 'k');
    read('{"a":"\\\\u0000"}');
    read('{"a":"\\u0001\\u007f"}');
  });

  test('half a surrogate pair is refused, escaped or not; a whole one is read', () => {
    for (const half of ['\\ud83d', '\\udd25', '\\udd25\\ud83d', 'x\\ud83dx', '\ud83d', '\udd25']) {
      expectFault(`{"a":[0,"${half}"]}`, 'bad_character', 'a[1]');
    }
    expectFault('{"\\ud83d":1}', 'bad_character', '\ufffd');
    assert.deepEqual(read('{"a":"\\ud83d\\udd25"}'), { a: '🔥' });
    assert.deepEqual(read('{"a":"\\ud83d\\udd25\\u0061"}'), { a: '🔥a' });
  });

  test('for senders that never send again both are replaced, and nothing else changes', () => {
    const how = { areLongNumbersText: false, areBadCharactersReplaced: true };
    const texts = [
      'x\\u0000',
      '\\ud83d',
      '\\uDD25\\uD83D',
      '\\ud83d\\udd25',
      '\\\\u0000',
      '\\"\\ud8001',
    ];
    const wanted = ['x\ufffd', '\ufffd', '\ufffd\ufffd', '🔥', '\\u0000', '"\ufffd1'];
    for (const [index, text] of texts.entries()) {
      assert.deepEqual(parseJson(`{"k${text}":"${text}"}`, how), {
        ok: true,
        value: { [`k${wanted[index]}`]: wanted[index] },
      });
    }
    assert.equal(parseJson('{"a":"\\u00zz"}', how).ok, false);
  });

  test('a long path is cut, and what is left can be stored', () => {
    const cut = faultOf(`{"\\u0000${'k'.repeat(LIMITS.jsonPathCharsMax * 2)}":1}`).path;
    assert.ok(cut.endsWith('k…') && !cut.includes('\0'));
    assert.equal(cut.length, LIMITS.jsonPathCharsMax - 1, 'the limit without the U+0000');
    const astral = faultOf(`{"${'🔥'.repeat(LIMITS.jsonPathCharsMax)}":1,"b":"\\u0000"}`);
    assert.equal(astral.path, 'b');
    const halved = faultOf(`{"x${'🔥'.repeat(LIMITS.jsonPathCharsMax)}":["\\u0000"]}`).path;
    assert.ok(halved.isWellFormed() && halved.endsWith('…'));
  });

  test('brackets, commas and colons inside of texts are text', () => {
    const odd = { 'a,b': '}]', ',': ':{', '[0].x': '\\"', '\\': '\\\\"' };
    assert.deepEqual(read(JSON.stringify(odd)), odd);
  });

  test('__proto__ is a key like any other and changes no prototype', () => {
    const value = read('{"__proto__":{"isAdmin":true}}');
    assert.ok(isJsonObject(value));
    assert.deepEqual(Object.keys(value), ['__proto__']);
    assert.equal(value['isAdmin'], undefined);
  });

  test('objects are told from lists, null and absence', () => {
    assert.equal(isJsonObject({}), true);
    for (const other of [[], null, undefined, 'x', 1, false])
      assert.equal(isJsonObject(other), false);
  });
});

test('whole numbers beyond 2^53 become text where they are asked for, digit by digit', () => {
  const text = '{"id":9007199254740993,"ids":[-12345678901234567890,1],"at":1.50000000000000000}';
  const reading = parseJson(text, { areLongNumbersText: true, areBadCharactersReplaced: false });
  assert.deepEqual(reading, {
    ok: true,
    value: {
      id: '9007199254740993',
      ids: ['-12345678901234567890', 1],
      at: 1.5,
    },
  });
  const rounded = parseJson('[9007199254740993]');
  assert.deepEqual(rounded, { ok: true, value: [9007199254740992] });
});

test('texts that look like long numbers stay as they are, and so does 2^53 - 1', () => {
  const text = '{"id":"9007199254740993","max":9007199254740991,"large":1e30,"__proto__":1}';
  const reading = parseJson(text, { areLongNumbersText: true, areBadCharactersReplaced: false });
  assert.ok(reading.ok);
  assert.equal(
    JSON.stringify(reading.value),
    '{"id":"9007199254740993","max":9007199254740991,"large":1e+30,"__proto__":1}',
  );
});
