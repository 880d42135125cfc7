/** Names, trees and what fits. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonValue } from '#kernel/syntax/json.ts';
import { isMask } from '#redaction/mask.ts';
import { looksLikeJson, redactEmbedded } from './embedded-json.ts';
import { cutText, fitJson } from './fit.ts';
import { createKeyRules } from './key.ts';

const findKeyRule = createKeyRules(['badge no', '工号']);

describe('the name of a field', () => {
  const kinds = (expected: string, names: readonly string[]): void => {
    for (const name of names) assert.equal(findKeyRule(name).kind, expected, name);
  };

  it('says that its value is secret', () => {
    kinds('secret', [
      'password',
      'Password',
      'PASSWORD',
      'db_password',
      'dbPassword',
      'DB-PASSWORD',
      'spring.datasource.password',
      'passwordConfirmation',
      'password2',
      'PGPASSWORD',
      'mysecret',
      'secret',
      'clientSecret',
      'api_key',
      'apiKey',
      'APIKey',
      'x-api-key',
      'apikey',
      'access_key',
      'AccountKey',
      'private_key',
      'ssh_key',
      'signing-key',
      'master key',
      'token',
      'access_token',
      'accessToken',
      'csrfToken',
      'X-Vault-Token',
      'session',
      'sessionId',
      'session_id',
      'credentials',
      'credential',
      'dsn',
      'pwd',
      'db_pass',
      'otp',
      'cvv2',
      'secret_id',
      'connectionString',
      '密码',
      '登录密码',
      'badge_no',
      'BadgeNo',
      '工号',
    ]);
  });

  it('says that its line is', () => {
    kinds('line', ['Authorization', 'proxy-authorization', 'http.request.header.authorization']);
    kinds('line', ['cookie', 'Set-Cookie', 'cookies', 'HTTP_COOKIE']);
  });

  it('only speaks of a secret, or of another key', () => {
    kinds('plain', [
      'secret_name',
      'secretName',
      'password_policy',
      'passwordChangedAt',
      'token_type',
      'token_count',
      'tokens_used',
      'max_tokens',
      'has_password_ok',
      'session_count',
      'primary_key',
      'publicKey',
      'groupKey',
      'idempotency-key',
      'partition_key',
      'cookie_name',
      'authorization_url',
      'keyboard',
      'monkey',
      'secretary',
      'compass',
      'passenger',
      'instance',
      '',
      '---',
    ]);
    kinds('weak', ['key', 'sig', 'auth', 'code', 'x_signature']);
  });

  it('says that its value is about a person', () => {
    kinds('personal', ['phone', 'phoneNumber', 'mobile', 'telefono', 'contact_phone', '手机号']);
    kinds('personal', ['first_name', 'lastName', 'codice_fiscale', 'card_number', '身份证']);
    kinds('plain', ['phone_model', 'name', 'username', 'display_name', 'filename']);
  });

  it('says where ids and versions are', () => {
    const contexts = (context: string, names: readonly string[]): void => {
      for (const name of names)
        assert.deepEqual(findKeyRule(name), { kind: 'plain', context }, name);
    };
    contexts('id', ['id', 'user_id', 'orderId', 'trace_id', 'fingerprint', 'sha256', 'md5']);
    contexts('message_id', ['message_id', 'Message-ID', 'In-Reply-To', 'provider_event_id']);
    contexts('version', ['version', 'app.kubernetes.io/version', 'image', 'firmware']);
    contexts('text', ['summary', 'description', 'instance', 'host']);
  });

  it('may be as long as it likes', () => {
    assert.equal(findKeyRule('A'.repeat(100_000)).kind, 'plain');
    assert.equal(findKeyRule(`${'x_'.repeat(50_000)}password`).kind, 'secret');
  });
});

describe('JSON inside of a text', () => {
  const identity = (value: JsonValue): JsonValue => value;
  const change = (value: JsonValue): JsonValue => ({ changed: true, value });

  it('is known by its brackets', () => {
    assert.ok(looksLikeJson(' {"a":1}\n') && looksLikeJson('[1]'));
    for (const text of ['', 'a', '{', '[1}', '"a"', '17', '{"a":"\u0001"}']) {
      assert.ok(!looksLikeJson(text), text);
    }
  });

  it('stays in its own spelling where nothing changes', () => {
    for (const text of ['{ "a" : 1.50 }', '[1e3,\n 12345678901234567890]', '{"a":1,"a":2}']) {
      assert.equal(redactEmbedded(text, identity), text);
    }
  });

  it('keeps its numbers and its indent where something does', () => {
    const text = '[12345678901234567890,1.10,-0,1e400,5,"1"]';
    assert.equal(redactEmbedded(text, change), `{"changed":true,"value":${text}}`);
    assert.match(redactEmbedded('{\n  "a": 1\n}', change) ?? '', /^\{\n {2}"changed": true,\n/);
  });

  it('cannot be forged into numbers', () => {
    assert.equal(redactEmbedded('{"a":"\\u0001n1"}', change), null);
    assert.equal(redactEmbedded('["\\u0001N1"]', change), null);
  });

  it('is not read when it is broken or too deep', () => {
    assert.equal(redactEmbedded('{a:1}', change), null);
    assert.equal(redactEmbedded('['.repeat(33) + ']'.repeat(33), change), null);
    assert.notEqual(redactEmbedded('['.repeat(32) + ']'.repeat(32), change), null);
    assert.notEqual(redactEmbedded(`["${'['.repeat(99)}"]`, change), null);
  });
});

describe('what grew by masking', () => {
  it('is cut at its bound, never through a mask or a character', () => {
    const mask = '[EMAIL#abcdefgh]';
    assert.ok(isMask(mask));
    assert.equal(cutText('abcdef', 6), 'abcdef');
    assert.equal(cutText('abcdef', 3), 'abc');
    assert.equal(cutText(`ab${mask}cd`, 10), 'ab');
    assert.equal(cutText(`ab${mask}cd`, 18), `ab${mask}`);
    assert.equal(cutText('a😀b', 2), 'a');
    assert.equal(cutText('a😀b', 3), 'a😀');
  });

  it('keeps the entries that fit, in their order', () => {
    const value = { a: 1, b: ['x'.repeat(20), 'y'.repeat(20)], c: { d: 'z'.repeat(20) }, e: 5 };
    assert.equal(fitJson(value, 200), value);
    assert.deepEqual(fitJson(value, 45), { a: 1, b: ['x'.repeat(20)], c: {} });
  });

  it('always fits', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.integer({ min: 2, max: 200 }),
        (tree, max) => {
          const written = JSON.stringify(fitJson(parseTree(JSON.stringify(tree)), max));
          assert.ok(written.length <= max, `${written.length} > ${max}`);
        },
      ),
    );
  });
});

function parseTree(text: string) {
  return JSON.parse(text) as Readonly<Record<string, JsonValue>>;
}
