-- The audit: who changed what, sealed into one chain for each project.
--
-- A row is written in the transaction of the change it tells of, without a number: to number it
-- there, all writers of a project would wait for each other. One sealer numbers what has been
-- committed (`where seq is null`, so that a transaction that commits late is sealed late and never
-- passed over) and gives each row a MAC over all of its columns and over the MAC before it.
--
-- `before` and `after` are json and not jsonb: the MAC is over the very text. `project_id` refers
-- to nothing: the hub's own chain has `-`, which no project can be called, and a chain outlives
-- its project.
--
-- The triggers keep mistakes out, and whoever has no more than the rights of a usual session. The
-- owner of the database can drop them; that is found by `tocsin audit verify`.
--
-- A node of the version before writes no rows here, and seals none.

create table audit (
  project_id text not null,
  audit_id uuid not null,
  at timestamptz not null,
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
  sealed_at timestamptz,
  seq bigint,
  key_id text,
  prev_mac bytea,
  mac bytea,
  constraint audit_pk primary key (project_id, audit_id),
  constraint audit_sealed_whole check (num_nulls(sealed_at, seq, key_id, prev_mac, mac) in (0, 5)),
  constraint audit_seq_from_one check (seq >= 1)
);

create unique index audit_seq_once on audit (project_id, seq) where seq is not null;
create index audit_unsealed on audit (at, audit_id) where seq is null;
create index audit_newest on audit (at, audit_id);
create index audit_newest_of_project on audit (project_id, at, audit_id);
create index audit_of_object on audit (project_id, object_id, at);

-- Where each chain has got to. Also told outside of the database, where nobody who can write here
-- can take it back.
create table audit_head (
  project_id text not null,
  seq bigint not null,
  mac bytea not null,
  sealed_at timestamptz not null,
  constraint audit_head_pk primary key (project_id),
  constraint audit_head_seq_from_one check (seq >= 1)
);

create index audit_head_latest on audit_head (sealed_at);

create function audit_keep() returns trigger language plpgsql as $$
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
$$;

create trigger audit_row_kept before update or delete on audit
  for each row execute function audit_keep();
create trigger audit_all_kept before truncate on audit
  for each statement execute function audit_keep();
