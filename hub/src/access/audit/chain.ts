/**
 * The chain of one project's audit: each row has a number and a MAC over all of its columns, its
 * number and the MAC of the row before. Whoever has the key can tell an edited, a removed, a moved
 * and an inserted row; a tail that was cut shows where the chain's head was told outside. Pure.
 *
 * Danger: the encoding is for ever. A column that is added later is encoded behind the others, and
 * only in rows of a new key id.
 */
import { encodeHex, hmacSha256, isSameHash } from '#kernel/crypto.ts';

/** A row as it was written, with its columns as text, exactly as they are stored. */
export type UnsealedRow = {
  readonly projectId: string;
  readonly auditId: string;
  /** Microseconds since 1970, as the database keeps them. */
  readonly atUs: string;
  /** All other columns, in the order of `AUDIT_COLUMNS`. */
  readonly columns: readonly (string | null)[];
};

export type Seal = {
  readonly sealedAtUs: string;
  /** From 1 on, without gaps. */
  readonly seq: number;
  readonly keyId: string;
  readonly prevMac: Uint8Array;
  readonly mac: Uint8Array;
};

export type SealedRow = UnsealedRow & Seal;

/** Where a chain has got to. */
export type Head = { readonly seq: number; readonly mac: Uint8Array };

export const AUDIT_COLUMNS = [
  'principal_id',
  'principal_name',
  'auth_method',
  'role',
  'action',
  'object_kind',
  'object_id',
  'object_name',
  'before',
  'after',
  'request_id',
  'remote_address',
  'method',
  'route',
  'idempotency_key',
] as const;

/** What the first row of a chain stands behind. */
export const NO_HEAD: Head = { seq: 0, mac: new Uint8Array(32) };

const FORMAT = 'tocsin-audit-1';

export type ChainKeys = {
  readonly currentId: string;
  /** Null for an id that is none of ours. */
  readonly find: (keyId: string) => Uint8Array | null;
};

const KEY_ID = /^a[1-9]\d{0,5}$/;

/** Derived, so that no key has to be kept: another id is another key, and old rows keep theirs. */
export function createChainKeys(identityKey: Uint8Array, currentId = 'a1'): ChainKeys {
  const known = new Map<string, Uint8Array>();
  return {
    currentId,
    find: (keyId) => {
      if (!KEY_ID.test(keyId)) return null;
      const key = known.get(keyId) ?? hmacSha256(identityKey, `audit-chain/${keyId}`);
      known.set(keyId, key);
      return key;
    },
  };
}

type Place = Omit<Seal, 'mac'>;

export function computeMac(row: UnsealedRow, place: Place, key: Uint8Array): Uint8Array {
  return hmacSha256(key, encodeRow(row, place));
}

/** Each part says whether it is there and how long it is: no two rows give the same text. */
export function encodeRow(row: UnsealedRow, place: Place): string {
  const parts = [
    FORMAT,
    place.keyId,
    row.projectId,
    String(place.seq),
    encodeHex(place.prevMac),
    place.sealedAtUs,
    row.auditId,
    row.atUs,
    ...row.columns,
  ];
  return parts.map((part) => (part === null ? 'n' : `s${part.length}:${part}`)).join('');
}

export type Sealing = {
  readonly keyId: string;
  readonly key: Uint8Array;
  readonly sealedAtUs: string;
};

/** The rows of one project, in their order, behind its head. */
export function sealRows(
  head: Head,
  rows: readonly UnsealedRow[],
  { keyId, key, sealedAtUs }: Sealing,
): readonly SealedRow[] {
  let last = head;
  return rows.map((row) => {
    const place = { sealedAtUs, seq: last.seq + 1, keyId, prevMac: last.mac };
    const sealed = { ...row, ...place, mac: computeMac(row, place, key) };
    last = sealed;
    return sealed;
  });
}

/** Whether the row is what was sealed under this number. */
export function isAuthentic(row: SealedRow, seq: number, keys: ChainKeys): boolean {
  const key = keys.find(row.keyId);
  return key !== null && isSameHash(computeMac(row, { ...row, seq }, key), row.mac);
}
