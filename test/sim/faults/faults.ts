/**
 * Planted bugs, each of which the simulator must find. None touches a file of the product: they
 * rewrite a statement on its way to the database, falsify a row on its way back, or put a trigger
 * into the database, so they are made anew from whatever the product says today.
 */
import type { Row } from '#platform/postgres/postgres.ts';
import { FAULTS_OF_PEOPLE } from './faults-people.ts';
import { dropped, type PlantedFault, replaceOnce, trigger } from './plant.ts';

const FAULTS_OF_CALLING: readonly PlantedFault[] = [
  {
    sentence: 'an acknowledgement does not cancel the calls that wait',
    mutation: { name: 'ack_without_cancel' },
    sql: trigger('update', 'notification', `if new.status = 'cancelled' then return old; end if`),
  },
  {
    sentence: 'callers are answered before the commit',
    mutation: { name: 'early_answer', isAnsweringEarly: true },
  },
  {
    sentence: 'an outcome is stored although the lease was lost meanwhile',
    seeds: [23],
    mutation: {
      name: 'lost_lease',
      rewriteText: {
        'delivery.complete': (text) =>
          replaceOnce(
            'and n.lease_epoch = $3',
            'and $3::bigint is not null',
          )(replaceOnce('and n.lease_node = $2', 'and $2::uuid is not null')(text)),
      },
    },
  },
  {
    sentence: 'a re-post of the same episode counts as a new occurrence',
    seeds: [5],
    mutation: {
      name: 'repost_calls',
      rewriteRow: { 'alert.lock_heads': (row) => ({ ...row, ...forgetEpisode(row) }) },
    },
  },
  {
    sentence: 'after a step the next one gets no due time',
    seeds: [1, 2],
    mutation: { name: 'not_rearmed' },
    sql: trigger(
      'update',
      'escalation',
      'if new.level > old.level then new.due_at := null; new.due_kind := null; end if',
    ),
  },
  {
    sentence: 'the head of a problem is neither locked nor looked at',
    mutation: {
      name: 'head_ignored',
      rewriteRow: { 'alert.lock_heads': (row) => ({ ...row, current_alert_id: null }) },
    },
    sql: ['drop index alert_open_once'],
  },
  {
    sentence: 'a duplicate counts as the first of its id',
    seeds: [2],
    mutation: {
      name: 'duplicate_raises',
      rewriteText: {
        'intake.claim_keys': replaceOnce(
          'do update set received_at = k.received_at',
          'do update set event_id = excluded.event_id',
        ),
      },
    },
  },
  {
    sentence: 'a message is tried again without end',
    seeds: [4],
    mutation: {
      name: 'endless_retry',
      rewriteRow: {
        'delivery.claim': (row) => ({ ...row, max_attempts: 1_000 }),
        'delivery.take_lost': (row) => ({ ...row, max_attempts: 1_000 }),
      },
    },
  },
  {
    sentence: 'cancelled messages are claimed like waiting ones',
    mutation: {
      name: 'claims_cancelled',
      rewriteText: {
        'delivery.claim': replaceOnce(
          `p.status = 'pending'`,
          `p.status in ('pending', 'cancelled')`,
        ),
      },
    },
  },
  {
    sentence: 'an alert expires without telling anyone',
    seeds: [7],
    mutation: { name: 'silent_expiry' },
    sql: trigger(
      'insert',
      'notification',
      `if new.transition = 'expired' then return null; end if`,
    ),
  },
  {
    sentence: 'steps that were skipped are not recorded',
    mutation: { name: 'skips_unrecorded' },
    sql: trigger('insert', 'timeline', `if new.kind = 'STEP_SKIPPED' then return null; end if`),
  },
  {
    sentence: 'an attempt that was taken over counts as not sent',
    seeds: [13],
    mutation: {
      name: 'takeover_as_unsent',
      rewriteText: {
        'delivery.complete': replaceOnce(
          'n.is_possibly_duplicate or r.is_possibly_duplicate',
          'n.is_possibly_duplicate and r.is_possibly_duplicate',
        ),
      },
    },
  },
  {
    sentence: 'a message goes out on a channel of another project',
    mutation: { name: 'projects_mixed' },
    sql: trigger(
      'insert',
      'notification',
      `new.channel_id := coalesce(
         (select channel_id from channel where project_id <> new.project_id limit 1),
         new.channel_id)`,
    ),
  },
  {
    sentence: 'a report about an alert that was delivered or seen sets it back',
    mutation: { name: 'backward_status' },
    sql: trigger(
      'update',
      'alert',
      `if old.status = new.status and old.status in ('DELIVERED', 'SEEN') then
         new.status := 'PENDING'; end if`,
    ),
  },
  {
    sentence: 'a row whose lease is lost is never taken over',
    mutation: {
      name: 'no_takeover',
      rewriteText: { 'delivery.take_lost': replaceOnce('limit $4', 'limit 0 * $4::integer') },
    },
  },
  {
    sentence: 'the last word of a round is dropped: one channel is not called',
    mutation: { name: 'channel_forgotten' },
    sql: trigger(
      'insert',
      'notification',
      `if new.transition like 'escalated:%' and new.round > 1 then return null; end if`,
    ),
  },
  {
    sentence: 'a report does not know its alert',
    mutation: { name: 'report_unlinked' },
    sql: trigger('insert', 'event', `if new.stage = 'received' then new.alert_id := null; end if`),
  },
  {
    sentence: 'the first round goes to nobody whom a rule names',
    mutation: { name: 'first_call_dropped' },
    sql: dropped(
      'notification',
      `new.transition = 'created' and new.rule_key not in ('policy', 'administrators')`,
    ),
  },
  {
    sentence: 'rounds are not told on the timeline',
    mutation: { name: 'rounds_untold' },
    sql: dropped('timeline', `new.kind = 'ESCALATED'`),
  },
  {
    sentence: 'what a person says is not kept',
    seeds: [6],
    mutation: { name: 'notes_untold' },
    sql: dropped('timeline', `new.kind = 'NOTE' and new.detail like 'mark-%'`),
  },
  {
    sentence: 'the end of an episode is forgotten',
    mutation: {
      name: 'end_unnoticed',
      rewriteRow: {
        'alert.lock_heads': (row) => ({ ...row, is_episode_over: false }),
        'alert.lock_alerts': (row) =>
          row['outcome'] === 'resolved_by_source' ? { ...row, outcome: 'fixed' } : row,
      },
    },
    sql: trigger(
      'update',
      'alert',
      'if old.outcome is not null then new.outcome := old.outcome; end if',
    ),
  },
  {
    sentence: 'a due row whose decision broke once is never tried again',
    seeds: [11],
    mutation: {
      name: 'suspects_dropped',
      rewriteText: { 'escalation.claim_suspect': replaceOnce('limit $4', 'limit 0 * $4::integer') },
    },
  },
  {
    sentence: 'a beat of delivery leaves what is due',
    mutation: {
      name: 'claims_nothing',
      rewriteText: { 'delivery.claim': replaceOnce('limit w.free', 'limit 0 * w.free') },
    },
  },
  {
    sentence: 'notes of persons cannot be stored',
    seeds: [2],
    mutation: { name: 'notes_fail' },
    sql: trigger('insert', 'timeline', `if new.kind = 'NOTE' then raise 'no room'; end if`),
  },
];

export const PLANTED_FAULTS: readonly PlantedFault[] = [...FAULTS_OF_CALLING, ...FAULTS_OF_PEOPLE];

function forgetEpisode(row: Row): Row {
  const startedAt = row['episode_started_at'];
  if (!(startedAt instanceof Date)) return {};
  return { episode_started_at: new Date(startedAt.getTime() - 3_600_000), episode_ends_at: null };
}
