import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  AES_KEY_BYTES,
  concatBytes,
  decodeBase64,
  decodeBase64Url,
  decodeUtf8,
  encodeBase64,
  encodeBase64Url,
  encodeHex,
  encodeUtf8,
  equalsConstantTime,
  GCM_NONCE_BYTES,
  hmacSha256,
  joinUnambiguously,
  openAesGcm,
  sealAesGcm,
  sha256,
  sha256Hex,
} from './crypto.ts';

test('SHA-256 and HMAC-SHA256 give the values of their standards', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  assert.equal(sha256Hex('abc'), abc);
  assert.equal(encodeHex(sha256(encodeUtf8('abc'))), abc);
  // RFC 4231, test case 2.
  assert.equal(
    encodeHex(hmacSha256('Jefe', 'what do ya want for nothing?')),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});

test('AES-256-GCM gives the value of its standard, and opens it again', () => {
  const secret = { key: new Uint8Array(AES_KEY_BYTES), nonce: new Uint8Array(GCM_NONCE_BYTES) };
  const none = new Uint8Array(0);
  const sealed = sealAesGcm(secret, new Uint8Array(16), none);
  assert.equal(
    encodeHex(sealed),
    'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
  );
  assert.deepEqual(openAesGcm(secret, sealed, none), new Uint8Array(16));
});

test('a key or nonce of the wrong length is a bug, not an answer', () => {
  const none = new Uint8Array(0);
  const short = { key: new Uint8Array(16), nonce: new Uint8Array(GCM_NONCE_BYTES) };
  assert.throws(() => sealAesGcm(short, none, none), /AES-256 key/);
  const long = { key: new Uint8Array(AES_KEY_BYTES), nonce: new Uint8Array(16) };
  assert.throws(() => openAesGcm(long, new Uint8Array(32), none), /nonce/);
});

test('property: any flipped bit, and any cut, keeps a sealed text shut', () => {
  const secret = { key: new Uint8Array(AES_KEY_BYTES).fill(7), nonce: new Uint8Array(12).fill(9) };
  const aad = encodeUtf8('place');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(), (plain, pick) => {
      const sealed = sealAesGcm(secret, plain, aad);
      assert.deepEqual(openAesGcm(secret, sealed, aad), new Uint8Array(plain));
      const bit = pick % (sealed.length * 8);
      const flipped = sealed.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      assert.equal(openAesGcm(secret, flipped, aad), null);
      assert.equal(openAesGcm(secret, sealed.subarray(0, pick % sealed.length), aad), null);
      assert.equal(openAesGcm(secret, sealed, encodeUtf8('Place')), null);
    }),
  );
});

test('equality holds for equal content only, text or bytes, of any length', () => {
  assert.equal(equalsConstantTime('token', encodeUtf8('token')), true);
  assert.equal(equalsConstantTime('', ''), true);
  for (const other of ['tokeN', 'toke', 'tokens', '']) {
    assert.equal(equalsConstantTime('token', other), false);
  }
});

test('property: base64 is read in its one canonical spelling', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.deepEqual(decodeBase64(encodeBase64(bytes)), new Uint8Array(bytes));
      assert.deepEqual(decodeBase64Url(encodeBase64Url(bytes)), new Uint8Array(bytes));
    }),
  );
});

test('lenient base64 is refused: blanks, missing padding, spare bits, the other alphabet', () => {
  for (const text of ['QQ', 'QQ=', 'QR==', ' QQ==', 'QQ==\n', 'Q Q==', 'QQ==QQ==', '-_-_', '!']) {
    assert.equal(decodeBase64(text), null, JSON.stringify(text));
  }
  for (const text of ['QQ==', 'QR', '+/+/', 'Q Q']) {
    assert.equal(decodeBase64Url(text), null, JSON.stringify(text));
  }
});

test('bytes that are not UTF-8 are null, and a byte order mark is kept', () => {
  assert.equal(decodeUtf8(Uint8Array.of(0xff)), null);
  assert.equal(decodeUtf8(encodeUtf8('\ufeffè')), '\ufeffè');
});

test('joined parts cannot be confused with other parts', () => {
  const hex = (parts: readonly string[]) => encodeHex(joinUnambiguously(parts));
  assert.equal(hex(['a', 'è']), encodeHex(encodeUtf8('1:a1:è')));
  const lists = [['ab', 'c'], ['a', 'bc'], ['abc'], ['', 'abc'], ['abc', ''], ['1:a']];
  assert.equal(new Set(lists.map(hex)).size, lists.length);
});

test('a view into a larger buffer stands for its own bytes only', () => {
  const view = Uint8Array.of(1, 2, 3, 4).subarray(1, 3);
  assert.equal(encodeHex(view), '0203');
  assert.equal(encodeBase64(view), 'AgM=');
  assert.deepEqual(concatBytes([view, view]), Uint8Array.of(2, 3, 2, 3));
});
