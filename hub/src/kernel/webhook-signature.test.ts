import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { encodeBase64, encodeUtf8 } from './crypto.ts';
import { LIMITS } from './limits.ts';
import {
  parseWebhookSecret,
  renderWebhookSecret,
  renderWebhookSignature,
} from './webhook-signature.ts';

function keyOf(secret: string): Uint8Array {
  const reading = parseWebhookSecret(secret);
  assert.ok(reading.ok, reading.ok ? '' : reading.message);
  return reading.key;
}

const ROLLING = renderWebhookSecret(Uint8Array.from({ length: 32 }, (_, index) => index));
const CONTENT = {
  id: '01900000-0000-7000-8000-000000000001',
  timestampS: 1_800_000_000,
  body: encodeUtf8('{"event":"alert.created","data":{"title":"Caduta in cucina"}}'),
};

test("the specification's own test vector is reproduced", () => {
  const key = keyOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  const content = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestampS: 1_614_265_330,
    body: encodeUtf8('{"test": 2432232314}'),
  };
  assert.equal(
    renderWebhookSignature(content, [key]),
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

test('our vectors stay as they are: one key of 32 rolling bytes, one raw text', () => {
  assert.equal(ROLLING, 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=');
  // Each value is computed a second way here, so that a wrong vector cannot be pasted in.
  const signed = `${CONTENT.id}.${CONTENT.timestampS}.${Buffer.from(CONTENT.body).toString()}`;
  const byRolling = createHmac(
    'sha256',
    Uint8Array.from({ length: 32 }, (_, i) => i),
  );
  const byText = createHmac('sha256', 'vecchio segreto');
  assert.equal(
    renderWebhookSignature(CONTENT, [keyOf(ROLLING), keyOf('vecchio segreto')]),
    `v1,${byRolling.update(signed).digest('base64')} v1,${byText.update(signed).digest('base64')}`,
  );
  assert.equal(
    renderWebhookSignature(CONTENT, [keyOf(ROLLING)]),
    'v1,Bfj7PgKyJ3+xg8CYrGiP0PalPQLyDeI9SMmv9J8eWNE=',
  );
  assert.equal(
    renderWebhookSignature(CONTENT, [keyOf('vecchio segreto')]),
    'v1,ALAnek9SWvXqmk8rxLtVvAvtSmo+5iUcIBA8qIgri8A=',
  );
});

test('id, time and every byte of the body are signed', () => {
  const key = keyOf(ROLLING);
  const signature = renderWebhookSignature(CONTENT, [key]);
  const changed = [
    { ...CONTENT, id: 'other' },
    { ...CONTENT, timestampS: CONTENT.timestampS + 1 },
    { ...CONTENT, body: encodeUtf8('{"event": "alert.created"}') },
  ];
  for (const content of changed) {
    assert.notEqual(renderWebhookSignature(content, [key]), signature);
  }
});

test('a body that is not text is signed by its bytes', () => {
  const key = keyOf(ROLLING);
  const one = renderWebhookSignature({ ...CONTENT, body: Uint8Array.of(0xff) }, [key]);
  const other = renderWebhookSignature({ ...CONTENT, body: Uint8Array.of(0xfe) }, [key]);
  assert.notEqual(one, other);
});

test('an id with a dot is a bug: it would blur what was signed', () => {
  assert.throws(() => renderWebhookSignature({ ...CONTENT, id: 'a.b' }, []), /no dot/);
});

test('whsec_ secrets have 24 to 64 bytes in strict base64', () => {
  const secret = (count: number) => `whsec_${encodeBase64(new Uint8Array(count).fill(200))}`;
  for (const count of [24, 64]) assert.equal(keyOf(secret(count)).length, count);
  const wrong = [
    '',
    'whsec_',
    secret(23),
    secret(65),
    `${secret(24)} `,
    secret(25).replace('=', ''),
  ];
  for (const text of [...wrong, 'whsec_not base64', 'x'.repeat(LIMITS.secretCharsMax + 1)]) {
    const reading = parseWebhookSecret(text);
    assert.ok(!reading.ok, text.slice(0, 40));
    assert.doesNotMatch(reading.message, /not base64$|yMjI/);
  }
});

test('text without whsec_ stands for its UTF-8 bytes', () => {
  assert.deepEqual(keyOf('è'), Uint8Array.of(0xc3, 0xa8));
  assert.deepEqual(keyOf('WHSEC_x'), encodeUtf8('WHSEC_x'));
});

test('a new secret is made of 24 to 64 random bytes and reads back', () => {
  const bytes = new Uint8Array(24).fill(5);
  assert.deepEqual(keyOf(renderWebhookSecret(bytes)), bytes);
  for (const count of [0, 23, 65]) {
    assert.throws(() => renderWebhookSecret(new Uint8Array(count)), /24 to 64/);
  }
});
