import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeBase64, sha256 } from '#kernel/crypto.ts';
import { LANGUAGES } from '#kernel/words/language.ts';
import { type LoginNotice, renderLoginPage } from './login-page.ts';
import { PAGE_POLICY } from './page-layout.ts';

const HOSTILE = `"><script>alert(1)</script>`;

const form = (notice: LoginNotice | null = null, login = '') =>
  renderLoginPage({ kind: 'form', language: 'en', notice, login });

describe('the page to log in', () => {
  test('has the three fields that password managers know', () => {
    const page = form();
    for (const kind of ['username', 'current-password', 'one-time-code']) {
      assert.ok(page.includes(`autocomplete="${kind}"`), kind);
    }
    assert.match(page, /<form method="post" action="\/login">/);
    assert.match(page, /name="password" type="password"/);
  });

  test('keeps the name that was typed, and never a password', () => {
    assert.match(form(null, 'anna'), /name="login" value="anna"/);
    assert.doesNotMatch(form(null, 'anna'), /name="password"[^>]*value=/);
  });

  test('shows what strangers typed as text', () => {
    const page = form(null, HOSTILE);
    assert.ok(!page.includes('<script'), page);
    assert.ok(page.includes('&lt;script&gt;'));
  });

  test('says in one way that something was wrong, and not what', () => {
    const page = form({ kind: 'refused' });
    assert.match(page, /role="alert"/);
    assert.match(page, /the name, the password or the code is not right/);
  });

  test('says how long to wait, rounded up', () => {
    const waits = [
      [1, '1 s'],
      [4_001, '5 s'],
      [60_000, '60 s'],
      [60_001, '2 min'],
      [899_000, '15 min'],
    ] as const;
    for (const [waitMs, text] of waits) {
      assert.ok(form({ kind: 'throttled', waitMs }).includes(`again in ${text}.`), text);
    }
  });

  for (const language of LANGUAGES) {
    test(`is in ${language}, and says so`, () => {
      const kinds: readonly LoginNotice[] = [
        { kind: 'refused' },
        { kind: 'foreign' },
        { kind: 'failed' },
        { kind: 'throttled', waitMs: 5_000 },
      ];
      for (const notice of kinds) {
        const page = renderLoginPage({ kind: 'form', language, notice, login: '' });
        assert.ok(page.includes(`<html lang="${language}">`));
        assert.doesNotMatch(page, /\{\{|undefined|\[object/);
      }
    });
  }
});

describe('who is inside already', () => {
  const page = renderLoginPage({ kind: 'inside', language: 'en', name: `Anna ${HOSTILE}` });

  test('is told who they are, and how to get out', () => {
    assert.match(page, /You are logged in as Anna /);
    assert.match(page, /<form method="post" action="\/logout">/);
    assert.match(page, /<a class="go" href="\/#login">/);
  });

  test('may have any name', () => {
    assert.ok(!page.includes('<script'));
  });
});

describe('all pages of a login', () => {
  test('run nothing, load nothing, and post to nobody else', () => {
    const page = form({ kind: 'refused' });
    assert.doesNotMatch(page, /<script|<link|<img|<iframe|\son\w+=|\sstyle=|url\(|https?:/i);
    assert.match(PAGE_POLICY, /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/);
    assert.match(PAGE_POLICY, /frame-ancestors 'none'/);
    assert.doesNotMatch(PAGE_POLICY, /unsafe|script-src|\*/);
  });

  test('have exactly the style that the policy allows', () => {
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(form()) ?? [];
    assert.ok(PAGE_POLICY.includes(`'sha256-${encodeBase64(sha256(style))}'`));
  });
});
