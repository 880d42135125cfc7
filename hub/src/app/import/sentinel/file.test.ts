import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { repairJson } from '#app/import/json-repair.ts';
import { parseSentinelFile, type SentinelFile, type SentinelOrigin } from './file.ts';

const FALL = { status: 'PENDING', created_at: '2026-11-16T08:00:00' };

function read(json: unknown, origin: SentinelOrigin = 'active'): SentinelFile {
  return parseSentinelFile(typeof json === 'string' ? json : JSON.stringify(json), origin);
}

/** The ids that the file gives its alerts, in its order. */
function idsOf(file: SentinelFile): readonly (string | null)[] {
  assert.ok(file.ok, file.ok ? '' : file.sentence);
  return file.alerts.map(({ id }) => id);
}

function refusalOf(file: SentinelFile): string {
  assert.ok(!file.ok, 'the file was taken');
  return file.sentence;
}

describe('a file of the fall-alert manager', () => {
  test('is an object of alerts by id, or a list of alerts, whichever file it is', () => {
    for (const origin of ['active', 'history'] as const) {
      assert.deepEqual(idsOf(read({ 'fall-1': FALL, 'fall-2': FALL }, origin)), [
        'fall-1',
        'fall-2',
      ]);
      const list = [{ ...FALL, id: 'a' }, { ...FALL, alert_id: 'b' }, { ...FALL, id: 7 }, FALL];
      assert.deepEqual(idsOf(read(list, origin)), ['a', 'b', '7', null]);
    }
    assert.deepEqual(idsOf(read({ alerts: { 'fall-1': FALL } })), ['fall-1']);
  });

  test('may be empty of alerts', () => {
    assert.deepEqual(idsOf(read({})), []);
    assert.deepEqual(idsOf(read([], 'history')), []);
  });

  test('may begin with a byte order mark and hold what Python writes for no number', () => {
    const text = [
      '\ufeff{"fall-1": {"status": "PENDING",',
      '"x": NaN, "y": [Infinity, -Infinity], "z": "NaN"}}',
    ].join('\n');
    const file = read(text);
    assert.ok(file.ok);
    assert.deepEqual(file.alerts[0]?.fields, {
      status: 'PENDING',
      x: null,
      y: [null, null],
      z: 'NaN',
    });
    assert.deepEqual(file.warnings, [
      '3 numbers were NaN or Infinity, which is not JSON; read as null',
    ]);
  });

  test('that was cut off is refused whole, with the line and what to do', () => {
    const whole = JSON.stringify({ 'fall-1': FALL, 'fall-2': FALL }, null, 2);
    const cut = whole.split('\n').slice(0, 6).join('\n');
    const sentence = refusalOf(read(cut));
    assert.match(
      sentence,
      /^line 6, column \d+: the file ends in the middle\. Nothing was imported/,
    );
    assert.match(sentence, /Stop the old program, take the copy again/);
  });

  test('that is damaged is refused with the place of the damage', () => {
    const places: readonly (readonly [string, RegExp])[] = [
      ['', /^line 1, column 1: the file is empty/],
      [' \n\n ', /the file is empty/],
      ['{\n "a": {},\n "b" 1}', /^line 3, column 6: a colon is missing here/],
      ['{\n "a": {}\n "b": {}}', /^line 3, column 2: a comma or a closing bracket is missing/],
      ['{"a": {},}', /^line 1, column 10: a name in double quotes is missing/],
      ["{'a': 1}", /^line 1, column 2: a name in double quotes or } is missing/],
      ['[1, ]', /^line 1, column 5: a value is missing here/],
      ['[tru]', /^line 1, column 2: a value or \] is missing here/],
      ['{}{}', /^line 1, column 3: something follows after the end/],
      ['{"a": "b\nc"}', /^line 1, column 7: a text does not end on its line/],
      ['[{]}', /^line 1, column 3: a name in double quotes or } is missing/],
      ['\u0000\u0000\u0000', /^line 1, column 1: a value is missing here/],
    ];
    for (const [text, expected] of places) assert.match(refusalOf(read(text)), expected, text);
  });

  test('that is something else is refused, and says what it seems to be', () => {
    assert.match(refusalOf(read({ name: 'x', version: 1 })), /an object of something else \(name/);
    assert.match(refusalOf(read([1, 2])), /a list of something else/);
    assert.match(refusalOf(read('"text"')), /a string/);
    assert.match(refusalOf(read('null', 'history')), /should be a list of alerts, and is null/);
  });

  test('keeps what is no alert in its place, to be listed', () => {
    const file = read({ 'fall-1': FALL, broken: 7 });
    assert.ok(file.ok);
    assert.deepEqual(
      file.alerts.map(({ place }) => place),
      ['"fall-1"', '"broken"'],
    );
  });
});

describe('JSON as Python writes it', () => {
  test('property: all that is JSON is left as it is', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.nat(4), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent);
        assert.deepEqual(repairJson(text), { ok: true, text, replacedCount: 0 });
      }),
    );
  });

  test('property: a text is taken when, and only when, the engine can parse what comes out', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      'NaN',
      'null',
      ' ',
      '"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        const repaired = repairJson(text);
        const isJson = canParse(text.replaceAll('NaN', 'null'));
        assert.equal(repaired.ok, isJson, text);
        if (repaired.ok) assert.ok(canParse(repaired.text), text);
      }),
      { numRuns: 2_000 },
    );
  });

  test('of a long text in one piece is read without running out of stack', () => {
    const text = JSON.stringify({ a: '\\"é'.repeat(1_000_000) });
    assert.equal(repairJson(text).ok, true);
  });
});

function canParse(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
