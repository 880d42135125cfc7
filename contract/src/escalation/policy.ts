/** Policies: who is called when, until somebody answers. */
import * as z from 'zod/mini';
import { WIRE_PRIORITIES } from '#contract/alert.ts';
import { id, maybe, name, projectId, resourceStamps, seconds, text } from '#contract/field.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';

export const WIRE_STEP_CONDITIONS = ['not_acknowledged', 'not_seen', 'not_delivered'] as const;
export const WIRE_ACK_TIMEOUT_ACTIONS = ['resolve', 'escalate'] as const;

const policyTarget = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('rules') }),
    z.strictObject({ type: z.literal('channel'), channel_id: id() }),
    z.strictObject({ type: z.literal('responder'), responder_id: id() }),
  ],
  {
    error:
      'must be {"type": "rules"}, {"type": "channel", "channel_id": ID} or ' +
      '{"type": "responder", "responder_id": ID}',
  },
);

export type PolicyTarget = z.output<typeof policyTarget>;

const newStep = z.strictObject({
  delay_s: seconds(),
  label: maybe(text(WIRE_LIMITS.policyLabelCharsMax)),
  priority: maybe(z.enum(WIRE_PRIORITIES)),
  condition: maybe(z.enum(WIRE_STEP_CONDITIONS)),
  targets: maybe(
    z.array(policyTarget).check(z.minLength(1), z.maxLength(WIRE_LIMITS.policyTargetsMax)),
  ),
});
export type NewStep = z.output<typeof newStep>;

/** Each must be later than the one before. */
export function stepsOf<Step extends z.ZodMiniType<{ readonly delay_s: number }>>(one: Step) {
  return z
    .array(one)
    .check(z.minLength(1), z.maxLength(WIRE_LIMITS.policyStepsMax))
    .check((ctx) => {
      for (const [index, step] of ctx.value.entries()) {
        const before = ctx.value[index - 1];
        if (before === undefined || step.delay_s > before.delay_s) continue;
        const message = `must be more than the ${before.delay_s} of the step before`;
        ctx.issues.push({ code: 'custom', path: [index, 'delay_s'], message, input: step.delay_s });
      }
    });
}

const newSteps = stepsOf(newStep);

/** What may be left out, and is then the default (POST) or stays as it is (PATCH). */
const settings = {
  is_default: z.optional(z.boolean()),
  /** Null: not repeated after the last step. */
  repeat_every_s: z.optional(z.nullable(seconds())),
  min_interval_s: z.optional(seconds(0)),
  seen_hold_s: z.optional(z.nullable(seconds())),
  if_not_delivered_s: z.optional(z.nullable(seconds())),
  expire_after_s: z.optional(seconds()),
  seen_expire_after_s: z.optional(seconds()),
  ack_timeout_s: z.optional(seconds()),
  ack_timeout_action: z.optional(z.enum(WIRE_ACK_TIMEOUT_ACTIONS)),
};

export const newPolicy = z.strictObject({
  project_id: maybe(projectId()),
  name: name(),
  steps: newSteps,
  ...settings,
});
export type NewPolicy = z.output<typeof newPolicy>;

export const policyPatch = z.strictObject({
  name: z.optional(name()),
  steps: z.optional(newSteps),
  ...settings,
});
export type PolicyPatch = z.output<typeof policyPatch>;

export const stepAnswer = z.strictObject({
  delay_s: seconds(),
  label: z.string(),
  priority: z.enum(WIRE_PRIORITIES),
  condition: z.enum(WIRE_STEP_CONDITIONS),
  targets: z.array(policyTarget),
});

export const policyAnswer = z.strictObject({
  id: id(),
  ...resourceStamps,
  name: name(),
  is_default: z.boolean(),
  is_built_in: z.boolean(),
  steps: z.array(stepAnswer),
  repeat_every_s: z.nullable(seconds()),
  min_interval_s: seconds(0),
  seen_hold_s: z.nullable(seconds()),
  if_not_delivered_s: z.nullable(seconds()),
  expire_after_s: seconds(),
  seen_expire_after_s: seconds(),
  ack_timeout_s: seconds(),
  ack_timeout_action: z.enum(WIRE_ACK_TIMEOUT_ACTIONS),
});
export type PolicyAnswer = z.output<typeof policyAnswer>;
