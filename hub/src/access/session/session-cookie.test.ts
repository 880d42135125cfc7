import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readCookie, renderCookie } from './session-cookie.ts';

const HTTPS = 'https://tocsin.example';
const HTTP = 'http://127.0.0.1:8470';
const TOKEN = 'T'.repeat(43);

function partsOf(cookie: string): readonly string[] {
  return cookie.split('; ').map((part) => part.toLowerCase());
}

describe('the cookie of a session', () => {
  test('is read by no script, sent to no other site, and to all of this one', () => {
    for (const url of [HTTPS, HTTP]) {
      const parts = partsOf(renderCookie('session', TOKEN, url));
      for (const part of ['httponly', 'samesite=strict', 'path=/']) {
        assert.ok(parts.includes(part), `${part} in ${parts.join('; ')}`);
      }
      assert.ok(!parts.some((part) => part.startsWith('domain=')), 'of this host alone');
    }
  });

  test('is of https alone where the hub is, and no neighbour can set it', () => {
    const cookie = renderCookie('session', TOKEN, HTTPS);
    assert.match(cookie, /^__Host-tocsin_session=T{43};/);
    assert.ok(partsOf(cookie).includes('secure'));
  });

  test('has a plain name without https, which browsers would refuse otherwise', () => {
    const cookie = renderCookie('session', TOKEN, HTTP);
    assert.match(cookie, /^tocsin_session=T{43};/);
    assert.ok(!partsOf(cookie).includes('secure'));
  });

  test('comes back as it went', () => {
    for (const url of [HTTPS, HTTP]) {
      const [pair = ''] = renderCookie('session', TOKEN, url).split(';');
      assert.equal(readCookie(`a=b; ${pair}; c=d`, 'session', url), TOKEN);
    }
  });

  test('of the plain name does not count over https', () => {
    assert.equal(readCookie(`tocsin_session=${TOKEN}`, 'session', HTTPS), null);
  });

  test('is taken away by one that is empty and over', () => {
    const cookie = renderCookie('session', null, HTTPS);
    assert.match(cookie, /^__Host-tocsin_session=;/);
    assert.ok(partsOf(cookie).includes('max-age=0'));
    assert.ok(partsOf(cookie).includes('secure'), 'or it would not be the same one');
  });
});

describe('a header of cookies', () => {
  test('without one of ours has none', () => {
    const headers = [undefined, '', ';', '=', 'tocsin_session', 'tocsin_session=', 'x=1; y'];
    for (const header of headers) {
      assert.equal(readCookie(header, 'session', HTTP), null, String(header));
    }
  });

  test('of strangers is read without harm', () => {
    const headers = [
      '__proto__=x; constructor=y; toString=z',
      'tocsin_session=%E0%A4%A',
      'a=b; '.repeat(2_000),
      'tocsin_session="quoted"',
    ];
    for (const header of headers) {
      const value = readCookie(header, 'session', HTTP);
      assert.ok(value === null || typeof value === 'string');
    }
    assert.equal(readCookie('__proto__=x', 'session', HTTP), null);
  });

  test('has the session apart from what the browser is known by', () => {
    const header = `tocsin_session=${TOKEN}; tocsin_known=abc`;
    assert.equal(readCookie(header, 'known', HTTP), 'abc');
    assert.equal(readCookie(header, 'session', HTTP), TOKEN);
  });
});
