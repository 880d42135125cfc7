/**
 * What must be true after every step of every seed, by number. Each names what enforces it in the
 * product, and what breaks it: planted faults (faults/) by their names, which faults.test.ts runs.
 */
import {
  findMissedResponder,
  findSilentExpiry,
  findUnstoodIn,
  findUntoldAdministrators,
  findUntoldAnswer,
  findWrongLanguage,
} from './check/called.ts';
import { findUnaudited } from './check/audit.ts';
import {
  findBackwardStatus,
  findCallingRepost,
  findOpenWithoutDue,
  findSecondOpenAlert,
  findWrongHolder,
  findWrongLevel,
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
import { findGivenUp, findWrongReminders } from './check/escalation.ts';
import {
  findLostOrDoubleReport,
  findMixedProjects,
  findSwallowedReport,
  findUnlinkedReport,
} from './check/intake.ts';
import { findSilentLoss } from './check/lost.ts';
import {
  findDeafDecline,
  findHeldUpAnswer,
  findMiscountedOutside,
  findSlowRequest,
  findUnaskedCall,
} from './check/people.ts';
import { findActingGet, findBackwardReceipt, findStrangeLink } from './check/receipt.ts';
import { findVanishedExpiry, findWrongArchive } from './check/retention.ts';
import { type Find, isOpen, type Observation } from './seen/observation.ts';

export type Invariant = {
  readonly number: number;
  readonly sentence: string;
  /** Functions, statements and constraints of the product. */
  readonly enforcedBy: readonly string[];
  /** Planted faults, by name. */
  readonly brokenBy: readonly string[];
  readonly find: Find;
};

/** Nothing is open for ever: the quiet period is longer than any policy. */
const findOpenForEver: Find = ({ now, isAtRest }) => {
  const open = isAtRest ? now.alerts.find(isOpen) : undefined;
  return open === undefined ? null : `alert ${open.alert_id} is ${open.status} for ever`;
};

const findSurprise: Find = ({ ledger }) => ledger.surprises[0] ?? null;

type Unnumbered = Omit<Invariant, 'number'>;

const OF_REPORTS_AND_CALLS: readonly Unnumbered[] = [
  {
    sentence:
      'Every accepted report is stored, and of reports with one sender id one is the first.',
    enforcedBy: ['commitIntake (app/intake/intake-commit.ts)', 'event_key_pk'],
    brokenBy: ['early_answer', 'duplicate_raises'],
    find: findLostOrDoubleReport,
  },
  {
    sentence:
      'Every report that is no duplicate, end or remark belongs to an alert of its project.',
    enforcedBy: ['decideFlush (app/intake/intake-decide.ts)', 'decideSighting (alert/head.ts)'],
    brokenBy: ['report_unlinked'],
    find: findUnlinkedReport,
  },
  {
    sentence: 'A problem has at most one open alert.',
    enforcedBy: ['lockHeads (alert/store.ts)', 'alert_open_once'],
    brokenBy: ['head_ignored'],
    find: findSecondOpenAlert,
  },
  {
    sentence: 'A status only moves forward, and a terminal one never changes.',
    enforcedBy: ['ALERT_TRANSITIONS (alert/transitions.ts)', 'lockAlerts (alert/store.ts)'],
    brokenBy: ['backward_status'],
    find: findBackwardStatus,
  },
  {
    sentence: 'An open alert always has a due time, one that is over has none.',
    enforcedBy: ['findDue (escalation/due.ts)', 'escalation_due_has_its_kind'],
    brokenBy: ['not_rearmed'],
    find: findOpenWithoutDue,
  },
  {
    sentence: 'No attempt of a call starts after an answer to its alert has committed.',
    enforcedBy: ['delivery.claim and delivery.cancel_calls (delivery/store.ts)'],
    brokenBy: ['claims_cancelled', 'responders_uncancelled'],
    find: findCallAfterAnswer,
  },
  {
    sentence: 'After an answer none of the calls that were there waits to be sent.',
    enforcedBy: [
      'followAlert (escalation/escalation.ts)',
      'delivery.cancel_calls (delivery/store.ts)',
    ],
    brokenBy: ['ack_without_cancel', 'responders_uncancelled'],
    find: findPendingAfterAnswer,
  },
  {
    sentence:
      'One notification per subject, transition, channel, target and rule, accepted at most once; \
a new alert calls every channel that its rules name, and no other.',
    enforcedBy: ['findWays (delivery/way.ts)', 'notification_once'],
    brokenBy: ['first_call_dropped'],
    find: findWrongMessages,
  },
  {
    sentence:
      'Reminders: every step is fired or recorded as skipped, none is early, every round goes to \
everyone it names, the interval counts from the last round, the next is due when the policy says, \
and nothing due is left by a beat.',
    enforcedBy: [
      'decideEscalation (escalation/escalation.ts)',
      'findDue (escalation/due.ts)',
      'runEscalationOnce (escalation/runner.ts)',
    ],
    brokenBy: ['channel_forgotten', 'skips_unrecorded', 'outside_uncounted'],
    find: findWrongReminders,
  },
  {
    sentence: "An alert that expires tells everyone whom the policy's last step names.",
    enforcedBy: ['tellOf (escalation/escalation.ts)'],
    brokenBy: ['silent_expiry'],
    find: findSilentExpiry,
  },
  {
    sentence:
      'The timeline replays to the status, the occurrences and the rounds of its alert, and holds \
all that persons answered and said.',
    enforcedBy: ['saveWorks (app/save-works.ts)'],
    brokenBy: ['rounds_untold', 'notes_untold'],
    find: findWrongTimeline,
  },
  {
    sentence: 'After a quiet period no notification is waiting or sending, no attempt unfinished.',
    enforcedBy: ['planRetry (delivery/retry.ts)', 'runLostOnce (delivery/runner.ts)'],
    brokenBy: ['no_takeover'],
    find: findStuck,
  },
  {
    sentence: 'Nothing of one project is stored in another, or sent to another.',
    enforcedBy: ['loadWorks (app/run-commands.ts)', 'notification_pk', 'alert_pk'],
    brokenBy: ['projects_mixed'],
    find: findMixedProjects,
  },
  {
    sentence: 'A report of a problem that is over, and that nobody answered, raises a new alert.',
    enforcedBy: ['decideSighting (alert/head.ts)'],
    brokenBy: ['end_unnoticed'],
    find: findSwallowedReport,
  },
  {
    sentence:
      'A notification has at most its number of counted attempts, one under way while it is \
sending and none else, and is sent when the last one was accepted.',
    enforcedBy: [
      'planRetry (delivery/retry.ts)',
      'delivery.claim and delivery.complete (delivery/store.ts)',
      'attempt_pk',
    ],
    brokenBy: ['endless_retry'],
    find: findWrongAttempts,
  },
  {
    sentence: 'What an attempt is recorded to have come to is what the target said to it.',
    enforcedBy: ['delivery.complete (delivery/store.ts)', 'notification_sending_has_its_lease'],
    brokenBy: ['lost_lease'],
    find: findFalseOutcome,
  },
  {
    sentence: 'A report of the same episode joins nothing and calls nobody again.',
    enforcedBy: ['isSameEpisode (alert/head.ts)'],
    brokenBy: ['repost_calls'],
    find: findCallingRepost,
  },
  {
    sentence: 'A due row that a fault left claimed is tried again, an hour later at most.',
    enforcedBy: ['escalation.claim_suspect (escalation/store.ts)'],
    brokenBy: ['suspects_dropped'],
    find: findGivenUp,
  },
  {
    sentence: 'A message that a target may have got twice is marked as a possible copy.',
    enforcedBy: ['planRetry (delivery/retry.ts)', 'delivery.complete (delivery/store.ts)'],
    brokenBy: ['takeover_as_unsent'],
    find: findUnmarkedCopy,
  },
  {
    sentence: 'After a beat of delivery nothing that is due waits.',
    enforcedBy: ['runOnce (delivery/runner.ts)', 'delivery.list_due_channels (delivery/store.ts)'],
    brokenBy: ['claims_nothing'],
    find: findWaitingAfterBeat,
  },
  {
    sentence: 'After a quiet period no alert is open.',
    enforcedBy: ['wake (escalation/escalation.ts)'],
    brokenBy: ['not_rearmed'],
    find: findOpenForEver,
  },
  {
    sentence: 'While nothing is broken no request fails, no beat throws, no error is logged.',
    enforcedBy: [
      'createHttpServer (platform/http/http-server.ts)',
      'createTicker (platform/ticker.ts)',
    ],
    brokenBy: ['notes_fail'],
    find: findSurprise,
  },
];

const OF_PEOPLE: readonly Unnumbered[] = [
  {
    sentence:
      'A call that reaches nobody goes to every administrator whose address a channel can carry.',
    enforcedBy: ['planCall and tellAdministrators (app/dispatch.ts)'],
    brokenBy: ['administrators_untold'],
    find: findUntoldAdministrators,
  },
  {
    sentence:
      'Every responder on duty whom a round names gets one message at each address, nobody else \
does, and the next one is somebody who was not called before.',
    enforcedBy: [
      'findWays (delivery/way.ts)',
      'callNextResponder (escalation/asked.ts)',
      'notification_once',
    ],
    brokenBy: ['first_again', 'off_duty_called'],
    find: findMissedResponder,
  },
  {
    sentence:
      'A round of which nothing was delivered goes out once more, by what stands in for its ways, \
and by the same ways where nothing does.',
    enforcedBy: ['resendRound (escalation/escalation.ts)', 'findStandIns (delivery/way.ts)'],
    brokenBy: ['resend_dropped', 'fallback_ignored'],
    find: findUnstoodIn,
  },
  {
    sentence: 'Whoever was called by name, and whom the rules name, hears what became of it.',
    enforcedBy: ['whoWasCalled (escalation/escalation.ts)'],
    brokenBy: ['answers_untold'],
    find: findUntoldAnswer,
  },
  {
    sentence: 'A message is in the language of whoever gets it, else in that of the project.',
    enforcedBy: ['addAddress and addChannel (delivery/way.ts)'],
    brokenBy: ['always_english'],
    find: findWrongLanguage,
  },
  {
    sentence: 'Each message that is answered with "I cannot" calls the next one exactly once.',
    enforcedBy: ['escalateNow (escalation/asked.ts)', 'ALERT_TRANSITIONS (alert/transitions.ts)'],
    brokenBy: ['decline_repeats'],
    find: findDeafDecline,
  },
  {
    sentence: 'When a person asks for more people, somebody is called at once.',
    enforcedBy: ['escalateNow (escalation/asked.ts)'],
    brokenBy: ['request_waits'],
    find: findSlowRequest,
  },
  {
    sentence:
      'A round by other means counts: the next reminder keeps its interval, and nothing of it is \
sent by us.',
    enforcedBy: ['recordRound (escalation/asked.ts)'],
    brokenBy: ['outside_uncounted'],
    find: findMiscountedOutside,
  },
  {
    sentence:
      'After an answer nobody is called, but for a request of a person, a new occurrence or an \
acknowledgement that ran out.',
    enforcedBy: ['findMoment (escalation/due.ts)', 'ALERT_TRANSITIONS (alert/transitions.ts)'],
    brokenBy: ['answer_forgotten'],
    find: findUnaskedCall,
  },
  {
    sentence: 'No GET changes anything.',
    enforcedBy: [
      'show (delivery/link/link.routes.ts)',
      'beginRead (platform/postgres/postgres.ts)',
    ],
    brokenBy: ['get_acts'],
    find: findActingGet,
  },
  {
    sentence:
      'What a device confirms is kept and only moves forward, comes from a receipt, and is never \
an attempt.',
    enforcedBy: [
      'delivery.note_receipt (delivery/receipt.store.ts)',
      'delivery.complete (delivery/store.ts)',
    ],
    brokenBy: ['receipt_goes_back', 'completion_overwrites'],
    find: findBackwardReceipt,
  },
  {
    sentence:
      'A link does what it is for, to the alert of its message, until it runs out; any other does \
nothing.',
    enforcedBy: [
      'parseLinkToken (delivery/link/token.ts)',
      'findMessageOf (app/routes/link-ports.ts)',
    ],
    brokenBy: ['other_message'],
    find: findStrangeLink,
  },
  {
    sentence: 'One alert that refuses an answer to many does not keep it from the others.',
    enforcedBy: ['runAnswers (app/run-commands.ts)'],
    brokenBy: ['bulk_takes_one'],
    find: findHeldUpAnswer,
  },
  {
    sentence: 'A round has the level of the step that fired last.',
    enforcedBy: ['fireRound (escalation/round.ts)', 'escalation_fired_within_level'],
    brokenBy: ['skips_count'],
    find: findWrongLevel,
  },
  {
    sentence: 'Who has an alert, and who closed it, is what its timeline says last.',
    enforcedBy: ['assign and closeAt (alert/alert.ts)', 'alert_closed_by_someone'],
    brokenBy: ['assignment_lost'],
    find: findWrongHolder,
  },
  {
    sentence:
      'Only what is over is archived, only what was archived is forgotten, each in its time and \
not while it is reported; then all of it.',
    enforcedBy: [
      'runRetentionOnce (app/retention.ts)',
      'alert.archive and alert.lock_forgettable (alert/archive.store.ts)',
    ],
    brokenBy: ['reports_ignored', 'half_forgotten'],
    find: findWrongArchive,
  },
  {
    sentence: 'An alert that expired stays on the board until somebody closes it.',
    enforcedBy: ['alert.archive (alert/archive.store.ts)'],
    brokenBy: ['expired_archived'],
    find: findVanishedExpiry,
  },
  {
    sentence:
      'When every message of the last round has failed, those who look after the project are told.',
    enforcedBy: ['loseRound (escalation/asked.ts)', 'tellLostRounds (app/sending/lost-rounds.ts)'],
    brokenBy: ['losses_unseen'],
    find: findSilentLoss,
  },
  {
    sentence: 'What a person wrote into a timeline has its row in the audit.',
    enforcedBy: [
      'runAnswer (app/run-commands.ts)',
      'createAuditRecorder (access/audit/audit.store.ts)',
    ],
    brokenBy: ['note_unaudited'],
    find: findUnaudited,
  },
];

export const INVARIANTS: readonly Invariant[] = [...OF_REPORTS_AND_CALLS, ...OF_PEOPLE].map(
  (invariant, index) => ({ number: index + 1, ...invariant }),
);

export type Found = {
  readonly invariant: number;
  readonly sentence: string;
  readonly detail: string;
};

/** The first that is broken, of those with these numbers where they are given. */
export function findBroken(
  seen: Observation,
  wanted: ReadonlySet<number> | null = null,
): Found | null {
  for (const { number, sentence, find } of INVARIANTS) {
    if (wanted !== null && !wanted.has(number)) continue;
    const detail = find(seen);
    if (detail !== null) return { invariant: number, sentence, detail };
  }
  return null;
}
