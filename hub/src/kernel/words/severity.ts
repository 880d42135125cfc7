/** Severities, priorities, and the words senders use for them. */

export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const PRIORITIES = ['normal', 'high', 'critical', 'emergency'] as const;
export type Priority = (typeof PRIORITIES)[number];

export const SOURCE_KINDS = [
  'native',
  'alertmanager',
  'edge',
  'generic',
  'sentry',
  'signoz',
  'grafana',
  'cloudevents',
  'pec',
] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

const WORDS: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  crit: 'critical',
  page: 'critical',
  disaster: 'critical',
  emergency: 'critical',
  fatal: 'critical',
  p1: 'critical',
  high: 'high',
  error: 'high',
  major: 'high',
  err: 'high',
  p2: 'high',
  medium: 'medium',
  warning: 'medium',
  warn: 'medium',
  moderate: 'medium',
  average: 'medium',
  p3: 'medium',
  low: 'low',
  minor: 'low',
  p4: 'low',
  info: 'info',
  information: 'info',
  informational: 'info',
  notice: 'info',
  none: 'info',
  debug: 'info',
  p5: 'info',
};

/** An unknown word is the source's default severity, never a refusal. */
export function parseSeverity(word: string | undefined, fallback: Severity): Severity {
  if (word === undefined) return fallback;
  const key = word.trim().toLowerCase();
  return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? fallback) : fallback;
}

/** Round 0 takes its priority from the severity. */
export function initialPriority(severity: Severity): Priority {
  if (severity === 'critical' || severity === 'high') return severity;
  return 'normal';
}
