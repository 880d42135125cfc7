/** The finders that read running text, each by itself. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMaskNames } from '#redaction/mask.ts';
import { createKeyRules } from '#redaction/structure/key.ts';
import { findArguments, findAssignments, findElements } from './assignment.ts';
import { createTally, type Hit, maskHits } from './hit.ts';
import { redactEncoded } from './percent.ts';
import { findPhrases } from './phrase.ts';
import { foldWidth, readTraits, TRAIT } from './traits.ts';
import { findUrlCredentials } from './url.ts';
import { readLine, readValue } from './value.ts';

const findKeyRule = createKeyRules([]);

function list(find: (text: string, hits: Hit[]) => void, text: string): readonly string[] {
  const hits: Hit[] = [];
  find(text, hits);
  return hits.map(({ start, end }) => text.slice(start, end));
}

const assigned = (text: string) =>
  list((all, hits) => findAssignments(all, hits, findKeyRule), text);

describe('a value ends', () => {
  const valueOf = (text: string): string => {
    const { start, end } = readValue(text, 0);
    return text.slice(start, end);
  };

  it('at its quote, and not at one that is escaped', () => {
    assert.equal(valueOf('"a b, c" d'), 'a b, c');
    assert.equal(valueOf("'it' x"), 'it');
    assert.equal(valueOf('"a\\"b" c'), 'a\\"b');
    assert.equal(valueOf('\\"a b\\", c'), 'a b');
    assert.equal(valueOf('\\\\\\"a\\\\\\"'), 'a');
  });

  it('at a space where its quote is never closed', () => {
    assert.equal(valueOf('"abc def'), 'abc');
    assert.equal(valueOf('abc def'), 'abc');
  });

  it('where another field begins, and not within a password', () => {
    assert.equal(valueOf('abc,user=x'), 'abc');
    assert.equal(valueOf('abc&next=x'), 'abc');
    assert.equal(valueOf('abc; Path=/'), 'abc');
    assert.equal(valueOf('abc)'), 'abc');
    assert.equal(valueOf('a,b&c;d)e x'), 'a,b&c;d)e');
    assert.equal(valueOf('abc\\n'), 'abc');
    assert.equal(valueOf('abc<br>'), 'abc');
    assert.equal(valueOf('abc.'), 'abc');
  });

  it('at the end of its line, of its quote, or of the line that an escape ends', () => {
    const lineOf = (text: string, at: number, quoteAt = -1): string => {
      const { start, end } = readLine(text, { at, quoteAt });
      return text.slice(start, end);
    };
    assert.equal(lineOf('a b c \nd', 0), 'a b c');
    assert.equal(lineOf('a b\\r\\nc', 0), 'a b');
    assert.equal(lineOf('"Cookie: a=1; b=2" x', 9, 0), 'a=1; b=2');
    assert.equal(lineOf('"quoted text" more', 0), 'quoted text');
  });
});

describe('a name before a value', () => {
  it('is read from any notation', () => {
    for (const text of [
      'password=hunter2',
      'password = hunter2',
      'password: hunter2',
      'password:hunter2',
      '"password":"hunter2"',
      "'password': 'hunter2'",
      '\\"password\\":\\"hunter2\\"',
      'password=>"hunter2"',
      'password := "hunter2"',
      'db.password=hunter2',
      '--password=hunter2',
      '&password=hunter2&x=1',
      'DB_PASSWORD="hunter2"',
      '密码：hunter2'.replace('：', ':'),
      'user password: hunter2',
      'api secret: hunter2',
      '"password","hunter2"',
      'x[password]=hunter2',
    ]) {
      assert.deepEqual(assigned(text), ['hunter2'], text);
    }
  });

  it('that begins a line has the rest of the line', () => {
    assert.deepEqual(assigned('password: correct horse battery'), ['correct horse battery']);
    assert.deepEqual(assigned('a\n  - password: correct horse\nb'), ['correct horse']);
    assert.deepEqual(assigned('the password: correct horse'), ['correct']);
  });

  it('of a header has the whole line, behind its scheme', () => {
    assert.deepEqual(assigned('Cookie: a=1; b=2\nHost: x'), ['a=1; b=2']);
    assert.deepEqual(assigned('Authorization: Bearer abc Host: x'), ['abc']);
    assert.deepEqual(assigned('Authorization: Digest a="1", b="2"'), ['a="1", b="2"']);
    assert.deepEqual(assigned('authorization=abc x'), ['abc']);
    assert.deepEqual(assigned("-H 'Cookie: a=1' -v"), ['a=1']);
  });

  it('is no name in a message about a token, and no secret when the value is a word', () => {
    for (const text of [
      'unexpected token: x',
      'Invalid token: abc',
      'password: required',
      'password=null',
      'token: expired',
      'password: ****',
      'password=$DB_PASSWORD',
      'password=<password>',
      'password=${PASSWORD}',
      'PWD=/srv/app',
      'dsn=https://x.example/1',
      'secret:',
      'token 12:30:45',
      'key=value',
      'https://example.org',
    ]) {
      assert.deepEqual(assigned(text), [], text);
    }
  });

  it('in the query of a URL may sign it', () => {
    assert.deepEqual(assigned('https://x.example/?sig=abc&a=1'), ['abc']);
    assert.deepEqual(assigned('https://x.example/?X-Amz-Signature=abc'), ['abc']);
    assert.deepEqual(assigned('sig=abc'), []);
  });

  it('that is only near a secret has random-looking values masked', () => {
    assert.deepEqual(assigned('key=8Jd72kQpLz01mNbVcXsWqE'), ['8Jd72kQpLz01mNbVcXsWqE']);
    assert.deepEqual(assigned('key=550e8400-e29b-41d4-a716-446655440000'), []);
    assert.deepEqual(assigned('key=9f86d081884c7d659a2feaa0c55ad015'), []);
    assert.deepEqual(assigned('key=app-kubernetes-io-component-v2'), []);
    assert.deepEqual(assigned('name=8Jd72kQpLz01mNbVcXsWqE'), []);
  });

  it('may be an argument or an element', () => {
    const argued = (text: string) =>
      list((all, hits) => findArguments(all, hits, findKeyRule), text);
    assert.deepEqual(argued('x --password hunter2 -v'), ['hunter2']);
    assert.deepEqual(argued('x -token abc'), ['abc']);
    assert.deepEqual(argued('x --password --verbose'), []);
    assert.deepEqual(argued('x --user anna'), []);
    const elements = (text: string) =>
      list((all, hits) => findElements(all, hits, findKeyRule), text);
    assert.deepEqual(elements('<a><Password>hunter2</Password></a>'), ['hunter2']);
    assert.deepEqual(elements('<ns:secret>abc'), ['abc']);
    assert.deepEqual(elements('<name>abc</name>'), []);
  });
});

describe('a sentence', () => {
  const spoken = (text: string) => list(findPhrases, text);

  it('tells a secret', () => {
    assert.deepEqual(spoken('the password is hunter2.'), ['hunter2']);
    assert.deepEqual(spoken('la password è Segreta1'), ['Segreta1']);
    assert.deepEqual(spoken('password for anna@example.org is hunter2'), ['hunter2']);
    assert.deepEqual(spoken('密码是hunter2，谢谢'), ['hunter2']);
    assert.deepEqual(spoken('sent Bearer abcdef0123456789'), ['abcdef0123456789']);
    assert.deepEqual(spoken('Basic dXNlcjpwYXNzd29yZA=='), ['dXNlcjpwYXNzd29yZA==']);
    assert.deepEqual(spoken("alter role x password 'hunter2'"), ['hunter2']);
    assert.deepEqual(spoken('curl -u anna:hunter2 x'), ['anna:hunter2']);
    assert.deepEqual(spoken('token 8Jd72kQpLz01mNbVcXsWqE'), ['8Jd72kQpLz01mNbVcXsWqE']);
  });

  it('only speaks of one', () => {
    for (const text of [
      'the password is wrong',
      'password is required',
      'la password è scaduta',
      '请修改密码',
      '密码错误',
      'Bearer authentication failed',
      'basic auth is off',
      'Basic information',
      'token bucket is full',
      'the key to success',
      'the secret of it',
    ]) {
      assert.deepEqual(spoken(text), [], text);
    }
  });
});

describe('a URL', () => {
  const users = (text: string) => list(findUrlCredentials, text);

  it('has user and password before its host', () => {
    assert.deepEqual(users('postgres://app:s3cr3t@db.example.org/hub'), ['app:s3cr3t']);
    assert.deepEqual(users('redis://:s3cr3t@db.example.org'), [':s3cr3t']);
    assert.deepEqual(users('https://token@git.example.org/a'), ['token']);
    assert.deepEqual(users('a postgres://a:b@c/d b redis://e:f@g'), ['a:b', 'e:f']);
    assert.deepEqual(users('amqp://a:p@ss@h/x'), ['a:p@ss']);
    assert.deepEqual(users('amqp://a:p/w@h/x'), ['a:p/w']);
    assert.deepEqual(users('x:y@tcp(127.0.0.1:3306)/db'), ['x:y']);
  });

  it('has none', () => {
    for (const text of [
      'https://example.org/@scope/pkg',
      'https://example.org:8080/a@b',
      'ssh://git@example.org/a.git',
      'postgres://app@db.example.org/hub',
      'http://[2001:db8::1]:80/',
      'kafka://h:9092/topic',
      '://',
    ]) {
      assert.deepEqual(users(text), [], text);
    }
  });

  it('with a key of Sentry is a DSN', () => {
    const hits: Hit[] = [];
    findUrlCredentials(`https://${'0a'.repeat(16)}@o1.example.org/1`, hits);
    assert.deepEqual(
      hits.map(({ maskClass }) => maskClass),
      ['sentry_dsn'],
    );
  });
});

describe('percent-encoded text', () => {
  const shout = (text: string) =>
    redactEncoded(text, (plain) => plain.replace('a@b', '[EMAIL#abcdefgh]'));

  it('is decoded, redacted and encoded again, its masks readable', () => {
    assert.equal(shout('x=a%40b&y=1'), 'x=[EMAIL#abcdefgh]&y=1');
    assert.equal(shout('x=%3Ca%40b%3E'), 'x=%3C[EMAIL#abcdefgh]%3E');
    assert.equal(shout('x=%E4a%40b'), 'x=%25E4[EMAIL#abcdefgh]');
  });

  it('stays in its own spelling where there is nothing to mask', () => {
    for (const text of ['x=%7e%2F+%20', '100%', '%zz', '%E4%A', 'a%2540b']) {
      assert.equal(shout(text), text);
    }
  });
});

describe('masks in a text', () => {
  const nameMask = createMaskNames('key');
  const mask = (text: string, hits: readonly Hit[]) => {
    const tally = createTally();
    return { text: maskHits(text, hits, { nameMask, tally }), counts: [...tally.counts] };
  };

  it('stand in the stead of what was found first, and of the rest of what was found later', () => {
    const { text, counts } = mask('abcdefgh', [
      { start: 2, end: 4, maskClass: 'email' },
      { start: 0, end: 6, maskClass: 'phone' },
    ]);
    assert.match(text, /^\[PHONE#\w{8}\]\[EMAIL#\w{8}\]\[PHONE#\w{8}\]gh$/);
    assert.deepEqual(counts, [
      ['phone', 2],
      ['email', 1],
    ]);
  });

  it('tell of a token inside of a field', () => {
    const inside: readonly Hit[] = [
      { start: 0, end: 8, maskClass: 'secret_field' },
      { start: 2, end: 6, maskClass: 'jwt' },
      { start: 2, end: 6, maskClass: 'ipv4' },
    ];
    assert.deepEqual(mask('abcdefgh', inside).counts, [
      ['jwt', 1],
      ['secret_field', 1],
    ]);
  });

  it('are never masked again, nor what says nothing', () => {
    const old = nameMask('email', 'a@b.example');
    const whole = [{ start: 0, end: old.length + 2, maskClass: 'secret_field' }] as const;
    assert.deepEqual(mask(`"${old}"`, whole), { text: `"${old}"`, counts: [] });
    assert.equal(mask('abc', []).text, 'abc');
  });
});

describe('one look at a text', () => {
  const has = (text: string, trait: keyof typeof TRAIT): boolean =>
    (readTraits(text) & TRAIT[trait]) !== 0;

  it('tells what is worth looking for', () => {
    assert.ok(has('a@b', 'at') && !has('ab', 'at'));
    assert.ok(has('1.2.3.4', 'dots') && !has('1.2.3', 'dots'));
    assert.ok(has('a:b:c', 'colons') && !has('a:b', 'colons'));
    assert.ok(has('1234567', 'manyDigits') && !has('123456', 'manyDigits'));
    assert.ok(has('abcdefghijklmn', 'longRun') && !has('abcdefghijklm', 'longRun'));
    assert.ok(has('è', 'wide') && !has('e', 'wide'));
    assert.equal(readTraits('critical'), 0);
  });

  it('sees full-width text as what it says, in its place', () => {
    assert.equal(foldWidth('电话：１３８ \u2013 ok'), '电话:138 - ok');
    assert.equal(foldWidth('跌倒告警'), '跌倒告警');
  });
});
