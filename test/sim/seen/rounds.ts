/** The rounds of an alert as its timeline tells them. */
import type { TimelineRow } from './snapshot.ts';

export type Told = {
  /** `Step 2`, `Again`, `Next responder`, ...; of a round by other means, `outside`. */
  readonly label: string;
  /** Step of the policy, from 1; null = a round beside the steps. */
  readonly step: number | null;
  readonly level: number;
  /** Null: the line of an alert that expired names none. */
  readonly round: number | null;
  readonly at: number;
};

export const OUTSIDE = 'outside';
/** Tell of a round that was there already. */
const AFTERWARDS: readonly string[] = ['Not delivered', 'Nobody is called'];

const LINE = /^(.*?) \| (?:level (\d+), send #(\d+), )?\w+ \| /;
const OUTSIDE_LINE = /^level (\d+), send #(\d+).* called by other means/;

/** One line about a calling-out; null = it is about something else. */
export function parseTold({ kind, detail, at }: TimelineRow): Told | null {
  const outside = kind === 'NOTIFICATION_RESENT' ? OUTSIDE_LINE.exec(detail) : null;
  if (outside !== null) {
    const [, level, sent] = outside;
    return { label: OUTSIDE, step: null, level: Number(level), round: Number(sent) - 1, at };
  }
  const [, label, level, sent] = (kind === 'ESCALATED' ? LINE.exec(detail) : null) ?? [];
  if (label === undefined) return null;
  const step = /^Step (\d+)$/.exec(label)?.[1];
  // The line of an alert that expired names no round of its own.
  const isOfRound = sent !== undefined || AFTERWARDS.includes(label);
  return {
    label,
    step: step === undefined ? null : Number(step),
    level: Number(level ?? 0),
    round: isOfRound ? Number(sent ?? 1) - 1 : null,
    at,
  };
}

/** Rounds after the first, each once, in their order. */
export function listRounds(entries: readonly TimelineRow[]): readonly Told[] {
  const rounds = entries.flatMap((entry) => {
    const told = parseTold(entry);
    const isNew = told !== null && told.round !== null && !AFTERWARDS.includes(told.label);
    return isNew ? [told] : [];
  });
  return rounds.toSorted((one, other) => (one.round ?? 0) - (other.round ?? 0));
}

/** A person wanted more people at that moment, or said that they cannot come. */
export function isAskedFor(entries: readonly TimelineRow[], at: number): boolean {
  return entries.some(
    (entry) =>
      entry.at === at && entry.kind === 'NOTE' && /calls the next|cannot come/.test(entry.detail),
  );
}
