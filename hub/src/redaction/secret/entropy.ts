/** Whether text looks random: the last rule, and only beside words that speak of secrets. */

const CHARS_MIN = 16;
const BITS_MIN = 3;
const TOKEN = /^[A-Za-z0-9+/_.~=-]+$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const HASH = /^(?:sha\d{1,3}[:-])?(?:[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;

/** Ids that machines make are as random as secrets; they are not what a weak word speaks of. */
export function looksRandom(text: string): boolean {
  if (text.length < CHARS_MIN || !TOKEN.test(text)) return false;
  if (UUID.test(text) || HASH.test(text)) return false;
  if (!/\d/.test(text) || !/[A-Za-z]/.test(text)) return false;
  return countBits(text) >= BITS_MIN && hasNoWords(text);
}

/** Names such as `app-kubernetes-io-v2` are words with dashes between them. */
function hasNoWords(text: string): boolean {
  const parts = text.replace(UUIDS, '').split(/[-_./]/);
  const mixed = parts.filter((part) => /\d/.test(part) && /[A-Za-z]/.test(part));
  return mixed.some((part) => part.length >= 8);
}

/** Shannon entropy per character. */
function countBits(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const each of counts.values()) {
    const share = each / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}
