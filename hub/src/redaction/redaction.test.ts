import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';
import { BASE_POLICY } from './policy.ts';
import { createRedactor } from './redaction.ts';

const redactor = createRedactor(BASE_POLICY, 'key');
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.bm90LWEtcmVhbC1zaWduYXR1cmU';

/** One valid value of each kind, as it may stand in any text. */
const SECRETS = {
  email: 'anna@example.org',
  phone: '+39 333 1234567',
  ipv4: '203.0.113.77',
  ipv6: '2001:db8::77',
  iban: 'IT60X0542811101000000123456',
  credit_card: '4111 1111 1111 1111',
  it_fiscal_code: 'RSSMRA85T10A562S',
  cn_id: '11010519491231002X',
  jwt: JWT,
  auth_header: 'Authorization: Bearer abcdef0123456789',
  cookie: 'Cookie: sid=1234',
  url_credentials: 'postgres://app:hunter2@db.example.org/hub',
  aws_key_id: 'AKIAIOSFODNN7EXAMPLE',
  aws_secret: 'aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  github_token: `ghp_${'a1'.repeat(18)}`,
  gitlab_token: 'glpat-abcdefghij0123456789',
  slack_token: 'xoxb-123456789012-abcdefghijkl',
  slack_webhook: 'https://hooks.slack.com/services/T0/B0/abcdefgh',
  stripe_key: ['sk', 'live', 'abcdefghij0123456789'].join('_'),
  sentry_dsn: 'https://0123456789abcdef0123456789abcdef@o1.ingest.example.io/1',
  sentry_token: `sntryu_${'ab'.repeat(32)}`,
  telegram_token: '123456789:AAabcdefghijklmnopqrstuvwxyz0123456',
  vendor_token: `AIza${'aB3'.repeat(12).slice(0, 35)}`,
  private_key: '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----',
  secret_field: 'password=hunter2',
  high_entropy: 'signing key 8Jd72kQpLz01mNbVcXsWqE',
} as const;

const planted = fc.constantFrom(...Object.entries(SECRETS));
const anything = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
);

/** Lower-case words with spaces: what stands around a secret in a log. */
const words = fc
  .array(
    fc.constantFrom('the', 'node', 'refused', 'it', 'because', 'of', 'room', 'five', '在', 'è'),
  )
  .map((list) => list.join(' '));

describe('what must not be stored is found', () => {
  it('between any words', () => {
    fc.assert(
      fc.property(planted, words, words, ([maskClass, secret], before, after) => {
        const { masks, value } = redactor.redactText(`${before} ${secret} ${after}`);
        assert.ok(maskClass in masks, `${maskClass}: ${value}`);
      }),
    );
  });

  it('in any place of a tree, and nothing of it is left', () => {
    const tree = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constant('SECRET'),
        fc.dictionary(fc.stringMatching(/^q[a-z]{1,5}$/), tie('value'), { maxKeys: 3 }),
        fc.array(tie('value'), { maxLength: 3 }),
      ),
    })).value;
    fc.assert(
      fc.property(planted, tree, ([maskClass, secret], value) => {
        const written = JSON.stringify(value).replaceAll('"SECRET"', () => JSON.stringify(secret));
        const raw = parseTree(written);
        const redacted = JSON.stringify(redactor.redactJson(raw).value);
        assert.ok(
          !redacted.includes(JSON.stringify(secret).slice(1, -1)),
          `${maskClass} ${redacted}`,
        );
      }),
    );
  });
});

function parseTree(text: string): JsonValue {
  return JSON.parse(text) as JsonValue;
}

describe('whatever comes', () => {
  it('never throws, and redacting twice changes nothing', () => {
    fc.assert(
      fc.property(anything, planted, anything, (before, [, secret], after) => {
        const once = redactor.redactText(before + secret + after).value;
        assert.equal(redactor.redactText(once).value, once);
      }),
      { numRuns: 500 },
    );
  });

  it('takes any tree, keeps its shape, and redacting twice changes nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (tree) => {
        const raw = parseTree(JSON.stringify(tree));
        const once = redactor.redactJson(raw).value;
        assert.deepEqual(redactor.redactJson(once).value, once);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves no half of a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), planted, (text, [, secret]) => {
        const { value } = redactor.redactText(`${text}${secret}${text}`);
        assert.ok(value.isWellFormed());
      }),
    );
  });

  it('returns the very same value when there is nothing to mask', () => {
    const tree = { labels: { instance: '10.0.0.5:9100' }, list: [1, 'two', null] };
    assert.equal(redactor.redactJson(tree).value, tree);
    assert.deepEqual(redactor.redactJson(tree).masks, {});
  });
});

describe('ids survive', () => {
  const hex = (chars: number) =>
    fc
      .array(fc.constantFrom(...Array.from('0123456789abcdef')), {
        minLength: chars,
        maxLength: chars,
      })
      .map((digits) => digits.join(''));
  const ids = fc.oneof(
    fc.uuid(),
    hex(16).map((id) => `span_id=${id}`),
    hex(32),
    hex(40),
    hex(64),
    hex(16).map((id) => `am1:${id}`),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((id) => `fingerprint ${id}`),
    fc.integer({ min: 1_500_000_000, max: 2_000_000_000 }).map(String),
    fc.integer({ min: 1_500_000_000_000, max: 2_000_000_000_000 }).map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.tuple(fc.nat(99), fc.nat(99), fc.nat(999)).map((parts) => `v${parts.join('.')}`),
    fc.tuple(fc.nat(255), fc.nat(255)).map(([a, b]) => `10.${a}.${b}.7:9100`),
    hex(12).map((id) => id.replace(/..(?=.)/g, '$&:')),
    hex(10).map((id) => `web-${id}-x2x9z`),
  );

  it('alone, in a sentence and as the value of a field', () => {
    fc.assert(
      fc.property(ids, (id) => {
        for (const text of [id, `seen ${id} twice`, `{"event_id":"${id}"}`]) {
          assert.equal(redactor.redactText(text).value, text);
        }
        const field = { trace_id: id, hash: id };
        assert.equal(redactor.redactJson(field).value, field);
      }),
      { numRuns: 1_000 },
    );
  });

  it('also when they are large numbers in JSON that a text holds', () => {
    const text = '{"id":12345678901234567890,"ratio":1.10,"password":"hunter2"}';
    const { value } = redactor.redactText(text);
    assert.match(value, /^\{"id":12345678901234567890,"ratio":1\.10,"password":"\[SECRET/);
  });
});

describe('names of fields', () => {
  const maskOf = (name: string, value: JsonValue): JsonValue =>
    Object.values(redactor.redactObject({ [name]: value }).value)[0] ?? null;
  const written = (name: string, value: JsonValue): string => JSON.stringify(maskOf(name, value));

  it('say that a value is secret in any spelling', () => {
    for (const name of [
      'password',
      'DB_PASSWORD',
      'dbPassword',
      'db-password',
      'x.api.key',
      'X-Api-Key',
      'clientSecret',
      'APIKey',
      'PGPASSWORD',
      'session',
      'dsn',
      'access_token',
      'privateKey',
      'password_confirmation',
      '登录密码',
      'signing_key',
      'credential',
    ]) {
      assert.match(written(name, 'abc'), /^"\[SECRET_FIELD#/, name);
    }
  });

  it('that only speak of a secret leave their values', () => {
    for (const name of [
      'secretName',
      'password_policy',
      'token_type',
      'tokens_used',
      'key',
      'public_key',
      'primaryKey',
      'password_changed_at',
      'has_secret_ok',
      'session_count',
    ]) {
      assert.equal(maskOf(name, 'abc'), 'abc', name);
    }
  });

  it('make secrets of numbers and of all that is below, not of yes, no and nothing', () => {
    assert.match(written('password', 1234), /^"\[SECRET_FIELD#/);
    assert.equal(maskOf('password', null), null);
    assert.equal(maskOf('password', true), true);
    assert.equal(maskOf('password', ''), '');
    assert.equal(maskOf('max_tokens', 4096), 4096);
    const below = redactor.redactObject({ credentials: { user: 'a', list: ['b', 3, true] } });
    assert.doesNotMatch(JSON.stringify(below.value), /"a"|"b"|3,/);
  });

  it('stand beside their value, where a sender writes lists of names and values', () => {
    const pair = {
      env: [
        { name: 'DB_PASSWORD', value: 'x' },
        { name: 'PORT', value: '80' },
      ],
    };
    assert.match(JSON.stringify(redactor.redactObject(pair).value), /SECRET_FIELD.*"80"/);
  });

  it('of an id keep numbers that look like cards, not addresses', () => {
    assert.equal(maskOf('order_id', '4111111111111111'), '4111111111111111');
    assert.match(written('user_id', 'anna@example.org'), /^"\[EMAIL#/);
    assert.equal(maskOf('message_id', '<1@mail.example.org>'), '<1@mail.example.org>');
    assert.match(written('trace_id', JWT), /^"\[JWT#/);
  });

  it('that become one by masking are both kept', () => {
    const { value } = redactor.redactObject({ 'a@x.example': 1, 'A@X.example': 2, other: 3 });
    assert.deepEqual(Object.values(value), [1, 2, 3]);
    assert.deepEqual(redactor.redactObject(value).value, value);
  });

  it('may be called __proto__', () => {
    const tree = parseTree('{"__proto__":{"password":"hunter2"}}');
    assert.match(
      JSON.stringify(redactor.redactJson(tree).value),
      /^\{"__proto__":\{"password":"\[S/,
    );
  });
});

describe('the same value has the same mask', () => {
  const maskIn = (text: string): string =>
    /\[\w+#\w+\]/.exec(redactor.redactText(text).value)?.[0] ?? '';
  const isOne = (...texts: readonly string[]): void => {
    assert.equal(new Set(texts.map(maskIn)).size, 1, texts.map(maskIn).join(' '));
    assert.notEqual(maskIn(texts[0] ?? ''), '');
  };

  it('in all spellings of it', () => {
    isOne('Anna@Example.org', 'write to anna@example.org!');
    isOne('+39 333 1234567', '0039 333 123 4567', 'tel 3331234567', '{"phone":"333-1234567"}');
    isOne('IT60X0542811101000000123456', 'it60 x054 2811 1010 0000 0123 456');
    isOne('4111111111111111', '4111-1111-1111-1111');
    isOne('2001:db8::55', '2001:0DB8:0:0:0:0:0:55');
    isOne('RSSMRA85T10A562S', 'rss mra 85t10 a562s');
    isOne('１３８１２３４５６７８', '138 1234 5678');
  });
});

describe('what a project adds', () => {
  const own = createRedactor(
    {
      ...BASE_POLICY,
      extraKeys: ['badge_no'],
      extraPatterns: [{ name: 'EMPLOYEE', pattern: '\\bEMP-\\d{6}\\b' }],
      phoneRegions: ['FR'],
      areLocalAddressesMasked: true,
    },
    'key',
  );

  it('is masked as well', () => {
    assert.match(own.redactText('EMP-123456 left').value, /^\[EMPLOYEE#\w{8}\] left$/);
    assert.deepEqual(own.redactText('EMP-123456 left').masks, { custom: 1 });
    assert.match(JSON.stringify(own.redactObject({ badgeNo: 7 }).value), /SECRET_FIELD/);
    assert.match(own.redactText('badge-no: 7').value, /SECRET_FIELD/);
    assert.match(own.redactText('01 42 68 53 00').value, /^\[PHONE#/);
    assert.match(own.redactText('10.0.0.5 and fe80::1').value, /^\[IPV4#\w+\] and \[IPV6#/);
  });

  it('changes the version', () => {
    assert.notEqual(own.version, redactor.version);
  });
});

describe('ids that senders give to alerts', () => {
  it('stay as they are, but for a secret, which is named in letters that an id may have', () => {
    assert.equal(redactor.redactId('fall-17:received').value, 'fall-17:received');
    const { value, masks } = redactor.redactId(`job.${JWT}`);
    assert.match(value, /^job\.JWT-[a-z2-7]{8}$/);
    assert.deepEqual(masks, { jwt: 1 });
    assert.ok(
      redactor.redactId('AKIAIOSFODNN7EXAMPLE.'.repeat(6)).value.length <= LIMITS.alertIdCharsMax,
    );
  });
});

describe('deep nesting', () => {
  it('is looked into so far, and read as text from there on', () => {
    let text = '{"password":"hunter2"}';
    for (let depth = 0; depth < LIMITS.redactionDepthMax + 2; depth += 1) {
      text = JSON.stringify({ inner: text });
      assert.doesNotMatch(redactor.redactText(text).value, /hunter2/, `depth ${depth}`);
    }
    const brackets = '['.repeat(LIMITS.jsonDepthMax + 1) + ']'.repeat(LIMITS.jsonDepthMax + 1);
    assert.equal(redactor.redactText(brackets).value, brackets);
  });

  it('cannot hide a field behind one of the same name', () => {
    assert.doesNotMatch(
      redactor.redactText('{"password":"hunter2","password":null}').value,
      /hunter2/,
    );
  });
});
