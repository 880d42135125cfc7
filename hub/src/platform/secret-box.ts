/**
 * Secrets of channels and sources at rest: AES-256-GCM, bound to their place.
 *
 * Danger: an envelope is opened only for the project, channel and field it was sealed for, so a
 * row copied elsewhere does not open. A secret that does not open is an error for the caller to
 * name, never an empty secret. Losing all master keys loses all secrets.
 *
 * Options: TOCSIN_MASTER_KEY, `kid:base64,kid2:base64` with 32 bytes each. The first key seals, all
 * of them open: rotation puts the new key in front. Envelope:
 * `v1.<kid>.<base64(nonce 12 | ciphertext | tag 16)>`.
 */
import {
  AES_KEY_BYTES,
  concatBytes,
  decodeBase64,
  decodeUtf8,
  encodeBase64,
  encodeUtf8,
  GCM_NONCE_BYTES,
  GCM_TAG_BYTES,
  joinUnambiguously,
  openAesGcm,
  sealAesGcm,
} from '#kernel/crypto.ts';
import { assert } from '#kernel/decision.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Random } from '#kernel/ports.ts';

export type MasterKey = { readonly kid: string; readonly key: Uint8Array };

export type MasterKeysReading =
  | { readonly ok: true; readonly keys: readonly MasterKey[] }
  | { readonly ok: false; readonly message: string };

/** Where a secret lives; part of what is authenticated. */
export type SecretPlace = {
  readonly projectId: string;
  readonly channelId: string;
  readonly field: string;
};

export type OpenedSecret =
  | { readonly ok: true; readonly plain: string }
  | {
      readonly ok: false;
      readonly reason: 'unknown_key' | 'tampered' | 'malformed';
      /** Null when the envelope is too broken to name one. */
      readonly kid: string | null;
    };

export type SecretBox = {
  /** The id of the key that seals; envelopes of other keys are due for `keys rotate`. */
  readonly currentKid: string;
  readonly seal: (plain: string, place: SecretPlace) => string;
  readonly open: (envelope: string, place: SecretPlace) => OpenedSecret;
};

const VERSION = 'v1';
const KID = /^[A-Za-z0-9_-]{1,32}$/;
const ENVELOPE = /^v1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9+/]+={0,2})$/;

export function createSecretBox(options: {
  readonly keys: readonly MasterKey[];
  readonly random: Pick<Random, 'bytes'>;
}): SecretBox {
  const { keys, random } = options;
  const current = keys[0];
  assert(current !== undefined, 'a secret box has at least one master key');
  const keysById = new Map(keys.map(({ kid, key }) => [kid, key]));

  function seal(plain: string, place: SecretPlace): string {
    assert(current !== undefined, 'a secret box has at least one master key');
    // Half a surrogate pair would come back as another text.
    assert(plain.isWellFormed(), 'a secret is well-formed text');
    const nonce = random.bytes(GCM_NONCE_BYTES);
    const sealed = sealAesGcm({ key: current.key, nonce }, encodeUtf8(plain), bindTo(place));
    return `${VERSION}.${current.kid}.${encodeBase64(concatBytes([nonce, sealed]))}`;
  }

  function open(envelope: string, place: SecretPlace): OpenedSecret {
    const [, kid, text] = ENVELOPE.exec(envelope) ?? [];
    if (kid === undefined || text === undefined) {
      return { ok: false, reason: 'malformed', kid: null };
    }
    const bytes = decodeBase64(text);
    if (bytes === null || bytes.length < GCM_NONCE_BYTES + GCM_TAG_BYTES) {
      return { ok: false, reason: 'malformed', kid };
    }
    const key = keysById.get(kid);
    if (key === undefined) return { ok: false, reason: 'unknown_key', kid };
    const nonce = bytes.subarray(0, GCM_NONCE_BYTES);
    const plain = openAesGcm({ key, nonce }, bytes.subarray(GCM_NONCE_BYTES), bindTo(place));
    const decoded = plain === null ? null : decodeUtf8(plain);
    return decoded === null ? { ok: false, reason: 'tampered', kid } : { ok: true, plain: decoded };
  }

  return { currentKid: current.kid, seal, open };
}

function bindTo(place: SecretPlace): Uint8Array {
  return joinUnambiguously([VERSION, place.projectId, place.channelId, place.field]);
}

/** Never repeats any part of a key in a message. */
export function parseMasterKeys(text: string): MasterKeysReading {
  const entries = text.split(',');
  if (entries.length > LIMITS.masterKeysMax) {
    return { ok: false, message: `more than ${LIMITS.masterKeysMax} master keys` };
  }
  const keys: MasterKey[] = [];
  for (const [index, entry] of entries.entries()) {
    const where = `master key ${index + 1}`;
    const colon = entry.indexOf(':');
    const kid = entry.slice(0, Math.max(0, colon)).trim();
    if (!KID.test(kid)) {
      return { ok: false, message: `${where} has no id: write id:base64, id of A-Z a-z 0-9 _ -` };
    }
    const key = decodeBase64(entry.slice(colon + 1).trim());
    if (key === null || key.length !== AES_KEY_BYTES) {
      return { ok: false, message: `${where} is not base64 of ${AES_KEY_BYTES} bytes` };
    }
    if (keys.some((other) => other.kid === kid)) {
      return { ok: false, message: `${where} has the id of another one` };
    }
    keys.push({ kid, key });
  }
  return { ok: true, keys };
}
