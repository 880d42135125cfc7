import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Instant, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { PROJECT, SOURCE, START } from '#test/support/samples/alert.ts';
import { decidePulse, type SourcePulse } from './pulse.ts';

const GRACE_S = LIMITS.sourceGraceMs / MS_PER_SECOND;

const at = (seconds: number): Instant => plusMs(START, seconds * MS_PER_SECOND);

/** Watched since START, silent after a minute, never heard. */
function pulse(more: Partial<SourcePulse> = {}): SourcePulse {
  return {
    projectId: PROJECT,
    sourceId: SOURCE,
    lastHeardAt: null,
    silentAfterS: 60,
    lastRefusedAt: null,
    watchFrom: START,
    silentSince: null,
    dueAt: null,
    ...more,
  };
}

function tell(one: SourcePulse, seconds: number, listeningSince = START): string {
  const { kind, pulse: next } = decidePulse(one, { now: at(seconds), listeningSince });
  const dueS = next.dueAt === null ? '-' : (next.dueAt - START) / MS_PER_SECOND;
  return kind === 'unchanged' ? `next ${dueS}` : kind;
}

describe('a source', () => {
  test('that nothing is expected of is never silent', () => {
    assert.equal(tell(pulse({ silentAfterS: null }), 1_000_000), 'next -');
  });

  test('is silent so long after it was heard, or after somebody asked', () => {
    assert.equal(tell(pulse(), 59), 'next 60');
    assert.equal(tell(pulse(), 60), 'silent');
    assert.equal(tell(pulse({ lastHeardAt: at(30) }), 60), 'next 90');
    assert.equal(tell(pulse({ lastHeardAt: at(-9_000) }), 59), 'next 60');
  });

  test('that is silent is so until it is heard, or not expected to be', () => {
    const silent = pulse({ silentSince: START });
    assert.equal(tell(silent, 5_000), 'next -');
    assert.equal(tell({ ...silent, lastHeardAt: at(4_999) }, 5_000), 'heard');
    assert.equal(tell({ ...silent, silentAfterS: null }, 5_000), 'heard');
    const { pulse: heard } = decidePulse(
      { ...silent, lastHeardAt: at(4_999) },
      { now: at(5_000), listeningSince: START },
    );
    assert.deepEqual([heard.silentSince, heard.dueAt], [null, at(5_059)]);
  });

  test('that could not reach us gets time to', () => {
    assert.equal(tell(pulse(), 1_000, at(1_000)), `next ${1_000 + GRACE_S}`);
    assert.equal(tell(pulse(), 1_000 + GRACE_S, at(1_000)), 'silent');
    assert.equal(tell(pulse({ lastHeardAt: at(1_001) }), 1_061, at(1_000)), 'silent');
  });

  test('property: told once, it is not told again before it was heard', () => {
    const moment = fc.integer({ min: 0, max: 5_000 });
    fc.assert(
      fc.property(fc.array(moment), fc.array(moment), (looks, hearings) => {
        let state = pulse();
        let isTold = false;
        const steps = [
          ...looks.map((seconds) => ({ seconds, isHearing: false })),
          ...hearings.map((seconds) => ({ seconds, isHearing: true })),
        ].toSorted((one, other) => one.seconds - other.seconds);
        for (const { seconds, isHearing } of steps) {
          if (isHearing) {
            state = { ...state, lastHeardAt: at(seconds) };
            continue;
          }
          const decision = decidePulse(state, { now: at(seconds), listeningSince: START });
          if (decision.kind === 'silent') assert.equal(isTold, false);
          if (decision.kind === 'heard') assert.equal(isTold, true);
          if (decision.kind !== 'unchanged') isTold = decision.kind === 'silent';
          state = decision.pulse;
          const lastS = ((state.lastHeardAt ?? START) - START) / MS_PER_SECOND;
          assert.equal(isTold, seconds - lastS >= 60, `${seconds} ${lastS}`);
        }
      }),
    );
  });
});
