import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLog, LOG_LEVELS, type LogLevel } from './logger.ts';

function writeOn(level: LogLevel) {
  const lines: string[] = [];
  const log = createLog(level, true, (line) => void lines.push(line));
  return { log, lines };
}

describe('the log on a terminal', () => {
  test('is a line for a person: how bad, what, and the facts', () => {
    const { log, lines } = writeOn('info');
    log.warn('beat failed', { beat: 'delivery', tries: 3, rows: ['a'] });
    assert.deepEqual(lines, ['warn  beat failed  beat=delivery  tries=3  rows=["a"]\n']);
  });

  test('leaves out what is below its level', () => {
    for (const [index, level] of LOG_LEVELS.entries()) {
      const { log, lines } = writeOn(level);
      for (const each of LOG_LEVELS) log[each](each);
      assert.deepEqual(
        lines.map((line) => line.trim()).map((line) => line.split(/\s+/)[0]),
        LOG_LEVELS.slice(index),
      );
    }
  });

  test('shows what would rule the terminal as what it is, and keeps the lines of a stack', () => {
    const { log, lines } = writeOn('info');
    log.error('a request failed', { error: 'Error: \u001b[31mred\u0007\u009b\n    at x' });
    assert.deepEqual(lines, [
      'error a request failed  error=Error: \\x1b[31mred\\x07\\x9b\n    at x\n',
    ]);
  });

  test('says that a value is not there', () => {
    const { log, lines } = writeOn('info');
    log.info('the database is back', { pid: undefined });
    assert.deepEqual(lines, ['info  the database is back  pid=undefined\n']);
  });
});
