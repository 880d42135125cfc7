/** The words of the fall-alert manager, and what they are here. Pure. */
import {
  ALERT_STATUSES,
  type AlertStatus,
  OUTCOMES,
  type Outcome,
} from '#kernel/words/lifecycle.ts';
import { parseSeverity, type Severity } from '#kernel/words/severity.ts';

export const STATUS_NAMES = ['status', 'statut', 'etat', 'state'] as const;
export const CREATED_NAMES = [
  'created_at',
  'created',
  'date_creation',
  'cree_le',
  'timestamp',
  'detected_at',
] as const;

/**
 * Its steps, in seconds from the creation. It began at level 0 and skipped every step up to its
 * level, so that the first of these has never been sent: level 1 is the second one.
 */
export const SENTINEL_DELAYS_S = [120, 300, 600, 1_200, 1_800] as const;

export type StatusReading = {
  /** Null: a word that is no status. */
  readonly status: AlertStatus | null;
  /** Written as the program itself writes it. */
  readonly isExact: boolean;
};

/** Its own API also took other words, and other letters, and let anything follow. */
export function readStatus(word: string): StatusReading {
  const upper = word.trim().toUpperCase();
  const status = ALERT_STATUSES.find((known) => known === upper) ?? null;
  return { status, isExact: status === word };
}

export function isOver(word: string): boolean {
  const { status } = readStatus(word);
  return status === 'RESOLVED' || status === 'EXPIRED';
}

const SEVERITIES = new Map<string, Severity>(
  Object.entries({
    critique: 'critical',
    urgence: 'critical',
    urgent: 'critical',
    urgente: 'critical',
    grave: 'critical',
    haute: 'high',
    elevee: 'high',
    eleve: 'high',
    majeure: 'high',
    moyenne: 'medium',
    moyen: 'medium',
    normale: 'medium',
    basse: 'low',
    faible: 'low',
    mineure: 'low',
  }),
);

/** A fall is critical, and so is what does not say. */
export function readSeverity(word: string | null): Severity {
  const plain = stripAccents(word ?? '');
  return SEVERITIES.get(plain) ?? parseSeverity(plain, 'critical');
}

const OUTCOME_WORDS = new Map<string, Outcome>(
  Object.entries({
    'fausse alerte': 'false_alarm',
    'faux positif': 'false_alarm',
    'fausse alarme': 'false_alarm',
    'false positive': 'false_alarm',
    'secours envoyes': 'help_sent',
    'aide envoyee': 'help_sent',
    doublon: 'duplicate',
    essai: 'test',
  }),
);

/** Null: it does not say how it ended. */
export function readOutcome(word: string | null): Outcome | null {
  const plain = stripAccents(word ?? '').replaceAll(/[_-]+/g, ' ');
  const known = OUTCOMES.find((outcome) => outcome.replaceAll('_', ' ') === plain);
  return known ?? OUTCOME_WORDS.get(plain) ?? null;
}

function stripAccents(word: string): string {
  return word.normalize('NFD').replaceAll(/\p{M}/gu, '').trim().toLowerCase();
}
