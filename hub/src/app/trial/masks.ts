/**
 * Addresses of people, for who may look after them; anybody else sees whose they are, not what
 * they are. Pure.
 */
import type { Ways } from '#delivery/way.ts';
import { maskAddress } from '#kernel/calling/masked-address.ts';

export type Masks = {
  /** One address. */
  readonly address: (address: string) => string;
  /** A sentence that may hold some. */
  readonly text: (text: string) => string;
};

export const NO_MASKS: Masks = { address: (address) => address, text: (text) => text };

export function createMasks(ways: Ways): Masks {
  const people = [...ways.responders.values()].flatMap(({ addresses }) => addresses);
  const known = [
    ...[...people, ...ways.administrators].map(({ address }) => address),
    ...[...ways.channels.values()].flatMap(({ addresses }) => addresses),
  ];
  // Longer ones first: one address may be the end of another.
  const sorted = [...new Set(known)]
    .filter((address) => address !== '')
    .toSorted((one, other) => other.length - one.length);
  return {
    address: maskAddress,
    text: (text) =>
      sorted.reduce((masked, address) => masked.replaceAll(address, maskAddress(address)), text),
  };
}
