/** What an escalation policy says. Delays are whole seconds, as the contract has them. */
import type { ChannelId, ResponderId } from '#kernel/id.ts';
import type { Priority } from '#kernel/words/severity.ts';

export const STEP_CONDITIONS = ['not_acknowledged', 'not_seen', 'not_delivered'] as const;
export type StepCondition = (typeof STEP_CONDITIONS)[number];

export const ACK_TIMEOUT_ACTIONS = ['resolve', 'escalate'] as const;
export type AckTimeoutAction = (typeof ACK_TIMEOUT_ACTIONS)[number];

export type StepTarget =
  | { readonly type: 'rules' }
  | { readonly type: 'channel'; readonly channelId: ChannelId }
  | { readonly type: 'responder'; readonly responderId: ResponderId };

export type PolicyStep = {
  /** Seconds from the creation of the alert. */
  readonly delayS: number;
  readonly label: string;
  readonly priority: Priority;
  readonly condition: StepCondition;
  readonly targets: readonly StepTarget[];
};

export type Policy = {
  readonly steps: readonly PolicyStep[];
  /** After the last step; null = not repeated. */
  readonly repeatEveryS: number | null;
  readonly minIntervalS: number;
  readonly seenHoldS: number | null;
  readonly ifNotDeliveredS: number | null;
  readonly expireAfterS: number;
  readonly seenExpireAfterS: number;
  readonly ackTimeoutS: number;
  readonly ackTimeoutAction: AckTimeoutAction;
};
