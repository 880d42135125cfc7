/** Projects: the tenants of a hub. */
import * as z from 'zod/mini';
import { errorDetail } from './error.ts';
import { maybe, name, projectId, resourceStamps, seconds, wholeNumber } from './field.ts';
import { WIRE_LIMITS } from './limits.ts';
import { addressAnswer, givenAddresses, language } from '#contract/escalation/responder.ts';
import { mailContent, redactionPatch, redactionPolicy } from '#contract/redaction/policy.ts';

const administrators = givenAddresses(WIRE_LIMITS.administratorsMax);
const retentionDays = wholeNumber(1, WIRE_LIMITS.retentionDaysMax);

export const newProject = z.strictObject({
  project_id: projectId(),
  name: z.optional(name()),
  language: maybe(language()),
  administrators: maybe(administrators),
  archive_after_s: maybe(seconds(0)),
  /** Null: for ever. */
  retention_days: maybe(retentionDays),
  mail_content: maybe(mailContent),
  redaction: maybe(redactionPatch),
});
export type NewProject = z.output<typeof newProject>;

export const projectPatch = z.strictObject({
  name: z.optional(name()),
  language: z.optional(language()),
  administrators: z.optional(administrators),
  archive_after_s: z.optional(seconds(0)),
  retention_days: z.optional(z.nullable(retentionDays)),
  mail_content: z.optional(mailContent),
  redaction: z.optional(redactionPatch),
});
export type ProjectPatch = z.output<typeof projectPatch>;

export const projectAnswer = z.strictObject({
  id: projectId(),
  ...resourceStamps,
  name: name(),
  language: language(),
  administrators: z.array(addressAnswer),
  archive_after_s: seconds(0),
  retention_days: z.nullable(retentionDays),
  mail_content: mailContent,
  redaction: redactionPolicy,
  /** Administrators that no channel of the project can carry a message to. */
  warnings: z.array(errorDetail),
});
export type ProjectAnswer = z.output<typeof projectAnswer>;
