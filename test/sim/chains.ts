/** Steps written by hand, in a small world of their own: for what chance seldom brings about. */
import { type Act, drawPlan, type LabelPost, type Plan, type Step } from './draw.ts';
import type { FaultPoint } from './ports.ts';

export function step(act: Act, fault: FaultPoint | null = null, node = 0): Step {
  return { act, fault, node, pick: 0.5 };
}

export function post(...posts: readonly LabelPost[]): Act {
  return { kind: 'labels', project: 0, posts };
}

export const FIRE = post({ problem: 0, how: 'fire' });
export const REPOST = post({ problem: 0, how: 'repost' });
export const RESOLVE: Act = { kind: 'answer', status: 'RESOLVED' };
export const TIDY: Act = { kind: 'beat', beats: ['retention'] };
export const WAIT_A_DAY: Act = { kind: 'wait', ms: 90_000_000, isPaused: false };

/** A world of seed 1 whose rules take every alert, and that forgets as soon as it may. */
export function planOf(steps: readonly Step[]): Plan {
  const { seed, world } = drawPlan(1, { min: 1, max: 1 });
  const projects = world.projects.map((project) => ({
    ...project,
    rules: project.rules.map((rule) => ({ ...rule, site: null })),
    archiveAfterS: 0,
    retentionDays: 1,
  }));
  return { seed, world: { ...world, projects }, steps };
}
