/**
 * Every statement on `escalation`: the due rows. A row is claimed through the lock of its alert
 * (`for update of alert skip locked`), so that the order alert, then escalation holds everywhere.
 */
import { alertId, projectId } from '#kernel/id.ts';
import {
  formatInstant,
  formatInstantOrNull,
  type Instant,
  instantFromDate,
} from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { columnarInsert } from '#platform/postgres/columnar.ts';
import {
  postRows,
  type Queryable,
  type Row,
  type Transaction,
} from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { Escalation } from './round.ts';

const ESCALATION_ROW = `
  project_id text, alert_id text, snapshot_id text, level integer, fired_level integer,
  called_responders jsonb, declined_by jsonb, round integer,
  round_count integer, resent_round integer, called_count integer, again_label text,
  timed_out_at timestamptz, stepped_at timestamptz,
  last_round_at timestamptz, due_at timestamptz, due_kind text, claim_count integer
`;

const INSERT = columnarInsert('escalation.insert', { table: 'escalation', row: ESCALATION_ROW });

/**
 * A decided row is no longer claimed, and not suspect any more. An upsert of the whole row finds it
 * by its key whatever the planner believes; `update ... from` read whole tables.
 */
const SAVE = columnarInsert('escalation.save', {
  table: 'escalation',
  row: ESCALATION_ROW,
  onConflict: `
    on conflict (project_id, alert_id) do update
       set level = excluded.level, fired_level = excluded.fired_level,
           called_responders = excluded.called_responders,
           declined_by = excluded.declined_by, round = excluded.round,
           round_count = excluded.round_count, resent_round = excluded.resent_round,
           called_count = excluded.called_count, again_label = excluded.again_label,
           timed_out_at = excluded.timed_out_at, stepped_at = excluded.stepped_at,
           last_round_at = excluded.last_round_at, due_at = excluded.due_at,
           due_kind = excluded.due_kind, claim_count = 0, lease_node = null,
           lease_epoch = null
  `,
});

const LOAD = statement(
  'escalation.load',
  `
  select e.*
    from escalation e
    join json_to_recordset($1::text::json) as r(project_id text, alert_id text)
      on e.project_id = r.project_id and e.alert_id = r.alert_id
  `,
);

/** Rows of a dead node are free; our own are what a lost answer left behind. */
const IS_FREE = `
  (e.lease_node is null or e.lease_node = $2 or not exists (
    select from node n where n.node_id = e.lease_node and n.expires_at > $1
  ))
`;

/** `which` rows, through the locks of their alerts. */
const claimStatement = (name: string, which: string, order: string) =>
  statement(
    name,
    `
    with due as materialized (
      select e.project_id, e.alert_id
        from escalation e
       where e.due_at <= $1 and ${which} and ${IS_FREE}
       order by ${order}, e.project_id, e.alert_id
       limit $4
    ), free as (
      select a.project_id, a.alert_id
        from due d
        join alert a on a.project_id = d.project_id and a.alert_id = d.alert_id
       order by a.project_id, a.alert_id
         for update of a skip locked
    )
    update escalation e
       set claim_count = e.claim_count + 1, claimed_at = $1, lease_node = $2, lease_epoch = $3
      from free
     where e.project_id = free.project_id and e.alert_id = free.alert_id
    returning e.project_id, e.alert_id, e.due_at, e.claim_count
    `,
  );

const CLAIM = claimStatement('escalation.claim', 'e.claim_count = 0', 'e.due_at');

/** Waits 4, 16, 64, ... seconds after each claim that came to nothing, an hour at most. */
const CLAIM_SUSPECT = claimStatement(
  'escalation.claim_suspect',
  `e.claim_count > 0
       and coalesce(e.claimed_at, e.due_at) + least(
         interval '1 hour', interval '1 second' * 4 ^ least(e.claim_count, 10)
       ) <= $1`,
  'e.claim_count, e.claimed_at',
);

/**
 * Claims that came to nothing through no fault of their rows. Never waits for a row, and leaves
 * alone what has been decided, or claimed by somebody else, since.
 */
const SPARE = statement(
  'escalation.spare',
  `
  with spared as (
    select e.project_id, e.alert_id
      from escalation e
      join json_to_recordset($1::text::json) as r(
        project_id text, alert_id text, claim_count integer
      ) on e.project_id = r.project_id and e.alert_id = r.alert_id
     where e.lease_node = $2 and e.claim_count = r.claim_count
     order by e.project_id, e.alert_id
       for update of e skip locked
  )
  update escalation e
     set claim_count = e.claim_count - 1, lease_node = null, lease_epoch = null
    from spared s
   where e.project_id = s.project_id and e.alert_id = s.alert_id
  `,
);

const NEXT_DUE = statement(
  'escalation.next_due',
  `
  select due_at
    from escalation
   where due_at is not null and claim_count = 0
   order by due_at
   limit 1
  `,
);

const COUNT_SET_ASIDE = statement(
  'escalation.count_set_aside',
  `select count(*)::int as count from escalation where claim_count > 0 and claim_count >= $1`,
);

/** Whoever has seen or taken an alert counts as called, so that no status need be looked up. */
const COUNT_NOBODY = statement(
  'escalation.count_nobody',
  `
  select count(*)::int as count
    from (select 1 from escalation where called_count = 0 and due_at is not null limit $1) few
  `,
);

const DELETE = statement(
  'escalation.delete',
  `
  delete from escalation e
   using json_to_recordset($1::text::json) as r(project_id text, alert_id text)
   where e.project_id = r.project_id and e.alert_id = r.alert_id
  `,
);

export type AlertRef = Pick<Escalation, 'projectId' | 'alertId'>;

export type DueClaim = AlertRef & {
  readonly dueAt: Instant;
  /** How often it was claimed without having been decided, this time included. */
  readonly claimCount: number;
};

export function postNewEscalations(tx: Transaction, rows: readonly Escalation[]): void {
  if (rows.length > 0) postRows(tx, INSERT, rows.map(toRow));
}

export function postEscalations(tx: Transaction, rows: readonly Escalation[]): void {
  if (rows.length > 0) postRows(tx, SAVE, rows.map(toRow));
}

export async function loadEscalations(
  tx: Queryable,
  refs: readonly AlertRef[],
): Promise<readonly Escalation[]> {
  if (refs.length === 0) return [];
  const rows = refs.map((ref) => ({ project_id: ref.projectId, alert_id: ref.alertId }));
  return (await tx.run(LOAD, [JSON.stringify(rows)])).map(parseEscalationRow);
}

export type Lease = { readonly nodeId: string; readonly epoch: number };

/** Counts the claim before anything is decided, so that a row that kills us is found out. */
export async function claimDue(
  db: Queryable,
  lease: Lease,
  bounds: { readonly now: Instant; readonly batchMax: number },
): Promise<readonly DueClaim[]> {
  const values = [formatInstant(bounds.now), lease.nodeId, lease.epoch, bounds.batchMax];
  return (await db.run(CLAIM, values)).map(parseClaim);
}

/**
 * One row whose decision broke before, by whatever it was: a row that breaks it alone must not
 * take others along, and one that only stood beside it must not be given up.
 */
export async function claimSuspect(
  db: Queryable,
  lease: Lease,
  now: Instant,
): Promise<DueClaim | null> {
  const values = [formatInstant(now), lease.nodeId, lease.epoch, 1];
  const [row] = await db.run(CLAIM_SUSPECT, values);
  return row === undefined ? null : parseClaim(row);
}

export async function spareClaims(
  db: Queryable,
  lease: Lease,
  claims: readonly DueClaim[],
): Promise<void> {
  const rows = claims.map(({ projectId: project, alertId: alert, claimCount }) => ({
    project_id: project,
    alert_id: alert,
    claim_count: claimCount,
  }));
  await db.run(SPARE, [JSON.stringify(rows), lease.nodeId]);
}

export async function findNextDue(db: Queryable): Promise<Instant | null> {
  const [row] = await db.run(NEXT_DUE, []);
  return row === undefined ? null : parseTime(row['due_at']);
}

/** Open alerts that reach nobody; counted up to `max`. */
export async function countNobodyCalled(db: Queryable, max: number): Promise<number> {
  const [row] = await db.run(COUNT_NOBODY, [max]);
  return Number(row?.['count'] ?? 0);
}

/** Rows that broke their decision so often that somebody must look. */
export async function countSetAside(db: Queryable): Promise<number> {
  const [row] = await db.run(COUNT_SET_ASIDE, [LIMITS.poisonClaimsMax]);
  return Number(row?.['count'] ?? 0);
}

/** Of alerts that are forgotten, under their locks. */
export async function deleteEscalations(tx: Queryable, refs: readonly AlertRef[]): Promise<void> {
  const rows = refs.map((ref) => ({ project_id: ref.projectId, alert_id: ref.alertId }));
  await tx.run(DELETE, [JSON.stringify(rows)]);
}

function toRow(escalation: Escalation) {
  return {
    project_id: escalation.projectId,
    alert_id: escalation.alertId,
    snapshot_id: escalation.snapshotId,
    level: escalation.level,
    fired_level: escalation.firedLevel,
    called_responders: escalation.calledResponders,
    declined_by: escalation.declinedBy,
    round: escalation.round,
    round_count: escalation.roundCount,
    resent_round: escalation.resentRound,
    called_count: escalation.calledCount,
    again_label: escalation.againLabel,
    timed_out_at: formatInstantOrNull(escalation.timedOutAt),
    stepped_at: formatInstant(escalation.steppedAt),
    last_round_at: formatInstant(escalation.lastRoundAt),
    due_at: formatInstantOrNull(escalation.dueAt),
    due_kind: escalation.dueKind,
    claim_count: 0,
  };
}

/** One row of `escalation`, as `select *` gives it. */
export function parseEscalationRow(row: Row): Escalation {
  return {
    projectId: projectId(row['project_id'] as string),
    alertId: alertId(row['alert_id'] as string),
    snapshotId: row['snapshot_id'] as string,
    level: row['level'] as number,
    firedLevel: row['fired_level'] as number,
    calledResponders: row['called_responders'] as Escalation['calledResponders'],
    declinedBy: row['declined_by'] as Escalation['declinedBy'],
    round: row['round'] as number,
    roundCount: row['round_count'] as number,
    resentRound: row['resent_round'] as number,
    calledCount: row['called_count'] as number,
    againLabel: row['again_label'] as string | null,
    timedOutAt: parseTime(row['timed_out_at']),
    steppedAt: instantFromDate(row['stepped_at'] as Date),
    lastRoundAt: instantFromDate(row['last_round_at'] as Date),
    dueAt: parseTime(row['due_at']),
    dueKind: row['due_kind'] as Escalation['dueKind'],
  };
}

function parseClaim(row: Row): DueClaim {
  return {
    projectId: projectId(row['project_id'] as string),
    alertId: alertId(row['alert_id'] as string),
    dueAt: instantFromDate(row['due_at'] as Date),
    claimCount: row['claim_count'] as number,
  };
}

function parseTime(value: unknown): Instant | null {
  return value instanceof Date ? instantFromDate(value) : null;
}
