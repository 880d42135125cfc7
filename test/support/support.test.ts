import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createManualClock, instantOf } from './clock.ts';
import { createSeededIds, createSeededRandom } from './ids.ts';
import { createRecordingLog } from './log.ts';
import { until } from './until.ts';

describe('the clock of tests', () => {
  test('stands still until it is moved, and may go back', () => {
    const clock = createManualClock('2026-11-22T12:00:00Z');
    assert.equal(clock.now(), instantOf('2026-11-22T12:00:00Z'));
    clock.advanceMs(1_500);
    assert.equal(clock.now(), instantOf('2026-11-22T12:00:01.500Z'));
    clock.set(instantOf('2020-01-01T00:00:00Z'));
    assert.equal(clock.now(), instantOf('2020-01-01T00:00:00Z'));
  });

  test('refuses a text that is no time', () => {
    assert.throws(() => createManualClock('noon'), /noon/);
  });
});

describe('chance and ids of tests', () => {
  test('repeat with their seed and differ with another', () => {
    const draw = (seed?: number): readonly unknown[] => {
      const random = createSeededRandom(seed);
      return [random.random(), [...random.bytes(3)], random.random()];
    };
    assert.deepEqual(draw(7), draw(7));
    assert.notDeepEqual(draw(7), draw(8));
    assert.deepEqual(draw(), draw(1));
  });

  test('are even and stay below one', () => {
    const random = createSeededRandom(3);
    const drawn = Array.from({ length: 10_000 }, () => random.random());
    assert.ok(drawn.every((number) => number >= 0 && number < 1));
    const mean = drawn.reduce((sum, number) => sum + number, 0) / drawn.length;
    assert.ok(Math.abs(mean - 0.5) < 0.02, String(mean));
  });

  test('make ids that sort in the order they were asked for', () => {
    const ids = createSeededIds(5);
    const at = instantOf('2026-11-22T12:00:00Z');
    const made = Array.from({ length: 2_000 }, () => ids.next(at));
    assert.deepEqual(made.toSorted(), made);
    assert.equal(new Set(made).size, made.length);
    assert.equal(createSeededIds(5).next(at), made[0]);
  });
});

describe('until', () => {
  test('answers with what the condition found', async () => {
    const answers = [null, undefined, false, 0];
    assert.equal(await until(() => answers.shift(), { what: 'a zero is found' }), 0);
    assert.deepEqual(answers, []);
  });

  test('gives up after its bound and says what it waited for', async () => {
    const waiting = until(async () => false, { what: 'pigs fly', timeoutMs: 0 });
    await assert.rejects(waiting, /waited 0 ms until pigs fly/);
  });

  test('ends at once when the condition throws', async () => {
    const broken = until(() => assert.fail('broken'), { what: 'it works' });
    await assert.rejects(broken, /broken/);
  });
});

test('the log of tests keeps what it was told', () => {
  const log = createRecordingLog();
  log.warn('late', { ms: 3 });
  log.debug('fine');
  assert.deepEqual(log.lines, [
    { level: 'warn', message: 'late', fields: { ms: 3 } },
    { level: 'debug', message: 'fine', fields: {} },
  ]);
});
