/**
 * What a project has configured, as the simulator knows it: every state that it ever had, since a
 * node works with one of some steps ago until it has heard of the change.
 */
import type { Language, StepPlan } from './draw-world.ts';

export type ChannelSetting = {
  readonly channelId: string;
  readonly name: string;
  readonly type: string;
  readonly isActive: boolean;
  readonly fallbackId: string | null;
  readonly addresses: readonly string[];
};

export type RuleSetting = {
  readonly ruleId: string;
  readonly eventTypes: readonly string[];
  readonly site: string | null;
  readonly channelId: string;
  readonly isActive: boolean;
};

export type AddressSetting = { readonly type: 'webhook' | 'email'; readonly address: string };

export type ResponderSetting = {
  readonly responderId: string;
  readonly name: string;
  readonly language: Language;
  readonly isActive: boolean;
  readonly addresses: readonly AddressSetting[];
};

export type Setting = {
  /** In which it came to be. */
  readonly step: number;
  readonly language: Language;
  readonly administrators: readonly AddressSetting[];
  readonly channels: readonly ChannelSetting[];
  readonly rules: readonly RuleSetting[];
  /** In the order in which they are called. */
  readonly responders: readonly ResponderSetting[];
};

/** Those that a node may have worked with which last looked in step `floor`; newest first. */
export function listPossible(history: readonly Setting[], floor: number): readonly Setting[] {
  const first = history.findLastIndex(({ step }) => step <= floor);
  return history.slice(Math.max(0, first)).toReversed();
}

export type Target =
  | { readonly type: 'rules' }
  | { readonly type: 'administrators' }
  | { readonly type: 'channel'; readonly channelId: string }
  | { readonly type: 'responder'; readonly responderId: string };

/** The targets of a step, by the ids that its channels and responders were given. */
export function targetsOf(
  step: StepPlan,
  ids: { readonly channelIds: readonly string[]; readonly responderIds: readonly string[] },
): readonly Target[] {
  return step.targets.map((target) => {
    switch (target.type) {
      case 'rules':
        return { type: 'rules' };
      case 'channel':
        return { type: 'channel', channelId: ids.channelIds[target.channel] ?? '' };
      default:
        return { type: 'responder', responderId: ids.responderIds[target.responder] ?? '' };
    }
  });
}
