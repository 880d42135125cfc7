import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure } from './failure.ts';

const fail = (message: string, more: object) => Object.assign(new Error(message), more);

test('a port that is taken is told with the setting that chooses another', () => {
  const message = 'listen EADDRINUSE: address already in use 127.0.0.1:8470';
  for (const code of ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES']) {
    assert.equal(
      describeFailure(fail(message, { code, syscall: 'listen' }), false),
      `${message}. Set TOCSIN_HOST and TOCSIN_PORT.`,
    );
  }
});

test('a file that may not be opened is no port', () => {
  const error = fail('EACCES: permission denied, open x', { code: 'EACCES', syscall: 'open' });
  assert.equal(describeFailure(error, true), 'EACCES: permission denied, open x');
});

test('an outside database that cannot be used is told with its setting', () => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', '28P01', '3D000', '42501']) {
    const sentence = 'The database of DATABASE_URL cannot be used: why';
    assert.equal(describeFailure(fail('why', { code }), true), sentence, code);
  }
});

test('what is not about it is told as it is, and its own database has no setting', () => {
  assert.equal(describeFailure(fail('why', { code: 'ECONNREFUSED' }), false), 'why');
  assert.equal(describeFailure(fail('why', { code: '42601' }), true), 'why');
  assert.equal(describeFailure(fail('why', { code: 7 }), true), 'why');
  assert.equal(describeFailure(new Error('why'), true), 'why');
  assert.equal(describeFailure('why', true), 'why');
});
