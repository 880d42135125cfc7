-- A source may say by which labels its reports are one problem, instead of what its sender names.
-- A node of the version before joins as the sender says until it is gone.

alter table source
  add column join_by jsonb,
  add constraint source_join_by_is_a_list
    check (join_by is null or jsonb_typeof(join_by) = 'array');
