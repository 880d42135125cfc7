/**
 * How often somebody may do something: so many at once, and so many in a second from then on. In
 * memory, for each node by itself. Names that were quiet for longest are forgotten when there are
 * too many, which only ever allows more. Pure.
 */
import type { Instant } from '#kernel/instant.ts';
import { MS_PER_SECOND } from '#kernel/instant.ts';

export type Rate = { readonly burst: number; readonly perSecond: number };

export type Taken = {
  /** 0: it may. Else after how long it may. */
  readonly waitMs: number;
  /** How many more may come at once. */
  readonly left: number;
  /** Until as many may come as ever. */
  readonly fullMs: number;
};

export type Buckets = {
  readonly take: (name: string, now: Instant) => Taken;
  readonly size: () => number;
};

type Bucket = { readonly level: number; readonly at: Instant };

/** Parts of a token are added up in fractions that no number is exact in. */
const ROUNDING = 1e-6;

export function createBuckets(rate: Rate, namesMax: number): Buckets {
  const buckets = new Map<string, Bucket>();
  const perMs = rate.perSecond / MS_PER_SECOND;
  return {
    take: (name, now) => {
      const known = buckets.get(name);
      const level = known === undefined ? rate.burst : fill(known, now);
      const isAllowed = level >= 1 - ROUNDING;
      const next = Math.max(0, isAllowed ? level - 1 : level);
      // A clock that was set back gives nothing, and takes nothing either.
      const at = known === undefined || now > known.at ? now : known.at;
      buckets.delete(name);
      buckets.set(name, { level: next, at });
      if (buckets.size > namesMax) dropFirst();
      return {
        waitMs: isAllowed ? 0 : Math.ceil((1 - next) / perMs - ROUNDING),
        left: Math.floor(next),
        fullMs: Math.ceil((rate.burst - next) / perMs - ROUNDING),
      };
    },
    size: () => buckets.size,
  };

  function fill({ level, at }: Bucket, now: Instant): number {
    return Math.min(rate.burst, level + Math.max(0, now - at) * perMs);
  }

  function dropFirst(): void {
    for (const name of buckets.keys()) {
      buckets.delete(name);
      return;
    }
  }
}

/**
 * Who stands behind an address: of IPv6 the network, for one machine has as many addresses there
 * as it likes.
 */
export function nameNetwork(address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const parts = [...left, ...Array<string>(missing).fill('0'), ...right];
  return `${parts.slice(0, 4).join(':')}::/64`;
}
