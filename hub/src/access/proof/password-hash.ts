/**
 * Passwords at rest: argon2id in a PHC string, which carries its own cost. When the cost of today
 * is another one, a login hashes anew. Danger: whoever has no password is compared with
 * `NO_PASSWORD`, so that a name that exists takes as long as one that does not.
 */
import {
  argon2id,
  type Argon2Cost,
  decodeBase64,
  encodeBase64,
  isSameHash,
} from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';

const COST: Argon2Cost = {
  memoryKib: LIMITS.passwordMemoryKib,
  passes: LIMITS.passwordPasses,
  lanes: LIMITS.passwordLanes,
};

type Phc = Argon2Cost & { readonly salt: Uint8Array; readonly hash: Uint8Array };

export async function hashPassword(password: string, salt: Uint8Array): Promise<string> {
  const hash = await argon2id(password, salt, { ...COST, hashBytes: LIMITS.passwordHashBytes });
  return renderPhc({ ...COST, salt, hash });
}

export type Verified = {
  readonly isRight: boolean;
  /** Another cost than today's: hash it anew. */
  readonly isOutdated: boolean;
};

export async function verifyPassword(password: string, stored: string): Promise<Verified> {
  const phc = parsePhc(stored) ?? NOBODY;
  const given = await argon2id(password, phc.salt, { ...phc, hashBytes: phc.hash.length });
  return { isRight: isSameHash(given, phc.hash), isOutdated: !isOfToday(phc) };
}

function isOfToday(phc: Phc): boolean {
  const isSameCost =
    phc.memoryKib === COST.memoryKib && phc.passes === COST.passes && phc.lanes === COST.lanes;
  return isSameCost && phc.hash.length === LIMITS.passwordHashBytes;
}

/** No password has this hash, but for one in 2^256. */
const NOBODY: Phc = {
  ...COST,
  salt: new Uint8Array(LIMITS.passwordSaltBytes),
  hash: new Uint8Array(LIMITS.passwordHashBytes),
};

const PHC = /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,4}),p=(\d{1,3})\$([\w+/]+)\$([\w+/]+)$/;

function parsePhc(text: string): Phc | null {
  const [, memory, passes, lanes, saltText = '', hashText = ''] = PHC.exec(text) ?? [];
  const [salt, hash] = [saltText, hashText].map(decodeUnpadded);
  if (salt === null || salt === undefined || hash === null || hash === undefined) return null;
  if (salt.length === 0 || hash.length === 0) return null;
  const cost = { memoryKib: Number(memory), passes: Number(passes), lanes: Number(lanes) };
  return { ...cost, salt, hash };
}

function renderPhc({ memoryKib, passes, lanes, salt, hash }: Phc): string {
  const [saltText, hashText] = [salt, hash].map(encodeUnpadded);
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${saltText}$${hashText}`;
}

/** PHC strings have base64 without padding. */
function encodeUnpadded(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('=', '');
}

function decodeUnpadded(text: string): Uint8Array | null {
  return decodeBase64(text.padEnd(Math.ceil(text.length / 4) * 4, '='));
}

export const NO_PASSWORD = renderPhc(NOBODY);
