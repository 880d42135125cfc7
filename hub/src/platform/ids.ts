/** Randomness and identifiers of the running process. */
import { randomBytes, randomFillSync } from 'node:crypto';
import { formatUuidV7 } from '#kernel/id.ts';
import { type Instant, instant } from '#kernel/instant.ts';
import type { Ids, Random } from '#kernel/ports.ts';

const UINT32_RANGE = 2 ** 32;
const TAIL_BYTES = 10;
const POOL_TAILS = 512;

export function createRandom(): Random {
  return {
    bytes: (count) => randomBytes(count),
    random: () => randomBytes(4).readUInt32LE() / UINT32_RANGE,
  };
}

/**
 * UUIDv7s that sort in the order they were asked for: within one millisecond the first 12 random
 * bits are replaced by a counter, and time never goes back (a clock that steps back keeps the
 * last millisecond until it has caught up).
 */
export function createIds(fill: (target: Uint8Array) => void = randomFillSync): Ids {
  const pool = new Uint8Array(TAIL_BYTES * POOL_TAILS);
  let poolAt = pool.length;
  let lastAt = -Infinity;
  let counter = 0;
  return {
    next: (at: Instant) => {
      if (poolAt >= pool.length) {
        fill(pool);
        poolAt = 0;
      }
      const tail = pool.slice(poolAt, poolAt + TAIL_BYTES);
      poolAt += TAIL_BYTES;
      counter = at > lastAt ? 0 : counter + 1;
      let used = at > lastAt ? at : lastAt;
      if (counter > 0xfff) {
        used += 1;
        counter = 0;
      }
      lastAt = used;
      tail[0] = counter >> 8;
      tail[1] = counter & 0xff;
      return formatUuidV7(instant(used), tail);
    },
  };
}
