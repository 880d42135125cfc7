import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChannelId } from '#kernel/id.ts';
import { channelIdOf } from '#test/support/samples/delivery.ts';
import { findFallbackFault, listFallbackUsers } from './fallback.ts';

const link = (n: number, to: number | null = null) => ({
  channelId: channelIdOf(n),
  fallbackChannelId: to === null ? null : channelIdOf(to),
});
const chain = [link(1, 2), link(2, 3), link(3), link(4)];
const faultOf = (n: number, to: number | null, others = chain) =>
  findFallbackFault(link(n, to), others);

describe('the fallback of a channel', () => {
  test('is another one of the project, or none', () => {
    assert.equal(faultOf(4, null), null);
    assert.equal(faultOf(4, 1), null);
    assert.equal(faultOf(9, 1), null, 'a new channel is not among the others yet');
    assert.equal(faultOf(1, 3), null, 'what it was before does not count');
  });

  test('is not the channel itself, nor one of elsewhere', () => {
    assert.equal(faultOf(4, 4), 'is this very channel');
    assert.equal(faultOf(4, 9), 'is no channel of this project');
    assert.equal(faultOf(4, 9, []), 'is no channel of this project');
  });

  test('does not lead back, however long the way is', () => {
    const back = 'falls back on this channel in the end';
    assert.equal(faultOf(2, 1), back);
    assert.equal(faultOf(3, 1), back);
    const long = Array.from({ length: 500 }, (_, n) => link(n, n === 499 ? null : n + 1));
    assert.equal(faultOf(499, 0, long), back);
    assert.equal(faultOf(0, 499, long), null);
  });

  test('is found to be fine where others run in a circle without it', () => {
    assert.equal(faultOf(9, 1, [link(1, 2), link(2, 1)]), null);
  });

  test('tells whose fallback a channel is', () => {
    const usersOf = (n: number): readonly ChannelId[] =>
      listFallbackUsers(channelIdOf(n), [...chain, link(5, 3)]).map(({ channelId }) => channelId);
    assert.deepEqual(usersOf(3), [channelIdOf(2), channelIdOf(5)]);
    assert.deepEqual(usersOf(1), []);
  });
});
