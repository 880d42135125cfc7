/** Recorded bodies of senders, and a way to read one with a kind of source. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '#intake/report.ts';
import type { ParseContext, SourceType } from '#intake/source-type.ts';
import { type Instant, parseInstant } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '#kernel/syntax/json.ts';

const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'sources');

/** `edge/alarm` is test/fixtures/sources/edge/alarm.json. */
export function readSourceFixture(name: string): JsonObject {
  const reading = parseJson(readFileSync(join(FIXTURES, `${name}.json`), 'utf8'));
  assert.ok(reading.ok && isJsonObject(reading.value), name);
  return reading.value;
}

export function at(text: string): Instant {
  const instant = parseInstant(text);
  assert.ok(instant !== null, text);
  return instant;
}

export type Reader = {
  readonly reports: (body: unknown) => readonly Report[];
  /** Fails the test when it is not exactly one. */
  readonly one: (body: unknown) => Report;
  readonly refusals: (body: unknown) => readonly string[];
  /** `path: message` of what is refused whole. */
  readonly faults: (body: unknown) => readonly string[];
};

/** Bodies go through the same strict reading as on their way in. */
export function readWith(type: SourceType, more: Partial<ParseContext> & { now: Instant }): Reader {
  const context: ParseContext = {
    severityDefault: 'medium',
    mapping: {},
    headers: {},
    ...more,
  };
  const read = (body: unknown) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const json = parseJson(text, { areLongNumbersText: true, areBadCharactersReplaced: false });
    assert.ok(json.ok, text.slice(0, 200));
    const value: JsonValue = json.value;
    return type.parse(value, context);
  };
  const good = (body: unknown) => {
    const reading = read(body);
    assert.ok(reading.ok, reading.ok ? '' : JSON.stringify(reading.details));
    return reading;
  };
  return {
    reports: (body) => good(body).reports,
    refusals: (body) => good(body).refusals,
    one: (body) => {
      const [report, ...others] = good(body).reports;
      assert.ok(report !== undefined && others.length === 0);
      return report;
    },
    faults: (body) => {
      const reading = read(body);
      assert.ok(!reading.ok, 'it is refused');
      return reading.details.map(({ path, message }) => `${path}: ${message}`);
    },
  };
}
