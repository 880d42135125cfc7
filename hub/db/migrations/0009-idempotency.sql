-- What writes answered, by the key that came with them.
--
-- A row is written in the transaction of the write that it answers for, so there is never one
-- without the other. Without `answered_at` it is the claim of a write that reaches outside (the
-- test of a channel): made before, because no transaction is held open meanwhile.
--
-- Of who asked, what and with which key there is only a keyed hash: nothing here can be guessed
-- from a copy of the database. Secrets that are shown once are never part of `body`. Rows are
-- kept for a day, and belong to no project, for a request is looked up before its project is known.
--
-- A node of the version before neither reads nor writes them: while both run, a key holds only
-- between nodes of the new one.

create table idempotency_answer (
  scope_hash bytea not null,
  request_hash bytea not null,
  started_at timestamptz not null,
  expires_at timestamptz not null,
  answered_at timestamptz,
  status smallint,
  headers json,
  body text,
  is_kept boolean,
  constraint idempotency_answer_pk primary key (scope_hash),
  constraint idempotency_answer_hashes_whole
    check (octet_length(scope_hash) = 32 and octet_length(request_hash) = 32),
  constraint idempotency_answer_whole
    check (num_nulls(answered_at, status, headers, is_kept) in (0, 4)),
  constraint idempotency_answer_done check (status between 200 and 399),
  constraint idempotency_answer_body_is_kept check (body is null or is_kept),
  constraint idempotency_answer_expires_later check (expires_at > started_at)
);

create index idempotency_answer_expires on idempotency_answer (expires_at);
