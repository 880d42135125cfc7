-- People who can be called, and how they answer.
--
-- Responders with their addresses; each project's language, administrators and how long it keeps
-- what is over; who a message went to and when a device confirmed it; who an alert is assigned to;
-- which responders have been called and which said that they cannot.
--
-- Every new column has a default or may be null, so that a node of the version before can go on
-- writing while the others are upgraded.

-- access ----------------------------------------------------------------------------------------

alter table project
  -- A short name for signed links, which have no room for project_id.
  add column link_no bigint generated always as identity,
  add column language text not null default 'en',
  add column administrators jsonb not null default '[]',
  add column archive_after_s integer not null default 86400,
  add column retention_days integer,
  add constraint project_link_no_once unique (link_no),
  add constraint project_language_known
    check (language in ('en', 'fr', 'it', 'zh-Hans', 'zh-Hant')),
  add constraint project_archive_not_negative check (archive_after_s >= 0),
  add constraint project_retention_positive check (retention_days >= 1);

-- alert -----------------------------------------------------------------------------------------

alter table alert add column assigned_to text;
-- One that expired stays on the board until someone closes it.
create index alert_to_archive on alert (project_id, updated_at)
  where archived_at is null and (status = 'RESOLVED' or closed_at is not null);
create index alert_archived on alert (project_id, archived_at) where archived_at is not null;

-- escalation ------------------------------------------------------------------------------------

create table responder (
  project_id text not null,
  responder_id uuid not null,
  name text not null,
  language text not null,
  -- [{channel_type, address, channel_id}]
  addresses jsonb not null,
  -- Who is next when one cannot: by position, then by age.
  position integer not null,
  is_active boolean not null,
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint responder_pk primary key (project_id, responder_id),
  constraint responder_of_project foreign key (project_id) references project (project_id),
  constraint responder_name_once unique (project_id, name),
  constraint responder_language_known
    check (language in ('en', 'fr', 'it', 'zh-Hans', 'zh-Hant')),
  constraint responder_position_not_negative check (position >= 0),
  constraint responder_version_positive check (version >= 1)
);

alter table escalation
  -- The last step that fired, counted from 1; 0 = none. `level` also counts skipped ones.
  add column fired_level integer not null default 0,
  add column called_responders jsonb not null default '[]',
  add column declined_by jsonb not null default '[]',
  add constraint escalation_fired_within_level check (fired_level >= 0 and fired_level <= level);
update escalation set fired_level = level where level > 0;
-- No query asks for it, and every claim and every decision paid for it.
drop index escalation_leased;

-- delivery --------------------------------------------------------------------------------------

alter table channel
  add column fallback_channel_id uuid,
  add constraint channel_fallback_of_same_project
    foreign key (project_id, fallback_channel_id) references channel (project_id, channel_id),
  add constraint channel_fallback_is_another check (fallback_channel_id <> channel_id),
  drop constraint channel_type_known,
  add constraint channel_type_known check (channel_type in ('webhook', 'email'));

alter table notification
  -- The name of whoever gets it; null in rows of the version before, which had only `target`.
  add column recipient text,
  -- Null: the one that the channel's own config names.
  add column address text,
  add column responder_id uuid,
  add column language text not null default 'en',
  add column delivered_at timestamptz,
  add column read_at timestamptz;
