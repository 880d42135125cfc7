/**
 * Every statement on `source_pulse`: when sources were heard last, and which of them are silent.
 * Lock order: sorted by (project_id, source_id), or skipped when somebody else has them.
 */
import { projectId, sourceId } from '#kernel/id.ts';
import {
  formatInstant,
  formatInstantOrNull,
  type Instant,
  instantFromDate,
} from '#kernel/instant.ts';
import { columnarInsert, fillColumns } from '#platform/postgres/columnar.ts';
import {
  postRows,
  type Queryable,
  type Row,
  type Transaction,
} from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import { renderLatest } from './latest.store.ts';
import type { SourcePulse, SourceRef } from './pulse.ts';

const NOTE = columnarInsert('supervision.note_pulses', {
  table: 'source_pulse',
  row: 'project_id text, source_id uuid, last_heard_at timestamptz',
  orderBy: 'project_id, source_id',
  onConflict: `
    on conflict (project_id, source_id) do update
       set last_heard_at = ${renderLatest('last_heard_at', 'excluded.last_heard_at')},
           due_at = case when t.silent_since is null then t.due_at
                    else excluded.last_heard_at end
  `,
});

/** Not a sign of life: nobody knows who it was. */
const NOTE_REFUSAL = statement(
  'supervision.note_refusal',
  `
  insert into source_pulse as p (project_id, source_id, last_refused_at)
  values ($1, $2, $3)
  on conflict (project_id, source_id) do update
     set last_refused_at = greatest(p.last_refused_at, excluded.last_refused_at)
  `,
);

/** Who is watched already stays so since when it was. */
const WATCH = columnarInsert('supervision.watch_sources', {
  table: 'source_pulse',
  row: `
    project_id text, source_id uuid, silent_after_s integer, watch_from timestamptz,
    due_at timestamptz
  `,
  orderBy: 'project_id, source_id',
  onConflict: `
    on conflict (project_id, source_id) do update
       set silent_after_s = excluded.silent_after_s, due_at = excluded.due_at,
           watch_from = case when t.silent_after_s is null then excluded.watch_from
                        else t.watch_from end
  `,
});

const CLAIM = statement(
  'supervision.claim_due_sources',
  `
  select *
    from source_pulse
   where due_at <= $1
   order by due_at, project_id, source_id
   limit $2
     for update skip locked
  `,
);

/** Their rows are locked by the claim. */
const SAVE = statement(
  'supervision.save_pulses',
  `
  update source_pulse p
     set silent_since = r.silent_since, due_at = r.due_at
    from json_to_recordset($1::text::json) as r(
      project_id text, source_id uuid, silent_since timestamptz, due_at timestamptz
    )
   where p.project_id = r.project_id and p.source_id = r.source_id
  `,
);

const POSTPONE = statement(
  'supervision.postpone_source',
  `
  update source_pulse set due_at = $3 where project_id = $1 and source_id = $2 and due_at <= $3
  `,
);

const NEXT_DUE = statement(
  'supervision.next_due_source',
  'select due_at from source_pulse where due_at is not null order by due_at limit 1',
);

const LIST = statement(
  'supervision.list_pulses',
  `
  select p.*
    from source_pulse p
    join json_to_recordset($1::text::json) as r(project_id text, source_id uuid)
      on p.project_id = r.project_id and p.source_id = r.source_id
  `,
);

const COUNT_SILENT = statement(
  'supervision.count_silent_sources',
  'select count(*)::int as count from source_pulse where silent_since is not null',
);

export type HeardSource = SourceRef & { readonly at: Instant };

/** Each source once. */
export async function savePulses(db: Queryable, heard: readonly HeardSource[]): Promise<void> {
  const rows = heard.map((one) => ({
    project_id: one.projectId,
    source_id: one.sourceId,
    last_heard_at: formatInstant(one.at),
  }));
  const { statement: note, values } = fillColumns(NOTE, rows);
  await db.run(note, values);
}

/** A report of it was refused for its signature. */
export async function noteRefusal(db: Queryable, source: SourceRef, now: Instant): Promise<void> {
  await db.run(NOTE_REFUSAL, [source.projectId, source.sourceId, formatInstant(now)]);
}

export type WatchedSource = SourceRef & {
  /** Null: nothing is expected of it any more. */
  readonly silentAfterS: number | null;
};

export function postWatched(tx: Transaction, sources: readonly WatchedSource[], now: Instant) {
  if (sources.length === 0) return;
  const rows = sources.map((one) => ({
    project_id: one.projectId,
    source_id: one.sourceId,
    silent_after_s: one.silentAfterS,
    watch_from: formatInstant(now),
    due_at: formatInstant(now),
  }));
  postRows(tx, WATCH, rows);
}

/** Those that nobody else is looking at. */
export async function claimDuePulses(
  tx: Transaction,
  now: Instant,
  batchMax: number,
): Promise<readonly SourcePulse[]> {
  return (await tx.run(CLAIM, [formatInstant(now), batchMax])).map(parsePulseRow);
}

export function postPulses(tx: Transaction, pulses: readonly SourcePulse[]): void {
  if (pulses.length === 0) return;
  const rows = pulses.map((pulse) => ({
    project_id: pulse.projectId,
    source_id: pulse.sourceId,
    silent_since: formatInstantOrNull(pulse.silentSince),
    due_at: formatInstantOrNull(pulse.dueAt),
  }));
  tx.post(SAVE, [JSON.stringify(rows)]);
}

/** One whose look failed waits, and holds up nobody. */
export async function postponePulse(db: Queryable, ref: SourceRef, until: Instant) {
  await db.run(POSTPONE, [ref.projectId, ref.sourceId, formatInstant(until)]);
}

export async function findNextDuePulse(db: Queryable): Promise<Instant | null> {
  const [row] = await db.run(NEXT_DUE, []);
  return row === undefined ? null : parseTime(row['due_at']);
}

export async function listPulses(
  db: Queryable,
  refs: readonly SourceRef[],
): Promise<readonly SourcePulse[]> {
  if (refs.length === 0) return [];
  const rows = refs.map((ref) => ({ project_id: ref.projectId, source_id: ref.sourceId }));
  return (await db.run(LIST, [JSON.stringify(rows)])).map(parsePulseRow);
}

export async function countSilentSources(db: Queryable): Promise<number> {
  const [row] = await db.run(COUNT_SILENT, []);
  return Number(row?.['count'] ?? 0);
}

function parsePulseRow(row: Row): SourcePulse {
  return {
    projectId: projectId(row['project_id'] as string),
    sourceId: sourceId(row['source_id'] as string),
    lastHeardAt: parseTime(row['last_heard_at']),
    lastRefusedAt: parseTime(row['last_refused_at']),
    silentAfterS: row['silent_after_s'] as number | null,
    watchFrom: parseTime(row['watch_from']),
    silentSince: parseTime(row['silent_since']),
    dueAt: parseTime(row['due_at']),
  };
}

function parseTime(value: unknown): Instant | null {
  return value instanceof Date ? instantFromDate(value) : null;
}
