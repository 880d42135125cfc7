/**
 * What a masked value leaves behind: its class and a short keyed hash, `[EMAIL#k3f9a2bd]`. The same
 * value has the same mask within a project, so reports can still be joined; without the key nobody
 * can try guesses, and the keys of two projects differ.
 * Danger: masks are never masked again. Nothing here may accept less than the exact form, or a
 * sender could dress a secret up as one.
 */
import { type Bytes, createHmacSha256 } from '#kernel/crypto.ts';

/** Class -> what it stands for, in the words of docs/reference/redaction.md. */
export const MASK_CLASSES = {
  private_key: 'private keys in PEM form, with all lines',
  auth_header: 'what follows `Authorization`, `Bearer` and `Basic`',
  cookie: '`Cookie` and `Set-Cookie`, whole',
  secret_field: 'the value of a field whose name says that it is a secret',
  url_credentials: 'user and password in URLs and connection strings',
  aws_key_id: 'ids of access keys of AWS',
  aws_secret: 'secret access keys of AWS',
  github_token: 'tokens of GitHub',
  gitlab_token: 'tokens of GitLab',
  slack_token: 'tokens of Slack',
  slack_webhook: 'incoming webhooks of Slack',
  stripe_key: 'keys of Stripe',
  sentry_dsn: 'the key in a DSN of Sentry',
  sentry_token: 'tokens of Sentry',
  telegram_token: 'tokens of Telegram bots',
  vendor_token: 'keys and tokens of other providers, known by their prefix',
  jwt: 'JSON Web Tokens',
  iban: 'account numbers (IBAN) with a right checksum',
  credit_card: 'card numbers of known brands with a right check digit',
  it_fiscal_code: 'Italian fiscal codes with a right check letter',
  cn_id: 'Chinese resident identity numbers with a right check digit',
  email: 'mail addresses',
  phone: 'telephone numbers',
  ipv4: 'IPv4 addresses that are not private',
  ipv6: 'IPv6 addresses that are not private',
  personal_field: 'the value of a field whose name says that it is about a person',
  high_entropy: 'random-looking text beside a word like `key` or `signature`',
  custom: 'what a pattern of the project finds',
} as const;

export type MaskClass = keyof typeof MASK_CLASSES;

/** How many values of each class were masked. */
export type MaskCounts = Readonly<Partial<Record<MaskClass, number>>>;

/** 40 bits: a million different values of one class collide with a chance of about one third. */
const HASH_CHARS = 8;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const BITS_PER_CHAR = 5;

/** Finds masks in text. Bounded, so its time is linear. */
export const MASK_PATTERN = /\[[A-Z][A-Z0-9_]{1,39}#[a-z2-7]{8}\]/g;
const WHOLE_MASK = /^\[[A-Z][A-Z0-9_]{1,39}#[a-z2-7]{8}\]$/;

export function isMask(text: string): boolean {
  return WHOLE_MASK.test(text);
}

/** Names the mask of a value. `label` is the class, or the name of a pattern of the project. */
export type NameMask = (label: string, normalised: string) => string;

export function createMaskNames(key: Bytes): NameMask {
  const hmac = createHmacSha256(key);
  return (label, normalised) => {
    const spoken = label.toUpperCase();
    return `[${spoken}#${encodeHash(hmac(`${spoken}\0${normalised}`))}]`;
  };
}

function encodeHash(hash: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of hash) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= BITS_PER_CHAR && text.length < HASH_CHARS) {
      bits -= BITS_PER_CHAR;
      text += ALPHABET.charAt((value >> bits) & 31);
    }
    value &= (1 << bits) - 1;
    if (text.length === HASH_CHARS) break;
  }
  return text;
}
