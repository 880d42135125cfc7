import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeHex } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { type Asked, createFingerprints, readKey, takesKey } from './asked.ts';

const PRINCIPAL: Principal = {
  principalId: 'p',
  name: 'p',
  authMethod: 'api_key',
  role: 'admin',
  projects: 'all',
  source: null,
};

const ASKED: Asked = {
  key: 'k',
  principal: PRINCIPAL,
  method: 'POST',
  route: '/things/:id',
  params: { id: '7' },
  query: '',
  body: { a: 1 },
};

const take = createFingerprints(new Uint8Array(32));
const hashesOf = (asked: Asked) => {
  const { scopeHash, requestHash } = take(asked);
  return [encodeHex(scopeHash), encodeHex(requestHash)];
};

test('every write takes a key, by its access alone', () => {
  for (const access of ['answer', 'operate', 'administer', 'administer_hub']) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) assert.ok(takesKey(access, method));
    for (const method of ['GET', 'HEAD', 'OPTIONS']) assert.ok(!takesKey(access, method));
  }
  for (const access of ['public', 'report', 'count', 'read', undefined]) {
    assert.ok(!takesKey(access, 'POST'), String(access));
  }
});

test('a key is one printable text of 1 to 255 characters', () => {
  assert.equal(readKey(undefined), null);
  assert.equal(readKey(' a b '), 'a b');
  const longest = 'k'.repeat(LIMITS.idempotencyKeyCharsMax);
  assert.equal(readKey(longest), longest);
  for (const bad of ['', `${longest}k`, 'a\nb', 'ü', ['a', 'b']]) {
    assert.throws(() => readKey(bad), /Fields are missing/);
  }
});

test('who asked, how and where is one scope; what was asked is the request', () => {
  const [scope, request] = hashesOf(ASKED);
  for (const other of [
    { ...ASKED, key: 'l' },
    { ...ASKED, principal: { ...PRINCIPAL, principalId: 'q' } },
    { ...ASKED, principal: { ...PRINCIPAL, authMethod: 'session' as const } },
    { ...ASKED, method: 'PATCH' },
    { ...ASKED, route: '/things/:id/x' },
    { ...ASKED, params: { id: '8' } },
  ]) {
    const [otherScope, sameRequest] = hashesOf(other);
    assert.notEqual(otherScope, scope);
    assert.equal(sameRequest, request);
  }
  for (const other of [
    { ...ASKED, body: { a: 2 } },
    { ...ASKED, body: undefined },
    { ...ASKED, query: 'project_id=x' },
  ]) {
    const [sameScope, otherRequest] = hashesOf(other);
    assert.equal(sameScope, scope);
    assert.notEqual(otherRequest, request);
  }
});

test('a hash cannot be guessed without the secret', () => {
  const other = createFingerprints(new Uint8Array(32).fill(1))(ASKED);
  assert.notEqual(encodeHex(other.requestHash), hashesOf(ASKED)[1]);
});
