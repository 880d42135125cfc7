import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LANGUAGES } from '#kernel/words/language.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { SetUpFault } from './phrases/phrases.ts';
import { renderSetUpPage, type SetUpPage } from './set-up-page.ts';

const HOSTILE = `"><script>alert(1)</script>`;
const NOTHING = { name: '', login: '' };
const ANNA = { name: 'Anna', login: 'anna@x.example' };
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

const choose = (faults: readonly SetUpFault[] = [], operator: typeof ANNA | null = ANNA) =>
  renderSetUpPage({ kind: 'choose', language: 'en', operator, faults, typed: NOTHING });

const connect = (isCodeWrong = false, uri = `otpauth://totp/x?secret=${SECRET}`) =>
  renderSetUpPage({ kind: 'connect', language: 'en', secret: SECRET, uri, isCodeWrong });

describe('the first page of a set-up', () => {
  test('says for whom it is, and asks for a password twice', () => {
    const page = choose();
    assert.match(page, /For Anna, who logs in as anna@x\.example\./);
    assert.equal(page.match(/autocomplete="new-password"/g)?.length, 2);
    assert.ok(page.includes(`minlength="${LIMITS.passwordCharsMin}"`));
    assert.match(page, /<input type="hidden" name="step" value="choose">/);
  });

  test('asks the first administrator who they are', () => {
    const page = choose([], null);
    assert.match(page, /first administrator of this hub/);
    assert.match(page, /<input name="name"/);
    assert.match(page, /<input name="login" value="" autocomplete="username"/);
    assert.doesNotMatch(choose(), /<input name="name"/);
  });

  test('keeps what the first one typed, but for the password', () => {
    const typed = { name: `Anna ${HOSTILE}`, login: `a${HOSTILE}` };
    const page = renderSetUpPage({
      kind: 'choose',
      language: 'en',
      operator: null,
      faults: ['repeat_differs'],
      typed,
    });
    assert.ok(page.includes('value="Anna &#34;&gt;'));
    assert.ok(!page.includes('<script'));
    assert.doesNotMatch(page, /type="password"[^>]*value=/);
  });

  test('says of each fault what it is', () => {
    const page = choose(['too_short', 'repeat_differs']);
    assert.match(page, /fewer than 12 characters/);
    assert.match(page, /two passwords are not the same/);
    assert.equal(page.match(/role="alert"/g)?.length, 2);
  });
});

describe('the page of the telephone', () => {
  test('shows the secret as a picture and as text', () => {
    const page = connect();
    assert.match(page, /<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.match(page, /<code>GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ<\/code>/);
    assert.match(page, /autocomplete="one-time-code"/);
  });

  test('has nothing in the picture but the picture, whatever the address says', () => {
    const [svg = ''] = /<svg[\s\S]*?<\/svg>/.exec(connect(false, `otpauth://x/${HOSTILE}`)) ?? [];
    assert.notEqual(svg, '');
    assert.doesNotMatch(svg, /<script|<a |on\w+=|href/);
  });

  test('takes the longest address that there can be', () => {
    const login = 'a'.repeat(LIMITS.loginCharsMax);
    assert.match(connect(false, `otpauth://totp/Tocsin%20h:${login}?secret=${SECRET}`), /<svg/);
  });

  test('says when the code was not the one', () => {
    assert.doesNotMatch(connect(), /role="alert"/);
    assert.match(connect(true), /role="alert"/);
  });
});

test('the last page has each code once, and the way on', () => {
  const codes = ['0a1b-2c3d-4e5f-6g7h', '1a1b-2c3d-4e5f-6g7h'];
  const page = renderSetUpPage({ kind: 'done', language: 'en', codes });
  for (const code of codes) assert.equal(page.split(`<code>${code}</code>`).length, 2, code);
  assert.match(page, /never shown again/);
  assert.match(page, /href="\/#login"/);
});

for (const language of LANGUAGES) {
  test(`every page of a set-up is whole in ${language}`, () => {
    const pages: readonly SetUpPage[] = [
      { kind: 'choose', language, operator: ANNA, faults: ['login_wrong'], typed: NOTHING },
      { kind: 'choose', language, operator: null, faults: ['name_missing'], typed: NOTHING },
      { kind: 'connect', language, secret: SECRET, uri: 'otpauth://totp/x', isCodeWrong: true },
      { kind: 'done', language, codes: ['a'] },
      { kind: 'dead', language },
      { kind: 'failed', language },
      { kind: 'foreign', language },
    ];
    for (const page of pages) {
      const text = renderSetUpPage(page);
      assert.ok(text.includes(`<html lang="${language}">`));
      assert.doesNotMatch(text, /\{\{|undefined|\[object|<script/, page.kind);
      assert.match(text, /<h1>[^<]+<\/h1>/, page.kind);
    }
  });
}
