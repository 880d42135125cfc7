import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSeededRandom } from '#test/support/ids.ts';
import { createSecretBox } from './secret-box.ts';
import { openAll, sealAll } from './sealed-secrets.ts';

const random = createSeededRandom(7);
const box = createSecretBox({ keys: [{ kid: 'k1', key: random.bytes(32) }], random });
const place = { projectId: 'default', channelId: 'one' };
const plain = { token: 'canary', other: 'bird' };

describe('the secrets of a channel', () => {
  test('open where they were sealed', () => {
    const sealed = sealAll(box, place, plain);
    assert.ok(!JSON.stringify(sealed).includes('canary'));
    assert.deepEqual(openAll(box, place, sealed), { plain, closed: [] });
    assert.deepEqual(openAll(box, place, {}), { plain: {}, closed: [] });
  });

  test('are named, not taken for unset, where they do not open', () => {
    const sealed = sealAll(box, place, plain);
    const swapped = { token: sealed['other'] ?? '', other: sealed['other'] ?? '' };
    const opened = openAll(box, place, swapped);
    assert.deepEqual(opened, { plain: { other: 'bird' }, closed: ['token'] });
    for (const wrong of [
      { ...place, channelId: 'two' },
      { ...place, projectId: 'other' },
    ]) {
      assert.deepEqual(openAll(box, wrong, sealed).closed, ['token', 'other']);
    }
  });
});
