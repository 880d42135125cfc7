/** Rule tests: which rules would take an event or an alert, and why the others would not. */
import * as z from 'zod/mini';
import { alertId } from '#contract/alert.ts';
import { newEvent } from '#contract/event.ts';
import { id, maybe, maybeText, name, projectId } from '#contract/field.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';
import { BOTH_TYPES, eventType, hasBothTypes, ruleLists } from '#contract/rule.ts';

/** A rule that is not saved yet; of the event type that is tested unless it names others. */
const triedRule = z
  .strictObject({
    name: maybe(name()),
    ...ruleLists,
    channel_id: maybe(id()),
    is_active: maybe(z.boolean()),
  })
  .check(z.refine((rule) => !hasBothTypes(rule), { error: BOTH_TYPES, path: ['event_type'] }));
export type TriedRule = z.output<typeof triedRule>;

const ONE_SUBJECT = {
  error: 'give one of event, alert_id and event_id',
  path: ['event'],
};

/** The body of `POST /api/v1/rules/test`. */
export const ruleTestBody = z
  .strictObject({
    project_id: maybe(projectId()),
    /** As `POST /api/v1/events` takes it. */
    event: maybe(newEvent),
    /** Through which the event would come: its name or its id. */
    source: maybeText(WIRE_LIMITS.identifierCharsMax),
    alert_id: maybe(alertId()),
    event_id: maybe(id()),
    /** `alert.created` unless given; `event.received` of an event that raised no alert. */
    event_type: maybe(eventType),
    rule: maybe(triedRule),
  })
  .check(
    z.refine(
      ({ event, alert_id, event_id }) =>
        [event, alert_id, event_id].filter((given) => given !== null).length === 1,
      ONE_SUBJECT,
    ),
  );
export type RuleTestBody = z.output<typeof ruleTestBody>;

const matcher = z.strictObject({
  matcher: z.string(),
  is_met: z.boolean(),
  /** Empty: neither a field nor a label of that name is there, which counts as empty text. */
  seen: z.array(z.strictObject({ from: z.enum(['field', 'label']), value: z.string() })),
});

const verdict = z.strictObject({
  /** Null: the rule of the request. */
  id: z.nullable(id()),
  name: z.string(),
  is_active: z.boolean(),
  event_types: z.array(eventType),
  is_event_type_wanted: z.boolean(),
  matchers: z.array(matcher),
  channel: z.nullable(
    z.strictObject({
      id: id(),
      name: z.string(),
      channel_type: z.string(),
      is_active: z.boolean(),
    }),
  ),
  would_match: z.boolean(),
  /** It would match, and its channel would send. */
  would_send: z.boolean(),
  why: z.string(),
});

export const ruleTestAnswer = z.strictObject({
  project_id: projectId(),
  event_type: eventType,
  fields: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.string()),
  rules: z.array(verdict),
});
export type RuleTestAnswer = z.output<typeof ruleTestAnswer>;
