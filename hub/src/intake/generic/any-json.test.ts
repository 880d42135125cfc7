/** Whatever is posted, by whatever mapping: nothing throws, and what comes out can be stored. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { INSTANT_MAX, INSTANT_MIN, instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '#kernel/syntax/json.ts';
import { SEVERITIES } from '#kernel/words/severity.ts';
import { type Report, STAGES } from '#intake/report.ts';
import { GENERIC } from '#intake/sources/generic.ts';
import { MAPPING_FIELDS } from './mapping.ts';

const CONTEXT = {
  mapping: {},
  severityDefault: 'medium',
  headers: {},
  now: instant(1_800_000_000_000),
} as const;

/** As it comes over the wire. Null: the server refuses such a text before a source sees it. */
function parse(json: unknown): JsonValue | null {
  const reading = parseJson(JSON.stringify(json));
  return reading.ok ? reading.value : null;
}

const USUAL_NAMES = (
  'title message id key status state severity level time url labels annotations alerts list ' +
  'device_id image tags __proto__ a'
).split(' ');

const scalar = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  fc.constantFrom('resolved', 'ok', 'critical', '2026-01-01T00:00:00Z', 'http://x/', ' ', '\ud83d'),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const { json: body } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalar,
    fc.array(tie('json'), { maxLength: 5 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...USUAL_NAMES), fc.string()), tie('json'), {
      maxKeys: 6,
    }),
  ),
}));

const pointer = fc
  .array(fc.oneof(fc.constantFrom(...USUAL_NAMES, '0', '1', '-'), fc.string({ maxLength: 3 })), {
    maxLength: 3,
  })
  .chain((path) => fc.constantFrom('/', '$/').map((begin) => begin + path.join('/')));
const filters = [
  'upcase',
  'json',
  'join: ","',
  'slice: 1, 3',
  'truncate: 1',
  'append: a',
  'split: ""',
];
const template = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc
        .tuple(
          fc.constantFrom(...USUAL_NAMES, 'root', 'root.a', 'a["b"]', '(1..9)', '"\u0001"'),
          fc.array(fc.constantFrom(...filters, 'plus: 1', 'first', 'last', 'size', 'round: 99')),
        )
        .map(([name, chain]) => `{{ ${[name, ...chain].join(' | ')} }}`),
    ),
  )
  .map((parts) => parts.join(''));
const expression = fc.oneof(pointer, template, scalar, fc.array(fc.oneof(pointer, template)));
const words = fc.dictionary(fc.string(), fc.oneof(fc.constantFrom<string>(...SEVERITIES), scalar));
const object = fc.record(
  {
    from: expression,
    words,
    zone: fc.constantFrom('UTC', 'Asia/Tokyo', 'x'),
    resolved: fc.array(scalar),
    updated: scalar,
    constant: scalar,
  },
  { requiredKeys: [] },
);
const mapping = fc.dictionary(
  fc.constantFrom(...MAPPING_FIELDS),
  fc.oneof(expression, object, fc.dictionary(fc.string(), expression)),
  { maxKeys: 8 },
);

function checkText(text: string | null, charsMax: number): void {
  if (text === null) return;
  assert.ok(text.length <= charsMax, `${text.length} characters`);
  assert.ok(!text.includes('\0') && text.isWellFormed(), JSON.stringify(text));
}

function checkTexts(texts: Report['labels'], countMax: number, charsMax: number): void {
  assert.ok(Object.keys(texts).length <= countMax);
  for (const [name, value] of Object.entries(texts)) {
    assert.ok(name !== '' && value !== '');
    checkText(name, LIMITS.labelNameCharsMax);
    checkText(value, charsMax);
  }
}

function checkReport(report: Report): void {
  assert.notEqual(report.title.trim(), '');
  checkText(report.title, LIMITS.titleCharsMax);
  checkText(report.content, LIMITS.contentCharsMax);
  for (const one of ['sourceUrl', 'image'] as const) checkText(report[one], LIMITS.urlCharsMax);
  for (const one of ['deviceId', 'cameraId', 'areaId', 'provider', 'providerEventId'] as const) {
    checkText(report[one], LIMITS.identifierCharsMax);
  }
  for (const one of ['alertname', 'namespace', 'targetResource', 'fingerprint'] as const) {
    checkText(report[one], LIMITS.identifierCharsMax);
  }
  if (report.identity.kind === 'key') checkText(report.identity.key, LIMITS.identifierCharsMax);
  checkTexts(report.labels, LIMITS.labelsMax, LIMITS.labelValueCharsMax);
  checkTexts(report.annotations, LIMITS.annotationsMax, LIMITS.annotationCharsMax);
  assert.ok(SEVERITIES.includes(report.severity) && STAGES.includes(report.stage));
  for (const at of [report.providerTs, report.startsAt, report.endsAt]) {
    assert.ok(at === null || (Number.isSafeInteger(at) && at >= INSTANT_MIN && at <= INSTANT_MAX));
  }
  const payload = JSON.stringify(report.payload);
  assert.ok(payload.length <= LIMITS.payloadCharsMax);
  assert.ok(parseJson(JSON.stringify(report)).ok, 'what PostgreSQL can store as jsonb');
}

function checkReading(json: JsonValue, given: JsonObject): number {
  const context = { ...CONTEXT, mapping: given };
  const reading = GENERIC.parse(json, context);
  GENERIC.explain?.(json, context);
  if (!reading.ok) return 0;
  for (const report of reading.reports) {
    checkReport(report);
    const isNamed = report.stage !== 'resolved' || report.identity.kind === 'key';
    assert.ok(isNamed, 'an end names what is over');
  }
  for (const refusal of reading.refusals) assert.ok(refusal.length <= LIMITS.errorCharsMax * 4);
  return reading.reports.length;
}

describe('property: any JSON', () => {
  test('that nobody described is a report that can be stored', () => {
    let count = 0;
    fc.assert(
      fc.property(body, (raw) => {
        const json = parse(raw);
        if (json !== null) count += checkReading(json, {});
      }),
      { numRuns: 1_000 },
    );
    assert.ok(count > 500, `${count} reports`);
  });

  test('by any mapping that was let pass is a report that can be stored', () => {
    let count = 0;
    fc.assert(
      fc.property(body, mapping, (raw, rawMapping) => {
        const [json, given] = [parse(raw), parse(rawMapping)];
        if (json === null || !isJsonObject(given ?? undefined)) return;
        if (!isJsonObject(given) || GENERIC.findMappingFaults(given).length > 0) return;
        count += checkReading(json, given);
      }),
      { numRuns: 3_000 },
    );
    assert.ok(count > 200, `${count} reports`);
  });

  test('by any mapping at all does not throw: one may have been stored before its rules', () => {
    fc.assert(
      fc.property(body, fc.oneof(mapping, fc.dictionary(fc.string(), fc.jsonValue())), (raw, m) => {
        const [json, given] = [parse(raw), parse(m)];
        if (json !== null && isJsonObject(given ?? undefined) && isJsonObject(given)) {
          checkReading(json, given);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('is never lost: an object that is not empty is a report or a refusal', () => {
    fc.assert(
      fc.property(body, (raw) => {
        const json = parse(raw);
        if (!isJsonObject(json ?? undefined) || !isJsonObject(json)) return;
        if (Object.keys(json).length === 0) return;
        assert.equal(checkReading(json, {}), 1);
      }),
    );
  });
});

describe('the worst that a body and a mapping can do together', () => {
  const texts = Object.fromEntries(
    Array.from({ length: LIMITS.labelsMax }, (_, index) => [
      `l${index}`,
      index % 2 === 0
        ? '{{root.big}}'.repeat(LIMITS.mappingTextCharsMax / 16)
        : '{{ root.big | upcase }}{{ value | append: root.big | json }}',
    ]),
  );
  const heavy = { items: '/list', title: '{{ root }}', content: '$', labels: texts } as const;

  test('stays within the work of a request, and every report is stored', () => {
    assert.deepEqual(GENERIC.findMappingFaults(heavy), []);
    const list = Array.from({ length: LIMITS.eventsPerRequestMax }, (_, index) => index);
    const json = { big: 'x'.repeat(2_000_000), more: 'y'.repeat(2_000_000), list };
    const reading = GENERIC.parse(json, { ...CONTEXT, mapping: heavy });
    assert.ok(reading.ok);
    assert.equal(reading.reports.length, LIMITS.eventsPerRequestMax);
    assert.match(reading.refusals.join(), /builds too much of this body/);
    for (const report of reading.reports) checkReport(report);
  });

  test('an object of 50,000 fields that every report points to is walked through once', () => {
    const fields = Array.from({ length: 50_000 }, (_, index) => [`f${index}`, index] as const);
    const list = Array.from({ length: LIMITS.eventsPerRequestMax }, () => ({ title: 'x' }));
    const json = { big: Object.fromEntries(fields), list };
    const given = { items: '/list', labels: '$/big', annotations: '$/big', content: '$/big' };
    assert.equal(checkReading(json, given), LIMITS.eventsPerRequestMax);
  });
});
