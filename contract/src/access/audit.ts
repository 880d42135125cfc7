/** The audit: who changed what, and the proof that nobody has changed that. */
import * as z from 'zod/mini';
import {
  freeJson,
  id,
  listOf,
  maybe,
  oneLine,
  pageQuery,
  projectId,
  timestamp,
} from '#contract/field.ts';
import { withShape } from '#contract/api/shape.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';

/** `-` is the hub itself: projects made, operators, logins. */
function scope() {
  return z.union([projectId(), z.literal('-')]);
}

const filterText = () => maybe(oneLine(WIRE_LIMITS.identifierCharsMax));

const filters = {
  project_id: maybe(scope()),
  principal: filterText(),
  action: filterText(),
  object: filterText(),
  since: maybe(timestamp()),
  until: maybe(timestamp()),
} as const;

export const auditQuery = z.extend(pageQuery, filters);
export type AuditQuery = z.output<typeof auditQuery>;

export const auditExportQuery = z.strictObject({
  ...filters,
  format: maybe(z.enum(['jsonl', 'csv'])),
});
export type AuditFilters = Omit<z.output<typeof auditExportQuery>, 'format'>;

export const auditAnswer = z.strictObject({
  id: id(),
  project_id: scope(),
  at: timestamp(),
  principal: z.strictObject({
    id: z.string(),
    name: z.string(),
    auth_method: z.string(),
    role: z.string(),
  }),
  action: z.string(),
  object: z.strictObject({ kind: z.string(), id: z.string(), name: z.nullable(z.string()) }),
  /** Null: it was not there. */
  before: freeJson(),
  /** Null: it is no more. */
  after: freeJson(),
  /** Null: the hub did it by itself. */
  request: z.nullable(
    z.strictObject({
      id: z.string(),
      remote_address: z.string(),
      method: z.string(),
      route: z.string(),
      idempotency_key: z.nullable(z.string()),
    }),
  ),
  /** Null: it is not sealed yet. */
  seal: z.nullable(
    z.strictObject({
      seq: z.int(),
      sealed_at: timestamp(),
      key_id: z.string(),
      mac: z.string(),
    }),
  ),
});
export type AuditAnswer = z.output<typeof auditAnswer>;

export const auditList = listOf(auditAnswer);

/** Where a chain had got to, as the log and `audit-heads.log` have it. */
const auditHead = z.strictObject({
  project_id: scope(),
  seq: z.int().check(z.gte(1), z.lte(Number.MAX_SAFE_INTEGER)),
  mac: withShape(z.string().check(z.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')), {
    type: 'string',
    pattern: '^[0-9a-f]{64}$',
  }),
});

export const auditVerification = z.strictObject({
  project_id: maybe(scope()),
  /** Kept elsewhere; those that this node has kept are compared with anyway. */
  heads: maybe(z.array(auditHead).check(z.maxLength(WIRE_LIMITS.auditWitnessesMax))),
});
export type AuditVerification = z.output<typeof auditVerification>;

const AUDIT_FAULTS = [
  'edited',
  'removed',
  'moved',
  'inserted',
  'cut',
  'rewritten',
  'head',
] as const;

const auditFault = z.strictObject({
  kind: z.enum(AUDIT_FAULTS),
  /** The number that is wrong, or the first of several. */
  seq: z.int(),
  until_seq: z.int(),
  /** The row that is wrong, where there is one. */
  audit_id: z.nullable(z.string()),
  /** When that row was written; of rows that are gone, when the last one before them was. */
  at: z.nullable(timestamp()),
  message: z.string(),
});

/** One line each, as they are found out. */
export const auditVerifyLine = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('progress'),
    project_id: scope(),
    rows: z.int(),
    rows_all: z.int(),
    chains_done: z.int(),
    chains_all: z.int(),
  }),
  z.strictObject({
    type: z.literal('chain'),
    project_id: scope(),
    is_intact: z.boolean(),
    rows: z.int(),
    /** The highest number that is proven. */
    last_seq: z.int(),
    /** Everything up to this number is as it was sealed, and until when that reaches. */
    intact_seq: z.int(),
    intact_at: z.nullable(timestamp()),
    /** Heads from outside that were compared with. */
    heads: z.int(),
    fault_count: z.int(),
    faults: z.array(auditFault),
  }),
  z.strictObject({
    type: z.literal('end'),
    is_intact: z.boolean(),
    chains: z.int(),
    rows: z.int(),
    /** Rows that are not sealed yet, and since when the oldest waits. */
    unsealed: z.int(),
    unsealed_since: z.nullable(timestamp()),
  }),
]);
export type AuditVerifyLine = z.output<typeof auditVerifyLine>;
