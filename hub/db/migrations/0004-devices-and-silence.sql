-- Devices and cameras, since when each was heard, and which of them and of the sources are silent.
--
-- A heartbeat is no event: a device sends thousands a day, and each says what the one before it
-- said. The row of the device is the record of it (docs/adr/0007). A node of the version before
-- writes none of these rows, and misses none.

create table device (
  project_id text not null,
  -- As the sender names it; a camera of a box is `BOX/CAMERA`, for boxes number theirs alike.
  device_id text not null,
  -- The box that a camera hangs on, and what the box calls the camera.
  parent_id text,
  camera_id text,
  kind text not null,
  name text,
  area_id text,
  model text,
  -- Through which it was heard last.
  source_id uuid,
  software_version text,
  state text,
  fps real,
  -- Whether the last heartbeat that spoke of its picture said that there is one.
  is_live boolean,
  clock_skew_ms bigint,
  details jsonb not null,
  -- Null: as all of its kind.
  silent_after_s integer,
  is_watched boolean not null,
  -- Silence does not count from before: a person has set it up, or set it to be watched, then.
  watch_from timestamptz,
  first_seen_at timestamptz,
  last_seen_at timestamptz,
  last_event_at timestamptz,
  last_heartbeat_at timestamptz,
  last_frame_at timestamptz,
  -- An alert says that it is silent, and has been since then.
  silent_since timestamptz,
  -- When to look whether it is silent, at the latest; null = something else has to happen first.
  due_at timestamptz,
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint device_pk primary key (project_id, device_id),
  constraint device_of_project foreign key (project_id) references project (project_id),
  constraint device_kind_known check (kind in ('care', 'camera')),
  constraint device_of_box_is_camera check (parent_id is null or camera_id is not null),
  constraint device_silence_positive check (silent_after_s is null or silent_after_s >= 1),
  constraint device_seen_has_first check ((first_seen_at is null) = (last_seen_at is null)),
  constraint device_version_positive check (version >= 1)
) with (fillfactor = 80);
create index device_by_due on device (due_at) where due_at is not null;
create index device_by_parent on device (parent_id, project_id) where parent_id is not null;
create index device_by_creation on device (project_id, created_at, device_id);
create index device_silent on device (project_id) where silent_since is not null;

-- When each source was heard last. Apart from `source`, which is configuration: this is written
-- every second that something comes, by whichever node it came to.
create table source_pulse (
  project_id text not null,
  source_id uuid not null,
  last_heard_at timestamptz,
  -- As `source` had it when we looked; null = it is not watched.
  silent_after_s integer,
  -- Since when it is watched: who was never heard is silent since then.
  watch_from timestamptz,
  silent_since timestamptz,
  due_at timestamptz,
  constraint source_pulse_pk primary key (project_id, source_id),
  constraint source_pulse_of_project foreign key (project_id) references project (project_id),
  constraint source_pulse_silence_positive
    check (silent_after_s is null or silent_after_s >= 1),
  constraint source_pulse_watched_has_start
    check (silent_after_s is null or watch_from is not null)
) with (fillfactor = 80);
create index source_pulse_by_due on source_pulse (due_at) where due_at is not null;

create index source_pulse_watched on source_pulse (project_id, source_id)
  where silent_after_s is not null;

-- The few sources whose silence counts, to be found every second.
create index source_watched on source (project_id, source_id) where silent_after_s is not null;
