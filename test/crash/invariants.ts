/**
 * What must hold in the database whatever was killed when. Each invariant is one query for rows
 * that break it, and one statement that breaks it on purpose, so that the query is seen to find
 * what it is for (in a transaction that is rolled back).
 * Danger: indexes are not believed, since a crash could have broken one, and neither are the
 * planner's guesses, since nobody has analysed the tables; sessions that look use SCAN_TABLES.
 */

export const SCAN_TABLES = `
  set enable_indexscan = off;
  set enable_indexonlyscan = off;
  set enable_bitmapscan = off;
  set enable_nestloop = off
`;

export type Invariant = {
  readonly promise: string;
  /** Rows with one column, `what`. */
  readonly violations: string;
  readonly plant: string;
};

const OPEN = `('PENDING', 'DELIVERED', 'SEEN', 'ACKNOWLEDGED')`;

/** Of one alert, chosen by the planter. */
const FIRST_ALERT = `(select min(alert_id) from alert where status = 'PENDING')`;
const FIRST_SENT = `(select min(notification_id::text)::uuid from notification
  where status = 'sent')`;

export const INVARIANTS: readonly Invariant[] = [
  {
    promise: 'every open alert has a due time',
    violations: `
      select a.alert_id as what
        from alert a
        left join escalation e on e.project_id = a.project_id and e.alert_id = a.alert_id
       where a.status in ${OPEN}
         and (e.alert_id is null or e.due_at is null or e.claim_count >= 3)`,
    plant: `delete from escalation where alert_id = ${FIRST_ALERT}`,
  },
  {
    promise: 'every alert was handed to delivery when it was raised',
    violations: `
      select a.alert_id as what
        from alert a
       where not exists (
         select from notification n
          where n.project_id = a.project_id and n.subject_id = a.alert_id
            and n.subject_kind = 'alert' and n.transition = 'created')`,
    plant: `
      delete from notification where subject_id = ${FIRST_ALERT} and transition = 'created'`,
  },
  {
    promise: 'there is one notification for each subject, transition, channel, target and rule',
    violations: `
      select subject_id || ' ' || transition as what
        from notification
       group by project_id, subject_id, transition, channel_id, target, rule_key
      having count(*) > 1`,
    plant: `
      alter table notification drop constraint notification_once;
      insert into notification
      select (jsonb_populate_record(n, jsonb_build_object('notification_id',
               overlay(n.notification_id::text placing '0000' from 1)))).*
        from notification n where n.notification_id = ${FIRST_SENT}`,
  },
  {
    promise: 'every notification and every attempt has come to an end',
    violations: `
      select 'notification ' || notification_id || ' ' || status as what
        from notification where status in ('pending', 'sending')
      union all
      select 'attempt of ' || notification_id from attempt where outcome is null`,
    plant: `
      update notification set status = 'sending', lease_node = notification_id, lease_epoch = 1
       where notification_id = ${FIRST_SENT}`,
  },
  {
    promise: 'no notification has failed: its target always answers',
    violations: `
      select notification_id || ' ' || status || ' ' || coalesce(reason, '') as what
        from notification where status in ('failed', 'skipped')`,
    plant: `
      update notification set status = 'failed' where notification_id = ${FIRST_SENT}`,
  },
  {
    promise: 'one unambiguous send at most, and none without an attempt',
    violations: `
      select n.notification_id || ' ' || n.status as what
        from notification n
        left join attempt t
          on t.project_id = n.project_id and t.notification_id = n.notification_id
       group by n.project_id, n.notification_id
      having count(*) filter (where t.outcome = 'accepted')
               <> (n.status in ('sent', 'delivered', 'read'))::int
          or count(t.attempt_no) <> n.try_count
          or coalesce(max(t.attempt_no), 0) <> n.try_count`,
    plant: `
      insert into attempt
      select (jsonb_populate_record(t, '{"attempt_no": 99}')).*
        from attempt t where t.notification_id = ${FIRST_SENT} and t.outcome = 'accepted'`,
  },
  {
    // The acknowledgement marks what it meets under way; a claim that it did not meet came later.
    promise: 'no call is started after the acknowledgement has been committed',
    violations: `
      select n.notification_id || ' ' || n.transition as what
        from alert a
        join notification n
          on n.project_id = a.project_id and n.subject_id = a.alert_id and n.purpose = 'call'
        join attempt t
          on t.project_id = n.project_id and t.notification_id = n.notification_id
       where t.started_at > a.acknowledged_at
         and (n.cancel_requested_at is null or t.attempt_no < n.try_count)`,
    plant: `
      update attempt set started_at = '2099-01-01'
       where notification_id = (
         select min(n.notification_id::text)::uuid from notification n
          where n.purpose = 'call' and n.status = 'sent' and n.cancel_requested_at is null
            and n.subject_id in (
              select alert_id from alert where acknowledged_at is not null))`,
  },
  {
    promise: 'no call is planned after the acknowledgement',
    violations: `
      select n.notification_id || ' ' || n.transition as what
        from alert a
        join notification n
          on n.project_id = a.project_id and n.subject_id = a.alert_id and n.purpose = 'call'
       where n.created_at > a.acknowledged_at`,
    plant: `
      update notification set created_at = '2099-01-01'
       where purpose = 'call' and subject_id = (
         select min(alert_id) from alert where acknowledged_at is not null)`,
  },
  {
    promise: 'what is cancelled was answered',
    violations: `
      select n.notification_id::text as what
        from notification n
        left join alert a on a.project_id = n.project_id and a.alert_id = n.subject_id
       where n.status = 'cancelled' and a.acknowledged_at is null`,
    plant: `
      update notification set status = 'cancelled'
       where subject_id = ${FIRST_ALERT} and transition = 'created'`,
  },
  {
    promise: 'every head points to alerts that are there',
    violations: `
      select h.alert_key::text as what
        from alert_head h
       cross join lateral (values (h.current_alert_id), (h.previous_alert_id)) as p(alert_id)
       where p.alert_id is not null and not exists (
         select from alert a where a.project_id = h.project_id and a.alert_id = p.alert_id)`,
    plant: `
      update alert_head set current_alert_id = 'nobody'
       where alert_key = (select alert_key from alert_head where current_alert_id is not null
                           limit 1)`,
  },
  {
    promise: 'a problem has one open alert at most',
    violations: `
      select alert_key::text as what
        from alert where status in ${OPEN}
       group by project_id, alert_key having count(*) > 1`,
    plant: `
      drop index alert_open_once;
      update alert set alert_key = (select alert_key from alert where alert_id = ${FIRST_ALERT})
       where status = 'PENDING'`,
  },
  {
    // A transaction raises it once, whatever it changed; a round is a change too.
    promise: 'the version of an alert counts its changes, which are on its timeline',
    violations: `
      select a.alert_id || ' version ' || a.version as what
        from alert a
        left join timeline l on l.project_id = a.project_id and l.alert_id = a.alert_id
       group by a.project_id, a.alert_id
      having count(*) filter (where l.kind = 'CREATED') <> 1
          or a.version - 1 < count(*) filter (
               where l.kind in ('STATUS_CHANGED', 'JOINED', 'CLOSED'))
          or a.version - 1 > count(*) filter (
               where l.kind in ('STATUS_CHANGED', 'JOINED', 'CLOSED', 'ESCALATED', 'STEP_SKIPPED',
                                'NOTE', 'ASSIGNED'))`,
    plant: `update alert set version = version + 99 where alert_id = ${FIRST_ALERT}`,
  },
  {
    promise: 'every round of an escalation is on the timeline and was handed to delivery',
    violations: `
      with told as (
        select project_id, alert_id, count(*) as rounds
          from timeline where kind = 'ESCALATED' group by project_id, alert_id),
      handed as (
        select project_id, subject_id, count(distinct transition) as rounds
          from notification where transition like 'escalated:%' group by project_id, subject_id)
      select e.alert_id || ' rounds ' || e.round_count as what
        from escalation e
        left join told t on t.project_id = e.project_id and t.alert_id = e.alert_id
        left join handed h on h.project_id = e.project_id and h.subject_id = e.alert_id
       where e.round_count - 1 <> coalesce(t.rounds, 0)
          or e.round_count - 1 <> coalesce(h.rounds, 0)`,
    plant: `
      update escalation set round_count = round_count + 1 where alert_id = ${FIRST_ALERT}`,
  },
  {
    promise: 'what was sent is on the timeline, once',
    violations: `
      with told as (
        select project_id, alert_id, count(*) as messages
          from timeline where kind in ('NOTIFICATION_SENT', 'NOTIFICATION_RESENT')
         group by project_id, alert_id),
      sent as (
        select project_id, subject_id, count(*) as messages
          from notification where status in ('sent', 'delivered', 'read')
         group by project_id, subject_id)
      select a.alert_id as what
        from alert a
        left join told t on t.project_id = a.project_id and t.alert_id = a.alert_id
        left join sent s on s.project_id = a.project_id and s.subject_id = a.alert_id
       where coalesce(t.messages, 0) <> coalesce(s.messages, 0)`,
    plant: `
      delete from timeline where alert_id = ${FIRST_ALERT} and kind = 'NOTIFICATION_SENT'`,
  },
  {
    promise: 'an event under an id of its sender is stored as itself once, and its alert is there',
    violations: `
      with first as (
        select project_id, source_id, provider_event_id, count(*) as events,
               min(event_id::text)::uuid as event_id
          from event where provider_event_id is not null and not is_duplicate
         group by project_id, source_id, provider_event_id)
      select k.provider_event_id as what
        from event_key k
        left join first f
          on f.project_id = k.project_id and f.source_id = k.source_id
         and f.provider_event_id = k.provider_event_id
        left join alert a on a.project_id = k.project_id and a.alert_id = k.alert_id
       where f.events is distinct from 1
          or f.event_id <> k.event_id
          or a.alert_id is null`,
    plant: `
      delete from event where event_id = (select min(event_id::text)::uuid from event_key)`,
  },
  {
    promise: 'events, escalations and notifications belong to alerts that are there',
    violations: `
      with child as (
        select project_id, alert_id from event where alert_id is not null
        union select project_id, alert_id from escalation
        union select project_id, alert_id from timeline
        union select project_id, subject_id from notification where subject_kind = 'alert')
      select c.alert_id as what
        from child c
       where not exists (
         select from alert a where a.project_id = c.project_id and a.alert_id = c.alert_id)`,
    plant: `delete from alert where alert_id = ${FIRST_ALERT}`,
  },
];
