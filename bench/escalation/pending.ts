/**
 * Open alerts whose next step is due when a bench wants it. They are raised through the API like
 * any others; then only their times are moved, all by the same span each, so that every row stays
 * as the hub wrote it: created a delay before its step is due.
 */
import type pg from 'pg';
import { type Hub, subscribe } from '#bench/contenders.ts';
import { renderAlerts } from '#bench/exchange.ts';
import { runClosed } from '#bench/load.ts';

const DAY_MS = 86_400_000;
const DELAY_S = 86_400;
const OPEN_MS = 20 * DAY_MS;
const BATCH = 100;
const CONNECTIONS = 8;

export type Numbers = { readonly first: number; readonly count: number };

/** One step after a day, told to one webhook; nothing is sent when an alert is raised. */
export async function configureStep(hub: Hub, webhookUrl: string): Promise<void> {
  await hub.post('/api/v1/policies', {
    name: 'bench',
    is_default: true,
    steps: [{ delay_s: DELAY_S, priority: 'high' }],
    repeat_every_s: null,
    min_interval_s: 0,
    expire_after_s: OPEN_MS / 1_000,
  });
  await subscribe(hub, webhookUrl, 'alert.escalated');
}

/** A multiple of a hundred alerts. */
export async function raiseAlerts(hub: Hub, numbers: Numbers): Promise<void> {
  const content = {
    path: '/api/v2/alerts',
    headers: hub.adminHeaders,
    body: renderAlerts(BATCH, new Date(), OPEN_MS),
  };
  const { refused, failed } = await runClosed(hub.url, content, {
    firstNumber: numbers.first,
    connections: CONNECTIONS,
    durationMs: null,
    requestsMax: numbers.count / BATCH,
  });
  if (refused + failed > 0) throw new Error(`${refused + failed} batches were refused`);
}

const MOVE = `
  with wanted as materialized (
    select a.project_id, a.alert_id, a.created_at,
           to_timestamp($3::float8 / 1000)
             + interval '1 millisecond' * floor($4::float8 * (n.number - $1) / $2) as due_at
      from alert a
     cross join lateral (
       select substr(a.labels ->> 'instance', 6, 10)::bigint as number
     ) n
     where n.number >= $1 and n.number < $1::bigint + $2::bigint
  ), moved as (
    update alert a
       set created_at = w.due_at - interval '1 second' * $5::float8
      from wanted w
     where a.project_id = w.project_id and a.alert_id = w.alert_id
  )
  update escalation e
     set due_at = w.due_at,
         stepped_at = w.due_at - interval '1 second' * $5::float8,
         last_round_at = w.due_at - interval '1 second' * $5::float8
    from wanted w
   where e.project_id = w.project_id and e.alert_id = w.alert_id and e.due_kind = 'step'
`;

/** When each alert is due, by its number. */
export type DueTimes = ReadonlyMap<number, number>;

/** They become due evenly over the span, the first at `startsAtMs` (since 1970). */
export async function spreadDue(
  client: pg.Client,
  numbers: Numbers,
  when: { readonly startsAtMs: number; readonly spanMs: number },
): Promise<DueTimes> {
  const { first, count } = numbers;
  const moved = await client.query(MOVE, [first, count, when.startsAtMs, when.spanMs, DELAY_S]);
  if (moved.rowCount !== count) throw new Error(`${moved.rowCount} of ${count} rows were moved`);
  return planDue(numbers, when);
}

/** The same as the statement says, for whoever measures. */
export function planDue(
  { first, count }: Numbers,
  when: { readonly startsAtMs: number; readonly spanMs: number },
): DueTimes {
  const dueMs = (index: number) => when.startsAtMs + Math.floor((when.spanMs * index) / count);
  return new Map(Array.from({ length: count }, (_, index) => [first + index, dueMs(index)]));
}

/** As an hour of being moved one by one would have left the tables. */
export async function tidyTables(client: pg.Client): Promise<void> {
  await client.query('vacuum analyze alert, escalation, alert_head, notification');
}

export type Round = {
  readonly number: number;
  /** Since 1970. Decided: shortly before its commit. Started: its commit was before. */
  readonly decidedMs: number;
  readonly startedMs: number;
  readonly isPossiblyDuplicate: boolean;
};

const READ_ROUNDS = `
  select substr(a.labels ->> 'instance', 6, 10)::int as number,
         floor(extract(epoch from n.created_at) * 1000)::float8 as decided_ms,
         floor(extract(epoch from t.started_at) * 1000)::float8 as started_ms,
         n.is_possibly_duplicate
    from notification n
    join alert a on a.project_id = n.project_id and a.alert_id = n.subject_id
    join attempt t on t.project_id = n.project_id and t.notification_id = n.notification_id
     and t.attempt_no = 1
   where n.event_type = 'alert.escalated'
`;

export async function readRounds(client: pg.Client): Promise<ReadonlyMap<number, Round>> {
  const { rows } = await client.query<Record<string, unknown>>(READ_ROUNDS);
  return new Map(rows.map(parseRound).map((round) => [round.number, round]));
}

function parseRound(row: Readonly<Record<string, unknown>>): Round {
  return {
    number: row['number'] as number,
    decidedMs: row['decided_ms'] as number,
    startedMs: row['started_ms'] as number,
    isPossiblyDuplicate: row['is_possibly_duplicate'] as boolean,
  };
}
