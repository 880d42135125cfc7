/**
 * Configuration as code: what projects are set up with, as one document. Everything goes by its
 * name: a field that is `channel_id` elsewhere is `channel` here and holds a name. The document
 * that the API takes and the file that people write differ in two forms only: in a file, secrets
 * say where they lie, and durations may have a unit.
 */
import * as z from 'zod/mini';
import { WIRE_PRIORITIES, WIRE_SEVERITIES } from '#contract/alert.ts';
import { WIRE_RETRIES } from '#contract/channel.ts';
import {
  stepsOf,
  WIRE_ACK_TIMEOUT_ACTIONS,
  WIRE_STEP_CONDITIONS,
} from '#contract/escalation/policy.ts';
import { language } from '#contract/escalation/responder.ts';
import {
  labelNames,
  freeJsonObject,
  maybe,
  name,
  oneLine,
  projectId,
  seconds,
  text,
  wholeNumber,
} from '#contract/field.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';
import { mailContent, redactionPatch } from '#contract/redaction/policy.ts';
import { ruleFilter, typedOnce, WIRE_EVENT_TYPES } from '#contract/rule.ts';
import { WIRE_SOURCE_KINDS } from '#contract/source.ts';
import { deviceKind, deviceLine } from '#contract/supervision/device.ts';

/** The only version of the format there has been. */
export const CONFIG_VERSION = 1;

type Seconds = (min?: number) => z.ZodMiniType<number>;

type Forms<Secret extends z.ZodMiniType> = {
  /** A secret that is given; null removes it. */
  readonly secret: Secret;
  readonly seconds: Seconds;
};

const is_active = maybe(z.boolean());

/** Whom, and by which channel of the project; null: the oldest active one of the kind. */
function addresses(countMax: number) {
  const address = z.strictObject({
    channel_type: text(WIRE_LIMITS.nameCharsMax),
    address: oneLine(WIRE_LIMITS.urlCharsMax),
    channel: maybe(name()),
  });
  return z.array(address).check(z.maxLength(countMax));
}

function entries<Entry extends z.ZodMiniType>(
  entry: Entry,
  countMax: number = WIRE_LIMITS.configEntriesMax,
) {
  return z.optional(z.array(entry).check(z.maxLength(countMax)));
}

const responder = z.strictObject({
  name: name(),
  language: maybe(language()),
  addresses: maybe(addresses(WIRE_LIMITS.addressesPerResponderMax)),
  /** Left out: as it is, and for a new one after the last. */
  position: maybe(wholeNumber(0, WIRE_LIMITS.responderPositionMax)),
  is_active,
});

const eventType = z.enum(WIRE_EVENT_TYPES);

const rule = z
  .strictObject({
    name: name(),
    event_types: z.optional(
      z.array(eventType).check(z.minLength(1), z.maxLength(WIRE_LIMITS.eventTypesMax)),
    ),
    /** Short for one of them. */
    event_type: z.optional(eventType),
    matchers: maybe(
      z.array(text(WIRE_LIMITS.matcherCharsMax)).check(z.maxLength(WIRE_LIMITS.matchersPerRuleMax)),
    ),
    filter: maybe(ruleFilter),
    channel: name(),
    is_active,
  })
  .check(...typedOnce());

const target = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('rules') }),
    z.strictObject({ type: z.literal('channel'), channel: name() }),
    z.strictObject({ type: z.literal('responder'), responder: name() }),
  ],
  {
    error:
      'must be {type: rules}, {type: channel, channel: NAME} or ' +
      '{type: responder, responder: NAME}',
  },
);

function policyOf(duration: Seconds) {
  const step = z.strictObject({
    delay_s: duration(),
    label: maybe(text(WIRE_LIMITS.policyLabelCharsMax)),
    priority: maybe(z.enum(WIRE_PRIORITIES)),
    condition: maybe(z.enum(WIRE_STEP_CONDITIONS)),
    targets: maybe(
      z.array(target).check(z.minLength(1), z.maxLength(WIRE_LIMITS.policyTargetsMax)),
    ),
  });
  return z.strictObject({
    name: name(),
    /** Left out only for a built-in policy, of which nothing but `is_default` can be set. */
    steps: z.optional(stepsOf(step)),
    is_default: z.optional(z.boolean()),
    /** Null: not repeated after the last step. */
    repeat_every_s: z.optional(z.nullable(duration())),
    min_interval_s: z.optional(duration(0)),
    seen_hold_s: z.optional(z.nullable(duration())),
    if_not_delivered_s: z.optional(z.nullable(duration())),
    expire_after_s: z.optional(duration()),
    seen_expire_after_s: z.optional(duration()),
    ack_timeout_s: z.optional(duration()),
    ack_timeout_action: z.optional(z.enum(WIRE_ACK_TIMEOUT_ACTIONS)),
  });
}

/** What people set up about a device; what it says of itself is left as it is when left out. */
function deviceOf(duration: Seconds) {
  return z.strictObject({
    /** Of a camera of a box: what the box calls it. */
    device_id: deviceLine(),
    parent_device_id: maybe(deviceLine()),
    kind: z.optional(deviceKind),
    name: maybe(name()),
    area_id: z.optional(z.nullable(deviceLine())),
    model: z.optional(z.nullable(deviceLine())),
    /** Null: as all of its kind. */
    silent_after_s: maybe(duration()),
    is_watched: maybe(z.boolean()),
  });
}

/** One project with all that it may hold. What is left out of an entry is as in a new one. */
export function configProjectOf<Secret extends z.ZodMiniType>({
  secret,
  seconds: duration,
}: Forms<Secret>) {
  /** Left out: as it is; null removes. */
  const secrets = () => maybe(z.record(text(WIRE_LIMITS.nameCharsMax), z.nullable(secret)));
  const source = z.strictObject({
    name: name(),
    kind: z.enum(WIRE_SOURCE_KINDS),
    /** Left out: as it is, and for a new source one is made and shown once. */
    token: maybe(secret),
    severity_default: maybe(z.enum(WIRE_SEVERITIES)),
    policy: maybe(name()),
    silent_after_s: maybe(duration()),
    dedup_window_s: maybe(duration()),
    join_by: maybe(labelNames()),
    mapping: maybe(freeJsonObject()),
    secrets: secrets(),
  });
  const channel = z.strictObject({
    name: name(),
    channel_type: text(WIRE_LIMITS.nameCharsMax),
    config: freeJsonObject(),
    secrets: secrets(),
    is_active,
    max_attempts: maybe(wholeNumber(1, WIRE_LIMITS.maxAttemptsMax)),
    retry: maybe(z.enum(WIRE_RETRIES)),
    fallback_channel: maybe(name()),
  });
  return z.strictObject({
    project_id: projectId(),
    name: z.optional(name()),
    language: z.optional(language()),
    administrators: z.optional(addresses(WIRE_LIMITS.administratorsMax)),
    archive_after_s: z.optional(duration(0)),
    /** Null: for ever. */
    retention_days: z.optional(z.nullable(wholeNumber(1, WIRE_LIMITS.retentionDaysMax))),
    mail_content: z.optional(mailContent),
    /** What is left out of it stays as it is; what is masked once stays masked. */
    redaction: z.optional(redactionPatch),
    sources: entries(source),
    devices: entries(deviceOf(duration), WIRE_LIMITS.devicesPerProjectMax),
    channels: entries(channel),
    responders: entries(responder),
    policies: entries(policyOf(duration)),
    rules: entries(rule),
  });
}

export const configVersion = z.literal(CONFIG_VERSION, {
  error: `must be ${CONFIG_VERSION}, the version of this format`,
});

export function projectsOf<Project extends z.ZodMiniType>(project: Project) {
  return z.array(project).check(z.minLength(1), z.maxLength(WIRE_LIMITS.configProjectsMax));
}

const plainSecret = z
  .string()
  .check(z.minLength(1, 'must not be empty'), z.maxLength(WIRE_LIMITS.secretCharsMax));

const configProject = configProjectOf({ secret: plainSecret, seconds });

/** As it goes over the wire: secrets in clear, durations in whole seconds. */
export const configDocument = z.strictObject({
  version: configVersion,
  projects: projectsOf(configProject),
});
export type ConfigDocument = z.output<typeof configDocument>;
export type ConfigProject = z.output<typeof configProject>;
/** The entries of one kind. */
export type ConfigEntry<
  Kind extends 'sources' | 'devices' | 'channels' | 'rules' | 'policies' | 'responders',
> = NonNullable<ConfigProject[Kind]>[number];
