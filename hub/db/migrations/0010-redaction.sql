-- The policy by which each project masks what comes in.
--
-- What a project masks besides what every project does stands with the project, because intake
-- reads it with everything else that is configured. Each version that has been in force is a row
-- of redaction_policy, which only grows, so that the `redaction_version` of an event can be
-- explained as long as there are events: one for a new project, one for each change, and one at
-- the first start of a Tocsin that has other rules of its own.
--
-- A node of the version before masks nothing, and says so with each event (`identity-1`): only when
-- all nodes are upgraded may what comes in be relied on to be masked.

-- access ----------------------------------------------------------------------------------------

alter table project
  -- {extra_keys, extra_patterns, phone_regions, are_local_addresses_masked}; {} = nothing besides.
  add column redaction jsonb not null default '{}',
  -- How much of a mail stays readable: who wrote what about what, or only that one came.
  add column mail_content text not null default 'minimal',
  add constraint project_mail_content_known check (mail_content in ('minimal', 'full'));

-- redaction -------------------------------------------------------------------------------------

create table redaction_policy (
  project_id text not null,
  redaction_version text not null,
  document jsonb not null,
  -- {principal_id, name, auth_method}
  created_by jsonb not null,
  created_at timestamptz not null,
  constraint redaction_policy_pk primary key (project_id, redaction_version),
  constraint redaction_policy_of_project foreign key (project_id)
    references project (project_id)
);
