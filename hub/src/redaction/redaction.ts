/**
 * What may not be stored is taken out before anything else sees a report. Pure.
 * The policy in force is `identity`: nothing is masked yet, and every event says so in its
 * `redaction_version`. Rules come with their own versions; a later version may only mask more.
 */

export type Redaction<T> = {
  readonly value: T;
  readonly hasRedactedContent: boolean;
  /** Policy and version that was applied, stored with every event. */
  readonly version: string;
};

export type RedactionPolicy = { readonly version: string };

export const IDENTITY_POLICY: RedactionPolicy = { version: 'identity-1' };

export function redactReport<T>(report: T, policy: RedactionPolicy): Redaction<T> {
  return { value: report, hasRedactedContent: false, version: policy.version };
}
