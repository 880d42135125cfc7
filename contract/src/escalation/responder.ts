/** Responders: people who can be called, and the addresses that they are reached at. */
import * as z from 'zod/mini';
import { errorDetail } from '#contract/error.ts';
import {
  id,
  maybe,
  name,
  oneLine,
  projectId,
  resourceStamps,
  text,
  wholeNumber,
} from '#contract/field.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';

export const WIRE_LANGUAGES = ['en', 'fr', 'it', 'zh-Hans', 'zh-Hant'] as const;

export function language() {
  return z.enum(WIRE_LANGUAGES);
}

/** What is a good address is the matter of the kind of channel; here it is one bounded line. */
const givenAddress = z.strictObject({
  channel_type: text(WIRE_LIMITS.nameCharsMax),
  address: oneLine(WIRE_LIMITS.urlCharsMax),
  /** Null: by the oldest active channel of the kind. */
  channel_id: maybe(id()),
});
export type GivenAddress = z.output<typeof givenAddress>;

export function givenAddresses(countMax: number) {
  return z.array(givenAddress).check(z.maxLength(countMax));
}

export const addressAnswer = z.strictObject({
  channel_type: z.string(),
  address: z.string(),
  channel_id: z.nullable(id()),
});

const addresses = givenAddresses(WIRE_LIMITS.addressesPerResponderMax);
const position = wholeNumber(0, WIRE_LIMITS.responderPositionMax);

export const newResponder = z.strictObject({
  project_id: maybe(projectId()),
  name: name(),
  language: maybe(language()),
  addresses: maybe(addresses),
  /** Left out: after the last. */
  position: maybe(position),
  is_active: maybe(z.boolean()),
});
export type NewResponder = z.output<typeof newResponder>;

export const responderPatch = z.strictObject({
  name: z.optional(name()),
  language: z.optional(language()),
  addresses: z.optional(addresses),
  position: z.optional(position),
  is_active: z.optional(z.boolean()),
});
export type ResponderPatch = z.output<typeof responderPatch>;

export const responderAnswer = z.strictObject({
  id: id(),
  ...resourceStamps,
  name: name(),
  language: language(),
  addresses: z.array(addressAnswer),
  position: z.int(),
  is_active: z.boolean(),
  /** Addresses that no channel of the project can carry a message to. */
  warnings: z.array(errorDetail),
});
export type ResponderAnswer = z.output<typeof responderAnswer>;
