/**
 * Mail addresses as this system takes them: ASCII, without comments, quotes and names. That is
 * less than RFC 5321 allows and more than anybody has; what it leaves out could end a header, name
 * a second recipient or need an extension that few servers have.
 */
import { LIMITS } from '#kernel/limits.ts';

const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN =
  /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const LABEL_CHARS_MAX = 63;

/** What is wrong with it, without repeating it; null = nothing. */
export function findMailAddressFault(address: string): string | null {
  if (address.length > LIMITS.mailAddressCharsMax) {
    return `must have at most ${LIMITS.mailAddressCharsMax} characters`;
  }
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  const domain = address.slice(at + 1);
  const isAddress =
    at > 0 &&
    local.length <= LIMITS.mailLocalPartCharsMax &&
    LOCAL_PART.test(local) &&
    DOMAIN.test(domain) &&
    domain.split('.').every((label) => label.length <= LABEL_CHARS_MAX);
  return isAddress ? null : 'must be a mail address such as name@example.org, in ASCII';
}

/** Behind the last `@`; of an address that has been checked. */
export function readMailDomain(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

export type MailAddressesReading =
  | { readonly ok: true; readonly addresses: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** `a@example.org, b@example.org`; each once, as it was first written. */
export function parseMailAddresses(text: string): MailAddressesReading {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > LIMITS.mailRecipientsMax) {
    return { ok: false, message: `must hold at most ${LIMITS.mailRecipientsMax} addresses` };
  }
  const addresses = new Map<string, string>();
  for (const [index, part] of parts.entries()) {
    const fault = findMailAddressFault(part);
    if (fault !== null) {
      const which = parts.length === 1 ? '' : `entry ${index + 1} `;
      return { ok: false, message: `${which}${fault}` };
    }
    const key = part.toLowerCase();
    if (!addresses.has(key)) addresses.set(key, part);
  }
  return { ok: true, addresses: [...addresses.values()] };
}
