/**
 * Every statement on `audit` that writes one. Rows are posted: they travel with the next statement
 * of the change they tell of, or with its commit.
 * Danger: no row may be written outside of the transaction of its change, and none is ever changed.
 */
import { assert } from '#kernel/decision.ts';
import { formatInstant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock, Ids } from '#kernel/ports.ts';
import { type Principal, roleIn } from '#kernel/principal.ts';
import type { AuditEntry } from '#kernel/words/audit-entry.ts';
import { type Acting, currentActing, type RecordAudit } from '#platform/http/acting.ts';
import { columnarInsert } from '#platform/postgres/columnar.ts';
import { postRows } from '#platform/postgres/postgres.ts';
import { renderSide } from './mask.ts';

const INSERT = columnarInsert('audit.insert', {
  table: 'audit',
  row: `
    project_id text, audit_id uuid, at timestamptz, principal_id text, principal_name text,
    auth_method text, role text, action text, object_kind text, object_id text, object_name text,
    before json, after json, request_id text, remote_address text, method text, route text,
    idempotency_key text
  `,
});

/** Reads who acts from the request that is being answered. */
export function createAuditRecorder(deps: {
  readonly clock: Clock;
  readonly ids: Ids;
}): RecordAudit {
  return (tx, given, by) => {
    const entries = [given].flat();
    const acting = currentActing();
    if (acting !== null) acting.isAccounted = true;
    if (entries.length === 0) return;
    const principal = by ?? acting?.principal ?? null;
    assert(principal !== null, `somebody has done ${entries[0]?.action}`);
    const now = deps.clock.now();
    const rows = entries.map((entry) => ({
      ...toRow(entry, principal, acting),
      audit_id: deps.ids.next(now),
      at: formatInstant(now),
    }));
    postRows(tx, INSERT, rows);
  };
}

function toRow(entry: AuditEntry, by: Principal, acting: Acting | null) {
  return {
    project_id: entry.projectId,
    principal_id: by.principalId,
    principal_name: clip(by.name),
    auth_method: by.authMethod,
    role: roleIn(by, entry.projectId),
    action: entry.action,
    object_kind: entry.object.kind,
    object_id: clip(entry.object.id),
    object_name: entry.object.name === null ? null : clip(entry.object.name),
    before: renderSide(entry.before),
    after: renderSide(entry.after),
    request_id: acting?.requestId ?? null,
    remote_address: acting?.remoteAddress ?? null,
    method: acting?.method ?? null,
    route: acting?.route ?? null,
    idempotency_key: acting?.idempotencyKey ?? null,
  };
}

/** Half a character at the end could not be stored. */
function clip(text: string): string {
  return text.slice(0, LIMITS.titleCharsMax).toWellFormed();
}
