/** What every command does to an alert in every status: one total table. Pure. */
import type { AlertCommand } from '#kernel/effect.ts';
import type { AlertStatus } from '#kernel/words/lifecycle.ts';

/**
 * What a command does in a status:
 * move    go to `to`, tell whoever has to know
 * record  write it on the timeline, change nothing (a late or repeated receipt)
 * refuse  409; an answer given already is not taken back
 * late_receipt  recorded when a device or provider says it, refused when a person asks for it
 * join    one more occurrence; `join_again` also calls people again
 * refresh note the time of the last report, no more
 * answer_late  a person answers an expired alert: noted, and closed
 * time_out     an acknowledgement ran out: the policy says what then
 * note, assign, close  what the command is called
 * pass_on  a matter of the escalation: more people are called
 * decline  whoever has it cannot come after all: the next one, and so on until somebody takes it
 *          over; from anybody else, while somebody has it, only noted
 * take_over  recorded while somebody has it; else it is theirs who says so
 * ignore  a timer that came too late
 */
export type Cell =
  | { readonly does: 'move'; readonly to: AlertStatus }
  | {
      readonly does:
        | 'record'
        | 'refuse'
        | 'join'
        | 'join_again'
        | 'refresh'
        | 'late_receipt'
        | 'answer_late'
        | 'time_out'
        | 'note'
        | 'assign'
        | 'close'
        | 'pass_on'
        | 'decline'
        | 'take_over'
        | 'ignore';
    };

const RECORD: Cell = { does: 'record' };
const REFUSE: Cell = { does: 'refuse' };
const REFRESH: Cell = { does: 'refresh' };
const IGNORE: Cell = { does: 'ignore' };
const JOIN: Cell = { does: 'join' };
const JOIN_AGAIN: Cell = { does: 'join_again' };
const LATE_RECEIPT: Cell = { does: 'late_receipt' };
const NOTE: Cell = { does: 'note' };
const ASSIGN: Cell = { does: 'assign' };
const PASS_ON: Cell = { does: 'pass_on' };
const TO = (to: AlertStatus): Cell => ({ does: 'move', to });

/** A missing cell does not compile; docs/reference/states.md is printed from this table. */
export const ALERT_TRANSITIONS: Readonly<
  Record<AlertStatus, Readonly<Record<AlertCommand['kind'], Cell>>>
> = {
  PENDING: {
    await: RECORD,
    deliver: TO('DELIVERED'),
    see: TO('SEEN'),
    acknowledge: TO('ACKNOWLEDGED'),
    resolve: TO('RESOLVED'),
    expire: TO('EXPIRED'),
    join: JOIN,
    repost: REFRESH,
    end: TO('RESOLVED'),
    time_out: IGNORE,
    note: NOTE,
    assign: ASSIGN,
    close: REFUSE,
    escalate: PASS_ON,
    decline: PASS_ON,
    record_round: PASS_ON,
    lose_round: PASS_ON,
  },
  DELIVERED: {
    await: REFUSE,
    deliver: RECORD,
    see: TO('SEEN'),
    acknowledge: TO('ACKNOWLEDGED'),
    resolve: TO('RESOLVED'),
    expire: TO('EXPIRED'),
    join: JOIN,
    repost: REFRESH,
    end: TO('RESOLVED'),
    time_out: IGNORE,
    note: NOTE,
    assign: ASSIGN,
    close: REFUSE,
    escalate: PASS_ON,
    decline: PASS_ON,
    record_round: PASS_ON,
    lose_round: PASS_ON,
  },
  SEEN: {
    await: REFUSE,
    deliver: RECORD,
    see: RECORD,
    acknowledge: TO('ACKNOWLEDGED'),
    resolve: TO('RESOLVED'),
    expire: TO('EXPIRED'),
    join: JOIN_AGAIN,
    repost: REFRESH,
    end: TO('RESOLVED'),
    time_out: IGNORE,
    note: NOTE,
    assign: ASSIGN,
    close: REFUSE,
    escalate: PASS_ON,
    decline: PASS_ON,
    record_round: PASS_ON,
    lose_round: PASS_ON,
  },
  ACKNOWLEDGED: {
    await: REFUSE,
    deliver: RECORD,
    see: RECORD,
    acknowledge: { does: 'take_over' },
    resolve: TO('RESOLVED'),
    expire: REFUSE,
    join: JOIN_AGAIN,
    repost: REFRESH,
    end: TO('RESOLVED'),
    time_out: { does: 'time_out' },
    note: NOTE,
    assign: ASSIGN,
    close: REFUSE,
    escalate: PASS_ON,
    decline: { does: 'decline' },
    record_round: PASS_ON,
    lose_round: PASS_ON,
  },
  RESOLVED: {
    await: REFUSE,
    deliver: LATE_RECEIPT,
    see: LATE_RECEIPT,
    acknowledge: REFUSE,
    resolve: RECORD,
    expire: REFUSE,
    join: REFRESH,
    repost: REFRESH,
    end: REFRESH,
    time_out: IGNORE,
    note: NOTE,
    assign: REFUSE,
    close: RECORD,
    escalate: REFUSE,
    decline: NOTE,
    record_round: REFUSE,
    lose_round: IGNORE,
  },
  EXPIRED: {
    await: REFUSE,
    deliver: LATE_RECEIPT,
    see: LATE_RECEIPT,
    acknowledge: { does: 'answer_late' },
    resolve: { does: 'answer_late' },
    expire: RECORD,
    join: REFRESH,
    repost: REFRESH,
    end: REFRESH,
    time_out: IGNORE,
    note: NOTE,
    assign: REFUSE,
    close: { does: 'close' },
    escalate: REFUSE,
    decline: NOTE,
    record_round: REFUSE,
    lose_round: PASS_ON,
  },
};
