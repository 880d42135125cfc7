import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findDifference } from './compare.ts';
import { parsePage } from './page.ts';

const PAGE = `
# Start

\`\`\`sh
npm start
\`\`\`

It says

\`\`\`
listening
\`\`\`

<!-- run: terminal=two until="ready now" exit=3 -->
\`\`\`sh
one
two
\`\`\`

\`\`\`yaml file=a.yaml
x: 1
\`\`\`

<!-- run: skip="needs a moon" -->
\`\`\`sh
fly
\`\`\`

\`\`\`
up
\`\`\`

<!-- end: two -->

\`\`\`json
{}
\`\`\`
`;

describe('a page', () => {
  test('is read as what its reader does, step by step', () => {
    assert.deepEqual(parsePage(PAGE), [
      { kind: 'command', line: 4, terminal: 'main', text: 'npm start', until: null, exitCode: 0 },
      { kind: 'output', line: 10, terminal: 'main', isLater: false, text: 'listening' },
      {
        kind: 'command',
        line: 15,
        terminal: 'two',
        text: 'one\ntwo',
        until: 'ready now',
        exitCode: 3,
      },
      { kind: 'file', line: 20, name: 'a.yaml', text: 'x: 1' },
      { kind: 'skip', line: 25, why: 'needs a moon' },
      { kind: 'end', line: 33, terminal: 'two' },
    ]);
  });

  test('with a block that does not end is refused', () => {
    assert.throws(() => parsePage('```sh\nls'), /line 1: the block does not end/);
  });
});

describe('what is promised', () => {
  test('may differ in moments, ids, keys and spans, and in nothing else', () => {
    const promised = 'at 2026-11-22T08:00:00.000Z  3 min  019aa000-0000-7000-8000-000000000001  ok';
    const seen = 'at 2027-01-01T00:00:00.123Z   14 s   019bb000-0000-7000-8000-00000000abcd   ok';
    assert.equal(findDifference(promised, seen), null);
    assert.match(findDifference(promised, seen.replace('ok', 'no')) ?? '', /promised: at MOMENT/);
  });

  test('may leave lines out where it says so', () => {
    assert.equal(findDifference('a\n...\nd', 'a\nb\nc\nd'), null);
    assert.equal(findDifference('a...', 'abc'), null);
    assert.equal(findDifference('a\n...', 'a\nb'), null);
    assert.match(findDifference('a\nd', 'a\nb\nd') ?? '', /promised: d\n {4}seen: b/);
    assert.match(findDifference('a\n...\ne', 'a\nb') ?? '', /promised: e/);
  });

  test('is all of it', () => {
    assert.match(findDifference('a', 'a\nb') ?? '', /nothing more/);
    assert.match(findDifference('a\nb', 'a') ?? '', /seen: \(nothing more\)/);
  });

  test('does not count what npm says before', () => {
    assert.equal(findDifference('ok', '\n> tocsin@0.1.0 start\n> node x\n\nok\n'), null);
  });
});
