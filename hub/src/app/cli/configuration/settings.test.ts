import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SETTINGS } from '#app/start/config.ts';
import { runTestCommand } from '#test/support/cli.ts';
import { CONFIG_PRINT } from './print.ts';
import { listSettings } from './settings.ts';

const SECRET = 'a-secret-that-nobody-may-read-0001';

function show(env: Readonly<Record<string, string>>, name: string) {
  const line = listSettings({ env, keyFiles: {} }).find((one) => one.name === name);
  return line === undefined ? 'missing' : `${line.value} (${line.from})`;
}

describe('every setting', () => {
  test('is shown with its default, in the order of the table', () => {
    const lines = listSettings({ env: {}, keyFiles: {} });
    assert.deepEqual(
      lines.map(({ name }) => name),
      Object.keys(SETTINGS),
    );
    assert.equal(show({}, 'TOCSIN_PORT'), '8470 (default)');
    assert.equal(show({ TOCSIN_PORT: ' ' }, 'TOCSIN_PORT'), '8470 (default)');
  });

  test('is shown as it was set', () => {
    assert.equal(show({ TOCSIN_PORT: '8080' }, 'TOCSIN_PORT'), '8080 (environment)');
    const url = 'https://tocsin.example/';
    assert.equal(show({ TOCSIN_PUBLIC_URL: url }, 'TOCSIN_PUBLIC_URL'), `${url} (environment)`);
  });

  test('that lies in the data dir says where', () => {
    const keyFiles = { TOCSIN_ADMIN_KEY: '/srv/data/admin-key' };
    const line = listSettings({ env: {}, keyFiles }).find(
      ({ name }) => name === 'TOCSIN_ADMIN_KEY',
    );
    assert.deepEqual([line?.value, line?.from], ['in /srv/data/admin-key', 'data dir']);
  });
});

describe('a secret', () => {
  test('is never shown, only that it is set', () => {
    for (const name of Object.keys(SETTINGS)) {
      const forms = [
        `postgres://tocsin:${SECRET}@db.example/tocsin`,
        `postgres://db.example/tocsin?password=${SECRET}`,
        `postgres://tocsin:${SECRET}@db.example:port/x`,
      ];
      for (const form of name.endsWith('KEY') ? [SECRET] : forms) {
        assert.ok(!show({ [name]: form }, name).includes(SECRET), `${name}=${form}`);
      }
    }
    assert.equal(
      show({ TOCSIN_API_KEY: SECRET }, 'TOCSIN_API_KEY'),
      'set, not shown (environment)',
    );
  });

  test('goes out of a URL, and the rest of it stays', () => {
    const shown = show({ DATABASE_URL: `postgres://me:${SECRET}@db:5432/x` }, 'DATABASE_URL');
    assert.equal(shown, 'postgres://me:***@db:5432/x (environment)');
  });
});

test('wrong settings are shown all the same, and told', async () => {
  const env = { TOCSIN_PORT: '99999', TOCSIN_PROT: '1' };
  const wrong = await runTestCommand(CONFIG_PRINT, [], { env });
  assert.equal(wrong.code, 1);
  assert.match(wrong.printed, /\nTOCSIN_PORT +99999 +environment +Port to listen on/);
  assert.match(wrong.complaints, /^tocsin: TOCSIN_PROT is not a setting\. Did you mean/);
  assert.match(wrong.complaints, /\ntocsin: TOCSIN_PORT must be a number from 0 to 65535/);
});

test('settings are one JSON value for programs', async () => {
  const run = await runTestCommand(CONFIG_PRINT, ['--json'], { env: { TOCSIN_PORT: '8080' } });
  assert.equal(run.code, 0);
  assert.match(run.printed, /"name": "TOCSIN_PORT",\n +"value": "8080",\n +"from": "environment"/);
});
