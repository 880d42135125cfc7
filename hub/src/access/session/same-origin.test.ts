import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findOrigin, type OriginHeaders } from './same-origin.ts';

const HTTPS = 'https://tocsin.example';
const HTTP = 'http://127.0.0.1:8470';

const judge = (headers: OriginHeaders, url = HTTPS) => findOrigin(headers, url);

describe('where a request came from', () => {
  test('is what the browser says of the page, before anything else', () => {
    assert.equal(judge({ 'sec-fetch-site': 'same-origin' }), 'own');
    for (const site of ['cross-site', 'same-site', 'none', '', 'SAME-ORIGIN']) {
      const headers = { 'sec-fetch-site': site, origin: HTTPS, host: 'tocsin.example' };
      assert.equal(judge(headers), 'foreign', site);
    }
    assert.equal(judge({ 'sec-fetch-site': ['same-origin', 'cross-site'] }), 'foreign');
  });

  test('is the hub itself by its public address', () => {
    assert.equal(judge({ origin: HTTPS, host: 'inside:8470' }), 'own', 'behind a proxy');
    assert.equal(judge({ origin: 'HTTPS://TOCSIN.example', host: 'inside' }), 'own');
  });

  test('is the hub itself by the address that it was asked at', () => {
    assert.equal(judge({ origin: 'https://other.name', host: 'other.name' }), 'own');
    assert.equal(judge({ origin: HTTP, host: '127.0.0.1:8470' }, HTTP), 'own');
    const behindTls = { origin: 'https://ward.lan', host: 'ward.lan' };
    assert.equal(judge(behindTls, HTTP), 'own', 'a proxy that nobody told the hub of');
  });

  test('is foreign by another name, port or scheme', () => {
    const foreign = [
      'https://evil.example',
      'https://tocsin.example.evil.example',
      'https://tocsin.example:8443',
      'http://tocsin.example',
      'https://sub.tocsin.example',
      'null',
      '',
      'file://',
      'tocsin.example',
      'javascript:alert(1)',
    ];
    for (const origin of foreign) {
      assert.equal(judge({ origin, host: 'tocsin.example' }), 'foreign', origin);
    }
  });

  test('is foreign where the plain twin of an https page asks', () => {
    assert.equal(judge({ origin: 'http://tocsin.example', host: 'tocsin.example' }), 'foreign');
  });

  test('is unsaid by whatever is no browser', () => {
    assert.equal(judge({ host: 'tocsin.example' }), 'unsaid');
    assert.equal(judge({}), 'unsaid');
  });

  test('is not believed of a host that is none', () => {
    for (const host of ['', ' ', '@', 'a b', '[', 'evil.example/@tocsin.example']) {
      assert.equal(judge({ origin: 'https://evil.exampl', host }), 'foreign', host);
    }
    assert.equal(judge({ origin: 'null', host: '[' }), 'foreign', 'two that are no addresses');
  });
});
