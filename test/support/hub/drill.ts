/** A drill, asked for and held to the contract. */
import assert from 'node:assert/strict';
import { drillAnswer } from '#contract/escalation/drill.ts';
import { parseWire } from '#contract/wire.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import type { TestHub } from '#test/support/hub.ts';
import type { Answer, CallOptions } from './calls.ts';

export async function drill(
  hub: TestHub,
  body: JsonObject = {},
  by: CallOptions = {},
): Promise<Answer> {
  const answer = await hub.call('POST /api/v1/drill', { title: 'Fall', ...body }, by);
  assert.equal(answer.status, 200, answer.text);
  const reading = parseWire(drillAnswer, answer.body);
  assert.ok(reading.ok, reading.ok ? '' : JSON.stringify(reading.details));
  return answer;
}

export function objectsAt(answer: Answer, path: string): readonly JsonObject[] {
  const value = answer.at(path);
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
