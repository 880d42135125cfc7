/**
 * Whether a page of the hub itself sent a request. A browser adds cookies, and passwords of its
 * own dialog, to what any page makes it send; these headers no page can set. Pure.
 */

export type OriginHeaders = {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
};

export type Origin =
  /** A page of the hub. */
  | 'own'
  | 'foreign'
  /** No browser says nothing at all when it writes. */
  | 'unsaid';

/** Behind a proxy that changes `Host`, the hub's public address counts as well. */
export function findOrigin(headers: OriginHeaders, publicUrl: string): Origin {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' ? 'own' : 'foreign';
  const { origin, host } = headers;
  if (origin === undefined) return 'unsaid';
  if (originOf(origin) === 'null') return 'foreign';
  const own = originOf(publicUrl);
  // Whoever promises https is not asked by a page that came without it.
  const schemes = own.startsWith('https:') ? ['https'] : ['http', 'https'];
  const asked = host === undefined ? [] : schemes.map((scheme) => originOf(`${scheme}://${host}`));
  return [own, ...asked].includes(originOf(origin)) ? 'own' : 'foreign';
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'null';
}
