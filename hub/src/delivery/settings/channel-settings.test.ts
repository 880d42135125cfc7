import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applySecrets, GENERATED_FIELDS, prefixPaths, readSettings } from './channel-settings.ts';
import type { Channel } from '#delivery/channel.ts';
import { CHANNELS, findChannel } from '#delivery/channels/index.ts';
import { webhookChannel } from '#delivery/channels/webhook.ts';

/** A kind that cannot do without its token. */
const strict: Channel = {
  ...webhookChannel,
  secretFields: [{ name: 'bot_token', label: 'Token', isRequired: true }],
  checkSecrets: () => ({ errors: [], warnings: [] }),
};
const config = { url: 'https://receiver.example/' };

describe('the settings of a channel', () => {
  test('are read when nothing is wrong with them', () => {
    const plain = { bot_token: 'x' };
    const reading = readSettings(strict, { config, given: plain, plain });
    assert.deepEqual(reading, { ok: true, value: config });
  });

  test('lack a secret that the kind requires, and one that was removed counts as lacking', () => {
    for (const given of [{}, { bot_token: null }]) {
      const plain = applySecrets({}, given);
      assert.deepEqual(readSettings(strict, { config, given, plain }), {
        ok: false,
        details: [{ path: 'secrets.bot_token', message: 'is required' }],
      });
    }
    const kept = readSettings(strict, { config, given: {}, plain: { bot_token: 'kept' } });
    assert.equal(kept.ok, true);
  });

  test('are refused with all faults at once', () => {
    const given = { colour: null };
    const reading = readSettings(strict, { config: { uri: 1 }, given, plain: {} });
    assert.ok(!reading.ok);
    assert.deepEqual(
      reading.details.map(({ path }) => path),
      ['config.uri', 'config.url', 'secrets.colour', 'secrets.bot_token'],
    );
  });
});

test('a secret among the config is sent where it belongs, a misspelt one to its right name', () => {
  const given = { smtp_pasword: 'x' };
  const wrong = { smtp_host: 'm', from_email: 'a@b.example', to_email: 'a@b.example' };
  const email = findChannel('email');
  assert.ok(email !== null);
  const config = { ...wrong, smtp_password: 'CANARY' };
  const reading = readSettings(email, { config, given, plain: {} });
  assert.deepEqual(reading, {
    ok: false,
    details: [
      { path: 'config.smtp_password', message: 'belongs in secrets, not in config' },
      {
        path: 'secrets.smtp_pasword',
        message: 'unknown field; did you mean smtp_password?',
      },
    ],
  });
});

test('a secret that this config can never use is refused with it', () => {
  const email = findChannel('email');
  assert.ok(email !== null);
  const clear = {
    smtp_host: 'm',
    smtp_use_tls: false,
    smtp_port: 2525,
    from_email: 'a@b.example',
    to_email: 'a@b.example',
  };
  const plain = { smtp_password: 'x' };
  const reading = readSettings(email, { config: clear, given: plain, plain });
  assert.ok(!reading.ok);
  assert.deepEqual(
    reading.details.map(({ path }) => path),
    ['secrets.smtp_password'],
  );
  assert.ok(readSettings(email, { config: clear, given: {}, plain: {} }).ok);
});

test('a secret is kept, replaced or removed', () => {
  const plain = { a: '1', b: '2', c: '3' };
  assert.deepEqual(applySecrets(plain, { b: 'new', c: null }), { a: '1', b: 'new' });
  assert.deepEqual(applySecrets({}, { a: null }), {});
});

test('a path begins with the field that it is in, and is bounded', () => {
  const detail = { path: 'x'.repeat(500), message: 'm' };
  assert.deepEqual(prefixPaths('config', [{ path: '', message: 'm' }]), [
    { path: 'config', message: 'm' },
  ]);
  assert.equal(prefixPaths('secrets', [detail])[0]?.path.length, 200);
});

test('every secret that is made when it is left out is one that its kind knows', () => {
  for (const [type, field] of Object.entries(GENERATED_FIELDS)) {
    const channel = findChannel(type);
    assert.ok(channel !== null && CHANNELS.includes(channel));
    assert.ok(channel.secretFields.some(({ name }) => name === field));
  }
});
