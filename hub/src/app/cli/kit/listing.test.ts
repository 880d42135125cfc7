import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { runTestCommand } from '#test/support/cli.ts';
import { CHANNEL_LIST } from '#app/cli/channel/list.ts';
import { POLICY_LIST } from '#app/cli/policy/list.ts';
import { PROJECT_LIST } from '#app/cli/project/list.ts';
import { RESPONDER_LIST } from '#app/cli/responder/list.ts';
import { RULE_LIST } from '#app/cli/rule/list.ts';
import { SOURCE_LIST } from '#app/cli/source/list.ts';
import type { Command } from './command.ts';

async function list(command: Command, items: readonly JsonObject[], ...words: readonly string[]) {
  return runTestCommand(command, words, {
    answer: ({ path }) => {
      const isChannels = path.startsWith('/api/v1/channels') && command !== CHANNEL_LIST;
      const channels = [{ id: 'c-1', name: 'pager' }];
      return { ok: true, body: { items: isChannels ? channels : items, next_cursor: null } };
    },
  });
}

const SOURCE = { id: 's-1', name: 'prom', kind: 'alertmanager', severity_default: 'medium' };

describe('a list of what is configured', () => {
  test('is of the project that was named', async () => {
    const { asked } = await list(SOURCE_LIST, [], '--project', 'night');
    assert.match(asked[0]?.path ?? '', /^\/api\/v1\/sources\?project_id=night&limit=500$/);
  });

  test('says so when there is nothing, and when there is more', async () => {
    const none = await list(SOURCE_LIST, []);
    assert.deepEqual([none.code, none.printed], [0, 'No source.']);
    const more = await list(SOURCE_LIST, [SOURCE, SOURCE, SOURCE], '--limit', '2');
    assert.equal(more.printed.split('\n').length, 3);
    assert.equal(more.complaints, 'There are more than 2: --limit shows them.');
  });

  test('is one JSON value for programs', async () => {
    const { printed } = await list(SOURCE_LIST, [SOURCE], '--json');
    assert.deepEqual(JSON.parse(printed), [SOURCE]);
    assert.deepEqual(JSON.parse((await list(SOURCE_LIST, [], '--json')).printed), []);
  });
});

describe('the list of', () => {
  test('sources says when one was heard, how long it may be silent, and that it is', async () => {
    const heard = { last_heard_at: '2026-11-16T07:57:00.000Z', silent_after_s: 300 };
    const { printed } = await list(SOURCE_LIST, [{ ...SOURCE, ...heard, is_silent: false }]);
    assert.match(printed, /\nprom +alertmanager +medium +3 min ago +300 s +- +s-1$/);
    const quiet = await list(SOURCE_LIST, [{ ...SOURCE, ...heard, is_silent: true }]);
    assert.match(quiet.printed, / 3 min ago +300 s: silent +- /);
    const never = await list(SOURCE_LIST, [{ ...SOURCE, last_heard_at: null }]);
    assert.match(never.printed, /\nprom +alertmanager +medium +- +- +- +s-1$/);
  });

  test('channels says whether one is used, and how many warnings it has', async () => {
    const channel = { name: 'pager', channel_type: 'webhook', is_active: false, warnings: [{}] };
    const { printed } = await list(CHANNEL_LIST, [channel]);
    assert.match(printed, /\npager +webhook +no +1 +- +-$/);
  });

  test('rules names the channel, and the id of one that is gone', async () => {
    const rule = {
      name: 'all',
      is_active: true,
      channel_id: 'c-1',
      event_types: ['alert.created'],
    };
    const matchers = ['severity="high"'];
    const { printed } = await list(RULE_LIST, [
      { ...rule, matchers },
      { ...rule, channel_id: 'c-2', matchers: [] },
    ]);
    assert.match(printed, /\nall +yes +pager +- +- +alert\.created severity="high"\n/);
    assert.match(printed, /\nall +yes +c-2 +- +- +alert\.created$/);
  });

  test('policies says when people are called', async () => {
    const steps = [{ delay_s: 120 }, { delay_s: 3_600 }];
    const policy = { name: 'slow', is_default: true, steps, repeat_every_s: null };
    assert.match((await list(POLICY_LIST, [policy])).printed, /\nslow +yes +2 min, 1 h +no +- +-$/);
    const again = await list(POLICY_LIST, [{ ...policy, repeat_every_s: 600 }]);
    assert.match(again.printed, / every 10 min /);
  });

  test('responders says by what they are reached', async () => {
    const addresses = [{ channel_type: 'email', address: 'kim@example.org' }];
    const kim = { name: 'Kim', is_active: true, position: 1, language: 'en', addresses };
    assert.match((await list(RESPONDER_LIST, [kim])).printed, / email kim@example\.org$/);
    assert.match((await list(RESPONDER_LIST, [{ ...kim, addresses: [] }])).printed, / -$/);
  });

  test('projects says how long they keep what is over', async () => {
    const project = { id: 'default', name: 'Default', language: 'en', administrators: [] };
    const ever = await list(PROJECT_LIST, [{ ...project, retention_days: null }]);
    assert.match(ever.printed, /\ndefault +en +for ever +0 +Default$/);
    const year = await list(PROJECT_LIST, [{ ...project, retention_days: 365 }]);
    assert.match(year.printed, / 365 days /);
  });
});
