/** What must be true after every step of every seed, by number. */
import {
  findBackwardStatus,
  findCallingRepost,
  findOpenWithoutDue,
  findSecondOpenAlert,
  findWrongTimeline,
} from './check/alert.ts';
import {
  findCallAfterAnswer,
  findFalseOutcome,
  findPendingAfterAnswer,
  findStuck,
  findUnmarkedCopy,
  findWaitingAfterBeat,
  findWrongAttempts,
  findWrongMessages,
} from './check/delivery.ts';
import { findGivenUp, findSilentExpiry, findWrongReminders } from './check/escalation.ts';
import {
  findLostOrDoubleReport,
  findMixedProjects,
  findSwallowedReport,
  findUnlinkedReport,
} from './check/intake.ts';
import { type Find, isOpen, type Observation } from './check/observation.ts';

export type Invariant = {
  readonly number: number;
  readonly sentence: string;
  readonly find: Find;
};

/** Nothing is open for ever: the quiet period is longer than any policy. */
const findOpenForEver: Find = ({ now, isAtRest }) => {
  const open = isAtRest ? now.alerts.find(isOpen) : undefined;
  return open === undefined ? null : `alert ${open.alert_id} is ${open.status} for ever`;
};

const findSurprise: Find = ({ ledger }) => ledger.surprises[0] ?? null;

export const INVARIANTS: readonly Invariant[] = [
  {
    number: 1,
    sentence:
      'Every accepted report is stored, and of reports with one sender id one is the first.',
    find: findLostOrDoubleReport,
  },
  {
    number: 2,
    sentence: 'Every report that is no duplicate and no end belongs to an alert of its project.',
    find: findUnlinkedReport,
  },
  {
    number: 3,
    sentence: 'A problem has at most one open alert.',
    find: findSecondOpenAlert,
  },
  {
    number: 4,
    sentence: 'A status only moves forward, a terminal one never changes, no alert disappears.',
    find: findBackwardStatus,
  },
  {
    number: 5,
    sentence: 'An open alert always has a due time, one that is over has none.',
    find: findOpenWithoutDue,
  },
  {
    number: 6,
    sentence: 'No attempt of a call starts after an answer to its alert has committed.',
    find: findCallAfterAnswer,
  },
  {
    number: 7,
    sentence: 'After an answer none of the calls that were there waits to be sent.',
    find: findPendingAfterAnswer,
  },
  {
    number: 8,
    sentence:
      'One notification per subject, transition, channel, target and rule, accepted at most once; \
a new alert calls every channel that its rules name.',
    find: findWrongMessages,
  },
  {
    number: 9,
    sentence:
      'Reminders: every step is fired or recorded as skipped, none is early, every round goes to \
everyone it names, the next is due when the policy says, and nothing due is left by a beat.',
    find: findWrongReminders,
  },
  {
    number: 10,
    sentence: 'An alert that expires tells everyone whom its last step or the rules name.',
    find: findSilentExpiry,
  },
  {
    number: 11,
    sentence:
      'The timeline replays to the status, the occurrences and the rounds of its alert, and holds \
every answer that was accepted.',
    find: findWrongTimeline,
  },
  {
    number: 12,
    sentence: 'After a quiet period no notification is waiting or sending, no attempt unfinished.',
    find: findStuck,
  },
  {
    number: 13,
    sentence: 'Nothing of one project is stored in another, or sent to another.',
    find: findMixedProjects,
  },
  {
    number: 14,
    sentence: 'A report of a problem that is over, and that nobody answered, raises a new alert.',
    find: findSwallowedReport,
  },
  {
    number: 15,
    sentence:
      'A notification has at most its number of counted attempts, one under way while it is \
sending and none else, and is sent when the last one was accepted.',
    find: findWrongAttempts,
  },
  {
    number: 16,
    sentence: 'What an attempt is recorded to have come to is what the target said to it.',
    find: findFalseOutcome,
  },
  {
    number: 17,
    sentence: 'A report of the same episode joins nothing and calls nobody again.',
    find: findCallingRepost,
  },
  {
    number: 18,
    sentence: 'A due row that a fault left claimed is tried again, an hour later at most.',
    find: findGivenUp,
  },
  {
    number: 19,
    sentence: 'A message that a target may have got twice is marked as a possible copy.',
    find: findUnmarkedCopy,
  },
  {
    number: 20,
    sentence: 'After a beat of delivery nothing that is due waits.',
    find: findWaitingAfterBeat,
  },
  {
    number: 21,
    sentence: 'After a quiet period no alert is open.',
    find: findOpenForEver,
  },
  {
    number: 22,
    sentence: 'While nothing is broken no request fails, no beat throws, no error is logged.',
    find: findSurprise,
  },
];

export function findBroken(
  seen: Observation,
): { readonly invariant: number; readonly sentence: string; readonly detail: string } | null {
  for (const { number, sentence, find } of INVARIANTS) {
    const detail = find(seen);
    if (detail !== null) return { invariant: number, sentence, detail };
  }
  return null;
}
