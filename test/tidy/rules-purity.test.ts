import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBroken, findBrokenIn } from './planted.fixture.ts';

test('pure files touch no global of the outside world', () => {
  const broken = findBrokenIn(
    'hub/src/alert/alert.ts',
    'const a = performance.now();',
    'const b = crypto.randomUUID();',
    "const c = await fetch('x');",
    'const d = process.env.HOME;',
    'type E = Date | null;',
  );
  assert.match(broken[0] ?? '', /:1 \[house 3.4\] performance is a clock; take `now: Instant`/);
  assert.match(broken[1] ?? '', /:2 \[house 3.4\] .*kernel\/crypto.ts/);
  assert.match(broken[2] ?? '', /:3 \[house 3.4\] fetch is I\/O; take the Http port/);
  assert.match(broken[3] ?? '', /:4 \[house 3.4\] process belongs to platform/);
  assert.match(broken[4] ?? '', /:5 \[house 3.4\] Date ends at the store/);
  assert.equal(broken.length, 5);
});

test('a row may hold the Date that the driver hands back', () => {
  const row = 'type Row = { readonly created_at: Date };';
  assert.deepEqual(findBrokenIn('hub/src/alert/store.ts', row), []);
});

test('words that only look like globals pass', () => {
  assert.deepEqual(
    findBrokenIn(
      'hub/src/alert/alert.ts',
      "const a = port.fetch('x'); // fetch() and process.env",
      "const b = { process: 1, Date: 'x' }; const c = b.process.toFixed();",
      "const d = 'new Date(), Math.random(), setTimeout()';",
    ),
    [],
  );
});

test('Date, time zones, chance and timers have one home each', () => {
  const lines = [
    'const a = new Date();',
    "const b = new Intl.DateTimeFormat('en');",
    'const c = Math.random();',
    'setInterval(beat, 1_000);',
  ];
  const broken = findBrokenIn('hub/src/app/hub.ts', ...lines);
  assert.match(broken[0] ?? '', /hub.ts:1 \[house 4\] Date is wrapped by kernel\/instant.ts/);
  assert.match(broken[1] ?? '', /hub.ts:2 \[house 4\] time zones are wrapped/);
  assert.match(broken[2] ?? '', /hub.ts:3 \[house 4\] .*Random port/);
  assert.match(broken[3] ?? '', /hub.ts:4 \[house 4\] .*give it to the ticker/);
  assert.equal(broken.length, 4);
  assert.deepEqual(
    findBroken({
      'hub/src/kernel/instant.ts': `${lines[0]}\n${lines[1]}`,
      'hub/src/platform/clock.ts': lines[0] ?? '',
      'hub/src/platform/chance.ts': lines[2] ?? '',
      'hub/src/platform/ticker.ts': lines[3] ?? '',
    }),
    [],
  );
});

test('console is for the CLI and scripts', () => {
  const text = "console.log('x');";
  assert.deepEqual(findBrokenIn('hub/src/platform/http.ts', text), [
    'hub/src/platform/http.ts:1 [house 4] console is for app/cli and scripts; \
use the Log port of kernel/ports.ts',
  ]);
  assert.deepEqual(findBrokenIn('hub/src/app/cli/doctor.ts', text), []);
  assert.deepEqual(findBrokenIn('scripts/print-docs.ts', text), []);
});

test('the process ends in app/main.ts only', () => {
  const text = 'process.exit(1);';
  assert.match(findBrokenIn('hub/src/app/cli/serve.ts', text).join(), /4\] process.exit skips/);
  assert.deepEqual(findBrokenIn('hub/src/app/main.ts', text), []);
  assert.deepEqual(findBrokenIn('scripts/print-docs.ts', 'process.exitCode = 1;'), []);
});

test('SQL does not ask for the time, in stores and in migrations', () => {
  for (const clock of ['now()', 'NOW ( )', 'current_timestamp', 'clock_timestamp()']) {
    const text = `const sql = \`\n  update alert set seen_at = ${clock}\``;
    assert.match(
      findBrokenIn('hub/src/alert/store.ts', text).join(),
      /1 \[house 4\] SQL must|2 \[/,
    );
    assert.deepEqual(findBrokenIn('hub/src/platform/clock.ts', `const a = 'select ${clock}';`), []);
  }
  const migration = '-- never now()\ncreate table alert (created_at timestamptz default now());';
  const broken = findBrokenIn('hub/db/migrations/0001-alert.sql', migration);
  assert.deepEqual(broken, [
    "hub/db/migrations/0001-alert.sql:2 [house 4] SQL must not call now(); pass the Clock's \
Instant as a parameter",
  ]);
});

test('calling a clock within a template of SQL is no SQL', () => {
  assert.deepEqual(findBrokenIn('hub/src/alert/store.ts', 'const a = `at ${clock.now()}`;'), []);
});

test('tests do not sleep', () => {
  const message = /house 7\] tests do not sleep; wait on an event/;
  const path = 'hub/src/alert/alert.test.ts';
  assert.match(findBrokenIn(path, 'setTimeout(done, 10);').join(), message);
  const timers = "import { setTimeout as wait } from 'node:timers/promises';";
  assert.match(findBrokenIn('test/smoke/ack.test.ts', timers).join(), message);
  const sql = ["query('select pg", "sleep(1)');"].join('_');
  assert.match(findBrokenIn('test/crash/kill.test.ts', sql).join(), message);
  assert.deepEqual(findBrokenIn('test/support/hub-process.ts', 'setTimeout(done, 10);'), []);
});
