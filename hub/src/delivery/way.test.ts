import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CallTarget } from '#kernel/effect.ts';
import type { Address } from '#kernel/calling/responder.ts';
import {
  channelIdOf,
  createCall,
  createChannel,
  createResponder,
  createRule,
  createWays,
  responderIdOf,
} from '#test/support/samples/delivery.ts';
import { findWays, isReachable, type Ways } from './way.ts';

const FACTS = { labels: {}, fields: {} };
const MAIL = { ...createChannel(1), channelType: 'email', addresses: [], name: 'mail' };
const HOOK = { ...createChannel(2), name: 'hook' };
const toResponder = (n: number): CallTarget => ({
  type: 'responder',
  responderId: responderIdOf(n),
});
const email = (address: string, more: Partial<Address> = {}): Address => ({
  channelType: 'email',
  address,
  channelId: null,
  ...more,
});

function find(targets: readonly CallTarget[], ways: Ways, isFallback = false) {
  const { found, unreachable } = findWays(createCall({ targets, isFallback }), FACTS, ways);
  const shown = found.map(({ channel, recipient, ruleKey }) => {
    return `${recipient} through ${channel.name} by ${ruleKey}`;
  });
  return [...shown, ...unreachable.map((why) => `not ${why}`)];
}

describe('a responder can be called next', () => {
  const anna = createResponder(1, { addresses: [email('anna@care.example')] });
  const { channels } = createWays([], [MAIL, HOOK]);

  test('on duty and with an active channel that goes to an address', () => {
    assert.equal(isReachable(anna, channels), true);
  });

  test('not while off duty, or without an address', () => {
    assert.equal(isReachable({ ...anna, isActive: false }, channels), false);
    assert.equal(isReachable({ ...anna, addresses: [] }, channels), false);
  });

  test('not while no channel carries to the address: whoever comes after is called', () => {
    const inactive = createWays([], [{ ...MAIL, isActive: false }, HOOK]);
    assert.equal(isReachable(anna, inactive.channels), false);
    assert.equal(isReachable(anna, createWays([], [HOOK]).channels), false);
    const named = [email('anna@care.example', { channelId: channelIdOf(9) })];
    assert.equal(isReachable({ ...anna, addresses: named }, channels), false);
  });
});

describe('a responder', () => {
  test('is called at every address, each through the oldest active channel of its kind', () => {
    const anna = createResponder(1, {
      name: 'Anna',
      addresses: [
        email('anna@care.example'),
        { channelType: 'webhook', address: 'https://phone.example/SECRET', channelId: null },
      ],
    });
    const old = { ...MAIL, channelId: channelIdOf(0), name: 'old mail', isActive: false };
    const ways = createWays([], [old, MAIL, HOOK], { responders: [anna] });
    assert.deepEqual(find([toResponder(1)], ways), [
      'Anna (anna@care.example) through mail by policy',
      'Anna (webhook phone.example) through hook by policy',
    ]);
  });

  test('is called through the channel that the address names', () => {
    const other = { ...MAIL, channelId: channelIdOf(3), name: 'other mail' };
    const addresses = [email('anna@care.example', { channelId: channelIdOf(3) })];
    const ways = createWays([], [MAIL, other], { responders: [createResponder(1, { addresses })] });
    const [way] = findWays(createCall({ targets: [toResponder(1)] }), FACTS, ways).found;
    assert.equal(way?.channel.name, 'other mail');
    assert.equal(way?.address, 'anna@care.example');
    assert.equal(way?.responderId, responderIdOf(1));
  });

  test('is told in their own language, a channel in that of the project', () => {
    const anna = createResponder(1, { language: 'fr' });
    const ways = createWays([createRule(1)], [MAIL], { responders: [anna], language: 'it' });
    const targets: CallTarget[] = [toResponder(1), { type: 'rules' }];
    const { found } = findWays(createCall({ targets }), FACTS, ways);
    assert.deepEqual(
      found.map((way) => way.language),
      ['fr', 'it'],
    );
  });

  test('who cannot be reached is named with the reason, and stops nobody else', () => {
    const responders = [
      createResponder(1, { name: 'Anna', isActive: false }),
      createResponder(2, { name: 'Ben', addresses: [] }),
      createResponder(3, { name: 'Carla' }),
      createResponder(4, {
        name: 'Dora',
        addresses: [{ channelType: 'webhook', address: 'https://x.example', channelId: null }],
      }),
    ];
    const ways = createWays([], [MAIL], { responders });
    assert.deepEqual(find([1, 2, 3, 4, 5].map(toResponder), ways), [
      'Carla (r3@care.example) through mail by policy',
      'not Anna is off duty',
      'not Ben has no address',
      'not Dora (webhook x.example): no webhook channel',
      'not a responder who was removed',
    ]);
  });
});

describe('a mail channel', () => {
  test('makes one message for each address in its config', () => {
    const ward = { ...MAIL, addresses: ['a@ward.example', 'b@ward.example'] };
    const ways = createWays([createRule(1), createRule(2, { channelId: channelIdOf(1) })], [ward]);
    assert.deepEqual(
      findWays(createCall(), FACTS, ways).found.map((way) => [way.target, way.address]),
      [
        ['a@ward.example', 'a@ward.example'],
        ['b@ward.example', 'b@ward.example'],
      ],
    );
  });

  test('a person whom both it and a step name gets one message', () => {
    const ward = { ...MAIL, addresses: ['r1@care.example'] };
    const ways = createWays([createRule(1)], [ward], { responders: [createResponder(1)] });
    const found = find([{ type: 'rules' }, toResponder(1)], ways);
    assert.equal(found.length, 1, found.join());
  });
});

describe('administrators', () => {
  test('are told at every address of the project', () => {
    const administrators = [email('boss@care.example'), email('night@care.example')];
    const ways = createWays([], [MAIL], { administrators });
    assert.deepEqual(find([{ type: 'administrators' }], ways), [
      'boss@care.example through mail by administrators',
      'night@care.example through mail by administrators',
    ]);
  });

  test('who have no channel are said to be out of reach', () => {
    const ways = createWays([], [HOOK], { administrators: [email('boss@care.example')] });
    assert.deepEqual(find([{ type: 'administrators' }], ways), [
      'not boss@care.example: no email channel',
    ]);
  });
});

describe('the fallback', () => {
  const spare = { ...createChannel(3), name: 'spare' };
  const hook = { ...HOOK, fallbackChannelId: channelIdOf(3) };
  const rule = createRule(2);

  test('is the fallback of each channel that was used, and the administrators', () => {
    const ways = createWays([rule], [hook, spare, MAIL], {
      administrators: [email('boss@care.example')],
    });
    assert.deepEqual(find([{ type: 'rules' }], ways, true), [
      'spare through spare by fallback',
      'boss@care.example through mail by administrators',
    ]);
  });

  test('is the same way again where there is no other', () => {
    const ways = createWays([rule], [HOOK]);
    assert.deepEqual(find([{ type: 'rules' }], ways, true), [
      `hook through hook by ${rule.ruleId}`,
    ]);
  });
});
