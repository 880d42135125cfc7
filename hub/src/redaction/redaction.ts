/**
 * Takes out of what senders report all that may not be stored, before anything else sees it: names
 * of fields first, then patterns in every text (keys, URLs, JSON inside of text), random-looking
 * text last. Pure; one redactor per project, made of its policy and its key.
 * Identity comes from the raw report; redaction never changes which reports are the same problem.
 * Redacting twice changes nothing.
 */
import type { Bytes } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { createMaskNames, type MaskCounts, type NameMask } from './mask.ts';
import { nameRedactionVersion, type RedactionPolicy } from './policy.ts';
import { type RedactableReport, redactReportFields } from './report.ts';
import { compileRules, RULES_TEXT } from './rules.ts';
import { looksLikeJson, redactEmbedded } from './structure/embedded-json.ts';
import { type JsonDeps, redactJson, redactObject } from './structure/json.ts';
import { createTally, type Tally } from './text/hit.ts';
import { redactText, type TextDeps, type TextScope } from './text/redact-text.ts';

export type Redaction<T> = {
  /** The very same value when there was nothing to mask. */
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
  const scope = compileRules(policy);
  const version = nameRedactionVersion(policy, RULES_TEXT);
  const nameMask = createMaskNames(key);
  const run = <T>(redact: (deps: JsonDeps) => T): Redaction<T> => {
    const tally = createTally();
    const value = redact(createDeps(scope, nameMask, tally));
    return { value, hasRedactedContent: tally.total > 0, version, masks: listMasks(tally) };
  };
  return {
    version,
    redactText: (text) => run((deps) => deps.redactText(text, { context: 'text', depth: 0 })),
    redactJson: (value) => run((deps) => redactJson(value, 0, deps)),
    redactObject: (value) => run((deps) => redactObject(value, 0, deps)),
    redactReport: (report) => run((deps) => redactReportFields(report, deps)),
    redactId: (id) => run((deps) => redactAlertId(id, deps)),
  };
}

const NO_MASKS: MaskCounts = {};

function listMasks({ total, counts }: Tally): MaskCounts {
  return total === 0 ? NO_MASKS : Object.fromEntries(counts);
}

function createDeps(scope: TextScope, nameMask: NameMask, tally: Tally): JsonDeps {
  const masking = { nameMask, tally };
  const textDeps: TextDeps = {
    scope,
    masking,
    redactInner: (text, depth) =>
      looksLikeJson(text) ? redactEmbedded(text, (value) => redactJson(value, depth, inner)) : null,
  };
  const outer: JsonDeps = {
    areNumbersMarked: false,
    findKeyRule: scope.findKeyRule,
    masking,
    phoneRegions: scope.phoneRegions,
    redactText: (text, place) => redactText(text, place, textDeps),
  };
  const inner: JsonDeps = { ...outer, areNumbersMarked: true };
  return outer;
}

const MASK_IN_ID = /\[([A-Z0-9_]+)#([a-z2-7]{8})\]/g;

function redactAlertId(id: string, deps: JsonDeps): string {
  const redacted = deps.redactText(id, { context: 'secrets_only', depth: 0 });
  if (redacted === id) return id;
  return redacted.replace(MASK_IN_ID, '$1-$2').slice(0, LIMITS.alertIdCharsMax);
}
