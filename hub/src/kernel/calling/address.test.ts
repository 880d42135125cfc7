import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { channelId, projectId } from '#kernel/id.ts';
import {
  type Carrier,
  findAddressFaults,
  findAddressWarnings,
  parseAddresses,
  renderAddresses,
} from './address.ts';
import type { Address } from './responder.ts';

const HOME = projectId('home');
const AWAY = projectId('away');
const MAIL_ID = channelId('0190a000-0000-7000-8000-000000000001');
const HOOK_ID = channelId('0190a000-0000-7000-8000-000000000002');
const KINDS = new Map([
  ['email', (address: string) => (address.includes('@') ? null : 'has no @')],
  ['webhook', () => null],
]);
const CARRIERS: readonly Carrier[] = [
  { projectId: HOME, channelId: MAIL_ID, channelType: 'email' },
  { projectId: AWAY, channelId: HOOK_ID, channelType: 'webhook' },
];

function mail(more: Partial<Address> = {}): Address {
  return { channelType: 'email', address: 'a@b.example', channelId: null, ...more };
}

const faultsOf = (addresses: readonly Address[], project = HOME) =>
  findAddressFaults({ projectId: project, field: 'addresses', addresses }, KINDS, CARRIERS);

describe('addresses', () => {
  test('are read as they were written', () => {
    const addresses = [mail(), mail({ channelId: MAIL_ID }), mail({ address: '' })];
    assert.deepEqual(parseAddresses(renderAddresses(addresses)), addresses);
    const written = [{ channel_type: 'email', address: 'a@b.example', channel_id: MAIL_ID }];
    assert.deepEqual(renderAddresses(parseAddresses(written)), written);
    assert.deepEqual(parseAddresses([]), []);
  });

  test('are right when kind, text and channel are', () => {
    const hook = mail({ channelType: 'webhook' });
    assert.deepEqual(faultsOf([mail(), mail({ channelId: MAIL_ID }), hook]), []);
    assert.deepEqual(faultsOf([]), []);
  });

  test('are refused by what their kind says of the text', () => {
    assert.deepEqual(faultsOf([mail(), mail({ address: 'x' })]), [
      { path: 'addresses[1].address', message: 'has no @' },
    ]);
  });

  test('are refused when nothing is known of their kind, with the kinds there are', () => {
    for (const channelType of ['pager', '', 'toString', '__proto__', 'Email']) {
      assert.deepEqual(faultsOf([mail({ channelType })]), [
        { path: 'addresses[0].channel_type', message: 'must be one of email, webhook' },
      ]);
    }
  });

  test('are refused when their channel is of another project or another kind', () => {
    const path = 'addresses[0].channel_id';
    const foreign = mail({ channelType: 'webhook', channelId: HOOK_ID });
    assert.deepEqual(faultsOf([foreign]), [{ path, message: 'is no channel of this project' }]);
    assert.deepEqual(faultsOf([foreign], AWAY), []);
    const crossed = mail({ channelType: 'webhook', channelId: MAIL_ID });
    assert.deepEqual(faultsOf([crossed]), [
      { path, message: 'is a channel of the kind email, not webhook' },
    ]);
    const both = faultsOf([mail({ address: 'x', channelId: HOOK_ID })]);
    assert.deepEqual(
      both.map((each) => each.path),
      ['addresses[0].address', path],
    );
  });

  test('that no channel of the project goes to are warned of', () => {
    const addresses = [mail(), mail({ channelType: 'webhook' })];
    const warningsOf = (project = HOME, carriers = CARRIERS) =>
      findAddressWarnings({ projectId: project, field: 'who', addresses }, carriers);
    assert.deepEqual(warningsOf(), [
      { path: 'who[1]', message: 'the project has no webhook channel, so nothing is sent there' },
    ]);
    assert.deepEqual(
      warningsOf(AWAY).map(({ path }) => path),
      ['who[0]'],
    );
    assert.deepEqual(warningsOf(HOME, []).length, 2);
  });
});
