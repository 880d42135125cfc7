/**
 * IP addresses, read as their notations say, so that versions, times, MAC addresses and names of
 * C++ are none. Private, loopback, link-local and multicast ones identify nobody outside and are
 * kept, unless the policy says otherwise; masks of networks are kept always.
 */
import type { Hit } from '#redaction/text/hit.ts';

const IPV4 = new RegExp(
  String.raw`(?<![\w.]|[A-Za-z]-)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}` +
    String.raw`(?!\w|\.\d|-(?=\w)(?!\d{1,3}\.\d{1,3}\.))`,
  'g',
);
const VERSION_BEFORE = new RegExp(
  String.raw`(?:\b(?:v|ver|vers|version|versione|release|build|firmware|fw|revision|rev|driver|` +
    String.raw`upgraded?|updated?)|版本|固件)\.?["']?\s?[:=]?\s?["']?(?:to |from |a |da )?$`,
  'i',
);
const WORD_BEFORE_CHARS = 24;

export type AddressScope = {
  readonly areLocalMasked: boolean;
  /** The field is about versions. */
  readonly isVersion: boolean;
};

export function findIpv4(text: string, hits: Hit[], scope: AddressScope): void {
  if (scope.isVersion) return;
  // `matchAll` copies its expression, which costs more than most texts do.
  if (text.search(IPV4) === -1) return;
  for (const { index, 0: spelled } of text.matchAll(IPV4)) {
    const octets = spelled.split('.').map(Number);
    const isAddress = octets.every((octet) => octet <= 255) && !/(?:^|\.)0\d/.test(spelled);
    if (!isAddress || isKeptIpv4(octets, scope.areLocalMasked)) continue;
    const end = index + spelled.length;
    if (isVersion(text, index, end)) continue;
    hits.push({ start: index, end, maskClass: 'ipv4', normalised: spelled });
  }
}

/** `nginx/1.2.3.4` and `version: 1.2.3.4`, but not `db/1.2.3.4:5432`. */
function isVersion(text: string, start: number, end: number): boolean {
  const before = text.charAt(start - 1);
  // A tag of an image: `registry/app:1.2.3.4`.
  if (before === ':') {
    const name = text.slice(Math.max(0, start - 40), start - 1);
    return /\/[\w.-]{1,40}$/.test(name) || text.startsWith('@sha', end);
  }
  if (before === '/') {
    const isPath = /\w/.test(text.charAt(start - 2));
    return isPath && !/^:\d/.test(text.slice(end, end + 2));
  }
  return VERSION_BEFORE.test(text.slice(Math.max(0, start - WORD_BEFORE_CHARS), start));
}

function isKeptIpv4(octets: readonly number[], areLocalMasked: boolean): boolean {
  const [first = 0, second = 0] = octets;
  if (first === 0 || first === 127 || first === 255) return true;
  const isLocal =
    first === 10 ||
    (first === 172 && second >= 16 && second <= 31) ||
    (first === 192 && second === 168) ||
    (first === 169 && second === 254) ||
    (first === 100 && second >= 64 && second <= 127);
  return isLocal ? !areLocalMasked : first >= 224;
}

const IPV6 = /(?<![\w:.])[0-9A-Fa-f:]{2,40}(?:\d{1,3}(?:\.\d{1,3}){2,3})?(?![\w:]|\.\d)/g;
const IPV6_SHAPE = /::|(?<![0-9A-Fa-f])[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:/;
const IPV6_GROUPS = 8;

export function findIpv6(text: string, hits: Hit[], scope: AddressScope): void {
  if (text.search(IPV6_SHAPE) === -1) return;
  for (const { index, 0: found } of text.matchAll(IPV6)) {
    // `from 2001:db8::1: refused`.
    const spelled = /[^:]:$/.test(found) ? found.slice(0, -1) : found;
    if (!spelled.includes(':')) continue;
    const groups = parseIpv6(spelled);
    if (groups === null || isKeptIpv6(groups, scope.areLocalMasked)) continue;
    const normalised = groups.map((group) => group.toString(16)).join(':');
    hits.push({ start: index, end: index + spelled.length, maskClass: 'ipv6', normalised });
  }
}

/** The eight groups, or null when it is no address. */
function parseIpv6(spelled: string): readonly number[] | null {
  const text = rewriteTail(spelled);
  if (text === null) return null;
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head = [], tail = []] = halves.map(parseGroups);
  if (head === null || tail === null) return null;
  const missing = IPV6_GROUPS - head.length - tail.length;
  if (halves.length === 1) return missing === 0 ? head : null;
  return missing < 1 ? null : [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

function parseGroups(half: string): readonly number[] | null {
  if (half === '') return [];
  const groups = half.split(':');
  return groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : null;
}

/** `::ffff:192.0.2.1` as groups. */
function rewriteTail(spelled: string): string | null {
  if (!spelled.includes('.')) return spelled;
  const cut = spelled.lastIndexOf(':') + 1;
  const octets = spelled.slice(cut).split('.').map(Number);
  if (octets.length !== 4 || octets.some((octet) => octet > 255)) return null;
  const [a = 0, b = 0, c = 0, d = 0] = octets;
  return `${spelled.slice(0, cut)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

const MAPPED_PREFIX = 0xffff;
const NAT64_PREFIX = 0x64;

/** Global unicast begins with 2 or 3; all else belongs to one network, one link or nobody. */
function isKeptIpv6(groups: readonly number[], areLocalMasked: boolean): boolean {
  const [first = 0] = groups;
  if (first >= 0x2000 && first <= 0x3fff) return false;
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === MAPPED_PREFIX;
  if (isMapped || (first === NAT64_PREFIX && groups[1] === 0xff9b)) {
    const [high = 0, low = 0] = groups.slice(-2);
    return isKeptIpv4([high >> 8, high & 255, low >> 8, low & 255], areLocalMasked);
  }
  const isLocal = (first >= 0xfc00 && first <= 0xfdff) || (first >= 0xfe80 && first <= 0xfebf);
  return !(isLocal && areLocalMasked);
}
