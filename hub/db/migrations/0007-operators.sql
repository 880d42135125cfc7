-- Operators, what they may do in which project, and their sessions.
--
-- A person has one login for all projects, so these tables are global: they lead with their own
-- ids, and what is looked up by a credential with its hash. Only `operator_role` belongs to
-- projects, and leads with them.
--
-- Of what opens a door only hashes are stored: passwords as argon2id, tokens of sessions and links
-- and recovery codes as SHA-256, for those are random. The secret of the one-time codes has to be
-- read again; it is sealed by the master key.
--
-- `login_throttle` is a table and no memory of a process, so that neither a restart nor a second
-- node gives anybody new guesses. What a guess is about stands there as a hash: a name that nobody
-- has takes no more room than one that exists, and the table is no list of addresses.
--
-- A node of the version before does not look at any of them.

create table operator (
  operator_id uuid not null,
  name text not null,
  -- As it is compared: normalised, in lower case.
  login text not null,
  is_hub_admin boolean not null,
  -- The three that a set-up brings; a reset takes them away.
  password_hash text,
  totp_secret text,
  -- The last time step whose code was taken: none is taken twice.
  totp_step bigint,
  last_login_at timestamptz,
  disabled_at timestamptz,
  version integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint operator_pk primary key (operator_id),
  constraint operator_login_once unique (login),
  constraint operator_set_up_whole check (
    (password_hash is null) = (totp_secret is null) and (totp_secret is null) = (totp_step is null)
  )
);
-- Lists begin with the newest.
create index operator_by_creation on operator (created_at desc, operator_id desc);

create table operator_role (
  project_id text not null,
  operator_id uuid not null,
  role text not null,
  constraint operator_role_pk primary key (project_id, operator_id),
  constraint operator_role_of_project foreign key (project_id) references project (project_id),
  constraint operator_role_of_operator foreign key (operator_id)
    references operator (operator_id) on delete cascade,
  constraint operator_role_known check (role in ('viewer', 'responder', 'operator', 'admin'))
);
create index operator_role_by_operator on operator_role (operator_id);

-- One that was used is deleted.
create table operator_recovery_code (
  operator_id uuid not null,
  code_hash bytea not null,
  constraint operator_recovery_code_pk primary key (operator_id, code_hash),
  constraint operator_recovery_code_of_operator foreign key (operator_id)
    references operator (operator_id) on delete cascade,
  constraint operator_recovery_code_is_sha256 check (octet_length(code_hash) = 32)
);

-- Set-up links. One that was used is deleted. The first administrator of a hub is made by their
-- link, so the operator may not be there yet.
create table operator_link (
  token_hash bytea not null,
  operator_id uuid not null,
  purpose text not null,
  is_first boolean not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- Chosen, but not yet confirmed by a code.
  pending jsonb,
  constraint operator_link_pk primary key (token_hash),
  constraint operator_link_hash_is_sha256 check (octet_length(token_hash) = 32),
  constraint operator_link_purpose_known check (purpose in ('set_up', 'reset')),
  constraint operator_link_first_sets_up check (not is_first or purpose = 'set_up')
);
create index operator_link_by_operator on operator_link (operator_id);
create index operator_link_by_expiry on operator_link (expires_at);

create table session (
  session_id uuid not null,
  token_hash bytea not null,
  operator_id uuid not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  -- Where it was opened, as its operator can tell it from others.
  address text not null,
  agent text not null,
  constraint session_pk primary key (session_id),
  constraint session_of_operator foreign key (operator_id)
    references operator (operator_id) on delete cascade,
  constraint session_hash_is_sha256 check (octet_length(token_hash) = 32)
);
create unique index session_by_hash on session (token_hash);
create index session_by_operator on session (operator_id);
create index session_by_expiry on session (expires_at);
create index session_by_use on session (last_seen_at);

create table login_throttle (
  -- SHA-256 of what guesses are counted for: a name, an address, a known browser.
  bucket bytea not null,
  guesses integer not null,
  last_guess_at timestamptz not null,
  blocked_until timestamptz,
  constraint login_throttle_pk primary key (bucket),
  constraint login_throttle_is_sha256 check (octet_length(bucket) = 32),
  constraint login_throttle_counts check (guesses >= 0)
);
create index login_throttle_by_time on login_throttle (last_guess_at);
