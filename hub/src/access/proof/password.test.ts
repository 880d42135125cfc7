import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { findPasswordFault, normalisePassword } from './password.ts';

const NAMES = ['Anna Rossi', 'anna.rossi@hospital.example'];
const judge = (password: string) => findPasswordFault(normalisePassword(password), NAMES);

describe('a password', () => {
  test('is taken when it is long enough, whatever it is made of', () => {
    const good = [
      'four quiet herons wading',
      'correct horse battery',
      'ünïcödé-wörter!',
      '这是一个很长的密码短语就是这样',
      'aB3$aB3$xY7&',
      '   blanks count too   ',
    ];
    for (const password of good) assert.equal(judge(password), null, password);
  });

  test('has bounds, and the bounds themselves are allowed', () => {
    const long = 'abcdefghij'.repeat(30);
    assert.equal(judge('abcdefghijk'), 'too_short');
    assert.equal(judge('abcdefghijxk'), null);
    assert.equal(judge(long.slice(0, LIMITS.passwordCharsMax)), null);
    assert.equal(judge(long.slice(0, LIMITS.passwordCharsMax + 1)), 'too_long');
  });

  test('is counted in characters, not in bytes', () => {
    const signs = '🦉🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵';
    assert.equal(judge(signs), 'too_short', 'eleven of them');
    assert.equal(judge(`${signs}🐔`), null);
  });

  test('is not the name, nor the name with some digits', () => {
    const names = [
      'anna.rossi@hospital.example',
      'ANNA.ROSSI@hospital.example',
      'anna.rossi2026',
      'anna.rossi!!!!!!',
      'anna rossi 1234',
      'anna.rossianna.rossi',
    ];
    for (const password of names) assert.equal(judge(password), 'is_the_name', password);
    assert.equal(judge('anna.rossi keeps bees'), null, 'there is more to it');
  });

  test('may hold a name that is too short to mean anything', () => {
    assert.equal(findPasswordFault('123400001234x', ['x', '']), null);
  });

  test('is none of those that everybody tries first, in any case', () => {
    const common = ['password1234', 'Password1234', 'PASSWORDPASSWORD', 'qwertyuiop12'];
    for (const password of common) assert.equal(judge(password), 'too_common', password);
  });

  test('is more than a few characters again and again', () => {
    for (const password of ['aaaaaaaaaaaa', 'abababababab', '112233112233', 'AaAaAaAaAaAa']) {
      assert.equal(judge(password), 'too_plain', password);
    }
  });

  test('is the same on every keyboard', () => {
    assert.equal(normalisePassword('cafe\u0301'), normalisePassword('caf\u00e9'));
    assert.equal(normalisePassword('ｆｕｌｌ'), 'full');
    assert.notEqual(normalisePassword('Case'), normalisePassword('case'));
  });
});
