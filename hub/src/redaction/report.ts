/**
 * What redaction does with each field of a report. A test of `intake` sees that none is missing.
 *
 * Ids of events, devices and runs keep all but secrets: they are what reports are joined by, and
 * ids of messages look like mail addresses. A token in one is a secret all the same.
 * Danger: a mask can be longer than what it stands for; what no longer fits is cut off.
 */
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { cutText, fitJson } from './structure/fit.ts';
import {
  type JsonDeps,
  nameUniquely,
  redactJson,
  redactName,
  redactNamed,
  redactObject,
} from './structure/json.ts';
import type { Context } from './structure/key.ts';

type Texts = Readonly<Record<string, string>>;

/** The fields of a report that hold what somebody wrote. */
export type RedactableReport = {
  readonly title: string;
  readonly content: string | null;
  readonly sourceUrl: string | null;
  readonly image: string | null;
  readonly audioRelayWs: string | null;
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly payload: JsonObject | null;
  readonly analyse: JsonObject;
  readonly sourceRefs: JsonObject | null;
  readonly logCorrelation: JsonObject | null;
  readonly cameraIpMap: JsonValue;
  readonly provider: string | null;
  readonly alertname: string | null;
  readonly namespace: string | null;
  readonly targetResource: string | null;
  readonly channelChatId: string | null;
  readonly fingerprint: string | null;
  readonly providerEventId: string | null;
  readonly runId: string | null;
  readonly deviceId: string | null;
  readonly cameraId: string | null;
  readonly areaId: string | null;
  readonly policyId: string | null;
};

type FieldRule =
  | { readonly kind: 'text'; readonly context: Context; readonly charsMax: number }
  | { readonly kind: 'texts'; readonly charsMax: number }
  | { readonly kind: 'json' };

const text = (charsMax: number): FieldRule => ({ kind: 'text', context: 'text', charsMax });
const WORD = text(LIMITS.labelValueCharsMax);
const URL = text(LIMITS.urlCharsMax);
const ID: FieldRule = {
  kind: 'text',
  context: 'secrets_only',
  charsMax: LIMITS.identifierCharsMax,
};
const JSON_TREE: FieldRule = { kind: 'json' };

export const REPORT_FIELDS = {
  title: text(LIMITS.titleCharsMax),
  content: text(LIMITS.contentCharsMax),
  sourceUrl: URL,
  image: URL,
  audioRelayWs: URL,
  labels: { kind: 'texts', charsMax: LIMITS.labelValueCharsMax },
  annotations: { kind: 'texts', charsMax: LIMITS.annotationCharsMax },
  payload: JSON_TREE,
  analyse: JSON_TREE,
  sourceRefs: JSON_TREE,
  logCorrelation: JSON_TREE,
  cameraIpMap: JSON_TREE,
  provider: WORD,
  alertname: WORD,
  namespace: WORD,
  targetResource: WORD,
  channelChatId: WORD,
  fingerprint: ID,
  providerEventId: ID,
  runId: ID,
  deviceId: ID,
  cameraId: ID,
  areaId: ID,
  policyId: ID,
} as const satisfies Readonly<Record<keyof RedactableReport, FieldRule>>;

type TextField = {
  [Name in keyof typeof REPORT_FIELDS]: (typeof REPORT_FIELDS)[Name] extends {
    kind: 'json' | 'texts';
  }
    ? never
    : Name;
}[keyof typeof REPORT_FIELDS];

export function redactReportFields<T extends RedactableReport>(report: T, deps: JsonDeps): T {
  const redacted = {
    ...redactTexts(report, deps),
    labels: redactLabels(report.labels, REPORT_FIELDS.labels.charsMax, deps),
    annotations: redactLabels(report.annotations, REPORT_FIELDS.annotations.charsMax, deps),
    payload: redactTree(report.payload, deps),
    analyse: redactTree(report.analyse, deps) ?? {},
    sourceRefs: redactTree(report.sourceRefs, deps),
    logCorrelation: redactTree(report.logCorrelation, deps),
    cameraIpMap: redactAny(report.cameraIpMap, deps),
  };
  return { ...report, ...redacted };
}

function redactTexts(report: RedactableReport, deps: JsonDeps): Pick<RedactableReport, TextField> {
  const own = (name: Exclude<TextField, 'title'>): string | null => {
    const value = report[name];
    return value === null ? null : redactField(name, value, deps);
  };
  return {
    title: redactField('title', report.title, deps),
    content: own('content'),
    sourceUrl: own('sourceUrl'),
    image: own('image'),
    audioRelayWs: own('audioRelayWs'),
    provider: own('provider'),
    alertname: own('alertname'),
    namespace: own('namespace'),
    targetResource: own('targetResource'),
    channelChatId: own('channelChatId'),
    fingerprint: own('fingerprint'),
    providerEventId: own('providerEventId'),
    runId: own('runId'),
    deviceId: own('deviceId'),
    cameraId: own('cameraId'),
    areaId: own('areaId'),
    policyId: own('policyId'),
  };
}

function redactField(name: TextField, value: string, deps: JsonDeps): string {
  const rule: FieldRule = REPORT_FIELDS[name];
  const context = rule.kind === 'text' ? rule.context : 'text';
  const redacted = deps.redactText(value, { context, depth: 0 });
  return redacted === value || rule.kind !== 'text' ? redacted : cutText(redacted, rule.charsMax);
}

/** Names are texts too; two that become one by masking are both kept. */
export function redactLabels(labels: Texts, charsMax: number, deps: JsonDeps): Texts {
  let isChanged = false;
  const taken = new Set<string>();
  const entries: [string, string][] = [];
  for (const name in labels) {
    const value = labels[name];
    if (value === undefined) continue;
    const redacted = redactNamed(name, value, { depth: 0, deps });
    const spelled = cutText(redactName(name, 0, deps), LIMITS.labelNameCharsMax);
    const unique = nameUniquely(spelled, taken);
    taken.add(unique);
    isChanged ||= redacted !== value || unique !== name;
    entries.push([unique, redacted === value ? value : cutText(redacted, charsMax)]);
  }
  return isChanged ? Object.fromEntries(entries) : labels;
}

function redactTree(tree: JsonObject | null, deps: JsonDeps): JsonObject | null {
  if (tree === null) return null;
  const redacted = redactObject(tree, 0, deps);
  return redacted === tree ? tree : fitJson(redacted, LIMITS.payloadCharsMax);
}

function redactAny(value: JsonValue, deps: JsonDeps): JsonValue {
  const redacted = redactJson(value, 0, deps);
  if (redacted === value) return value;
  return fitJson({ value: redacted }, LIMITS.payloadCharsMax)['value'] ?? null;
}
