/** One thing that the doctor has looked at: what was found, and what to do about it. Pure. */
import type { ProjectId } from '#kernel/id.ts';

export const CHECK_STATUSES = ['pass', 'warn', 'fail'] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

export type Check = {
  /** What was looked at: `database`, `channel ops`. */
  readonly subject: string;
  readonly status: CheckStatus;
  readonly sentence: string;
  /** What to do; null where nothing is to be done. */
  readonly action: string | null;
  /** Null: of the hub as a whole. */
  readonly projectId: ProjectId | null;
};

type About = { readonly subject: string; readonly projectId?: ProjectId };

export function pass(about: About, sentence: string): Check {
  return { ...named(about), status: 'pass', sentence, action: null };
}

export function warn(about: About, sentence: string, action: string): Check {
  return { ...named(about), status: 'warn', sentence, action };
}

export function fail(about: About, sentence: string, action: string): Check {
  return { ...named(about), status: 'fail', sentence, action };
}

function named({ subject, projectId }: About) {
  return { subject, projectId: projectId ?? null };
}
