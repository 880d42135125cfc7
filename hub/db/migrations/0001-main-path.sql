-- The main path: who may report, what was reported, the alert it became, when people are called,
-- and what was sent to whom.
--
-- project_id leads every primary key and the indexes of reads, so that the schema can be sharded
-- by project. Worker indexes lead with the due time, credential look-ups with the hash. Tables
-- without a project are global: node, hub_secret (and migration, which the runner makes).
-- Times are written by the hub's clock in whole milliseconds; nothing here defaults to the
-- database's own time.

create table project (
  project_id text not null,
  name text not null,
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint project_pk primary key (project_id),
  constraint project_id_is_a_slug check (project_id ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
  constraint project_version_positive check (version >= 1)
);

-- access ----------------------------------------------------------------------------------------

create table api_key (
  project_id text not null,
  key_id uuid not null,
  name text not null,
  role text not null,
  key_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  constraint api_key_pk primary key (project_id, key_id),
  constraint api_key_of_project foreign key (project_id) references project (project_id),
  constraint api_key_role_known
    check (role in ('viewer', 'responder', 'operator', 'admin', 'ingest')),
  constraint api_key_hash_is_sha256 check (octet_length(key_hash) = 32)
);
create unique index api_key_by_hash on api_key (key_hash);

-- escalation: policies --------------------------------------------------------------------------

create table policy (
  project_id text not null,
  policy_id uuid not null,
  name text not null,
  document jsonb not null,
  snapshot_id text not null,
  is_default boolean not null,
  is_built_in boolean not null,
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint policy_pk primary key (project_id, policy_id),
  constraint policy_of_project foreign key (project_id) references project (project_id),
  constraint policy_name_once unique (project_id, name),
  constraint policy_version_positive check (version >= 1)
);
create unique index policy_default_once on policy (project_id) where is_default;

-- What a policy said when an alert was raised. Named by its content and never changed, so that
-- editing a policy changes later alerts only, and a million alerts share one row.
create table policy_snapshot (
  project_id text not null,
  snapshot_id text not null,
  policy_id uuid not null,
  document jsonb not null,
  created_at timestamptz not null,
  constraint policy_snapshot_pk primary key (project_id, snapshot_id)
);

-- intake ----------------------------------------------------------------------------------------

create table source (
  project_id text not null,
  source_id uuid not null,
  name text not null,
  kind text not null,
  token_hash bytea,
  severity_default text not null,
  policy_id uuid,
  silent_after_s integer,
  dedup_window_s integer,
  mapping jsonb not null,
  is_built_in boolean not null,
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint source_pk primary key (project_id, source_id),
  constraint source_of_project foreign key (project_id) references project (project_id),
  constraint source_policy_of_same_project
    foreign key (project_id, policy_id) references policy (project_id, policy_id),
  constraint source_name_once unique (project_id, name),
  constraint source_kind_known check (kind in ('native', 'alertmanager')),
  constraint source_severity_known
    check (severity_default in ('critical', 'high', 'medium', 'low', 'info')),
  constraint source_token_hash_is_sha256
    check (token_hash is null or octet_length(token_hash) = 32),
  constraint source_token_unless_built_in check (is_built_in or token_hash is not null),
  constraint source_silence_positive check (silent_after_s is null or silent_after_s >= 1),
  constraint source_window_positive check (dedup_window_s is null or dedup_window_s >= 1)
);
create unique index source_by_token_hash on source (token_hash) where token_hash is not null;
create unique index source_built_in_once on source (project_id, kind) where is_built_in;

-- One inbound report as received and redacted; never changed. Partitioned by its time-ordered id,
-- so that retention drops partitions. No foreign key leads here.
create table event (
  project_id text not null,
  event_id uuid not null,
  source_id uuid not null,
  channel_type text not null,
  provider text,
  stage text not null,
  provider_event_id text,
  channel_chat_id text,
  title text,
  content_preview text,
  content_redacted text,
  has_redacted_content boolean not null,
  redaction_version text not null,
  source_url text,
  content_sha256 text,
  content_length integer,
  source_refs jsonb,
  source_ref_count integer not null,
  log_correlation jsonb,
  alertname text,
  severity text,
  namespace text,
  target_resource text,
  fingerprint text,
  labels jsonb not null,
  annotations jsonb not null,
  payload jsonb,
  run_id text,
  alert_id text,
  is_duplicate boolean not null,
  duplicate_of uuid,
  synthetic boolean not null,
  provider_ts timestamptz,
  received_at timestamptz not null,
  constraint event_pk primary key (project_id, event_id),
  constraint event_stage_known
    check (stage in ('received', 'updated', 'resolved', 'heartbeat')),
  constraint event_duplicate_names_its_first check (is_duplicate = (duplicate_of is not null))
) partition by range (event_id);

-- Takes what no partition was made for in time; empty as long as the hub makes them ahead.
create table event_rest partition of event default;

-- The first event of a sender's own id. Narrow and apart, because a unique key on the partitioned
-- table would have to contain the partition key.
create table event_key (
  project_id text not null,
  source_id uuid not null,
  provider_event_id text not null,
  event_id uuid not null,
  alert_id text,
  received_at timestamptz not null,
  constraint event_key_pk primary key (project_id, source_id, provider_event_id)
);
create index event_key_by_age on event_key (received_at);

-- alert -----------------------------------------------------------------------------------------

-- One row per problem, made before its first alert: it is the lock under which alerts of that
-- problem are raised (a row that does not exist cannot be locked).
create table alert_head (
  project_id text not null,
  alert_key uuid not null,
  current_alert_id text,
  previous_alert_id text,
  episode_started_at timestamptz,
  episode_ends_at timestamptz,
  is_episode_over boolean not null,
  -- The last end that a sender announced. One of a pair of senders repeats it for a while.
  last_ended_at timestamptz,
  updated_at timestamptz not null,
  constraint alert_head_pk primary key (project_id, alert_key),
  constraint alert_head_previous_is_another check (previous_alert_id <> current_alert_id)
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create table alert (
  project_id text not null,
  alert_id text not null,
  alert_key uuid not null,
  source_id uuid not null,
  policy_id uuid,
  status text not null,
  version integer not null,
  title text not null,
  severity text not null,
  priority text not null,
  labels jsonb not null,
  annotations jsonb not null,
  fingerprint text,
  device_id text,
  camera_id text,
  area_id text,
  image text,
  audio_relay_ws text,
  camera_ip_map jsonb,
  "analyse" jsonb not null,
  source_url text,
  is_test boolean not null,
  occurrence_count integer not null,
  previous_alert_id text,
  intent text,
  outcome text,
  acknowledged_by text,
  closed_by text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  last_event_at timestamptz not null,
  started_at timestamptz,
  ends_at timestamptz,
  delivered_at timestamptz,
  seen_at timestamptz,
  acknowledged_at timestamptz,
  resolved_at timestamptz,
  expired_at timestamptz,
  closed_at timestamptz,
  archived_at timestamptz,
  constraint alert_pk primary key (project_id, alert_id),
  -- The characters are checked by the contract: a regex here cost a sixth of an insert.
  constraint alert_id_bounded check (length(alert_id) between 1 and 128),
  constraint alert_status_known check (
    status in ('PENDING', 'DELIVERED', 'SEEN', 'ACKNOWLEDGED', 'RESOLVED', 'EXPIRED')
  ),
  constraint alert_severity_known
    check (severity in ('critical', 'high', 'medium', 'low', 'info')),
  constraint alert_priority_known
    check (priority in ('normal', 'high', 'critical', 'emergency')),
  constraint alert_intent_known check (intent in ('seen', 'calling', 'on_site')),
  constraint alert_outcome_known check (
    outcome in (
      'help_sent', 'false_alarm', 'fixed', 'duplicate', 'test', 'resolved_by_source',
      'unconfirmed'
    )
  ),
  constraint alert_counts_positive check (occurrence_count >= 1 and version >= 1),
  constraint alert_delivered_has_its_time
    check (status <> 'DELIVERED' or delivered_at is not null),
  constraint alert_seen_has_its_time check (status <> 'SEEN' or seen_at is not null),
  constraint alert_acknowledged_has_its_person check (
    status <> 'ACKNOWLEDGED' or (acknowledged_at is not null and acknowledged_by is not null)
  ),
  constraint alert_resolved_has_time_and_outcome
    check ((status = 'RESOLVED') = (resolved_at is not null and outcome is not null)),
  constraint alert_expired_has_its_time check ((status = 'EXPIRED') = (expired_at is not null)),
  constraint alert_closed_only_when_over
    check (closed_at is null or status in ('RESOLVED', 'EXPIRED')),
  constraint alert_closed_by_someone check ((closed_at is null) = (closed_by is null))
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- Behind the head's lock: one problem never has two open alerts, whatever the code does.
create unique index alert_open_once on alert (project_id, alert_key)
  where status in ('PENDING', 'DELIVERED', 'SEEN', 'ACKNOWLEDGED');
create index alert_newest on alert (project_id, created_at desc, alert_id desc);

create table timeline (
  project_id text not null,
  alert_id text not null,
  entry_id uuid not null,
  at timestamptz not null,
  kind text not null,
  detail text not null,
  principal_id text not null,
  principal_name text not null,
  auth_method text not null,
  constraint timeline_pk primary key (project_id, alert_id, entry_id),
  constraint timeline_kind_known check (
    kind in (
      'CREATED', 'ESCALATED', 'NOTIFICATION_SENT', 'NOTIFICATION_RESENT', 'NOTIFICATION_FAILED',
      'STATUS_CHANGED', 'RECEIPT', 'JOINED', 'STEP_SKIPPED', 'NOTE', 'ASSIGNED', 'WORK_ORDER',
      'CLOSED'
    )
  )
);

-- escalation: what is due -----------------------------------------------------------------------

-- One row per alert that is not over, with the one moment at which something is due for it.
create table escalation (
  project_id text not null,
  alert_id text not null,
  snapshot_id text not null,
  level integer not null,
  round integer not null,
  round_count integer not null,
  -- The last round that was sent again because nothing of it was delivered; -1 = none.
  resent_round integer not null,
  -- How many messages the last round came to; 0 = nobody is called.
  called_count integer not null,
  -- Someone has it, and it happened again: one more round is owed, under this label.
  again_label text,
  -- When an acknowledgement last ran out without the alert being over.
  timed_out_at timestamptz,
  stepped_at timestamptz not null,
  last_round_at timestamptz not null,
  due_at timestamptz,
  due_kind text,
  claim_count integer not null,
  lease_node uuid,
  lease_epoch bigint,
  -- Of the last claim. A row whose decision broke is tried again alone, later each time.
  claimed_at timestamptz,
  constraint escalation_pk primary key (project_id, alert_id),
  constraint escalation_counts_positive
    check (level >= 0 and round >= 0 and round_count >= 0 and claim_count >= 0
      and called_count >= 0),
  constraint escalation_due_has_its_kind check ((due_at is null) = (due_kind is null)),
  constraint escalation_due_kind_known check (
    due_kind in (
      'source_end', 'expire', 'seen_expire', 'ack_timeout', 'again', 'step', 'repeat',
      'undelivered'
    )
  ),
  constraint escalation_lease_whole check ((lease_node is null) = (lease_epoch is null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index escalation_due on escalation (due_at)
  where due_at is not null;
create index escalation_suspect on escalation (claimed_at) where claim_count > 0;
-- Open alerts that reach nobody: few, and somebody must see them.
create index escalation_nobody on escalation (project_id)
  where called_count = 0 and due_at is not null;
create index escalation_leased on escalation (lease_node) where lease_node is not null;

-- delivery --------------------------------------------------------------------------------------

create table channel (
  project_id text not null,
  channel_id uuid not null,
  name text not null,
  channel_type text not null,
  config jsonb not null,
  -- field -> sealed envelope; never plain text.
  secrets jsonb not null,
  is_active boolean not null,
  max_attempts integer not null,
  retry text not null,
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint channel_pk primary key (project_id, channel_id),
  constraint channel_of_project foreign key (project_id) references project (project_id),
  constraint channel_name_once unique (project_id, name),
  constraint channel_type_known check (channel_type in ('webhook')),
  constraint channel_retry_known check (retry in ('standard', 'urgent')),
  constraint channel_attempts_bounded check (max_attempts between 1 and 10)
);

create table rule (
  project_id text not null,
  rule_id uuid not null,
  name text not null,
  event_types text[] not null,
  matchers text[] not null,
  filter jsonb not null,
  channel_id uuid not null,
  is_active boolean not null,
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint rule_pk primary key (project_id, rule_id),
  constraint rule_of_project foreign key (project_id) references project (project_id),
  constraint rule_name_once unique (project_id, name),
  constraint rule_channel_of_same_project
    foreign key (project_id, channel_id) references channel (project_id, channel_id),
  constraint rule_names_event_types check (cardinality(event_types) >= 1)
);

create table notification (
  project_id text not null,
  notification_id uuid not null,
  -- The alert or event it is about.
  subject_id text not null,
  subject_kind text not null,
  -- created, escalated:{level}:{round}, acknowledged, ...
  transition text not null,
  -- A call asks someone to act and is cancelled by an answer; a notice tells what happened.
  purpose text not null,
  round integer not null,
  channel_id uuid not null,
  target text not null,
  -- The rule's id, or `policy` when a step names the channel itself.
  rule_key text not null,
  event_type text not null,
  event_payload jsonb not null,
  priority text not null,
  status text not null,
  reason text,
  -- Attempts that count against max_attempts; try_count also counts those that were held off.
  attempt_count integer not null,
  try_count integer not null,
  max_attempts integer not null,
  retry text not null,
  due_at timestamptz not null,
  http_status integer,
  last_error text,
  provider_id text,
  is_possibly_duplicate boolean not null,
  cancel_requested_at timestamptz,
  lease_node uuid,
  lease_epoch bigint,
  created_at timestamptz not null,
  sent_at timestamptz,
  finished_at timestamptz,
  constraint notification_pk primary key (project_id, notification_id),
  constraint notification_once unique nulls not distinct
    (project_id, subject_id, transition, channel_id, target, rule_key),
  constraint notification_status_known check (
    status in
      ('pending', 'sending', 'sent', 'delivered', 'read', 'failed', 'skipped', 'cancelled')
  ),
  constraint notification_subject_kind_known check (subject_kind in ('alert', 'event')),
  constraint notification_purpose_known check (purpose in ('call', 'notice')),
  constraint notification_priority_known
    check (priority in ('normal', 'high', 'critical', 'emergency')),
  constraint notification_retry_known check (retry in ('standard', 'urgent')),
  constraint notification_sending_has_its_lease
    check ((status = 'sending') = (lease_node is not null and lease_epoch is not null)),
  constraint notification_sent_has_its_time
    check (status not in ('sent', 'delivered', 'read') or sent_at is not null),
  constraint notification_attempts_positive
    check (attempt_count >= 0 and try_count >= attempt_count)
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index notification_due_by_channel on notification (channel_id, due_at)
  where status = 'pending';
create index notification_sending on notification (lease_node) where status = 'sending';

create table attempt (
  project_id text not null,
  notification_id uuid not null,
  attempt_no integer not null,
  node_id uuid not null,
  node_epoch bigint not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  outcome text,
  http_status integer,
  error text,
  hint text,
  provider_id text,
  duration_ms integer,
  constraint attempt_pk primary key (project_id, notification_id, attempt_no),
  constraint attempt_outcome_known check (
    outcome in (
      'accepted', 'retry', 'rate_limited', 'ambiguous', 'rejected', 'misconfigured',
      'target_gone'
    )
  ),
  constraint attempt_finished_has_outcome check ((finished_at is null) = (outcome is null))
);

-- platform --------------------------------------------------------------------------------------

-- A running hub process. Its lease is renewed every 2 s and ends after 6 s; work carries
-- (node_id, epoch), and a node that was away for longer comes back with a higher epoch.
create table node (
  node_id uuid not null,
  epoch bigint not null,
  roles text[] not null,
  host text not null,
  pid integer not null,
  version text not null,
  started_at timestamptz not null,
  renewed_at timestamptz not null,
  expires_at timestamptz not null,
  constraint node_pk primary key (node_id),
  constraint node_epoch_positive check (epoch >= 1)
);

-- Secrets of the hub itself, sealed with the master key. Opening one at the start also proves
-- that the master key is the one the database was written with.
create table hub_secret (
  name text not null,
  envelope text not null,
  created_at timestamptz not null,
  constraint hub_secret_pk primary key (name)
);
