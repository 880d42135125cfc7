import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '#kernel/limits.ts';
import { type Config, parseConfig, SETTINGS } from './config.ts';

type Environment = Parameters<typeof parseConfig>[0];

function read(env: Environment): Config {
  const reading = parseConfig(env);
  assert.ok(reading.ok, reading.ok ? '' : reading.errors.join(' '));
  return reading.config;
}

function errorsOf(env: Environment): readonly string[] {
  const reading = parseConfig(env);
  assert.ok(!reading.ok, `${JSON.stringify(env)} was taken`);
  return reading.errors;
}

/** The only error. */
function errorOf(env: Environment): string {
  const errors = errorsOf(env);
  assert.equal(errors.length, 1, errors.join(' '));
  return errors[0] ?? '';
}

const KEY = Buffer.alloc(32, 7).toString('base64');

describe('settings', () => {
  test('need none: the hub runs on this machine, with all it needs in ./data', () => {
    assert.deepEqual(read({}), {
      host: '127.0.0.1',
      port: 8470,
      dataDir: './data',
      configFile: null,
      databaseUrl: null,
      databaseDirectUrl: null,
      roles: ['api', 'worker'],
      publicUrl: null,
      masterKeys: null,
      adminKey: null,
      allowedCidrs: [],
      isMetricsPublic: false,
      isDocsPublic: false,
      logLevel: 'info',
    });
  });

  test('that are empty or blank count as unset', () => {
    const names = Object.keys(SETTINGS);
    for (const blank of ['', '  ', '\t']) {
      assert.deepEqual(read(Object.fromEntries(names.map((name) => [name, blank]))), read({}));
    }
    assert.deepEqual(read({ TOCSIN_PORT: undefined }), read({}));
  });

  test('are read without the blanks around them', () => {
    assert.equal(read({ TOCSIN_HOST: ' 0.0.0.0 ' }).host, '0.0.0.0');
    assert.equal(read({ TOCSIN_DATA_DIR: '/var/lib/tocsin' }).dataDir, '/var/lib/tocsin');
  });

  test('of others are no matter', () => {
    assert.deepEqual(read({ PATH: '/bin', PGHOST: 'x', DATABASE: 'y', TOCSIN: 'z' }), read({}));
    assert.deepEqual(read({ TOCSIN_TEST_SERVER: '{}' }), read({}));
  });

  test('that are wrong are told all at once, each with what it is for', () => {
    const errors = errorsOf({ TOCSIN_PORT: 'x', TOCSIN_LOG: 'loud', TOCSIN_NONSENSE_WORD: '1' });
    assert.deepEqual(errors, [
      'TOCSIN_NONSENSE_WORD is not a setting.',
      `TOCSIN_PORT must be a number from 0 to 65535. ${SETTINGS.TOCSIN_PORT.says}`,
      `TOCSIN_LOG must be one of debug, info, warn, error. ${SETTINGS.TOCSIN_LOG.says}`,
    ]);
  });
});

describe('each setting', () => {
  test('TOCSIN_PORT is a number of a port; 0 picks one', () => {
    for (const port of [0, 80, 65_535])
      assert.equal(read({ TOCSIN_PORT: String(port) }).port, port);
    for (const text of ['65536', '-1', '1e3', '80.5', '0x50', 'http', '8 0']) {
      assert.match(errorOf({ TOCSIN_PORT: text }), /^TOCSIN_PORT must be a number/);
    }
  });

  test('DATABASE_URL and the direct one are PostgreSQL URLs', () => {
    const url = 'postgres://tocsin:pw@db:5432/tocsin';
    assert.equal(read({ DATABASE_URL: url }).databaseUrl, url);
    assert.equal(read({ TOCSIN_DATABASE_DIRECT_URL: url }).databaseDirectUrl, url);
    assert.equal(read({ DATABASE_URL: 'postgresql://db/x' }).databaseUrl, 'postgresql://db/x');
    for (const text of ['db:5432', 'mysql://db/x', 'postgres:/db', 'x postgres://db']) {
      for (const name of ['DATABASE_URL', 'TOCSIN_DATABASE_DIRECT_URL']) {
        assert.match(errorOf({ [name]: text }), new RegExp(`^${name} must look like postgres://`));
      }
    }
  });

  test('TOCSIN_ROLES names api, worker or both', () => {
    assert.deepEqual(read({ TOCSIN_ROLES: 'api' }).roles, ['api']);
    assert.deepEqual(read({ TOCSIN_ROLES: ' worker , api ' }).roles, ['worker', 'api']);
    assert.deepEqual(read({ TOCSIN_ROLES: 'api,api' }).roles, ['api']);
    for (const text of ['web', 'api,web', 'API', ',', 'api,']) {
      assert.match(errorOf({ TOCSIN_ROLES: text }), /^TOCSIN_ROLES knows only api and worker/);
    }
  });

  test('TOCSIN_PUBLIC_URL is http or https, and keeps no slash at its end', () => {
    const read1 = (text: string) => read({ TOCSIN_PUBLIC_URL: text }).publicUrl;
    assert.equal(read1('https://tocsin.example'), 'https://tocsin.example');
    assert.equal(read1('http://tocsin.example:8080/alarm//'), 'http://tocsin.example:8080/alarm');
    for (const text of ['tocsin.example', 'ftp://x', 'https://', 'javascript:alert(1)']) {
      assert.match(errorOf({ TOCSIN_PUBLIC_URL: text }), /^TOCSIN_PUBLIC_URL must be an http/);
    }
  });

  test('TOCSIN_MASTER_KEY is a list, of which the first seals', () => {
    const keys = read({ TOCSIN_MASTER_KEY: `new:${KEY},old:${KEY}` }).masterKeys;
    assert.deepEqual(
      keys?.map(({ kid }) => kid),
      ['new', 'old'],
    );
    assert.equal(keys?.[0]?.key.length, 32);
    for (const text of [KEY, `a:${KEY.slice(4)}`, `a:${KEY},a:${KEY}`]) {
      const error = errorOf({ TOCSIN_MASTER_KEY: text });
      assert.match(error, /^TOCSIN_MASTER_KEY /);
      assert.ok(!error.includes(KEY.slice(4)), 'a key is not repeated');
    }
  });

  test('TOCSIN_ADMIN_KEY is long enough not to be guessed', () => {
    const long = 'k'.repeat(LIMITS.adminKeyCharsMin);
    assert.equal(read({ TOCSIN_ADMIN_KEY: long }).adminKey, long);
    const error = errorOf({ TOCSIN_ADMIN_KEY: long.slice(1) });
    assert.match(error, /^TOCSIN_ADMIN_KEY needs 32 characters or more/);
    assert.ok(!error.includes('kkk'), 'a key is not repeated');
  });

  test('TOCSIN_ALLOW_PRIVATE_TARGETS is a list of CIDRs', () => {
    const cidrs = read({ TOCSIN_ALLOW_PRIVATE_TARGETS: '10.0.0.0/8, fd00::/8' }).allowedCidrs;
    assert.equal(cidrs.length, 2);
    for (const text of ['private', '10.0.0.0/33', '10.0.0.0/8,,']) {
      const error = errorOf({ TOCSIN_ALLOW_PRIVATE_TARGETS: text });
      assert.match(error, /^TOCSIN_ALLOW_PRIVATE_TARGETS /);
    }
  });

  test('TOCSIN_PUBLIC_METRICS and TOCSIN_PUBLIC_DOCS are true or false, and false unset', () => {
    assert.equal(read({ TOCSIN_PUBLIC_METRICS: 'true' }).isMetricsPublic, true);
    assert.equal(read({ TOCSIN_PUBLIC_METRICS: 'false' }).isMetricsPublic, false);
    assert.equal(read({ TOCSIN_PUBLIC_DOCS: 'true' }).isDocsPublic, true);
    for (const name of ['TOCSIN_PUBLIC_METRICS', 'TOCSIN_PUBLIC_DOCS']) {
      for (const text of ['1', 'yes', 'TRUE', 'on']) {
        assert.match(errorOf({ [name]: text }), new RegExp(`^${name} must be true or false`));
      }
    }
  });

  test('TOCSIN_LOG is one of four levels', () => {
    for (const level of ['debug', 'info', 'warn', 'error']) {
      assert.equal(read({ TOCSIN_LOG: level }).logLevel, level);
    }
    assert.match(errorOf({ TOCSIN_LOG: 'trace' }), /^TOCSIN_LOG must be one of/);
  });

  test('of the command line are known here, and change nothing', () => {
    assert.deepEqual(read({ TOCSIN_URL: 'http://x', TOCSIN_API_KEY: 'k' }), read({}));
  });

  test('says in a sentence what it is for, and what holds without it', () => {
    for (const [name, { says, otherwise }] of Object.entries(SETTINGS)) {
      assert.match(says, /^[^\n]*\.$/, name);
      assert.match(otherwise, /^[^\n]+$/, name);
    }
  });
});

describe('a variable that is no setting', () => {
  test('is an error with the setting that was meant', () => {
    const typos: Readonly<Record<string, string>> = {
      TOCSIN_PROT: 'TOCSIN_PORT',
      TOCSIN_ADMINKEY: 'TOCSIN_ADMIN_KEY',
      TOCSIN_MASTER_KEYS: 'TOCSIN_MASTER_KEY',
      TOCSIN_LOGS: 'TOCSIN_LOG',
    };
    for (const [typo, meant] of Object.entries(typos)) {
      assert.equal(errorOf({ [typo]: 'x' }), `${typo} is not a setting. Did you mean ${meant}?`);
    }
  });

  test('is an error without a guess when nothing is near', () => {
    const name = 'TOCSIN_SOMETHING_ELSE_ENTIRELY';
    assert.equal(errorOf({ [name]: 'x' }), `${name} is not a setting.`);
  });

  test('is an error even when it is empty', () => {
    assert.match(errorOf({ TOCSIN_PROT: '' }), /TOCSIN_PORT/);
  });

  test('property: one wrong letter in a name is found, and the name itself is suggested', () => {
    const names = Object.keys(SETTINGS).filter((name) => name.startsWith('TOCSIN_'));
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(30), (name, place) => {
        const index = 'TOCSIN_'.length + (place % (name.length - 'TOCSIN_'.length));
        const typo = `${name.slice(0, index)}Q${name.slice(index + 1)}`;
        assert.equal(errorOf({ [typo]: 'x' }), `${typo} is not a setting. Did you mean ${name}?`);
      }),
    );
  });
});
