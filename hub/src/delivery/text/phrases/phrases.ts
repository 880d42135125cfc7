/**
 * What one language must be able to say. A missing phrase does not compile. Words in `{{ }}` are
 * filled in; what is filled in is never itself read as a template.
 */
import type { AlertStatus, Intent, Outcome } from '#kernel/words/lifecycle.ts';
import type { Severity } from '#kernel/words/severity.ts';

/** Labels that Tocsin itself gives to rounds; `Reminder n` is a phrase of its own. */
export const BUILT_IN_LABELS = [
  'URGENT reminder',
  'MAX ESCALATION',
  'Again',
  'Acknowledged, but not resolved',
  'Nobody is called',
  'Next responder',
  'Not delivered',
] as const;
export type BuiltInLabel = (typeof BUILT_IN_LABELS)[number];

export const ACTIONS = ['calling', 'seen', 'cannot', 'resolve'] as const;
export type ActionName = (typeof ACTIONS)[number];

/** The outcomes that a person can choose. */
export const CHOSEN_OUTCOMES = ['help_sent', 'false_alarm', 'fixed', 'duplicate', 'test'] as const;
export type ChosenOutcome = (typeof CHOSEN_OUTCOMES)[number];

export const MAIL_KINDS = [
  'created',
  'escalated',
  'seen',
  'acknowledged',
  'resolved',
  'expired',
  'received',
  'mailReceived',
  'mailMoved',
  'test',
  'other',
] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

export type FactName =
  | 'where'
  | 'since'
  | 'severity'
  | 'status'
  | 'reminder'
  | 'seenAt'
  | 'acknowledgedBy'
  | 'outcome'
  | 'occurrences'
  | 'source'
  | 'reference';

export type Notice = { readonly heading: string; readonly text: string };

export type Phrases = {
  readonly severity: Readonly<Record<Severity, string>>;
  /** Opens the subject of a mail: says how urgent it is without a word beside it. */
  readonly urgency: Readonly<Record<Severity | 'unknown', string>>;
  readonly status: Readonly<Record<AlertStatus, string>>;
  readonly outcome: Readonly<Record<Outcome, string>>;
  readonly untitled: string;
  readonly someone: string;
  readonly place: Readonly<Record<'area' | 'camera' | 'device', string>>;
  readonly time: Readonly<Record<'moment' | 'minutes' | 'hours' | 'hoursAndMinutes', string>>;
  readonly actions: Readonly<Record<ActionName, string>>;
  readonly test: Readonly<Record<'mark' | 'sentence', string>>;
  readonly mail: MailPhrases;
  readonly page: PagePhrases;
};

export type MailPhrases = {
  readonly subject: Readonly<Record<MailKind, string>>;
  readonly labels: Readonly<Record<BuiltInLabel, string>>;
  /** A label with its number, and one for a round that has no label. */
  readonly numberedReminder: string;
  readonly reminder: string;
  /** Why the round happens, where the label alone does not say it. */
  readonly reasons: Readonly<Record<Exclude<BuiltInLabel, ReminderLabel>, string>>;
  readonly lead: Readonly<Record<MailKind, string>>;
  /** How long nobody answered is not always known. */
  readonly unanswered: string;
  readonly acknowledged: Readonly<Record<Intent, string>>;
  readonly resolvedAs: Readonly<Record<Outcome, string>>;
  /** When the next round is due. */
  readonly next: string;
  readonly facts: Readonly<Record<FactName, string>>;
  /** Between the name and the value in plain text. */
  readonly colon: string;
  readonly details: string;
  readonly moreDetails: string;
  readonly linksSafe: string;
  readonly openSource: string;
  readonly footer: string;
};

type ReminderLabel = 'URGENT reminder' | 'MAX ESCALATION';

export type PagePhrases = {
  readonly ask: string;
  readonly recipient: string;
  readonly since: string;
  readonly hints: Readonly<Record<Exclude<ActionName, 'resolve'>, string>>;
  readonly cannot: string;
  readonly held: Readonly<Record<Intent, string>>;
  readonly resolve: Readonly<
    Record<'summary' | 'outcome' | 'choose' | 'detail' | 'submit', string>
  >;
  readonly chosenOutcome: Readonly<Record<ChosenOutcome, string>>;
  readonly recordedSeen: Notice;
  readonly recordedCalling: Notice;
  readonly resolved: Notice;
  readonly alreadyAcknowledged: Notice;
  readonly alreadyResolved: Notice;
  readonly expiredClosed: Notice;
  readonly callingNext: Notice;
  readonly callingSomeone: Notice;
  readonly nobodyNext: Notice;
  readonly outcomeMissing: Notice;
  readonly notRecorded: Notice;
  readonly linkExpired: Notice;
  readonly linkUnknown: Notice;
};
