/**
 * Looks at what is left when all kills are over, in two ways that do not share code: through the
 * API, as a person would, and in the tables themselves, in a session that cannot write.
 */
import type pg from 'pg';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { ADMIN_KEY } from '#test/crash/hub/hub-process.ts';
import { ask, isSuccess, readText } from './http.ts';
import { INVARIANTS, SCAN_TABLES } from './invariants.ts';

export type NotificationEnd = {
  readonly id: string;
  readonly subjectId: string;
  readonly transition: string;
  readonly status: string;
  readonly ambiguousCount: number;
};

export type Evidence = {
  /** Alert ids, with the status that the API tells. */
  readonly apiStatus: ReadonlyMap<string, string>;
  /** Own id -> how many alerts or first events are stored under it. */
  readonly storedCount: ReadonlyMap<string, number>;
  /** Own id of an event -> its id in the database. */
  readonly eventIds: ReadonlyMap<string, string>;
  /** Alerts with the time of an acknowledgement. */
  readonly acknowledged: ReadonlySet<string>;
  readonly notifications: readonly NotificationEnd[];
  readonly attemptCount: number;
  /** `promise: offender, offender`. */
  readonly violations: readonly string[];
};

export async function gatherEvidence(url: string, client: pg.Client): Promise<Evidence> {
  const apiStatus = await listAlertStatus(url);
  await client.query('begin read only');
  await client.query(SCAN_TABLES);
  const violations: string[] = [];
  for (const { promise, violations: query } of INVARIANTS) {
    const found = await findViolations(client, query);
    if (found.length > 0) violations.push(`${promise}: ${renderSome(found)}`);
  }
  const stored = await client.query<Stored>(STORED);
  const events = await client.query<{ id: string; event_id: string }>(EVENT_IDS);
  const answered = await client.query<{ alert_id: string }>(ACKNOWLEDGED);
  const ends = await client.query<EndRow>(NOTIFICATIONS);
  await client.query('rollback');
  return {
    apiStatus,
    storedCount: new Map(stored.rows.map(({ id, count }) => [id, count])),
    eventIds: new Map(events.rows.map((row) => [row.id, row.event_id])),
    acknowledged: new Set(answered.rows.map(({ alert_id: id }) => id)),
    notifications: ends.rows.map(parseEndRow),
    attemptCount: ends.rows.reduce((sum, row) => sum + row.attempts, 0),
    violations,
  };
}

export async function findViolations(client: pg.Client, query: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ what: string }>(query);
  return rows.map(({ what }) => what);
}

/** What still moves. Empty when the hub has come to rest. */
export async function findUnrest(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ what: string; count: number }>(UNREST);
  return rows.map(({ what, count }) => `${count} ${what}`).join(', ');
}

const SHOWN_MAX = 5;

export function renderSome(items: readonly string[]): string {
  const rest = items.length > SHOWN_MAX ? ` and ${items.length - SHOWN_MAX} more` : '';
  return `${items.slice(0, SHOWN_MAX).join(', ')}${rest}`;
}

type Stored = { readonly id: string; readonly count: number };
type EndRow = {
  readonly notification_id: string;
  readonly subject_id: string;
  readonly transition: string;
  readonly status: string;
  readonly attempts: number;
  readonly ambiguous: number;
};

function parseEndRow(row: EndRow): NotificationEnd {
  return {
    id: row.notification_id,
    subjectId: row.subject_id,
    transition: row.transition,
    status: row.status,
    ambiguousCount: row.ambiguous,
  };
}

const STORED = `
  select alert_id as id, count(*)::int from alert where alert_id like 'alert-%' group by alert_id
  union all
  select labels ->> 'crash_id', count(*)::int
    from alert where labels ? 'crash_id' group by labels ->> 'crash_id'
  union all
  select provider_event_id, count(*)::int
    from event where provider_event_id like 'event-%' and not is_duplicate
   group by provider_event_id`;

const EVENT_IDS = `
  select provider_event_id as id, event_id from event
   where provider_event_id like 'event-%' and not is_duplicate`;

const ACKNOWLEDGED = `
  select alert_id from alert
   where acknowledged_at is not null and status in ('ACKNOWLEDGED', 'RESOLVED')`;

const NOTIFICATIONS = `
  select n.notification_id, n.subject_id, n.transition, n.status,
         count(t.attempt_no)::int as attempts,
         count(*) filter (where t.outcome = 'ambiguous')::int as ambiguous
    from notification n
    left join attempt t
      on t.project_id = n.project_id and t.notification_id = n.notification_id
   group by n.project_id, n.notification_id`;

const UNREST = `
  select 'steps to come' as what, count(*)::int
    from escalation where due_kind in ('step', 'repeat') and claim_count < 3
  having count(*) > 0
  union all
  select 'notifications ' || status, count(*)::int
    from notification where status in ('pending', 'sending') group by status`;

const PAGE = 500;

async function listAlertStatus(url: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  let cursor = '';
  do {
    const what = `GET /api/v1/alerts?limit=${PAGE}${cursor}`;
    const answer = await ask({ url, what, key: ADMIN_KEY });
    if (!isSuccess(answer)) throw new Error(`${what} answered ${answer.status}`);
    for (const item of parseItems(answer.body)) {
      found.set(readIdentity(item), readText(item, 'status'));
    }
    const next = answer.body['next_cursor'];
    cursor = typeof next === 'string' ? `&cursor=${encodeURIComponent(next)}` : '';
  } while (cursor !== '');
  return found;
}

function parseItems(page: JsonObject): readonly JsonObject[] {
  return page['items'] as readonly JsonObject[];
}

/** The label, where the sender could not choose the id. */
function readIdentity(alert: JsonObject): string {
  const { labels } = alert;
  const own = isJsonObject(labels) ? readText(labels, 'crash_id') : '';
  return own === '' ? readText(alert, 'alert_id') : own;
}
