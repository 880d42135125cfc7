import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '#kernel/limits.ts';
import { createClock, type HubClock } from './clock.ts';

const T = Date.UTC(2026, 10, 22, 12);

/** A machine and a database whose clocks only the test moves. */
function createTrial(wallOffsetMs = 0) {
  let monotonicMs = 5_000;
  let databaseMs = T;
  let wallMs = T + wallOffsetMs;
  const clock = createClock({ monotonicMs: () => monotonicMs, wallMs: () => wallMs });
  const pass = (durationMs: number): void => {
    monotonicMs += durationMs;
    databaseMs += durationMs;
    wallMs += durationMs;
  };
  return {
    clock,
    pass,
    stepWall: (byMs: number) => {
      wallMs += byMs;
    },
    stepDatabase: (byMs: number) => {
      databaseMs += byMs;
    },
    /** Time goes by that this machine does not count: it sleeps. */
    sleep: (durationMs: number) => {
      databaseMs += durationMs;
      wallMs += durationMs;
    },
    /** The database looks at its clock so long after the question, and the answer takes so long. */
    read: (thereMs = 0, backMs = thereMs): number => {
      const askedMonotonicMs = monotonicMs;
      pass(thereMs);
      const readMs = databaseMs;
      pass(backMs);
      return clock.adjust({
        askedMonotonicMs,
        answeredMonotonicMs: monotonicMs,
        databaseMs: readMs,
      });
    },
    errorMs: () => clock.now() - databaseMs,
  };
}

const isTrusted = ({ clock }: { clock: HubClock }): boolean => clock.isTrusted();
const OVER_MS = LIMITS.clockOffsetMaxMs + 1;

describe('the clock of a node', () => {
  test('follows the database, whatever the clock of its machine says', () => {
    for (const wallOffsetMs of [0, 3_600_000, -86_400_000]) {
      const trial = createTrial(wallOffsetMs);
      trial.read();
      assert.equal(trial.errorMs(), 0);
      assert.equal(trial.clock.offsetMs(), wallOffsetMs);
      assert.ok(isTrusted(trial), 'a machine whose clock is wrong may work');
    }
  });

  test('goes by the machine until the database was asked', () => {
    const trial = createTrial(7_000);
    assert.equal(trial.errorMs(), 7_000);
    assert.ok(isTrusted(trial));
  });

  test('does not step when the clock of the machine does', () => {
    const trial = createTrial();
    trial.read();
    trial.stepWall(3_600_000);
    assert.equal(trial.errorMs(), 0);
    trial.pass(2_000);
    assert.equal(trial.read(), 0);
    assert.equal(trial.errorMs(), 0);
    assert.equal(trial.clock.offsetMs(), 3_600_000, 'and tells how far that one is off');
    assert.ok(isTrusted(trial));
  });

  test('is not trusted once it was off by more than the limit, and right again at once', () => {
    for (const byMs of [OVER_MS, -OVER_MS, 86_400_000]) {
      const trial = createTrial();
      trial.read();
      trial.stepDatabase(byMs);
      assert.equal(trial.read(), Math.abs(byMs));
      assert.ok(!isTrusted(trial), `${byMs} ms`);
      assert.equal(trial.errorMs(), 0);
    }
  });

  test('is trusted up to the limit, and follows', () => {
    const trial = createTrial();
    trial.read();
    trial.stepDatabase(LIMITS.clockOffsetMaxMs);
    trial.read();
    assert.ok(isTrusted(trial));
    assert.equal(trial.errorMs(), 0);
  });

  test('is trusted again when the next reading agrees', () => {
    const trial = createTrial();
    trial.read();
    trial.stepDatabase(60_000);
    trial.read();
    trial.pass(2_000);
    assert.equal(trial.read(), 0);
    assert.ok(isTrusted(trial));
  });

  test('stays untrusted while the two run apart', () => {
    const trial = createTrial();
    trial.read();
    for (let beat = 0; beat < 5; beat += 1) {
      trial.pass(2_000);
      trial.stepDatabase(2_000);
      trial.read();
      assert.ok(!isTrusted(trial), `beat ${beat}`);
    }
    trial.pass(2_000);
    trial.read();
    assert.ok(isTrusted(trial));
  });

  test('notices that its machine has slept', () => {
    const trial = createTrial();
    trial.read();
    trial.sleep(3_600_000);
    assert.equal(trial.read(), 3_600_000);
    assert.ok(!isTrusted(trial));
    assert.equal(trial.errorMs(), 0);
  });

  test('is not moved by an answer that was slow in one direction', () => {
    for (const [thereMs, backMs] of [
      [8_000, 0],
      [0, 8_000],
      [30_000, 1],
    ] as const) {
      const trial = createTrial();
      trial.read();
      assert.equal(trial.read(thereMs, backMs), 0);
      assert.equal(trial.errorMs(), 0);
      assert.ok(isTrusted(trial), 'a slow database is no wrong clock');
    }
  });

  test('is moved by a slow answer as far as it surely was off', () => {
    const trial = createTrial();
    trial.read();
    trial.stepDatabase(60_000);
    assert.equal(trial.read(2_000, 2_000), 58_000);
    assert.equal(trial.errorMs(), -2_000);
    assert.ok(!isTrusted(trial));
    trial.read(2_000, 2_000);
    assert.ok(!isTrusted(trial), 'an answer as vague as that proves nothing');
    trial.read(1, 1);
    assert.ok(!isTrusted(trial), 'it was 2 s off until now');
    trial.read(1, 1);
    assert.ok(isTrusted(trial));
  });

  test('is not trusted after a first answer that is too vague, until a better one', () => {
    const trial = createTrial(3_600_000);
    trial.read(3_000, 0);
    assert.ok(!isTrusted(trial));
    trial.read();
    trial.read();
    assert.ok(isTrusted(trial));
    assert.equal(trial.errorMs(), 0);
  });

  test('is never moved further from the truth by a reading, however slow', () => {
    const delay = fc.integer({ min: 0, max: 20_000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(delay, delay), { minLength: 2, maxLength: 20 }), (delays) => {
        const trial = createTrial(1_234_567);
        let errorMs = Infinity;
        for (const [thereMs, backMs] of delays) {
          trial.read(thereMs, backMs);
          assert.ok(Math.abs(trial.errorMs()) <= errorMs + 1);
          errorMs = Math.abs(trial.errorMs());
        }
      }),
    );
  });
});
