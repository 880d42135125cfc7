/**
 * Addresses of people, as shown to whoever may not look after them: whose they are can be told,
 * and where they lead to, but nobody can be written to, and no URL that is a secret can be used.
 * Pure.
 */
import type { WrittenAddress } from './address.ts';

/** `a…@example.org`, `https://host.example/…`; of anything else its last two characters. */
export function maskAddress(address: string): string {
  if (URL.canParse(address)) {
    const { protocol, host } = new URL(address);
    if (host !== '') return `${protocol}//${host}/…`;
  }
  const at = address.lastIndexOf('@');
  if (at > 0) return `${address.slice(0, 1)}…${address.slice(at)}`;
  return `…${address.slice(-2)}`;
}

export function maskWritten(addresses: readonly WrittenAddress[]): WrittenAddress[] {
  return addresses.map((one) => ({ ...one, address: maskAddress(one.address) }));
}

/** Those that stand in a sentence of ours: `Mail to nurse@example.org was refused`. */
export function maskMailIn(text: string): string {
  return text.replaceAll(MAIL, (address) => maskAddress(address));
}

/** No more than it takes to find one in our own words; it need not be valid. */
const MAIL = /[^\s@<>"',;:()]{1,64}@[^\s@<>"',;:()]{1,253}/g;
