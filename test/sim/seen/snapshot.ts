/** The whole state of the database as the invariants look at it, read in one statement. */
import { sha256Hex } from '#kernel/crypto.ts';
import type { Database } from '#platform/postgres/postgres.ts';

/** Times are milliseconds since 1970. */
export type AlertRow = {
  readonly project_id: string;
  readonly alert_id: string;
  readonly alert_key: string;
  readonly source_id: string;
  readonly policy_id: string | null;
  readonly status: string;
  readonly outcome: string | null;
  readonly intent: string | null;
  readonly severity: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly fingerprint: string | null;
  readonly occurrence_count: number;
  readonly acknowledged_by: string | null;
  readonly created_at: number;
  readonly seen_at: number | null;
  readonly acknowledged_at: number | null;
  readonly ends_at: number | null;
  readonly closed_at: number | null;
  readonly closed_by: string | null;
  readonly assigned_to: string | null;
  readonly archived_at: number | null;
  readonly updated_at: number;
  readonly last_event_at: number;
  readonly version: number;
};

export type HeadRow = {
  readonly project_id: string;
  readonly alert_key: string;
  readonly current_alert_id: string | null;
  readonly episode_started_at: number | null;
  readonly is_episode_over: boolean;
};

export type EscalationRow = {
  readonly project_id: string;
  readonly alert_id: string;
  readonly level: number;
  readonly fired_level: number;
  readonly called_count: number;
  readonly called_responders: readonly string[];
  readonly declined_by: readonly string[];
  readonly round: number;
  readonly round_count: number;
  readonly resent_round: number;
  readonly stepped_at: number;
  readonly last_round_at: number;
  readonly again_label: string | null;
  readonly timed_out_at: number | null;
  readonly due_at: number | null;
  readonly due_kind: string | null;
  readonly lease_node: string | null;
  /** Claims that came to nothing so far. */
  readonly claim_count: number;
  readonly claimed_at: number | null;
};

export type TimelineRow = {
  readonly project_id: string;
  readonly alert_id: string;
  readonly entry_id: string;
  readonly at: number;
  readonly kind: string;
  readonly detail: string;
  readonly principal_name: string;
  readonly auth_method: string;
};

export type EventRow = {
  readonly project_id: string;
  readonly event_id: string;
  readonly source_id: string;
  readonly stage: string;
  readonly marker: string | null;
  readonly provider_event_id: string | null;
  readonly fingerprint: string | null;
  readonly alert_id: string | null;
  readonly is_duplicate: boolean;
};

export type NotificationRow = {
  readonly project_id: string;
  readonly notification_id: string;
  readonly subject_id: string;
  readonly subject_kind: string;
  readonly transition: string;
  readonly purpose: string;
  readonly round: number;
  readonly channel_id: string;
  readonly target: string;
  readonly recipient: string;
  readonly responder_id: string | null;
  readonly language: string;
  readonly rule_key: string;
  readonly status: string;
  readonly reason: string | null;
  readonly priority: string;
  readonly attempt_count: number;
  readonly try_count: number;
  readonly due_at: number;
  readonly is_possibly_duplicate: boolean;
  readonly delivered_at: number | null;
  readonly read_at: number | null;
};

export type AttemptRow = {
  readonly project_id: string;
  readonly notification_id: string;
  readonly attempt_no: number;
  readonly node_id: string;
  readonly started_at: number;
  readonly finished_at: number | null;
  readonly outcome: string | null;
};

/** Of what was done to alerts. */
export type AuditRow = {
  readonly project_id: string;
  readonly object_id: string;
  readonly action: string;
  readonly at: number;
};

export type NodeRow = {
  readonly node_id: string;
  readonly epoch: number;
  readonly expires_at: number;
};

export type Snapshot = {
  readonly alerts: readonly AlertRow[];
  readonly heads: readonly HeadRow[];
  readonly escalations: readonly EscalationRow[];
  readonly timeline: readonly TimelineRow[];
  readonly events: readonly EventRow[];
  readonly notifications: readonly NotificationRow[];
  readonly attempts: readonly AttemptRow[];
  readonly nodes: readonly NodeRow[];
  readonly audit: readonly AuditRow[];
};

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint as ${column}`;

const list = (name: string, query: string) =>
  `'${name}', (select coalesce(json_agg(r), '[]') from (${query}) r)`;

const READ = {
  name: 'sim.read',
  text: `select json_build_object(${[
    list(
      'alerts',
      `select project_id, alert_id, alert_key, source_id, policy_id, status, outcome, intent,
              severity,
              labels, fingerprint, occurrence_count, acknowledged_by, ${ms('created_at')},
              ${ms('seen_at')}, ${ms('acknowledged_at')}, ${ms('ends_at')}, ${ms('closed_at')},
              closed_by, assigned_to, version, ${ms('archived_at')}, ${ms('updated_at')},
              ${ms('last_event_at')}
         from alert order by project_id, alert_id`,
    ),
    list(
      'heads',
      `select project_id, alert_key, current_alert_id, ${ms('episode_started_at')},
              is_episode_over
         from alert_head order by project_id, alert_key`,
    ),
    list(
      'escalations',
      `select project_id, alert_id, level, fired_level, called_count, called_responders,
              declined_by, round, round_count, resent_round, ${ms('stepped_at')},
              ${ms('last_round_at')}, again_label, ${ms('timed_out_at')}, ${ms('due_at')},
              due_kind, lease_node, claim_count, ${ms('claimed_at')}
         from escalation order by project_id, alert_id`,
    ),
    list(
      'timeline',
      `select project_id, alert_id, entry_id, ${ms('at')}, kind, detail, principal_name,
              auth_method
         from timeline order by project_id, alert_id, entry_id`,
    ),
    list(
      'events',
      `select project_id, event_id, source_id, stage, annotations ->> 'sim' as marker,
              provider_event_id, fingerprint, alert_id, is_duplicate
         from event order by project_id, event_id`,
    ),
    list(
      'notifications',
      `select project_id, notification_id, subject_id, subject_kind, transition, purpose,
              round, channel_id, target, recipient, responder_id, language, rule_key, status,
              reason,
              priority, attempt_count, try_count, ${ms('due_at')}, is_possibly_duplicate,
              ${ms('delivered_at')}, ${ms('read_at')}
         from notification order by project_id, notification_id`,
    ),
    list(
      'attempts',
      `select project_id, notification_id, attempt_no, node_id, ${ms('started_at')},
              ${ms('finished_at')}, outcome
         from attempt order by project_id, notification_id, attempt_no`,
    ),
    list(
      'audit',
      `select project_id, object_id, action, ${ms('at')}
         from audit where object_kind = 'alert' order by project_id, at, audit_id`,
    ),
    list('nodes', `select node_id, epoch, ${ms('expires_at')} from node order by node_id`),
  ].join(', ')})::text as state`,
};

const SUSPECT_BASE = 4;
const SUSPECT_MS_MAX = 3_600_000;

/** When a due row may be claimed: at once, or later each time after claims that came to nothing. */
export function claimableAt(row: EscalationRow): number | null {
  if (row.due_at === null || row.claim_count === 0) return row.due_at;
  const waitMs = Math.min(SUSPECT_MS_MAX, 1_000 * SUSPECT_BASE ** row.claim_count);
  return Math.max(row.due_at, (row.claimed_at ?? 0) + waitMs);
}

export async function readSnapshot(database: Database): Promise<Snapshot> {
  const [row] = await database.run(READ, []);
  return parseSnapshot(String(row?.['state']));
}

function parseSnapshot(text: string): Snapshot {
  return JSON.parse(text) as Snapshot;
}

/** Equal for equal states: what a seed comes to. */
export function hashSnapshot(snapshot: Snapshot): string {
  return sha256Hex(JSON.stringify(snapshot)).slice(0, 16);
}

const TABLES = [
  'alert',
  'alert_head',
  'api_key',
  'attempt',
  'channel',
  'escalation',
  'event',
  'event_key',
  'hub_secret',
  'node',
  'notification',
  'policy',
  'policy_snapshot',
  'project',
  'responder',
  'rule',
  'source',
  'timeline',
];

/** The audit refuses to be emptied, until its owner takes the guard away. */
const EMPTYING = [
  'alter table audit disable trigger user',
  `truncate ${[...TABLES, 'audit', 'audit_head'].join(', ')} cascade`,
  'alter table audit enable trigger user',
];

/** Everything but the migrations: the next seed starts in an empty database. */
export async function emptyDatabase(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    for (const [at, text] of EMPTYING.entries())
      await tx.run({ name: `sim.empty_${at}`, text }, []);
  });
}
