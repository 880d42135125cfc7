/**
 * Every reason that /readyz can give, and what an operator does about it.
 * docs/reference/readiness.md is printed from this table.
 */

export type ReasonWords = {
  /** While it holds, /readyz answers 503. */
  readonly isBlocking: boolean;
  /** `{}` is what the hub knows of the case. */
  readonly sentence: string;
  readonly action: string;
};

export const READINESS_REASONS = {
  stopping: {
    isBlocking: true,
    sentence: 'The hub is stopping.',
    action: 'Nothing: it ends what it has begun, and goes.',
  },
  clock_offset: {
    isBlocking: true,
    sentence: 'The clock has moved against the database by over 1 s.',
    action: 'Let both machines keep their time by NTP. It claims no work until they agree again.',
  },
  lease_lost: {
    isBlocking: true,
    sentence: 'This node could not renew its lease in the database.',
    action: 'See whether the database answers, and how fast. Other nodes have taken its work over.',
  },
  not_stored: {
    isBlocking: true,
    sentence: 'The last write failed: {}',
    action:
      'See to the database: its disk, its connections, its log. Senders try again by themselves.',
  },
  database: {
    isBlocking: true,
    sentence: 'The database does not answer: {}',
    action: 'Start it, or mend DATABASE_URL. The hub goes on by itself as soon as it answers.',
  },
  timers_overdue: {
    isBlocking: false,
    sentence: 'A reminder is {} s overdue: is a worker running?',
    action: 'Start a process with the role worker; see the log of those that run.',
  },
  messages_overdue: {
    isBlocking: false,
    sentence: 'A message has waited {} s: is a worker running?',
    action: 'Start a process with the role worker; see whether the channels answer slowly.',
  },
  looks_overdue: {
    isBlocking: false,
    sentence: 'A look at who may be silent has waited {} s: is a worker running?',
    action: 'Start a process with the role worker; until then no silent device is told of.',
  },
  devices_silent: {
    isBlocking: false,
    sentence: 'Devices that are silent: {}. Each has its alert.',
    action: 'See to them: `tocsin device list --status silent` says which, and since when.',
  },
  sources_silent: {
    isBlocking: false,
    sentence: 'Sources that are silent: {}. Each has its alert.',
    action: 'See whether their senders run, and still send here; `tocsin source list` has them.',
  },
  set_aside: {
    isBlocking: false,
    sentence: '{} alerts were set aside because deciding them failed.',
    action:
      'Look at them and call people yourself. The log says `a due row was set aside`; report it.',
  },
  audit_unsealed: {
    isBlocking: false,
    sentence: 'Rows of the audit have waited {} s to be sealed.',
    action: 'See the log for `beat failed` of the beat `audit`, and run `tocsin audit verify`.',
  },
  nobody_called: {
    isBlocking: false,
    sentence: 'Open alerts that reach nobody: {}. Their timelines say why.',
    action:
      'Give the project channels and rules, or responders; `tocsin doctor` says what is missing.',
  },
} as const satisfies Readonly<Record<string, ReasonWords>>;

export type ReasonCode = keyof typeof READINESS_REASONS;

export type Reason = ReasonWords & { readonly code: ReasonCode };

export function giveReason(code: ReasonCode, known: string | number = ''): Reason {
  const words = READINESS_REASONS[code];
  return { ...words, code, sentence: words.sentence.replace('{}', () => String(known)) };
}
