import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase64, encodeBase64 } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import { createSecretBox, parseMasterKeys } from './secret-box.ts';

const KEY_A = encodeBase64(new Uint8Array(32).fill(1));
const KEY_B = encodeBase64(new Uint8Array(32).fill(2));
const PLACE = { projectId: 'home', channelId: 'c-1', field: 'bot_token' };

/** Bytes that differ in each call, as a nonce must. */
function countingRandom() {
  let calls = 0;
  return {
    bytes: (count: number) => {
      calls += 1;
      return new Uint8Array(count).fill(calls);
    },
  };
}

function boxFor(text: string, random = countingRandom()) {
  const reading = parseMasterKeys(text);
  assert.ok(reading.ok, reading.ok ? '' : reading.message);
  return createSecretBox({ keys: reading.keys, random });
}

const box = boxFor(`a:${KEY_A}`);

test('a sealed secret names its key, hides its text and opens in its place', () => {
  const envelope = box.seal('s3cret è', PLACE);
  assert.match(envelope, /^v1\.a\.[A-Za-z0-9+/]+={0,2}$/);
  const bytes = decodeBase64(envelope.slice('v1.a.'.length));
  assert.equal(bytes?.length, 12 + 's3cret è'.length + 1 + 16);
  assert.deepEqual(box.open(envelope, PLACE), { ok: true, plain: 's3cret è' });
});

test('property: any well-formed text comes back, and no two envelopes are alike', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (plain) => {
      const [one, other] = [box.seal(plain, PLACE), box.seal(plain, PLACE)];
      assert.notEqual(one, other);
      assert.deepEqual(box.open(one, PLACE), { ok: true, plain });
    }),
  );
});

test('an envelope does not open for another project, channel or field', () => {
  const envelope = box.seal('secret', PLACE);
  const elsewhere = [
    { ...PLACE, projectId: 'work' },
    { ...PLACE, channelId: 'c-2' },
    { ...PLACE, field: 'access_token' },
    { projectId: 'homec', channelId: '-1', field: 'bot_token' },
    { projectId: 'home', channelId: 'c-1bot', field: '_token' },
    { projectId: 'c-1', channelId: 'home', field: 'bot_token' },
  ];
  for (const place of elsewhere) {
    assert.deepEqual(box.open(envelope, place), { ok: false, reason: 'tampered', kid: 'a' });
  }
});

test('no bit of an envelope can be flipped', () => {
  const envelope = box.seal('x', PLACE);
  const bytes = decodeBase64(envelope.slice(5));
  assert.ok(bytes !== null);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    const opened = box.open(`v1.a.${encodeBase64(flipped)}`, PLACE);
    assert.deepEqual(opened, { ok: false, reason: 'tampered', kid: 'a' }, `bit ${bit}`);
  }
});

test('an envelope under the name of another key does not open', () => {
  const both = boxFor(`a:${KEY_A},b:${KEY_B}`);
  const envelope = both.seal('x', PLACE).replace('v1.a.', 'v1.b.');
  assert.deepEqual(both.open(envelope, PLACE), { ok: false, reason: 'tampered', kid: 'b' });
});

test('a key that is not in the ring is named', () => {
  const envelope = boxFor(`gone:${KEY_B}`).seal('x', PLACE);
  const opened = box.open(envelope, PLACE);
  assert.deepEqual(opened, { ok: false, reason: 'unknown_key', kid: 'gone' });
});

test('after a rotation old envelopes open and new ones are sealed with the first key', () => {
  const old = box.seal('x', PLACE);
  const rotated = boxFor(`b:${KEY_B},a:${KEY_A}`);
  assert.deepEqual(rotated.open(old, PLACE), { ok: true, plain: 'x' });
  assert.equal(rotated.currentKid, 'b');
  const fresh = rotated.seal('x', PLACE);
  assert.ok(fresh.startsWith('v1.b.'));
  assert.deepEqual(box.open(fresh, PLACE), { ok: false, reason: 'unknown_key', kid: 'b' });
});

test('what is not an envelope is malformed, lenient base64 included', () => {
  const envelope = box.seal('xyz', PLACE);
  const text = envelope.slice(5);
  const nameless = ['', 'plain', `v2.a.${text}`, `v1..${text}`, 'v1.a.', `${envelope}\n`, 'v1.a.%'];
  for (const wrong of [...nameless, ` ${envelope}`, `v1.a.${text.replaceAll('=', '')} `]) {
    const opened = box.open(wrong, PLACE);
    assert.deepEqual(opened, { ok: false, reason: 'malformed', kid: null }, wrong);
  }
  assert.ok(text.endsWith('='), 'the sample has padding to play with');
  const short = encodeBase64(new Uint8Array(27));
  for (const wrong of [`v1.a.${text.replaceAll('=', '')}`, `v1.a.${short}`, 'v1.a.QR==']) {
    assert.deepEqual(box.open(wrong, PLACE), { ok: false, reason: 'malformed', kid: 'a' }, wrong);
  }
});

test('an empty secret stays apart from one that does not open', () => {
  assert.deepEqual(box.open(box.seal('', PLACE), PLACE), { ok: true, plain: '' });
});

test('half a surrogate pair is a bug of the caller, not a changed secret', () => {
  assert.throws(() => box.seal('\ud800', PLACE), /well-formed/);
});

test('master keys are read in order', () => {
  const reading = parseMasterKeys(` new-1:${KEY_B} , old_0 : ${KEY_A} `);
  assert.ok(reading.ok);
  assert.deepEqual(
    reading.keys.map(({ kid, key }) => [kid, key[0]]),
    [
      ['new-1', 2],
      ['old_0', 1],
    ],
  );
});

test('a wrong master key is named by its place and never repeated', () => {
  const short = encodeBase64(new Uint8Array(31).fill(3));
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['', /key 1 has no id/],
    [KEY_A, /key 1 has no id/],
    [`:${KEY_A}`, /key 1 has no id/],
    [`a.b:${KEY_A}`, /key 1 has no id/],
    [`a:${KEY_A},`, /key 2 has no id/],
    [`a:${short}`, /key 1 is not base64/],
    [`a:${KEY_A.replace('=', '')}`, /key 1 is not base64/],
    [`a:${KEY_A},a:${KEY_B}`, /key 2 has the id/],
  ];
  for (const [text, sentence] of wrong) {
    const reading = parseMasterKeys(text);
    assert.ok(!reading.ok, text);
    assert.match(reading.message, sentence);
    assert.doesNotMatch(reading.message, /AQEB|AgIC|AwMD/);
  }
});

test('more master keys than the limit are refused', () => {
  const ring = (count: number) =>
    Array.from({ length: count }, (_, index) => `k${index}:${KEY_A}`).join(',');
  assert.ok(parseMasterKeys(ring(LIMITS.masterKeysMax)).ok);
  assert.ok(!parseMasterKeys(ring(LIMITS.masterKeysMax + 1)).ok);
});
