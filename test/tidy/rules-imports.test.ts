import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBroken, findBrokenIn } from './planted.fixture.ts';

test('an import against the stream is refused and told what to do instead', () => {
  assert.deepEqual(
    findBrokenIn(
      'hub/src/alert/alert.ts',
      "import type { Instant } from '#kernel/instant.ts';",
      "import { planRound } from '#escalation/escalation.ts';",
    ),
    [
      'hub/src/alert/alert.ts:2 [house 3.1] alert must not import #escalation/escalation.ts; \
downstream is reached by an Effect (kernel), routed in app/dispatch.ts',
    ],
  );
});

test('stages that do not know each other are refused, dynamic and type imports too', () => {
  const broken = findBrokenIn(
    'hub/src/supervision/device.ts',
    "import type { Channel } from '#delivery/channel.ts';",
    "export const load = () => import('#app/hub.ts');",
  );
  assert.match(broken[0] ?? '', /device.ts:1 \[house 3.1\] .* move the shared word to kernel/);
  assert.match(broken[1] ?? '', /device.ts:2 \[house 3.1\] .* imported by none/);
  assert.equal(broken.length, 2);
});

test('upstream imports, and everything in app, are allowed', () => {
  assert.deepEqual(
    findBroken({
      'hub/src/delivery/rule.ts': "import type { Alert } from '#alert/alert.ts';",
      'hub/src/app/wiring.ts': "import { createStore } from '#delivery/store.ts';",
      'hub/src/kernel/word.ts': "import { CODES } from '#contract/error-codes.ts';",
    }),
    [],
  );
});

test('a stage that the table does not know is refused', () => {
  const broken = findBrokenIn('hub/src/billing/invoice.ts', "import '#kernel/instant.ts';");
  assert.deepEqual(broken, [
    'hub/src/billing/invoice.ts:1 [house 3.1] stage billing is not in MAY_IMPORT; add it there',
  ]);
});

test('store, runner and routes files are private across folders, not within one', () => {
  const text = "import { loadAlert } from '#alert/store.ts';";
  const broken = findBrokenIn('hub/src/escalation/store.ts', text);
  assert.match(broken.join(), /store.ts:1 \[house 3.2\] #alert\/store.ts is private to its folder/);
  const named = "import { loadRules } from '#delivery/settings/rule.store.ts';";
  assert.match(findBrokenIn('hub/src/delivery/channels/ntfy.ts', named).join(), /is private/);
  const within = "import { loadAlert } from './store.ts';";
  assert.deepEqual(findBrokenIn('hub/src/alert/runner.ts', within), []);
});

test('only store, runner and routes files of a stage reach platform', () => {
  const text = "import { query } from '#platform/postgres/postgres.ts';";
  assert.deepEqual(findBrokenIn('hub/src/alert/alert.ts', text), [
    'hub/src/alert/alert.ts:1 [house 3.2] alert.ts must not import platform; \
take the port from kernel/ports.ts instead',
  ]);
  assert.equal(findBrokenIn('hub/src/delivery/channels/webhook.ts', text).length, 1);
  assert.equal(findBrokenIn('hub/src/kernel/ports.ts', text).length, 1);
  for (const name of ['store', 'runner', 'routes', 'link.store']) {
    assert.deepEqual(findBrokenIn(`hub/src/alert/${name}.ts`, text), []);
  }
  assert.deepEqual(findBrokenIn('hub/src/alert/store.db.test.ts', text), []);
});

test('platform imports kernel and nothing else of ours', () => {
  const text = "import { ALERT_TRANSITIONS } from '#alert/alert.ts';";
  assert.match(findBrokenIn('hub/src/platform/http.ts', text).join(), /house 3.1\] platform must/);
});

test('contract is parsed with in routes only', () => {
  const text = "import { AlertBody } from '#contract/alert.ts';";
  assert.match(findBrokenIn('hub/src/alert/alert.ts', text).join(), /only routes.ts parses/);
  assert.deepEqual(findBrokenIn('hub/src/alert/routes.ts', text), []);
});

test('pure files import no node modules and no packages beyond the short list', () => {
  assert.match(
    findBrokenIn('hub/src/alert/alert.ts', "import { readFileSync } from 'node:fs';").join(),
    /alert.ts:1 \[house 3.4\] pure file imports node:fs; take a port as an argument/,
  );
  assert.match(findBrokenIn('hub/src/alert/a.ts', "import pg from 'pg';").join(), /3.4/);
  assert.match(findBrokenIn('hub/src/alert/a.ts', "import * as z from 'zod/mini';").join(), /3.4/);
  assert.match(
    findBrokenIn('hub/src/intake/sign.ts', "import { createHmac } from 'node:crypto';").join(),
    /wrapped by kernel\/crypto.ts/,
  );
  assert.deepEqual(
    findBroken({
      'hub/src/kernel/matcher.ts': "import { RE2JS } from 're2js';",
      'hub/src/kernel/crypto.ts': "import { createHmac } from 'node:crypto';",
      'contract/src/alert.ts': "import * as z from 'zod/mini';",
      'hub/src/alert/store.ts': "import type { Pool } from 'pg';",
      'hub/src/platform/http-client.ts': "import { Agent } from 'undici';",
    }),
    [],
  );
});

test('timers are imported by nothing but platform', () => {
  const text = "import { setTimeout as wait } from 'node:timers/promises';";
  assert.match(findBrokenIn('hub/src/alert/runner.ts', text).join('\n'), /3.4\] nothing but plat/);
});

test('contract imports nothing of ours, console imports only contract', () => {
  assert.match(
    findBrokenIn('contract/src/alert.ts', "import { x } from '#kernel/instant.ts';").join(),
    /contract must not import #kernel/,
  );
  assert.match(
    findBrokenIn('console/src/app/board.ts', "import { x } from '#kernel/instant.ts';").join(),
    /3.6\] console must not import #kernel/,
  );
  const allowed = "import { x } from '@tocsin/contract/alert.ts';";
  assert.deepEqual(findBrokenIn('console/src/app/board.ts', allowed), []);
});

test('kinds of channels and sources stay strangers', () => {
  const broken = findBroken({
    'hub/src/delivery/channels/index.ts':
      "import './slack.ts';\nimport './teams.ts';\nimport './telegram.ts';",
    'hub/src/delivery/channels/slack.ts': "import { escape } from './teams.ts';",
    'hub/src/delivery/channels/teams.ts': 'export const escape = 1;',
    'hub/src/delivery/channels/telegram.ts': "import { render } from './telegram-text.ts';",
    'hub/src/delivery/channels/telegram-text.ts': 'export const render = 1;',
    'hub/src/delivery/channels/slack.test.ts': "import './slack.ts';\nimport './teams.ts';",
  });
  assert.deepEqual(broken, [
    'hub/src/delivery/channels/slack.ts:1 [house 3.7] slack.ts must not import ./teams.ts; \
what two kinds share belongs one folder up',
  ]);
});

test('a kind that is not in the list is found', () => {
  const broken = findBroken({
    'hub/src/intake/sources/index.ts': "import { edge } from './edge.ts';",
    'hub/src/intake/sources/edge.ts': 'export const edge = 1;',
    'hub/src/intake/sources/sentry.ts': 'export const sentry = 1;',
  });
  assert.deepEqual(broken, [
    'hub/src/intake/sources/sentry.ts:1 [house 3.7] list this file once in \
hub/src/intake/sources/index.ts',
  ]);
});

test('barrel files and re-exports are refused outside the lists', () => {
  assert.deepEqual(findBrokenIn('hub/src/alert/index.ts', "export * from './alert.ts';"), [
    'hub/src/alert/index.ts:1 [house 3.8] no index files; name the file for its noun',
    'hub/src/alert/index.ts:1 [house 3.8] no re-exports; import from the file itself',
  ]);
  const typed = "export type { Alert } from '#alert/alert.ts';";
  assert.match(findBrokenIn('hub/src/delivery/rule.ts', typed).join(), /no re-exports/);
  const list = "export { edge } from './edge.ts';";
  assert.deepEqual(findBrokenIn('hub/src/intake/sources/index.ts', list), []);
});

test('../ is refused and the alias is named', () => {
  assert.deepEqual(
    findBrokenIn('hub/src/delivery/channels/ntfy.ts', "import type { A } from '../channel.ts';"),
    ['hub/src/delivery/channels/ntfy.ts:1 [house 3.8] ../ is banned; write #delivery/channel.ts'],
  );
});

test('a neighbour is imported as a neighbour', () => {
  assert.deepEqual(findBrokenIn('hub/src/alert/a.ts', "import { b } from '#alert/b.ts';"), [
    'hub/src/alert/a.ts:1 [house 3.8] within a folder write ./b.ts',
  ]);
});

test('an import cycle is shown once, whole', () => {
  const broken = findBroken({
    'hub/src/alert/a.ts': "import { b } from './b.ts';",
    'hub/src/alert/b.ts': "import type { c } from './c.ts';",
    'hub/src/alert/c.ts': "\nimport { a } from './a.ts';",
    'hub/src/alert/d.ts': "import { a } from './a.ts';\nimport { b } from './b.ts';",
  });
  assert.deepEqual(broken, [
    'hub/src/alert/c.ts:2 [house 3.8] import cycle a.ts -> b.ts -> c.ts -> a.ts; \
move the shared part to a file of its own',
  ]);
});
