import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GENERIC } from '#intake/sources/generic.ts';
import {
  applySecrets,
  findSecretFaults,
  findSecretWarnings,
  planSecrets,
  renderSecrets,
  shareSecrets,
} from './shared-secrets.ts';
import type { SourceType } from '#intake/source-type.ts';

const KIND: SourceType = {
  ...GENERIC,
  signing: {
    secretFields: [{ name: 'client_secret', label: 'Client secret' }],
    verify: () => ({ kind: 'unsigned' }),
  },
};

describe('what a source shares with its sender', () => {
  const change = (plain: Record<string, string>, given: Record<string, string | null>) =>
    applySecrets(plain, planSecrets(KIND, plain, given));

  test('stays valid for a while when it is replaced', () => {
    const first = change({}, { client_secret: 'one' });
    assert.deepEqual(first, { client_secret: 'one' });
    const second = change(first, { client_secret: 'two' });
    assert.deepEqual(second, { client_secret: 'two', client_secret_previous: 'one' });
    assert.deepEqual(shareSecrets(KIND, second), { client_secret: ['two', 'one'] });
    assert.deepEqual(change(second, { client_secret: 'two' }), second, 'the same is no change');
    assert.deepEqual(change(second, { client_secret_previous: null }), { client_secret: 'two' });
    assert.deepEqual(change(second, { client_secret: null }), {}, 'none is asked for then');
  });

  test('ends at once where that is asked for', () => {
    const given = { client_secret: 'two', client_secret_previous: null };
    assert.deepEqual(change({ client_secret: 'leaked' }, given), { client_secret: 'two' });
  });

  test('is refused where it cannot be what the sender has', () => {
    const faultsOf = (given: Record<string, string | null>, type: SourceType = KIND) =>
      findSecretFaults(type, given, applySecrets({}, given)).map(
        ({ path, message }) => `${path}: ${message}`,
      );
    assert.deepEqual(faultsOf({ client_secret: 'one' }), []);
    for (const text of [' one', 'one\n', '\tone']) {
      const [fault, ...others] = faultsOf({ client_secret: text });
      assert.equal(
        fault,
        'secrets.client_secret: must have no space or line end before or after it',
      );
      assert.deepEqual(others, []);
    }
    assert.deepEqual(faultsOf({ client_secret: '\ud800' }), [
      'secrets.client_secret: must be well-formed text',
    ]);
    assert.deepEqual(faultsOf({ clientsecret: 'one' }), [
      'secrets.clientsecret: did you mean client_secret?',
    ]);
    assert.deepEqual(faultsOf({ client_secret_previous: 'one' }), [
      'secrets.client_secret_previous: stands beside client_secret, which is not set',
    ]);
    assert.deepEqual(faultsOf({ any: 'one' }, GENERIC), [
      'secrets.any: sources of this kind share no secret',
    ]);
  });

  test('is shown as set or not, with what there is to know about it', () => {
    const show = (stored: Record<string, string>, closed: readonly string[] = []) => ({
      secrets: renderSecrets(KIND, stored),
      warned: findSecretWarnings(KIND, stored, closed).map(({ path }) => path),
    });
    assert.deepEqual(show({}), {
      secrets: { client_secret: { is_set: false } },
      warned: ['secrets.client_secret'],
    });
    assert.deepEqual(show({ client_secret: 'v1' }), {
      secrets: { client_secret: { is_set: true } },
      warned: [],
    });
    const both = { client_secret: 'v1', client_secret_previous: 'v1' };
    assert.deepEqual(show(both), {
      secrets: { client_secret: { is_set: true }, client_secret_previous: { is_set: true } },
      warned: ['secrets.client_secret_previous'],
    });
    assert.deepEqual(show(both, ['client_secret']).warned, ['secrets.client_secret']);
    assert.deepEqual(renderSecrets(GENERIC, {}), {});
    assert.deepEqual(findSecretWarnings(GENERIC, {}, []), []);
  });
});
