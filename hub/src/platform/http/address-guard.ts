/**
 * Which addresses the hub may connect to when a user chose the target.
 *
 * Danger: this is all that stands between a webhook URL and the inside of the network it runs in
 * (metadata services, databases, the loopback API). Refused is whatever is not plainly public:
 * for IPv6 only 2000::/3 is open, minus its special blocks, so that a range nobody thought of is
 * shut. IPv4 hidden inside IPv6 (mapped, NAT64) is judged as the IPv4 address it reaches.
 *
 * Options: TOCSIN_ALLOW_PRIVATE_TARGETS, CIDRs divided by commas, read by `parseCidrs`.
 */
import { BlockList, isIP } from 'node:net';
import { LIMITS } from '#kernel/limits.ts';

export type Cidr = { readonly address: string; readonly prefix: number; readonly family: 4 | 6 };

export type CidrsReading =
  | { readonly ok: true; readonly cidrs: readonly Cidr[] }
  | { readonly ok: false; readonly message: string };

export type AddressGuard = {
  /** The name of the range that forbids this address, or null when it may be reached. */
  readonly findRefusal: (address: string) => string | null;
};

/** IANA's special-purpose registries, and metadata services that live on public addresses. */
const REFUSED_IPV4: readonly (readonly [string, readonly string[]])[] = [
  ['this network', ['0.0.0.0/8']],
  ['loopback', ['127.0.0.0/8']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']],
  ['link-local or metadata', ['169.254.0.0/16', '168.63.129.16/32']],
  ['shared (carrier NAT)', ['100.64.0.0/10']],
  ['reserved', ['192.0.0.0/24', '192.88.99.0/24', '198.18.0.0/15', '240.0.0.0/4']],
  ['documentation', ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24']],
  ['multicast', ['224.0.0.0/4']],
];

const REFUSED_IPV6: readonly (readonly [string, readonly string[]])[] = [
  ['loopback', ['::1/128']],
  ['private', ['fc00::/7', 'fec0::/10']],
  ['link-local or metadata', ['fe80::/10']],
  ['multicast', ['ff00::/8']],
  ['documentation', ['2001:db8::/32', '3fff::/20']],
  ['6to4', ['2002::/16']],
  ['Teredo or reserved', ['2001::/23']],
];

const PUBLIC_IPV6 = '2000::/3';
/** The well-known NAT64 prefix: its last 32 bits are an IPv4 address. */
const NAT64 = '64:ff9b::';
const NAT64_PREFIX_BITS = 96;
const MAPPED_PREFIX_BITS = 96;

type Range = { readonly name: string; readonly list: BlockList };

export function createAddressGuard(allowedCidrs: readonly Cidr[]): AddressGuard {
  const allowed = new BlockList();
  for (const cidr of allowedCidrs) addCidr(allowed, cidr);
  return { findRefusal: (address) => findRefusal(address, allowed) };
}

function findRefusal(address: string, allowed: BlockList): string | null {
  const family = isIP(address);
  // A scope (fe80::1%eth0) is only for link-local addresses, and BlockList would let it pass.
  if (family === 0 || address.includes('%')) return 'not an address';
  const version = family === 4 ? 'ipv4' : 'ipv6';
  if (allowed.check(address, version)) return null;
  for (const range of REFUSED_RANGES) {
    if (range.list.check(address, version)) return range.name;
  }
  // BlockList answers for IPv4-mapped addresses as for the IPv4 address itself.
  return family === 4 || PUBLIC_ADDRESSES.check(address, version) ? null : 'reserved';
}

function listRefusedRanges(): readonly Range[] {
  const ranges: Range[] = [];
  for (const [name, texts] of REFUSED_IPV4) {
    const list = new BlockList();
    for (const text of texts) {
      const cidr = readOwnCidr(text);
      addCidr(list, cidr);
      const prefix = NAT64_PREFIX_BITS + cidr.prefix;
      list.addSubnet(`${NAT64}${cidr.address}`, prefix, 'ipv6');
    }
    ranges.push({ name, list });
  }
  for (const [name, texts] of REFUSED_IPV6) {
    const list = new BlockList();
    for (const text of texts) addCidr(list, readOwnCidr(text));
    ranges.push({ name, list });
  }
  return ranges;
}

function listPublicAddresses(): BlockList {
  const list = new BlockList();
  addCidr(list, readOwnCidr(PUBLIC_IPV6));
  list.addSubnet(NAT64, NAT64_PREFIX_BITS, 'ipv6');
  list.addSubnet('::ffff:0:0', MAPPED_PREFIX_BITS, 'ipv6');
  return list;
}

const REFUSED_RANGES = listRefusedRanges();
const PUBLIC_ADDRESSES = listPublicAddresses();

function addCidr(list: BlockList, cidr: Cidr): void {
  list.addSubnet(cidr.address, cidr.prefix, cidr.family === 4 ? 'ipv4' : 'ipv6');
}

function readOwnCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === null) throw new Error(`assertion failed: ${text} is a CIDR`);
  return cidr;
}

/** `10.0.0.0/8, fd00::/8, 192.168.1.7`: a bare address is that address alone. Blank is none. */
export function parseCidrs(text: string): CidrsReading {
  const cidrs: Cidr[] = [];
  if (text.trim() === '') return { ok: true, cidrs };
  const parts = text.split(',');
  if (parts.length > LIMITS.cidrsMax) {
    return { ok: false, message: `more than ${LIMITS.cidrsMax} CIDRs` };
  }
  for (const [index, part] of parts.entries()) {
    const cidr = parseCidr(part.trim());
    if (cidr === null) {
      return { ok: false, message: `entry ${index + 1} is not a CIDR such as 10.0.0.0/8` };
    }
    cidrs.push(cidr);
  }
  return { ok: true, cidrs };
}

function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  const version = isIP(address);
  if (version === 0 || address.includes('%')) return null;
  const family = version === 4 ? 4 : 6;
  const bitsMax = family === 4 ? 32 : 128;
  if (slash === -1) return { address, prefix: bitsMax, family };
  const bits = text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > bitsMax) return null;
  return { address, prefix: Number(bits), family };
}
