import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeHex } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import { createSeededRandom } from '#test/support/ids.ts';
import {
  hashRecoveryCode,
  makeRecoveryCodes,
  readRecoveryCode,
  renderRecoveryCode,
} from './recovery-code.ts';

describe('recovery codes', () => {
  const codes = makeRecoveryCodes(createSeededRandom(4));

  test('are ten, and no two alike', () => {
    assert.equal(codes.length, LIMITS.recoveryCodesMax);
    assert.equal(new Set(codes).size, codes.length);
  });

  test('are in groups of four, without letters that look like others', () => {
    for (const code of codes) {
      assert.match(code, /^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$/);
    }
  });

  test('are read as people type them', () => {
    const code = '0a1b-2c3d-4e5f-6g7h';
    const plain = '0a1b2c3d4e5f6g7h';
    const typed = [code, code.toUpperCase(), plain, ` ${code} `, code.replaceAll('-', ' ')];
    for (const text of typed) assert.equal(readRecoveryCode(text), plain, text);
    assert.equal(readRecoveryCode('Oalb-2c3d-4e5f-6g7h'), plain, 'O for 0, l for 1');
    assert.equal(readRecoveryCode('oaIb2c3d4e5f6g7h'), plain, 'I for 1');
  });

  test('are told from codes of a telephone, and from anything else', () => {
    for (const text of ['', '123456', '0a1b-2c3d', `${codes[0]}0`, '0a1b-2c3d-4e5f-6g7u', '%']) {
      assert.equal(readRecoveryCode(text), null, text);
    }
  });

  test('have all bits of what they were made of', () => {
    assert.equal(renderRecoveryCode(new Uint8Array(10)), '0000-0000-0000-0000');
    assert.equal(renderRecoveryCode(new Uint8Array(10).fill(255)), 'zzzz-zzzz-zzzz-zzzz');
    const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        const isSame = encodeHex(one) === encodeHex(other);
        assert.equal(renderRecoveryCode(one) === renderRecoveryCode(other), isSame);
        const typed = renderRecoveryCode(one).toUpperCase();
        assert.equal(readRecoveryCode(typed), renderRecoveryCode(one).replaceAll('-', ''));
      }),
    );
  });

  test('are stored as hashes that are of nothing else', () => {
    const [first = '', second = ''] = codes.map((code) => readRecoveryCode(code) ?? '');
    assert.equal(hashRecoveryCode(first).length, 32);
    assert.notEqual(encodeHex(hashRecoveryCode(first)), encodeHex(hashRecoveryCode(second)));
  });
});
