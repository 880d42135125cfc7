/** Keys and tokens that are known by how they look. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Hit } from '#redaction/text/hit.ts';
import { looksRandom } from './entropy.ts';
import {
  findAwsSecrets,
  findJwts,
  findKnownTokens,
  findPrivateKeys,
  findWebhooks,
} from './known-token.ts';

type Find = (text: string, hits: Hit[]) => void;

function list(find: Find, text: string): readonly string[] {
  const hits: Hit[] = [];
  find(text, hits);
  return hits.map(({ start, end }) => text.slice(start, end));
}

const TAIL = 'a1B2'.repeat(16);

describe('a token of a provider', () => {
  it('is found at the start of a word, and whole', () => {
    for (const token of [
      'AKIAIOSFODNN7EXAMPLE',
      `ghp_${TAIL.slice(0, 36)}`,
      `github_pat_${TAIL.slice(0, 40)}`,
      `glpat-${TAIL.slice(0, 20)}`,
      `xoxb-1-${TAIL.slice(0, 24)}`,
      ['sk', 'test', TAIL.slice(0, 24)].join('_'),
      `sntryu_${'0a'.repeat(32)}`,
      `123456789:A${TAIL.slice(0, 34)}`,
      `AIza${TAIL.slice(0, 35)}`,
      `npm_${TAIL.slice(0, 36)}`,
      `hvs.${TAIL.slice(0, 30)}`,
      `whsec_${TAIL.slice(0, 32)}`,
      `LTAI${TAIL.slice(0, 16)}`,
    ]) {
      assert.deepEqual(list(findKnownTokens, `is ${token}, so`), [token]);
      assert.deepEqual(list(findKnownTokens, `x=${token}`), [token]);
      assert.deepEqual(list(findKnownTokens, `a${token}`.replace(/^a\d/, 'a_1')).length <= 1, true);
    }
  });

  it('is taken whole when it is longer than it should be', () => {
    const long = `ghp_${'a'.repeat(1_000)}`;
    assert.deepEqual(list(findKnownTokens, long), [long]);
  });

  it('stands in the path of a URL of Telegram', () => {
    const token = `123456789:A${TAIL.slice(0, 34)}`;
    assert.deepEqual(list(findKnownTokens, `https://t.example/bot${token}/send`), [token]);
  });

  it('is no word that begins like one', () => {
    for (const text of [
      'task-force-one-two-three',
      'ghp_short',
      'AKIA',
      'xoxb',
      'sk-learn',
      'key-1',
    ]) {
      assert.deepEqual(list(findKnownTokens, text), [], text);
    }
  });

  it('of AWS betrays its secret beside it', () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    const both: Find = (text, hits) => {
      findKnownTokens(text, hits);
      findAwsSecrets(text, hits);
    };
    assert.deepEqual(list(both, `AKIAIOSFODNN7EXAMPLE ${secret}`), [
      'AKIAIOSFODNN7EXAMPLE',
      secret,
    ]);
    assert.deepEqual(list(both, secret), []);
    const sha = '33a64df551425fcc55e4d42a148795d9f25f89d4';
    assert.deepEqual(list(both, `AKIAIOSFODNN7EXAMPLE ${sha}`), ['AKIAIOSFODNN7EXAMPLE']);
  });
});

describe('a JSON Web Token', () => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.bm90LXJlYWw';

  it('is found between other text, signed or not', () => {
    assert.deepEqual(list(findJwts, `(${jwt})`), [jwt]);
    assert.deepEqual(list(findJwts, `${jwt} ${jwt}`), [jwt, jwt]);
    assert.deepEqual(list(findJwts, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiJ9.'), [
      'eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiJ9.',
    ]);
    assert.deepEqual(list(findJwts, `jwt_${jwt}`), [jwt]);
  });

  it('has parts', () => {
    for (const text of ['eyJhbGciOiJIUzI1NiJ9', 'eyJ.eyJ.x', 'eyJhbGciOiJIUzI1NiJ9.a.b', 'eyJ']) {
      assert.deepEqual(list(findJwts, text), [], text);
    }
  });
});

describe('a private key', () => {
  const key = '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----';

  it('is found with all its lines', () => {
    assert.deepEqual(list(findPrivateKeys, `a ${key} b ${key}`), [key, key]);
    const escaped = key.replaceAll('\n', '\\n');
    assert.deepEqual(list(findPrivateKeys, escaped), [escaped]);
  });

  it('that is cut off goes to the end', () => {
    assert.deepEqual(list(findPrivateKeys, `x ${key.slice(0, 40)}`), [key.slice(0, 40)]);
  });

  it('is no certificate', () => {
    const text = '-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----';
    assert.deepEqual(list(findPrivateKeys, text), []);
    assert.deepEqual(list(findPrivateKeys, `${text}\n${key}`), [key]);
  });
});

describe('an incoming webhook', () => {
  it('is masked behind its fixed part', () => {
    assert.deepEqual(list(findWebhooks, 'https://hooks.slack.com/services/T0/B0/abc x'), [
      'T0/B0/abc',
    ]);
    assert.deepEqual(list(findWebhooks, 'https://discord.com/api/webhooks/123456/abc'), ['abc']);
    assert.deepEqual(list(findWebhooks, 'https://slack.com/services/T0'), []);
  });
});

describe('random-looking text', () => {
  it('is long, mixed and no name or id', () => {
    for (const text of ['8Jd72kQpLz01mNbVcXsWqE', 'q8Zx/77+aBc=d9Kf0Lm2', 'zk39fj2m0xq81bva']) {
      assert.ok(looksRandom(text), text);
    }
    for (const text of [
      'short1',
      'kubernetes-dashboard-v2',
      '550e8400-e29b-41d4-a716-446655440000',
      '9f86d081884c7d659a2feaa0c55ad015',
      'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      'aaaaaaaaaaaaaaaaaaa1',
      '12345678901234567890',
      'uploads/2024/05/01/550e8400-e29b-41d4-a716-446655440000.jpg',
      'with spaces 8Jd72kQpLz01',
    ]) {
      assert.ok(!looksRandom(text), text);
    }
  });
});
