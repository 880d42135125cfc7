/** The page at `/`: what anybody gets without a key, and how tightly it is held. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { shareTestHub } from '#test/support/hub/shared.ts';
import type { Answer } from '#test/support/hub/calls.ts';

const ANYBODY = { key: null } as const;
/** A link that somebody may follow; the page loads nothing from there. */
const LOGIN = '/login';
/** Whatever the page, its style and its scripts name. */
const NAMED = /(?:src|href|from)\s*=?\s*["']([^"'#]+)["']/g;

describe('the live page', () => {
  const hub = shareTestHub();
  const read = async (path: string): Promise<Answer> => {
    const answer = await hub().call(`GET ${path}`, undefined, ANYBODY);
    assert.equal(answer.status, 200, path);
    return answer;
  };

  /** All files that the page comes to load, by their paths. */
  async function readAll(): Promise<ReadonlyMap<string, Answer>> {
    const found = new Map<string, Answer>();
    const waiting = ['/'];
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      if (found.has(path) || path === LOGIN) continue;
      const answer = await read(path);
      found.set(path, answer);
      for (const [, named = ''] of answer.text.matchAll(NAMED)) {
        waiting.push(named.startsWith('./') ? `/live/${named.slice(2)}` : named);
      }
    }
    return found;
  }

  test('is for everyone, and loads nothing but files of the hub', async () => {
    const files = await readAll();
    assert.ok(files.size >= 7, [...files.keys()].join(', '));
    for (const path of files.keys()) assert.match(path, /^\/(live\/[a-z.]+)?$/);
  });

  test('runs no script that stands in the page, and no style either', async () => {
    const { text, headers } = await read('/');
    assert.doesNotMatch(text, /<script(?![^>]*\ssrc=)[^>]*>/);
    assert.doesNotMatch(text, /<style|\sstyle=|\son[a-z]+=/);
    const policy = String(headers['content-security-policy']);
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
      assert.ok(policy.includes(rule), policy);
    }
    assert.doesNotMatch(policy, /unsafe|\*|http/);
  });

  test('says what each file is, and lets nobody keep or guess it', async () => {
    const types: Readonly<Record<string, RegExp>> = {
      '': /^text\/html; charset=utf-8$/,
      css: /^text\/css/,
      js: /^text\/javascript/,
      svg: /^image\/svg\+xml/,
    };
    for (const [path, { headers }] of await readAll()) {
      const type = types[/\.(\w+)$/.exec(path)?.[1] ?? ''];
      assert.match(String(headers['content-type']), type ?? /none/, path);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['referrer-policy'], 'no-referrer');
    }
  });

  test('puts what senders wrote in as text alone', async () => {
    for (const [path, { text }] of await readAll()) {
      assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write/, path);
    }
  });

  test('holds no key, no alert and nothing of this hub', async () => {
    await hub().raise({ title: 'A title that strangers must not see' });
    for (const [path, { text }] of await readAll()) {
      assert.ok(!text.includes('strangers must not see'), path);
    }
  });

  const absent = [
    '/live/',
    '/live/board.model.test.ts',
    '/live/alert.fixture.ts',
    '/live/live.html',
    '/live/../../package.json',
    '/live/%2e%2e/%2e%2e/package.json',
    '/live/live.css%00.js',
  ];
  for (const path of absent) {
    test(`serves what it names and no other file: ${path}`, async () => {
      const { status } = await hub().call(`GET ${path}`, undefined, ANYBODY);
      assert.ok([400, 404].includes(status), `${path} answered ${status}`);
    });
  }
});
