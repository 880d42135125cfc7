/** What is kept for ever holds no secret, even where somebody put one that should not be there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '#kernel/limits.ts';
import { isSecretName, MASK, maskSecrets, renderSide } from './mask.ts';

test('texts under the names of secrets are masked, at any depth', () => {
  const masked = maskSecrets({
    name: 'ops',
    webhook_secret: 'hush',
    config: { bot_token: 'hush', nested: [{ password: 'hush' }], apiKey: 'hush' },
    secrets: { signing_key: { is_set: true }, smtp_password: { value: 'hush' } },
    pin: 1234,
    recovery_codes: ['hush', 'hush'],
    key: 'hush',
    webhook_secret_previous: 'hush',
  });
  assert.doesNotMatch(JSON.stringify(masked), /hush|1234/);
  assert.deepEqual(maskSecrets({ secrets: { signing_key: { is_set: true } } }), {
    secrets: { signing_key: { is_set: true } },
  });
});

test('names that only speak of a secret keep their texts', () => {
  for (const name of ['token_url', 'key_id', 'alert_key_name', 'name', 'mapping', 'shipping']) {
    assert.equal(isSecretName(name), false, name);
  }
  for (const name of ['token', 'accessToken', 'x-api-key', 'private_key', 'Authorization', 'otp']) {
    assert.equal(isSecretName(name), true, name);
  }
});

test('a key of ours is masked wherever it stands, also as a name', () => {
  const key = 'tcs_0123456789abcdefghijABCDEFGHIJ';
  const masked = JSON.stringify(maskSecrets({ url: `https://x.example/?k=${key}`, [key]: [key] }));
  assert.equal(masked.includes(key), false);
  assert.equal(masked.includes(`https://x.example/?k=${MASK}`), true);
});

test('a side is the same text whatever the order of its fields', () => {
  const one = renderSide({ b: 1, a: { d: 1, c: [2, 1] } });
  assert.equal(one, '{"a":{"c":[2,1],"d":1},"b":1}');
  assert.equal(one, renderSide({ a: { c: [2, 1], d: 1 }, b: 1, gone: undefined }));
  assert.equal(renderSide(null), null);
});

test('what is too large is left out, and says so', () => {
  const text = renderSide({ name: 'x'.repeat(LIMITS.auditSideCharsMax) });
  assert.match(text ?? '', /^\{"left_out":"too large","chars":\d+,"sha256":"[0-9a-f]{64}"\}$/);
  const fits = renderSide({ n: 'x'.repeat(LIMITS.auditSideCharsMax - '{"n":""}'.length) });
  assert.equal(fits?.length, LIMITS.auditSideCharsMax);
});

test('whatever stands under the name of a secret, no text of it is left', () => {
  const inside = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constant('canary'),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'value'), tie('value'), { maxKeys: 3 }),
    ),
  })).value;
  fc.assert(
    fc.property(inside, (value) => {
      assert.doesNotMatch(renderSide({ client_secret: value }) ?? '', /canary/);
    }),
  );
});
