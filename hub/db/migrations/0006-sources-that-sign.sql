-- Sources that sign what they send: five more kinds, and the secrets they are checked with.
--
-- A node of the version before reads the new rows and never chooses them: it has no way in that
-- asks for their kinds. What it inserts has no secrets, as is true of the kinds that it knows.

alter table source
  drop constraint source_kind_known,
  add constraint source_kind_known check (kind in (
    'native', 'alertmanager', 'edge', 'generic',
    'sentry', 'signoz', 'grafana', 'cloudevents', 'pec'
  )),
  -- Field -> envelope, as in channel.secrets: each sealed for its project, source and field.
  add column secrets jsonb not null default '{}',
  add constraint source_secrets_is_object check (jsonb_typeof(secrets) = 'object');

insert into source (
  project_id, source_id, name, kind, token_hash, severity_default, policy_id, silent_after_s,
  dedup_window_s, mapping, is_built_in, version, created_at, updated_at
)
select p.project_id, gen_random_uuid(),
       -- The name may be taken by a source that somebody made.
       case when exists (
         select from source s where s.project_id = p.project_id and s.name = k.kind
       ) then k.kind || ' (built in)' else k.kind end,
       k.kind, null, 'medium', null, null, null, '{}', true, 1, p.created_at, p.created_at
  from project p
 cross join (values ('sentry'), ('signoz'), ('grafana'), ('cloudevents'), ('pec')) as k (kind);

-- When a report was last refused for its signature: most likely the secret is another one here.
alter table source_pulse add column last_refused_at timestamptz;

-- What has become of a message that was sent by certified mail, as its receipts say it: a receipt
-- alone does not tell whether it is news. Names and recipients are keyed hashes.
create table intake_sent_mail (
  project_id text not null,
  source_id uuid not null,
  -- Of what the provider calls the message, else of what its sender called it.
  mail_key text not null,
  -- Of what its sender called it.
  reference text,
  state text not null,
  -- Hash -> {state, at}: each recipient who has a receipt.
  recipients jsonb not null,
  updated_at timestamptz not null,
  constraint intake_sent_mail_pk primary key (project_id, source_id, mail_key),
  constraint intake_sent_mail_state_known check (state in ('sent', 'accepted', 'not_accepted')),
  constraint intake_sent_mail_recipients_is_object check (jsonb_typeof(recipients) = 'object')
);
create index intake_sent_mail_by_reference
  on intake_sent_mail (project_id, source_id, reference) where reference is not null;
create index intake_sent_mail_by_age on intake_sent_mail (updated_at);
