import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChannelFacts, Ways } from '#delivery/way.ts';
import { channelId, responderId } from '#kernel/id.ts';
import { createMasks, NO_MASKS } from './masks.ts';

const CHANNEL: ChannelFacts = {
  channelId: channelId('0190a000-0000-7000-8000-000000000001'),
  channelType: 'email',
  name: 'mail',
  isActive: true,
  attemptsMax: 3,
  retry: 'standard',
  fallbackChannelId: null,
  addresses: ['ward@example.org'],
};

const ANNA = responderId('0190a000-0000-7000-8000-00000000000a');

const WAYS: Ways = {
  rules: [],
  channels: new Map([[CHANNEL.channelId, CHANNEL]]),
  responders: new Map([
    [
      ANNA,
      {
        responderId: ANNA,
        name: 'Anna',
        language: 'it',
        addresses: [
          { channelType: 'email', address: 'a@b.example', channelId: null },
          { channelType: 'email', address: 'anna@b.example', channelId: null },
        ],
        position: 1,
        isActive: true,
      },
    ],
  ]),
  administrators: [
    { channelType: 'webhook', address: 'https://x.example/secret?k=1', channelId: null },
  ],
  language: 'en',
};

describe('addresses of people', () => {
  const masks = createMasks(WAYS);

  test('are told apart when they are masked, and keep what they are reached by', () => {
    assert.equal(masks.address('anna@b.example'), 'a…@b.example');
    assert.equal(masks.address('https://x.example:8080/secret?k=1'), 'https://x.example:8080/…');
    assert.equal(masks.address('+393331234567'), '…67');
  });

  test('are masked within sentences, those of people, channels and administrators', () => {
    const text =
      'Anna (anna@b.example), ward@example.org, https://x.example/secret?k=1: no channel';
    const masked = 'Anna (a…@b.example), w…@example.org, https://x.example/…: no channel';
    assert.equal(masks.text(text), masked);
    assert.equal(masks.text('nothing in it'), 'nothing in it');
  });

  test('stay whole for who may administer', () => {
    assert.equal(NO_MASKS.address('anna@b.example'), 'anna@b.example');
    assert.equal(NO_MASKS.text('to anna@b.example'), 'to anna@b.example');
  });
});
