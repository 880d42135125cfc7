-- Cameras and any JSON: two more kinds of sources, and their built-in ones in every project.
--
-- A node of the version before reads the new rows and never chooses them: it has no way in that
-- asks for their kinds.

alter table source
  drop constraint source_kind_known,
  add constraint source_kind_known check (kind in ('native', 'alertmanager', 'edge', 'generic'));

insert into source (
  project_id, source_id, name, kind, token_hash, severity_default, policy_id, silent_after_s,
  dedup_window_s, mapping, is_built_in, version, created_at, updated_at
)
select p.project_id, gen_random_uuid(),
       -- The name may be taken by a source that somebody made.
       case when exists (
         select from source s where s.project_id = p.project_id and s.name = k.kind
       ) then k.kind || ' (built in)' else k.kind end,
       k.kind, null, k.severity, null, null, null, '{}', true, 1, p.created_at, p.created_at
  from project p
 cross join (values ('edge', 'high'), ('generic', 'medium')) as k (kind, severity);
