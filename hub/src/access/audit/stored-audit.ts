/**
 * A row of the audit as it is read, and as a table for others. Pure. Danger: a spreadsheet takes a
 * cell that begins like a formula for one, and runs it; such cells get a quote in front.
 */
import { encodeHex } from '#kernel/crypto.ts';
import { formatInstant, type Instant } from '#kernel/instant.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';

export type StoredAudit = {
  readonly projectId: string;
  readonly auditId: string;
  readonly at: Instant;
  readonly principal: {
    readonly id: string;
    readonly name: string;
    readonly authMethod: string;
    readonly role: string;
  };
  readonly action: string;
  readonly object: { readonly kind: string; readonly id: string; readonly name: string | null };
  readonly before: JsonValue;
  readonly after: JsonValue;
  readonly request: AuditRequest | null;
  readonly seal: AuditSeal | null;
};

export type AuditRequest = {
  readonly id: string;
  readonly remoteAddress: string;
  readonly method: string;
  readonly route: string;
  readonly idempotencyKey: string | null;
};

export type AuditSeal = {
  readonly seq: number;
  readonly sealedAt: Instant;
  readonly keyId: string;
  readonly mac: Uint8Array;
};

type Column = readonly [string, (row: StoredAudit) => string | number | null];

const showJson = (value: JsonValue) => (value === null ? null : JSON.stringify(value));

const COLUMNS: readonly Column[] = [
  ['at', ({ at }) => formatInstant(at)],
  ['project_id', ({ projectId }) => projectId],
  ['principal_name', ({ principal }) => principal.name],
  ['principal_id', ({ principal }) => principal.id],
  ['auth_method', ({ principal }) => principal.authMethod],
  ['role', ({ principal }) => principal.role],
  ['action', ({ action }) => action],
  ['object_kind', ({ object }) => object.kind],
  ['object_id', ({ object }) => object.id],
  ['object_name', ({ object }) => object.name],
  ['before', ({ before }) => showJson(before)],
  ['after', ({ after }) => showJson(after)],
  ['remote_address', ({ request }) => request?.remoteAddress ?? null],
  ['method', ({ request }) => request?.method ?? null],
  ['route', ({ request }) => request?.route ?? null],
  ['request_id', ({ request }) => request?.id ?? null],
  ['idempotency_key', ({ request }) => request?.idempotencyKey ?? null],
  ['id', ({ auditId }) => auditId],
  ['seq', ({ seal }) => seal?.seq ?? null],
  ['sealed_at', ({ seal }) => (seal === null ? null : formatInstant(seal.sealedAt))],
  ['mac', ({ seal }) => (seal === null ? null : encodeHex(seal.mac))],
];

export function renderCsvHead(): string {
  return renderCells(COLUMNS.map(([name]) => name));
}

export function renderCsvLine(row: StoredAudit): string {
  return renderCells(COLUMNS.map(([, read]) => read(row)));
}

/** As RFC 4180 has it: lines end in CR LF, texts stand in quotes. */
function renderCells(cells: readonly (string | number | null)[]): string {
  return `${cells.map(renderCell).join(',')}\r\n`;
}

const FORMULA = /^[\s\0]*[=+\-@\t\r|%]/u;

function renderCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}
