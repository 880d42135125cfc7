/** What a project masks besides what every project does. It only grows: see `policy_reveals`. */
import * as z from 'zod/mini';
import { oneLine, projectId, text, timestamp } from '#contract/field.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';

const { redactionRulesMax: countMax } = WIRE_LIMITS;

const pattern = z.strictObject({
  /** Names the mask. */
  name: oneLine(WIRE_LIMITS.nameCharsMax),
  /** RE2 syntax, not anchored. */
  pattern: text(WIRE_LIMITS.regexCharsMax),
});

const extraKeys = z.array(oneLine(WIRE_LIMITS.labelNameCharsMax)).check(z.maxLength(countMax));
const extraPatterns = z.array(pattern).check(z.maxLength(countMax));
const phoneRegions = z.array(z.string()).check(z.maxLength(countMax));

/** What is left out stays as it is; a list holds what is there already and what is new. */
export const redactionPatch = z.strictObject({
  extra_keys: z.optional(extraKeys),
  extra_patterns: z.optional(extraPatterns),
  phone_regions: z.optional(phoneRegions),
  are_local_addresses_masked: z.optional(z.boolean()),
});
export type RedactionPatch = z.output<typeof redactionPatch>;

export const redactionPolicy = z.strictObject({
  extra_keys: extraKeys,
  extra_patterns: extraPatterns,
  phone_regions: phoneRegions,
  are_local_addresses_masked: z.boolean(),
});

export const mailContent = z.enum(['minimal', 'full']);

export const redactionAnswer = z.strictObject({
  project_id: projectId(),
  /** What an event that comes in now gets. */
  redaction_version: z.string(),
  policy: redactionPolicy,
  mail_content: mailContent,
  /** Name of a class of values that is masked in every project -> what it stands for. */
  classes: z.record(z.string(), z.string()),
  /** The newest first. */
  versions: z.array(
    z.strictObject({
      redaction_version: z.string(),
      policy: redactionPolicy,
      created_at: timestamp(),
      created_by: z.strictObject({
        principal_id: z.string(),
        name: z.string(),
        auth_method: z.string(),
      }),
    }),
  ),
});
export type RedactionAnswer = z.output<typeof redactionAnswer>;
