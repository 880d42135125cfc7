/** Policies as they are kept, the two built-in ones, and how a snapshot is named. Pure. */
import { sha256Hex } from '#kernel/crypto.ts';
import type { ErrorDetail } from '#kernel/error-codes.ts';
import type { ChannelId, PolicyId, ProjectId, ResponderId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { Policy, PolicyStep, StepTarget } from '#kernel/calling/policy.ts';
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

/** With the defaults for all that its author may leave out. */
export function startPolicy(steps: readonly PolicyStep[]): Policy {
  return {
    steps,
    repeatEveryS: 600,
    minIntervalS: defaultMinIntervalS(steps),
    seenHoldS: null,
    ifNotDeliveredS: null,
    expireAfterS: 7_200,
    seenExpireAfterS: 14_400,
    ackTimeoutS: 7_200,
    ackTimeoutAction: 'resolve',
  };
}

/**
 * Built anew, with the fields in our order: it is part of the snapshot's name, and the database
 * gives those of a document back in an order of its own.
 */
export function copyStep({ delayS, label, priority, condition, targets }: PolicyStep): PolicyStep {
  return { delayS, label, priority, condition, targets: targets.map(copyTarget) };
}

function copyTarget(target: StepTarget): StepTarget {
  switch (target.type) {
    case 'rules':
      return { type: 'rules' };
    case 'channel':
      return { type: 'channel', channelId: target.channelId };
    case 'responder':
      return { type: 'responder', responderId: target.responderId };
  }
}

export type PlacedTarget = { readonly path: string; readonly target: StepTarget };

/** Every target of every step, with where it stands in the body. */
export function listTargets(policy: Policy): readonly PlacedTarget[] {
  return policy.steps.flatMap(({ targets }, stepIndex) =>
    targets.map((target, index) => ({ path: `steps[${stepIndex}].targets[${index}]`, target })),
  );
}

/** Targets that are not of the project. */
export function findTargetFaults(
  placed: readonly PlacedTarget[],
  known: {
    readonly channels: ReadonlySet<ChannelId>;
    readonly responders: ReadonlySet<ResponderId>;
  },
): readonly ErrorDetail[] {
  return placed.flatMap(({ path, target }) => {
    if (target.type === 'channel' && !known.channels.has(target.channelId)) {
      return [{ path: `${path}.channel_id`, message: 'is no channel of this project' }];
    }
    if (target.type === 'responder' && !known.responders.has(target.responderId)) {
      return [{ path: `${path}.responder_id`, message: 'is no responder of this project' }];
    }
    return [];
  });
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
