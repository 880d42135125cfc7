/** Policies as they are kept, the two built-in ones, and how a snapshot is named. Pure. */
import { sha256Hex } from '#kernel/crypto.ts';
import type { PolicyId, ProjectId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { Policy, PolicyStep } from '#kernel/policy.ts';
import type { Priority } from '#kernel/words/severity.ts';

export type StoredPolicy = {
  readonly projectId: ProjectId;
  readonly policyId: PolicyId;
  readonly name: string;
  readonly policy: Policy;
  /** The snapshot that alerts raised now will refer to. */
  readonly snapshotId: string;
  readonly isDefault: boolean;
  readonly isBuiltIn: boolean;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};

const SNAPSHOT_ID_CHARS = 32;

/** Same content, same name: saving a policy unchanged makes no second snapshot. */
export function nameSnapshot(policyId: PolicyId, policy: Policy): string {
  return sha256Hex(JSON.stringify([policyId, policy])).slice(0, SNAPSHOT_ID_CHARS);
}

/** Left out by the author: a minute, or the smallest gap of the policy where that is less. */
export function defaultMinIntervalS(steps: readonly { readonly delayS: number }[]): number {
  let smallest = 60;
  let previous = 0;
  for (const step of steps) {
    smallest = Math.min(smallest, step.delayS - previous);
    previous = step.delayS;
  }
  return Math.max(0, smallest);
}

function step(delayS: number, label: string, priority: Priority): PolicyStep {
  return {
    delayS,
    label,
    priority,
    condition: 'not_acknowledged',
    targets: [{ type: 'rules' }],
  };
}

const SENTINEL: Policy = {
  steps: [
    step(120, 'Reminder 1', 'high'),
    step(300, 'Reminder 2', 'critical'),
    step(600, 'Reminder 3', 'critical'),
    step(1200, 'URGENT reminder', 'emergency'),
    step(1800, 'MAX ESCALATION', 'emergency'),
  ],
  repeatEveryS: 600,
  minIntervalS: 60,
  seenHoldS: null,
  ifNotDeliveredS: null,
  expireAfterS: 7_200,
  seenExpireAfterS: 14_400,
  ackTimeoutS: 7_200,
  ackTimeoutAction: 'resolve',
};

/** Every project has these from its start; the first is its default until it chooses another. */
export const BUILT_IN_POLICIES: readonly { readonly name: string; readonly policy: Policy }[] = [
  { name: 'sentinel', policy: SENTINEL },
  { name: 'sentinel-strict', policy: { ...SENTINEL, seenHoldS: 300, ifNotDeliveredS: 30 } },
];
