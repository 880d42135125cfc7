/**
 * Fills a migrated database with as much as a year of a busy hub leaves behind, in the proportions
 * that matter to the planner: nearly everything is over, a little is due. With half as many rows
 * reading a whole table is rightly the cheaper plan for a full batch.
 */
import type pg from 'pg';

const COUNT = 40_000;

/** Values that statements can be tried with. */
export const FILLED = {
  now: '2026-11-22T12:00:00.000Z',
  keysBefore: '2026-11-08T12:10:00.000Z',
  projectId: 'project-3',
  alertId: 'alert-13',
  boxId: 'box-13',
  channelId: '0190a000-0000-7000-8000-000000000003',
} as const;

/** Row n belongs to project n mod 10 and is n minutes old; one in twenty is still open. */
const COMMON = `
  select 'project-' || n % 10 as project_id, 'alert-' || n as alert_id,
         ('0190a000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid as id,
         ('0190a000-0000-7000-8000-' || lpad(to_hex(n % 10), 12, '0'))::uuid as channel_id,
         timestamptz '${FILLED.now}' - n * interval '1 minute' as at,
         n / 10 % 20 = 1 as is_open, n
    from generate_series(1, ${COUNT}) as n`;

const HEADS = `
  insert into alert_head (project_id, alert_key, current_alert_id, is_episode_over, updated_at)
  select project_id, id, alert_id, not is_open, at from (${COMMON}) as r`;

const ALERTS = `
  insert into alert (project_id, alert_id, alert_key, source_id, status, version, title, severity,
    priority, labels, annotations, "analyse", is_test, occurrence_count, outcome, created_at,
    updated_at, last_event_at, resolved_at)
  select project_id, alert_id, id, id, case when is_open then 'PENDING' else 'RESOLVED' end, 1,
         'Door of cabinet ' || n, 'high', 'high', '{"site": "north"}', '{}', '{}', false, 1,
         case when is_open then null else 'fixed' end, at, at, at,
         case when is_open then null else at end
    from (${COMMON}) as r`;

/** Some due now, some later; most wait for nothing any more. */
const ESCALATIONS = `
  insert into escalation (project_id, alert_id, snapshot_id, level, round, round_count,
    resent_round, called_count, stepped_at, last_round_at, due_at, due_kind, claim_count)
  select project_id, alert_id, 'snapshot', 0, 0, 1, -1, 1, at, at,
         case when is_open
           then timestamptz '${FILLED.now}' + (n - 500) * interval '1 second' end,
         case when is_open then 'repeat' end, 0
    from (${COMMON}) as r`;

const NOTIFICATION_COLUMNS = `project_id, notification_id, subject_id, subject_kind, transition,
  purpose, round, channel_id, target, rule_key, event_type, event_payload, priority, status,
  attempt_count, try_count, max_attempts, retry, due_at, is_possibly_duplicate, lease_node,
  lease_epoch, created_at, sent_at, finished_at`;

const NOTIFICATIONS = `
  insert into notification (${NOTIFICATION_COLUMNS})
  select project_id, id, alert_id, 'alert', 'created', 'call', 0, channel_id, 'default', 'policy',
         'alert.created', '{}', 'high', status, 1, 1, 5, 'urgent', at, false,
         case when status = 'sending' then id end, case when status = 'sending' then 1 end,
         at, case when status = 'sent' then at end, case when status = 'sent' then at end
    from (
      select *, case when is_open then 'pending' when n % 1000 = 7 then 'sending' else 'sent' end
               as status
        from (${COMMON}) as r
    ) as r`;

const EVENT_KEYS = `
  insert into event_key (project_id, source_id, provider_event_id, event_id, alert_id, received_at)
  select project_id, channel_id, 'sent-' || n, id, alert_id, at from (${COMMON}) as r`;

const PROJECTS = `
  insert into project (project_id, name, version, created_at, updated_at)
  select distinct project_id, project_id, 1, timestamptz '${FILLED.now}',
         timestamptz '${FILLED.now}'
    from (${COMMON}) as r
  on conflict do nothing`;

const DEVICE_COLUMNS = `project_id, device_id, parent_id, camera_id, kind, details, is_watched,
  is_live, silent_since, first_seen_at, last_seen_at, last_heartbeat_at, last_frame_at, due_at,
  version, created_at, updated_at`;

/** Boxes with one camera each: looked at in the next minutes, but for few that are silent. */
const DEVICES = `
  insert into device (${DEVICE_COLUMNS})
  select project_id, 'box-' || n, null, null, 'care', '{}', true, null,
         case when n % 1000 = 7 then at end, at, at, at, null,
         case when n % 1000 <> 7
           then timestamptz '${FILLED.now}' + (n - 100) * interval '1 second' end,
         1, at, at
    from (${COMMON}) as r`;

const CAMERAS = `
  insert into device (${DEVICE_COLUMNS})
  select project_id, 'box-' || n || '/cam', 'box-' || n, 'cam', 'camera', '{}', true, true,
         null::timestamptz, at, at, at, at, null::timestamptz, 1, at, at
    from (${COMMON}) as r`;

export async function fillDatabase(client: pg.Client): Promise<void> {
  const all = [PROJECTS, HEADS, ALERTS, ESCALATIONS, NOTIFICATIONS, EVENT_KEYS, DEVICES, CAMERAS];
  for (const text of all) {
    await client.query(text);
  }
  await client.query('vacuum analyze');
}
