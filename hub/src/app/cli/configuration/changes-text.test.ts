import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { renderChanges } from './changes-text.ts';

function change(more: JsonObject): JsonObject {
  return { project_id: 'home', kind: 'rule', name: 'r', change: 'same', fields: [], ...more };
}

describe('what would change', () => {
  test('is one block for each project, without what stays', () => {
    const fields = [
      { path: 'channel', before: 'ops', after: 'mail' },
      { path: 'matchers', before: [], after: ['a="b"'] },
      { path: 'policy', before: null, after: 'night: 1' },
    ];
    const created = [
      { path: 'config.url', before: null, after: 'https://x.example/a?b=c' },
      { path: 'steps[0]', before: null, after: { delay_s: 60, targets: [{ type: 'rules' }] } },
      { path: 'secrets.smtp_password', before: null, after: 'set' },
    ];
    const text = renderChanges([
      change({ kind: 'project', name: 'home' }),
      change({ name: 'falls', change: 'update', fields }),
      change({ kind: 'channel', name: 'old', change: 'delete' }),
      change({ project_id: 'other', kind: 'channel', change: 'create', fields: created }),
    ]);
    assert.equal(
      text,
      `Project home
  ~ rule falls
      channel: ops -> mail
      matchers: [] -> ["a=\\"b\\""]
      policy: (none) -> "night: 1"
  - channel old

Project other
  + channel r
      config.url: https://x.example/a?b=c
      steps[0]: {delay_s: 60, targets: [{type: rules}]}
      secrets.smtp_password: set

1 to create, 1 to update, 1 to delete; 1 stay as they are.`,
    );
  });

  test('steers no terminal, and no line of it is endless', () => {
    const evil = 'x\u001b[2J\u202e\r\n  + channel fake';
    const fields = [
      { path: `config.${evil}`, before: evil, after: [evil] },
      { path: 'long', before: null, after: 'y'.repeat(5_000) },
    ];
    const text = renderChanges([change({ name: evil, change: 'update', fields })]);
    assert.doesNotMatch(text, /[^\P{Cc}\n]|\u202e/u);
    assert.doesNotMatch(text, /^ {2}\+/m, 'no line of its own');
    for (const line of text.split('\n')) assert.ok(line.length <= 260, line);
  });
});
