-- What changed lately, for the live stream: each node that has listeners asks several times a
-- second which alerts changed since it asked last.
--
-- The time of the change leads, as in the index of every poll: one node asks for all projects at
-- once and hands out in memory. `project_id` in front would cost one descent per project each time.
--
-- What it costs: one entry more for each alert that is raised and for each change of one. A change
-- never was heap-only (`updated_at` is in alert_to_archive), so nothing else gets slower; the
-- entries come at the right end of the tree, where pages fill up without splits in the middle. A
-- report that repeats itself moves `last_event_at` alone, and stays heap-only.
--
-- Refused: a column on `escalation` with an index of its own (two entries for each change, and a
-- second thing to poll; a round raises the alert's version instead), and a table of changes (a row
-- to insert, to read and to delete for each change of an alert).
--
-- A node of the version before does not look at it.

create index alert_changed on alert (updated_at);
