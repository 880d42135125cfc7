/**
 * Planted bugs, each of which the simulator must find. None touches a file of the product: they
 * rewrite a statement on its way to the database, falsify a row on its way back, or put a trigger
 * into the database, so they are made anew from whatever the product says today.
 */
import type { Row } from '#platform/postgres/postgres.ts';
import type { Mutation } from './ports.ts';

export type PlantedFault = {
  readonly mutation: Mutation;
  /** What the bug would be in the product. */
  readonly sentence: string;
  /** Run in the empty database before the first seed. */
  readonly sql?: readonly string[];
};

type Rewrite = (text: string) => string;

function replaceOnce(from: string, to: string): Rewrite {
  return (text) => {
    if (!text.includes(from)) throw new Error(`no longer a part of the statement: ${from}`);
    return text.replace(from, to);
  };
}

/** `body` decides over `new`; `return null` drops the write. */
function trigger(when: string, table: string, body: string): readonly string[] {
  return [
    `create function plant() returns trigger language plpgsql as
       $$ begin ${body}; return new; end $$`,
    `create trigger planted before ${when} on ${table} for each row execute function plant()`,
  ];
}

export const PLANTED_FAULTS: readonly PlantedFault[] = [
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
    mutation: {
      name: 'repost_calls',
      rewriteRow: { 'alert.lock_heads': (row) => ({ ...row, ...forgetEpisode(row) }) },
    },
  },
  {
    sentence: 'after a step the next one gets no due time',
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
];

function forgetEpisode(row: Row): Row {
  const startedAt = row['episode_started_at'];
  if (!(startedAt instanceof Date)) return {};
  return { episode_started_at: new Date(startedAt.getTime() - 3_600_000), episode_ends_at: null };
}
