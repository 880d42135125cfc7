/** Chains for tests. */
import { createChainKeys, NO_HEAD, type SealedRow, sealRows, type UnsealedRow } from './chain.ts';

export const KEYS = createChainKeys(new Uint8Array(32).fill(7));

export function keyOf(id: string): Uint8Array {
  const key = KEYS.find(id);
  if (key === null) throw new Error(`no key ${id}`);
  return key;
}

export function makeRow(number: number, more: Partial<UnsealedRow> = {}): UnsealedRow {
  return {
    projectId: 'default',
    auditId: `0190a000-0000-7000-8000-${String(number).padStart(12, '0')}`,
    atUs: String(1_700_000_000_000_000 + number),
    columns: [
      'ada',
      'Ada',
      'api_key',
      'admin',
      'rule.updated',
      'rule',
      `r${number}`,
      null,
      '{"a":1}',
      null,
      'q',
      '127.0.0.1',
      'PATCH',
      '/api/v1/rules/:id',
      null,
    ],
    ...more,
  };
}

export function makeChain(length: number): readonly SealedRow[] {
  const rows = Array.from({ length }, (_, index) => makeRow(index + 1));
  return sealRows(NO_HEAD, rows, { keyId: 'a1', key: keyOf('a1'), sealedAtUs: '1700000001000000' });
}
