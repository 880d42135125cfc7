-- The schema after all migrations, printed from the catalogue by scripts/print-schema.ts.
-- For reading and for review: nothing runs this file, and a test fails when it is out of date.

CREATE OR REPLACE FUNCTION public.audit_keep()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  sealing constant text[] := array['sealed_at', 'seq', 'key_id', 'prev_mac', 'mac'];
begin
  if tg_op = 'UPDATE' then
    if old.seq is null and to_jsonb(new) - sealing = to_jsonb(old) - sealing then
      return new;
    end if;
  end if;
  raise exception 'the audit is only ever added to' using errcode = 'restrict_violation';
end
$function$;

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
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  last_event_at timestamp with time zone not null,
  started_at timestamp with time zone,
  ends_at timestamp with time zone,
  delivered_at timestamp with time zone,
  seen_at timestamp with time zone,
  acknowledged_at timestamp with time zone,
  resolved_at timestamp with time zone,
  expired_at timestamp with time zone,
  closed_at timestamp with time zone,
  archived_at timestamp with time zone,
  assigned_to text,
  constraint alert_pk PRIMARY KEY (project_id, alert_id),
  constraint alert_acknowledged_has_its_person CHECK (status <> 'ACKNOWLEDGED'::text OR acknowledged_at IS NOT NULL AND acknowledged_by IS NOT NULL),
  constraint alert_closed_by_someone CHECK ((closed_at IS NULL) = (closed_by IS NULL)),
  constraint alert_closed_only_when_over CHECK (closed_at IS NULL OR (status = ANY (ARRAY['RESOLVED'::text, 'EXPIRED'::text]))),
  constraint alert_counts_positive CHECK (occurrence_count >= 1 AND version >= 1),
  constraint alert_delivered_has_its_time CHECK (status <> 'DELIVERED'::text OR delivered_at IS NOT NULL),
  constraint alert_expired_has_its_time CHECK ((status = 'EXPIRED'::text) = (expired_at IS NOT NULL)),
  constraint alert_id_bounded CHECK (length(alert_id) >= 1 AND length(alert_id) <= 128),
  constraint alert_intent_known CHECK (intent = ANY (ARRAY['seen'::text, 'calling'::text, 'on_site'::text])),
  constraint alert_outcome_known CHECK (outcome = ANY (ARRAY['help_sent'::text, 'false_alarm'::text, 'fixed'::text, 'duplicate'::text, 'test'::text, 'resolved_by_source'::text, 'unconfirmed'::text])),
  constraint alert_priority_known CHECK (priority = ANY (ARRAY['normal'::text, 'high'::text, 'critical'::text, 'emergency'::text])),
  constraint alert_resolved_has_time_and_outcome CHECK ((status = 'RESOLVED'::text) = (resolved_at IS NOT NULL AND outcome IS NOT NULL)),
  constraint alert_seen_has_its_time CHECK (status <> 'SEEN'::text OR seen_at IS NOT NULL),
  constraint alert_severity_known CHECK (severity = ANY (ARRAY['critical'::text, 'high'::text, 'medium'::text, 'low'::text, 'info'::text])),
  constraint alert_status_known CHECK (status = ANY (ARRAY['PENDING'::text, 'DELIVERED'::text, 'SEEN'::text, 'ACKNOWLEDGED'::text, 'RESOLVED'::text, 'EXPIRED'::text]))
) with (autovacuum_vacuum_cost_delay=0, autovacuum_vacuum_scale_factor=0.02, fillfactor=85);
CREATE INDEX alert_archived ON alert USING btree (project_id, archived_at) WHERE archived_at IS NOT NULL;
CREATE INDEX alert_changed ON alert USING btree (updated_at);
CREATE INDEX alert_newest ON alert USING btree (project_id, created_at DESC, alert_id DESC);
CREATE UNIQUE INDEX alert_open_once ON alert USING btree (project_id, alert_key) WHERE status = ANY (ARRAY['PENDING'::text, 'DELIVERED'::text, 'SEEN'::text, 'ACKNOWLEDGED'::text]);
CREATE INDEX alert_to_archive ON alert USING btree (project_id, updated_at) WHERE archived_at IS NULL AND (status = 'RESOLVED'::text OR closed_at IS NOT NULL);

create table alert_head (
  project_id text not null,
  alert_key uuid not null,
  current_alert_id text,
  previous_alert_id text,
  episode_started_at timestamp with time zone,
  episode_ends_at timestamp with time zone,
  is_episode_over boolean not null,
  last_ended_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  constraint alert_head_pk PRIMARY KEY (project_id, alert_key),
  constraint alert_head_previous_is_another CHECK (previous_alert_id <> current_alert_id)
) with (autovacuum_vacuum_cost_delay=0, autovacuum_vacuum_scale_factor=0.02, fillfactor=85);

create table api_key (
  project_id text not null,
  key_id uuid not null,
  name text not null,
  role text not null,
  key_hash bytea not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  constraint api_key_pk PRIMARY KEY (project_id, key_id),
  constraint api_key_of_project FOREIGN KEY (project_id) REFERENCES project(project_id),
  constraint api_key_hash_is_sha256 CHECK (octet_length(key_hash) = 32),
  constraint api_key_role_known CHECK (role = ANY (ARRAY['viewer'::text, 'responder'::text, 'operator'::text, 'admin'::text, 'ingest'::text]))
);
CREATE UNIQUE INDEX api_key_by_hash ON api_key USING btree (key_hash);

create table attempt (
  project_id text not null,
  notification_id uuid not null,
  attempt_no integer not null,
  node_id uuid not null,
  node_epoch bigint not null,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  outcome text,
  http_status integer,
  error text,
  hint text,
  provider_id text,
  duration_ms integer,
  constraint attempt_pk PRIMARY KEY (project_id, notification_id, attempt_no),
  constraint attempt_finished_has_outcome CHECK ((finished_at IS NULL) = (outcome IS NULL)),
  constraint attempt_outcome_known CHECK (outcome = ANY (ARRAY['accepted'::text, 'retry'::text, 'rate_limited'::text, 'ambiguous'::text, 'rejected'::text, 'misconfigured'::text, 'target_gone'::text]))
);

create table audit (
  project_id text not null,
  audit_id uuid not null,
  at timestamp with time zone not null,
  principal_id text not null,
  principal_name text not null,
  auth_method text not null,
  role text not null,
  action text not null,
  object_kind text not null,
  object_id text not null,
  object_name text,
  before json,
  after json,
  request_id text,
  remote_address text,
  method text,
  route text,
  idempotency_key text,
  sealed_at timestamp with time zone,
  seq bigint,
  key_id text,
  prev_mac bytea,
  mac bytea,
  constraint audit_pk PRIMARY KEY (project_id, audit_id),
  constraint audit_sealed_whole CHECK (num_nulls(sealed_at, seq, key_id, prev_mac, mac) = ANY (ARRAY[0, 5])),
  constraint audit_seq_from_one CHECK (seq >= 1)
);
CREATE INDEX audit_newest ON audit USING btree (at, audit_id);
CREATE INDEX audit_newest_of_project ON audit USING btree (project_id, at, audit_id);
CREATE INDEX audit_of_object ON audit USING btree (project_id, object_id, at);
CREATE UNIQUE INDEX audit_seq_once ON audit USING btree (project_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_unsealed ON audit USING btree (at, audit_id) WHERE seq IS NULL;

create table audit_head (
  project_id text not null,
  seq bigint not null,
  mac bytea not null,
  sealed_at timestamp with time zone not null,
  constraint audit_head_pk PRIMARY KEY (project_id),
  constraint audit_head_seq_from_one CHECK (seq >= 1)
);
CREATE INDEX audit_head_latest ON audit_head USING btree (sealed_at);

create table channel (
  project_id text not null,
  channel_id uuid not null,
  name text not null,
  channel_type text not null,
  config jsonb not null,
  secrets jsonb not null,
  is_active boolean not null,
  max_attempts integer not null,
  retry text not null,
  version integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  fallback_channel_id uuid,
  constraint channel_pk PRIMARY KEY (project_id, channel_id),
  constraint channel_name_once UNIQUE (project_id, name),
  constraint channel_fallback_of_same_project FOREIGN KEY (project_id, fallback_channel_id) REFERENCES channel(project_id, channel_id),
  constraint channel_of_project FOREIGN KEY (project_id) REFERENCES project(project_id),
  constraint channel_attempts_bounded CHECK (max_attempts >= 1 AND max_attempts <= 10),
  constraint channel_fallback_is_another CHECK (fallback_channel_id <> channel_id),
  constraint channel_retry_known CHECK (retry = ANY (ARRAY['standard'::text, 'urgent'::text])),
  constraint channel_type_known CHECK (channel_type = ANY (ARRAY['webhook'::text, 'email'::text]))
);

create table device (
  project_id text not null,
  device_id text not null,
  parent_id text,
  camera_id text,
  kind text not null,
  name text,
  area_id text,
  model text,
  source_id uuid,
  software_version text,
  state text,
  fps real,
  is_live boolean,
  clock_skew_ms bigint,
  details jsonb not null,
  silent_after_s integer,
  is_watched boolean not null,
  watch_from timestamp with time zone,
  first_seen_at timestamp with time zone,
  last_seen_at timestamp with time zone,
  last_event_at timestamp with time zone,
  last_heartbeat_at timestamp with time zone,
  last_frame_at timestamp with time zone,
  silent_since timestamp with time zone,
  due_at timestamp with time zone,
  version integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint device_pk PRIMARY KEY (project_id, device_id),
  constraint device_of_project FOREIGN KEY (project_id) REFERENCES project(project_id),
  constraint device_kind_known CHECK (kind = ANY (ARRAY['care'::text, 'camera'::text])),
  constraint device_of_box_is_camera CHECK (parent_id IS NULL OR camera_id IS NOT NULL),
  constraint device_seen_has_first CHECK ((first_seen_at IS NULL) = (last_seen_at IS NULL)),
  constraint device_silence_positive CHECK (silent_after_s IS NULL OR silent_after_s >= 1),
  constraint device_version_positive CHECK (version >= 1)
) with (fillfactor=80);
CREATE INDEX device_by_creation ON device USING btree (project_id, created_at, device_id);
CREATE INDEX device_by_due ON device USING btree (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX device_by_parent ON device USING btree (parent_id, project_id) WHERE parent_id IS NOT NULL;
CREATE INDEX device_silent ON device USING btree (project_id) WHERE silent_since IS NOT NULL;

create table escalation (
  project_id text not null,
  alert_id text not null,
  snapshot_id text not null,
  level integer not null,
  round integer not null,
  round_count integer not null,
  resent_round integer not null,
  called_count integer not null,
  again_label text,
  timed_out_at timestamp with time zone,
  stepped_at timestamp with time zone not null,
  last_round_at timestamp with time zone not null,
  due_at timestamp with time zone,
  due_kind text,
  claim_count integer not null,
  lease_node uuid,
  lease_epoch bigint,
  claimed_at timestamp with time zone,
  fired_level integer not null default 0,
  called_responders jsonb not null default '[]'::jsonb,
  declined_by jsonb not null default '[]'::jsonb,
  constraint escalation_pk PRIMARY KEY (project_id, alert_id),
  constraint escalation_counts_positive CHECK (level >= 0 AND round >= 0 AND round_count >= 0 AND claim_count >= 0 AND called_count >= 0),
  constraint escalation_due_has_its_kind CHECK ((due_at IS NULL) = (due_kind IS NULL)),
  constraint escalation_due_kind_known CHECK (due_kind = ANY (ARRAY['source_end'::text, 'expire'::text, 'seen_expire'::text, 'ack_timeout'::text, 'again'::text, 'step'::text, 'repeat'::text, 'undelivered'::text])),
  constraint escalation_fired_within_level CHECK (fired_level >= 0 AND fired_level <= level),
  constraint escalation_lease_whole CHECK ((lease_node IS NULL) = (lease_epoch IS NULL))
) with (autovacuum_vacuum_cost_delay=0, autovacuum_vacuum_scale_factor=0.02, fillfactor=80);
CREATE INDEX escalation_due ON escalation USING btree (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX escalation_nobody ON escalation USING btree (project_id) WHERE called_count = 0 AND due_at IS NOT NULL;
CREATE INDEX escalation_suspect ON escalation USING btree (claimed_at) WHERE claim_count > 0;

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
  provider_ts timestamp with time zone,
  received_at timestamp with time zone not null,
  constraint event_pk PRIMARY KEY (project_id, event_id),
  constraint event_duplicate_names_its_first CHECK (is_duplicate = (duplicate_of IS NOT NULL)),
  constraint event_stage_known CHECK (stage = ANY (ARRAY['received'::text, 'updated'::text, 'resolved'::text, 'heartbeat'::text]))
) partition by RANGE (event_id);

create table event_key (
  project_id text not null,
  source_id uuid not null,
  provider_event_id text not null,
  event_id uuid not null,
  alert_id text,
  received_at timestamp with time zone not null,
  constraint event_key_pk PRIMARY KEY (project_id, source_id, provider_event_id)
);
CREATE INDEX event_key_by_age ON event_key USING btree (received_at);

create table event_rest partition of event DEFAULT;

create table hub_secret (
  name text not null,
  envelope text not null,
  created_at timestamp with time zone not null,
  constraint hub_secret_pk PRIMARY KEY (name)
);

create table idempotency_answer (
  scope_hash bytea not null,
  request_hash bytea not null,
  started_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  answered_at timestamp with time zone,
  status smallint,
  headers json,
  body text,
  is_kept boolean,
  constraint idempotency_answer_pk PRIMARY KEY (scope_hash),
  constraint idempotency_answer_body_is_kept CHECK (body IS NULL OR is_kept),
  constraint idempotency_answer_done CHECK (status >= 200 AND status <= 399),
  constraint idempotency_answer_expires_later CHECK (expires_at > started_at),
  constraint idempotency_answer_hashes_whole CHECK (octet_length(scope_hash) = 32 AND octet_length(request_hash) = 32),
  constraint idempotency_answer_whole CHECK (num_nulls(answered_at, status, headers, is_kept) = ANY (ARRAY[0, 4]))
);
CREATE INDEX idempotency_answer_expires ON idempotency_answer USING btree (expires_at);

create table intake_sent_mail (
  project_id text not null,
  source_id uuid not null,
  mail_key text not null,
  reference text,
  state text not null,
  recipients jsonb not null,
  updated_at timestamp with time zone not null,
  constraint intake_sent_mail_pk PRIMARY KEY (project_id, source_id, mail_key),
  constraint intake_sent_mail_recipients_is_object CHECK (jsonb_typeof(recipients) = 'object'::text),
  constraint intake_sent_mail_state_known CHECK (state = ANY (ARRAY['sent'::text, 'accepted'::text, 'not_accepted'::text]))
);
CREATE INDEX intake_sent_mail_by_age ON intake_sent_mail USING btree (updated_at);
CREATE INDEX intake_sent_mail_by_reference ON intake_sent_mail USING btree (project_id, source_id, reference) WHERE reference IS NOT NULL;

create table login_throttle (
  bucket bytea not null,
  guesses integer not null,
  last_guess_at timestamp with time zone not null,
  blocked_until timestamp with time zone,
  constraint login_throttle_pk PRIMARY KEY (bucket),
  constraint login_throttle_counts CHECK (guesses >= 0),
  constraint login_throttle_is_sha256 CHECK (octet_length(bucket) = 32)
);
CREATE INDEX login_throttle_by_time ON login_throttle USING btree (last_guess_at);

create table migration (
  version integer not null,
  name text not null,
  sha256 text not null,
  applied_at timestamp with time zone not null,
  constraint migration_pk PRIMARY KEY (version),
  constraint migration_sha256_is_hex CHECK (sha256 ~ '^[0-9a-f]{64}$'::text)
);

create table node (
  node_id uuid not null,
  epoch bigint not null,
  roles text[] not null,
  host text not null,
  pid integer not null,
  version text not null,
  started_at timestamp with time zone not null,
  renewed_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint node_pk PRIMARY KEY (node_id),
  constraint node_epoch_positive CHECK (epoch >= 1)
);

create table notification (
  project_id text not null,
  notification_id uuid not null,
  subject_id text not null,
  subject_kind text not null,
  transition text not null,
  purpose text not null,
  round integer not null,
  channel_id uuid not null,
  target text not null,
  rule_key text not null,
  event_type text not null,
  event_payload jsonb not null,
  priority text not null,
  status text not null,
  reason text,
  attempt_count integer not null,
  try_count integer not null,
  max_attempts integer not null,
  retry text not null,
  due_at timestamp with time zone not null,
  http_status integer,
  last_error text,
  provider_id text,
  is_possibly_duplicate boolean not null,
  cancel_requested_at timestamp with time zone,
  lease_node uuid,
  lease_epoch bigint,
  created_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  finished_at timestamp with time zone,
  recipient text,
  address text,
  responder_id uuid,
  language text not null default 'en'::text,
  delivered_at timestamp with time zone,
  read_at timestamp with time zone,
  constraint notification_pk PRIMARY KEY (project_id, notification_id),
  constraint notification_once UNIQUE NULLS NOT DISTINCT (project_id, subject_id, transition, channel_id, target, rule_key),
  constraint notification_attempts_positive CHECK (attempt_count >= 0 AND try_count >= attempt_count),
  constraint notification_priority_known CHECK (priority = ANY (ARRAY['normal'::text, 'high'::text, 'critical'::text, 'emergency'::text])),
  constraint notification_purpose_known CHECK (purpose = ANY (ARRAY['call'::text, 'notice'::text])),
  constraint notification_retry_known CHECK (retry = ANY (ARRAY['standard'::text, 'urgent'::text])),
  constraint notification_sending_has_its_lease CHECK ((status = 'sending'::text) = (lease_node IS NOT NULL AND lease_epoch IS NOT NULL)),
  constraint notification_sent_has_its_time CHECK ((status <> ALL (ARRAY['sent'::text, 'delivered'::text, 'read'::text])) OR sent_at IS NOT NULL),
  constraint notification_status_known CHECK (status = ANY (ARRAY['pending'::text, 'sending'::text, 'sent'::text, 'delivered'::text, 'read'::text, 'failed'::text, 'skipped'::text, 'cancelled'::text])),
  constraint notification_subject_kind_known CHECK (subject_kind = ANY (ARRAY['alert'::text, 'event'::text]))
) with (autovacuum_vacuum_cost_delay=0, autovacuum_vacuum_scale_factor=0.02, fillfactor=85);
CREATE INDEX notification_due_by_channel ON notification USING btree (channel_id, due_at) WHERE status = 'pending'::text;
CREATE INDEX notification_sending ON notification USING btree (lease_node) WHERE status = 'sending'::text;

create table operator (
  operator_id uuid not null,
  name text not null,
  login text not null,
  is_hub_admin boolean not null,
  password_hash text,
  totp_secret text,
  totp_step bigint,
  last_login_at timestamp with time zone,
  disabled_at timestamp with time zone,
  version integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint operator_pk PRIMARY KEY (operator_id),
  constraint operator_login_once UNIQUE (login),
  constraint operator_set_up_whole CHECK ((password_hash IS NULL) = (totp_secret IS NULL) AND (totp_secret IS NULL) = (totp_step IS NULL))
);
CREATE INDEX operator_by_creation ON operator USING btree (created_at DESC, operator_id DESC);

create table operator_link (
  token_hash bytea not null,
  operator_id uuid not null,
  purpose text not null,
  is_first boolean not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  pending jsonb,
  constraint operator_link_pk PRIMARY KEY (token_hash),
  constraint operator_link_first_sets_up CHECK (NOT is_first OR purpose = 'set_up'::text),
  constraint operator_link_hash_is_sha256 CHECK (octet_length(token_hash) = 32),
  constraint operator_link_purpose_known CHECK (purpose = ANY (ARRAY['set_up'::text, 'reset'::text]))
);
CREATE INDEX operator_link_by_expiry ON operator_link USING btree (expires_at);
CREATE INDEX operator_link_by_operator ON operator_link USING btree (operator_id);

create table operator_recovery_code (
  operator_id uuid not null,
  code_hash bytea not null,
  constraint operator_recovery_code_pk PRIMARY KEY (operator_id, code_hash),
  constraint operator_recovery_code_of_operator FOREIGN KEY (operator_id) REFERENCES operator(operator_id) ON DELETE CASCADE,
  constraint operator_recovery_code_is_sha256 CHECK (octet_length(code_hash) = 32)
);

create table operator_role (
  project_id text not null,
  operator_id uuid not null,
  role text not null,
  constraint operator_role_pk PRIMARY KEY (project_id, operator_id),
  constraint operator_role_of_operator FOREIGN KEY (operator_id) REFERENCES operator(operator_id) ON DELETE CASCADE,
  constraint operator_role_of_project FOREIGN KEY (project_id) REFERENCES project(project_id),
  constraint operator_role_known CHECK (role = ANY (ARRAY['viewer'::text, 'responder'::text, 'operator'::text, 'admin'::text]))
);
CREATE INDEX operator_role_by_operator ON operator_role USING btree (operator_id);

create table policy (
  project_id text not null,
  policy_id uuid not null,
  name text not null,
  document jsonb not null,
  snapshot_id text not null,
  is_default boolean not null,
  is_built_in boolean not null,
  version integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint policy_pk PRIMARY KEY (project_id, policy_id),
  constraint policy_name_once UNIQUE (project_id, name),
  constraint policy_of_project FOREIGN KEY (project_id) REFERENCES project(project_id),
  constraint policy_version_positive CHECK (version >= 1)
);
CREATE UNIQUE INDEX policy_default_once ON policy USING btree (project_id) WHERE is_default;

create table policy_snapshot (
  project_id text not null,
  snapshot_id text not null,
  policy_id uuid not null,
  document jsonb not null,
  created_at timestamp with time zone not null,
  constraint policy_snapshot_pk PRIMARY KEY (project_id, snapshot_id)
);

create table project (
  project_id text not null,
  name text not null,
  version integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  link_no bigint not null generated always as identity,
  language text not null default 'en'::text,
  administrators jsonb not null default '[]'::jsonb,
  archive_after_s integer not null default 86400,
  retention_days integer,
  redaction jsonb not null default '{}'::jsonb,
  mail_content text not null default 'minimal'::text,
  constraint project_pk PRIMARY KEY (project_id),
  constraint project_link_no_once UNIQUE (link_no),
  constraint project_archive_not_negative CHECK (archive_after_s >= 0),
  constraint project_id_is_a_slug CHECK (project_id ~ '^[a-z0-9][a-z0-9_-]{0,63}$'::text),
  constraint project_language_known CHECK (language = ANY (ARRAY['en'::text, 'fr'::text, 'it'::text, 'zh-Hans'::text, 'zh-Hant'::text])),
  constraint project_mail_content_known CHECK (mail_content = ANY (ARRAY['minimal'::text, 'full'::text])),
  constraint project_retention_positive CHECK (retention_days >= 1),
  constraint project_version_positive CHECK (version >= 1)
);

create table redaction_policy (
  project_id text not null,
  redaction_version text not null,
  document jsonb not null,
  created_by jsonb not null,
  created_at timestamp with time zone not null,
  constraint redaction_policy_pk PRIMARY KEY (project_id, redaction_version),
  constraint redaction_policy_of_project FOREIGN KEY (project_id) REFERENCES project(project_id)
);

create table responder (
  project_id text not null,
  responder_id uuid not null,
  name text not null,
  language text not null,
  addresses jsonb not null,
  "position" integer not null,
  is_active boolean not null,
  version integer not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint responder_pk PRIMARY KEY (project_id, responder_id),
  constraint responder_name_once UNIQUE (project_id, name),
  constraint responder_of_project FOREIGN KEY (project_id) REFERENCES project(project_id),
  constraint responder_language_known CHECK (language = ANY (ARRAY['en'::text, 'fr'::text, 'it'::text, 'zh-Hans'::text, 'zh-Hant'::text])),
  constraint responder_position_not_negative CHECK ("position" >= 0),
  constraint responder_version_positive CHECK (version >= 1)
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
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint rule_pk PRIMARY KEY (project_id, rule_id),
  constraint rule_name_once UNIQUE (project_id, name),
  constraint rule_channel_of_same_project FOREIGN KEY (project_id, channel_id) REFERENCES channel(project_id, channel_id),
  constraint rule_of_project FOREIGN KEY (project_id) REFERENCES project(project_id),
  constraint rule_names_event_types CHECK (cardinality(event_types) >= 1)
);

create table session (
  session_id uuid not null,
  token_hash bytea not null,
  operator_id uuid not null,
  created_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  address text not null,
  agent text not null,
  constraint session_pk PRIMARY KEY (session_id),
  constraint session_of_operator FOREIGN KEY (operator_id) REFERENCES operator(operator_id) ON DELETE CASCADE,
  constraint session_hash_is_sha256 CHECK (octet_length(token_hash) = 32)
);
CREATE INDEX session_by_expiry ON session USING btree (expires_at);
CREATE UNIQUE INDEX session_by_hash ON session USING btree (token_hash);
CREATE INDEX session_by_operator ON session USING btree (operator_id);
CREATE INDEX session_by_use ON session USING btree (last_seen_at);

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
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  secrets jsonb not null default '{}'::jsonb,
  join_by jsonb,
  constraint source_pk PRIMARY KEY (project_id, source_id),
  constraint source_name_once UNIQUE (project_id, name),
  constraint source_of_project FOREIGN KEY (project_id) REFERENCES project(project_id),
  constraint source_policy_of_same_project FOREIGN KEY (project_id, policy_id) REFERENCES policy(project_id, policy_id),
  constraint source_join_by_is_a_list CHECK (join_by IS NULL OR jsonb_typeof(join_by) = 'array'::text),
  constraint source_kind_known CHECK (kind = ANY (ARRAY['native'::text, 'alertmanager'::text, 'edge'::text, 'generic'::text, 'sentry'::text, 'signoz'::text, 'grafana'::text, 'cloudevents'::text, 'pec'::text])),
  constraint source_secrets_is_object CHECK (jsonb_typeof(secrets) = 'object'::text),
  constraint source_severity_known CHECK (severity_default = ANY (ARRAY['critical'::text, 'high'::text, 'medium'::text, 'low'::text, 'info'::text])),
  constraint source_silence_positive CHECK (silent_after_s IS NULL OR silent_after_s >= 1),
  constraint source_token_hash_is_sha256 CHECK (token_hash IS NULL OR octet_length(token_hash) = 32),
  constraint source_token_unless_built_in CHECK (is_built_in OR token_hash IS NOT NULL),
  constraint source_window_positive CHECK (dedup_window_s IS NULL OR dedup_window_s >= 1)
);
CREATE UNIQUE INDEX source_built_in_once ON source USING btree (project_id, kind) WHERE is_built_in;
CREATE UNIQUE INDEX source_by_token_hash ON source USING btree (token_hash) WHERE token_hash IS NOT NULL;
CREATE INDEX source_watched ON source USING btree (project_id, source_id) WHERE silent_after_s IS NOT NULL;

create table source_pulse (
  project_id text not null,
  source_id uuid not null,
  last_heard_at timestamp with time zone,
  silent_after_s integer,
  watch_from timestamp with time zone,
  silent_since timestamp with time zone,
  due_at timestamp with time zone,
  last_refused_at timestamp with time zone,
  constraint source_pulse_pk PRIMARY KEY (project_id, source_id),
  constraint source_pulse_of_project FOREIGN KEY (project_id) REFERENCES project(project_id),
  constraint source_pulse_silence_positive CHECK (silent_after_s IS NULL OR silent_after_s >= 1),
  constraint source_pulse_watched_has_start CHECK (silent_after_s IS NULL OR watch_from IS NOT NULL)
) with (fillfactor=80);
CREATE INDEX source_pulse_by_due ON source_pulse USING btree (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX source_pulse_watched ON source_pulse USING btree (project_id, source_id) WHERE silent_after_s IS NOT NULL;

create table timeline (
  project_id text not null,
  alert_id text not null,
  entry_id uuid not null,
  at timestamp with time zone not null,
  kind text not null,
  detail text not null,
  principal_id text not null,
  principal_name text not null,
  auth_method text not null,
  constraint timeline_pk PRIMARY KEY (project_id, alert_id, entry_id),
  constraint timeline_kind_known CHECK (kind = ANY (ARRAY['CREATED'::text, 'ESCALATED'::text, 'NOTIFICATION_SENT'::text, 'NOTIFICATION_RESENT'::text, 'NOTIFICATION_FAILED'::text, 'STATUS_CHANGED'::text, 'RECEIPT'::text, 'JOINED'::text, 'STEP_SKIPPED'::text, 'NOTE'::text, 'ASSIGNED'::text, 'WORK_ORDER'::text, 'CLOSED'::text]))
);

CREATE TRIGGER audit_all_kept BEFORE TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION audit_keep();

CREATE TRIGGER audit_row_kept BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION audit_keep();
