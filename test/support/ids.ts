/** Chance and identifiers that a seed repeats. */
import { createCipheriv } from 'node:crypto';
import type { Ids, Random } from '#kernel/ports.ts';
import { createIds } from '#platform/ids.ts';

const UINT32_RANGE = 2 ** 32;
const KEY_BYTES = 16;

/** The key stream of a cipher whose key is the seed: even, endless, the same on every machine. */
export function createSeededRandom(seed = 1): Random {
  const key = Buffer.alloc(KEY_BYTES);
  key.writeDoubleBE(seed);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(KEY_BYTES));
  const bytes = (count: number): Uint8Array => cipher.update(new Uint8Array(count));
  return {
    bytes,
    random: () => new DataView(Uint8Array.from(bytes(4)).buffer).getUint32(0) / UINT32_RANGE,
  };
}

export function createSeededIds(seed = 1): Ids {
  const random = createSeededRandom(seed);
  return createIds((target) => target.set(random.bytes(target.length)));
}
