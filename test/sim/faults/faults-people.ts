/** Planted bugs in what people ask for, answer and confirm, and in what becomes of it later. */
import { FIRE, REPOST, RESOLVE, step, TIDY, WAIT_A_DAY } from '#test/sim/chains.ts';
import { dropped, type PlantedFault, replaceOnce, trigger } from './plant.ts';

export const FAULTS_OF_PEOPLE: readonly PlantedFault[] = [
  {
    sentence: 'nobody who looks after the project is told of a call that reaches nobody',
    seeds: [2],
    mutation: { name: 'administrators_untold' },
    sql: dropped('notification', `new.rule_key = 'administrators'`),
  },
  {
    sentence: 'the next responder is always the first',
    seeds: [17],
    mutation: {
      name: 'first_again',
      rewriteRow: { 'escalation.load': (row) => ({ ...row, called_responders: [] }) },
    },
  },
  {
    sentence: 'responders are called who are off duty',
    seeds: [9],
    mutation: {
      name: 'off_duty_called',
      rewriteRow: { 'escalation.list_responders': (row) => ({ ...row, is_active: true }) },
    },
  },
  {
    sentence: 'a round of which nothing was delivered is sent to nobody',
    mutation: { name: 'resend_dropped' },
    sql: dropped('notification', `new.transition like 'undelivered:%'`),
  },
  {
    sentence: 'the fallback of a channel is ignored',
    seeds: [14],
    mutation: {
      name: 'fallback_ignored',
      rewriteRow: { 'delivery.list_channels': (row) => ({ ...row, fallback_channel_id: null }) },
    },
  },
  {
    sentence: 'whoever was called does not hear of the answer',
    seeds: [5],
    mutation: { name: 'answers_untold' },
    sql: dropped('notification', `new.purpose = 'notice' and new.subject_kind = 'alert'`),
  },
  {
    sentence: 'every responder is written to in English',
    seeds: [3],
    mutation: {
      name: 'always_english',
      rewriteRow: { 'escalation.list_responders': (row) => ({ ...row, language: 'en' }) },
    },
  },
  {
    sentence: 'who says twice that they cannot come calls two people',
    seeds: [13],
    mutation: {
      name: 'decline_repeats',
      rewriteRow: { 'escalation.load': (row) => ({ ...row, declined_by: [] }) },
    },
  },
  {
    sentence: 'the next responder, asked for by a person, waits a minute',
    seeds: [12],
    mutation: { name: 'request_waits' },
    sql: trigger(
      'insert',
      'notification',
      `if new.event_payload ->> 'label' = 'Next responder' then
         new.due_at := new.due_at + interval '1 minute'; end if`,
    ),
  },
  {
    sentence: 'a round by other means does not count',
    seeds: [1, 2],
    mutation: { name: 'outside_uncounted' },
    sql: trigger(
      'update',
      'escalation',
      `if new.round > old.round and new.resent_round = new.round then
         new.last_round_at := old.last_round_at; end if`,
    ),
  },
  {
    sentence: 'a beat takes an acknowledged alert for one that was only seen',
    mutation: {
      name: 'answer_forgotten',
      rewriteRow: {
        'alert.lock_alerts': (row) =>
          row['status'] === 'ACKNOWLEDGED'
            ? { ...row, status: 'SEEN', seen_at: row['acknowledged_at'] }
            : row,
      },
    },
  },
  {
    sentence: 'a note is written without its row in the audit',
    seeds: [6],
    mutation: { name: 'note_unaudited' },
    sql: dropped('audit', `new.action = 'alert.noted'`),
  },
  {
    sentence: 'a link acts when it is opened',
    seeds: [14],
    mutation: { name: 'get_acts', isActingOnGet: true },
  },
  {
    sentence: 'a late receipt sets a message that was read back to delivered',
    seeds: [8],
    mutation: {
      name: 'receipt_goes_back',
      rewriteText: {
        'delivery.note_receipt': (text) =>
          replaceOnce(
            `and (delivered_at is null or ($3 = 'read' and read_at is null))`,
            '',
          )(replaceOnce(`when $3 = 'read' or read_at is not null`, `when $3 = 'read'`)(text)),
      },
    },
  },
  {
    sentence: 'the answer of the provider overwrites what the device said',
    mutation: {
      name: 'completion_overwrites',
      rewriteText: {
        'delivery.complete': (text) =>
          replaceOnce(
            `when n.delivered_at is not null then 'delivered'`,
            '',
          )(replaceOnce(`when n.read_at is not null then 'read'`, '')(text)),
      },
    },
  },
  {
    sentence: 'the link of one message answers the alert of another',
    mutation: {
      name: 'other_message',
      rewriteText: {
        'delivery.find_message': replaceOnce('notification_id = $2', 'notification_id <> $2'),
      },
    },
  },
  {
    sentence: 'an answer to many alerts ends with the first',
    mutation: {
      name: 'bulk_takes_one',
      rewriteText: {
        'read.locate_alerts': (text) => `${text} limit 1`,
      },
    },
  },
  {
    sentence: 'steps that were skipped count as fired',
    mutation: {
      name: 'skips_count',
      rewriteRow: { 'escalation.load': (row) => ({ ...row, fired_level: row['level'] }) },
    },
  },
  {
    sentence: 'who an alert is assigned to is not stored',
    seeds: [4],
    mutation: {
      name: 'assignment_lost',
      rewriteText: {
        'alert.save_alerts': replaceOnce('assigned_to = excluded.assigned_to,', ''),
      },
    },
  },
  {
    sentence: 'an alert is forgotten while its problem is reported',
    steps: [FIRE, RESOLVE, TIDY, WAIT_A_DAY, REPOST, TIDY].map((act) => step(act)),
    mutation: {
      name: 'reports_ignored',
      rewriteText: {
        'alert.list_forgettable': replaceOnce('and o.last_event_at <= r.until', ''),
        'alert.lock_forgettable': replaceOnce('and a.last_event_at <= r.until', ''),
      },
    },
  },
  {
    sentence: 'the timeline of a forgotten alert stays',
    mutation: {
      name: 'half_forgotten',
      rewriteText: {
        'alert.delete_forgotten_timeline': replaceOnce(
          'where t.project',
          'where false and t.project',
        ),
      },
    },
  },
  {
    sentence: 'an expired alert is archived although nobody closed it',
    mutation: {
      name: 'expired_archived',
      rewriteText: {
        'alert.archive': replaceOnce(
          `(o.status = 'RESOLVED' or o.closed_at is not null)`,
          `o.status in ('RESOLVED', 'EXPIRED')`,
        ),
      },
    },
  },
  {
    sentence: 'a round of which every message failed is not noticed',
    seeds: [2],
    mutation: {
      name: 'losses_unseen',
      rewriteText: {
        'delivery.list_lost_rounds': replaceOnce('having bool_and', 'having false and bool_and'),
      },
    },
  },
  {
    sentence: 'an answer does not cancel the calls to responders',
    seeds: [10, 20],
    mutation: {
      name: 'responders_uncancelled',
      rewriteText: {
        'delivery.cancel_calls': replaceOnce(
          `and n.purpose = 'call'`,
          `and n.purpose = 'call' and n.responder_id is null`,
        ),
      },
    },
  },
];
