/** Rules: which events and which changes of alerts go to which channel. */
import * as z from 'zod/mini';
import { id, maybe, name, projectId, resourceStamps, text } from './field.ts';
import { WIRE_LIMITS } from './limits.ts';

export const WIRE_EVENT_TYPES = [
  'event.received',
  'message.received',
  'message.state_changed',
  'new_message',
  'state_changed',
  'alert.created',
  'alert.escalated',
  'alert.seen',
  'alert.acknowledged',
  'alert.resolved',
  'alert.expired',
  'device.silent',
  'source.silent',
] as const;

export const eventType = z.enum(WIRE_EVENT_TYPES);

const filterWord = () => text(WIRE_LIMITS.identifierCharsMax).check(z.minLength(1));

/** One, or a list of which one has to fit; an empty list would fit nothing, or everything. */
const oneOrMore = () =>
  z.optional(
    z.union(
      [
        filterWord(),
        z.array(filterWord()).check(z.minLength(1), z.maxLength(WIRE_LIMITS.filterValuesMax)),
      ],
      { error: 'must be text, or a list of 1 or more' },
    ),
  );

/**
 * Which mail a rule takes; the keys are ANDed. A rule never fails open: a key that is not
 * understood is refused, not ignored.
 */
export const ruleFilter = z.strictObject(
  { mailbox_id: oneOrMore(), direction: oneOrMore(), pec_type: oneOrMore() },
  { error: ({ code }) => (code === 'unrecognized_keys' ? 'unknown filter key' : undefined) },
);
export type RuleFilter = z.output<typeof ruleFilter>;

/** What a rule asks for. */
export const ruleLists = {
  event_types: z.optional(
    z.array(eventType).check(z.minLength(1), z.maxLength(WIRE_LIMITS.eventTypesMax)),
  ),
  /** Short for one of them. */
  event_type: z.optional(eventType),
  /** ANDed; an empty list takes everything of the types. */
  matchers: z.optional(
    z.array(text(WIRE_LIMITS.matcherCharsMax)).check(z.maxLength(WIRE_LIMITS.matchersPerRuleMax)),
  ),
  filter: maybe(ruleFilter),
};

type Typed = { event_type?: string | undefined; event_types?: readonly string[] | undefined };

export const BOTH_TYPES = 'give event_types or event_type, not both';

export function hasBothTypes(rule: Typed): boolean {
  return rule.event_type !== undefined && rule.event_types !== undefined;
}

function hasNoType(rule: Typed): boolean {
  return rule.event_type === undefined && rule.event_types === undefined;
}

/** One way to say it, not both; a rule that asks for nothing is none. */
export function typedOnce<Rule extends Typed>() {
  return [
    z.refine<Rule>((rule) => !hasBothTypes(rule), { error: BOTH_TYPES, path: ['event_type'] }),
    z.refine<Rule>((rule) => !hasNoType(rule), { error: 'is required', path: ['event_types'] }),
  ];
}

export const newRule = z
  .strictObject({
    project_id: maybe(projectId()),
    name: name(),
    ...ruleLists,
    channel_id: id(),
    is_active: maybe(z.boolean()),
  })
  .check(...typedOnce());
export type NewRule = z.output<typeof newRule>;

export const rulePatch = z
  .strictObject({
    name: z.optional(name()),
    ...ruleLists,
    channel_id: z.optional(id()),
    is_active: z.optional(z.boolean()),
  })
  .check(z.refine((rule) => !hasBothTypes(rule), { error: BOTH_TYPES, path: ['event_type'] }));
export type RulePatch = z.output<typeof rulePatch>;

export const ruleAnswer = z.strictObject({
  id: id(),
  ...resourceStamps,
  name: name(),
  event_types: z.array(eventType),
  matchers: z.array(z.string()),
  filter: ruleFilter,
  channel_id: id(),
  is_active: z.boolean(),
});
export type RuleAnswer = z.output<typeof ruleAnswer>;
