import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Source } from '#intake/source.ts';
import { projectId, sourceId } from '#kernel/id.ts';
import { instant, INSTANT_MIN, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { createRefusalTeller } from './refusal-teller.ts';

function sourceOf(id: string): Source {
  return {
    projectId: projectId('home'),
    sourceId: sourceId(id),
    name: 'CANARY',
    kind: 'sentry',
    severityDefault: 'medium',
    policyId: null,
    silentAfterS: null,
    dedupWindowS: null,
    joinBy: null,
    mapping: {},
    secrets: {},
    isBuiltIn: false,
    version: 1,
    createdAt: INSTANT_MIN,
    updatedAt: INSTANT_MIN,
  };
}

test('every refusal counts; of one source a line a minute is enough', () => {
  let now = instant(1_800_000_000_000);
  let counted = 0;
  const noted: string[] = [];
  const lines: unknown[] = [];
  const tell = createRefusalTeller({
    clock: { now: () => now },
    log: { warn: (_message, facts) => void lines.push(facts) },
    count: () => void (counted += 1),
    note: (source) => void noted.push(source.sourceId),
  });
  for (let time = 0; time < 5; time += 1) tell(sourceOf('one'));
  tell(sourceOf('two'));
  assert.deepEqual(lines, [
    { source_id: 'one', kind: 'sentry' },
    { source_id: 'two', kind: 'sentry' },
  ]);
  now = plusMs(now, LIMITS.refusalLogGapMs);
  tell(sourceOf('one'));
  assert.deepEqual([lines.length, counted], [3, 7]);
  assert.deepEqual(noted, ['one', 'two', 'one']);
  assert.doesNotMatch(JSON.stringify(lines), /CANARY/);
});
