/**
 * What a mail can say, read from a payload that may be anything: each value is of the type it
 * claims, cleaned and bounded, or null. Pure.
 */
import type { ChannelNotification } from '#delivery/channel.ts';
import { type Instant, parseInstant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import {
  ALERT_STATUSES,
  type AlertStatus,
  type Intent,
  INTENTS,
  type Outcome,
  OUTCOMES,
} from '#kernel/words/lifecycle.ts';
import { SEVERITIES, type Severity } from '#kernel/words/severity.ts';
import { cleanLine, cleanLines, parseLink } from './clean-text.ts';
import { ACTIONS, type ActionName, type MailKind } from './phrases/phrases.ts';

export type Detail = { readonly name: string; readonly lines: readonly string[] };
export type ActionLink = { readonly action: ActionName; readonly url: string };

export type MailFacts = {
  readonly kind: MailKind;
  readonly eventType: string;
  readonly label: string | null;
  readonly title: string | null;
  readonly severity: Severity | null;
  readonly status: AlertStatus | null;
  readonly outcome: Outcome | null;
  readonly intent: Intent | null;
  readonly areaId: string | null;
  readonly cameraId: string | null;
  readonly deviceId: string | null;
  /** When it began: by the sender if it said so. */
  readonly sinceAt: Instant | null;
  /** When the calling began. */
  readonly raisedAt: Instant | null;
  readonly seenAt: Instant | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedAt: Instant | null;
  readonly nextAt: Instant | null;
  readonly occurrenceCount: number;
  readonly sourceName: string | null;
  readonly sourceUrl: string | null;
  readonly reference: string | null;
  readonly isTest: boolean;
  readonly details: readonly Detail[];
  readonly detailsLeftOut: number;
  readonly links: readonly ActionLink[];
  readonly recipient: string;
};

const KINDS: Readonly<Record<string, MailKind>> = {
  'alert.created': 'created',
  'alert.escalated': 'escalated',
  'alert.seen': 'seen',
  'alert.acknowledged': 'acknowledged',
  'alert.resolved': 'resolved',
  'alert.expired': 'expired',
  'event.received': 'received',
  'message.received': 'mailReceived',
  'message.state_changed': 'mailMoved',
  new_message: 'mailReceived',
  state_changed: 'mailMoved',
  test: 'test',
};

export function parseMailFacts(notification: ChannelNotification): MailFacts {
  const payload = parseObject(notification.payload) ?? {};
  const alert = parseObject(payload['alert']);
  const event = parseObject(payload['event']);
  const about = alert ?? event ?? payload;
  const source = parseObject(about['source']) ?? {};
  const next = parseObject(about['next_step']) ?? {};
  const label = lineOrNull(payload['label'], LIMITS.textLabelCharsMax);
  const raisedAt = parseTime(about['created_at']) ?? parseTime(about['received_at']);
  return {
    kind: parseKind(notification.eventType, label),
    eventType: cleanLine(notification.eventType, LIMITS.textNameCharsMax),
    label,
    title: lineOrNull(about['title'], LIMITS.textTitleCharsMax),
    severity: parseWord(SEVERITIES, about['severity']),
    status: parseWord(ALERT_STATUSES, about['status']),
    outcome: parseWord(OUTCOMES, about['outcome']),
    intent: parseWord(INTENTS, about['intent']),
    areaId: parseName(about['area_id']),
    cameraId: parseName(about['camera_id']),
    deviceId: parseName(about['device_id']),
    sinceAt: parseTime(about['starts_at']) ?? parseTime(about['provider_ts']) ?? raisedAt,
    raisedAt,
    seenAt: parseTime(about['seen_at']),
    acknowledgedBy: parseName(about['acknowledged_by']),
    acknowledgedAt: parseTime(about['acknowledged_at']),
    nextAt: parseTime(next['due_at']),
    occurrenceCount: parseCount(about['occurrence_count']),
    sourceName: parseName(source['name']) ?? parseName(about['provider']),
    sourceUrl: parseLink(about['source_url']),
    reference: parseName(about['alert_id']) ?? parseName(about['event_id']),
    isTest: about['is_test'] === true || about['synthetic'] === true,
    ...parseDetails(about, about === payload),
    links: parseLinks(notification),
    recipient: cleanLine(notification.recipient, LIMITS.textNameCharsMax),
  };
}

/** A first message with a label was sent for the reason that the label gives. */
function parseKind(eventType: unknown, label: string | null): MailKind {
  const known = typeof eventType === 'string' && Object.hasOwn(KINDS, eventType);
  const kind = known ? (KINDS[eventType] ?? 'other') : 'other';
  return kind === 'created' && label !== null ? 'escalated' : kind;
}

function parseObject(value: unknown): JsonObject | null {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : null;
}

function parseWord<Word extends string>(words: readonly Word[], value: unknown): Word | null {
  return words.find((word) => word === value) ?? null;
}

function parseTime(value: unknown): Instant | null {
  return typeof value === 'string' ? parseInstant(value) : null;
}

function parseCount(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 1;
}

function parseName(value: unknown): string | null {
  return lineOrNull(value, LIMITS.textNameCharsMax);
}

function lineOrNull(value: unknown, charsMax: number): string | null {
  const line = cleanLine(value, charsMax);
  return line === '' ? null : line;
}

/** Says nothing that the rest of the mail does not, or only to machines. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set([
  'alert',
  'event',
  'title',
  'severity',
  'label',
  'level',
  'round',
  'priority',
  'action_url',
  'is_test',
  'notification_id',
]);

/** What people wrote first, then labels; where neither alert nor event is there, the payload. */
function parseDetails(
  about: JsonObject,
  isPayload: boolean,
): Pick<MailFacts, 'details' | 'detailsLeftOut'> {
  const found: (readonly [string, JsonValue])[] = [
    ...Object.entries(parseObject(about['annotations']) ?? {}),
    ...Object.entries(parseObject(about['labels']) ?? {}),
    ...Object.entries(isPayload ? about : { content: about['content_preview'] ?? null }),
  ].filter(([name]) => !TOLD_ELSEWHERE.has(name));
  const filled = found.filter(([, value]) => isShowable(value));
  const details = filled
    .slice(0, LIMITS.textDetailsMax)
    .map(([name, value]) => ({
      name: cleanLine(name, LIMITS.textNameCharsMax),
      lines: cleanLines(value, {
        charsMax: LIMITS.textDetailCharsMax,
        linesMax: LIMITS.textDetailLinesMax,
      }),
    }))
    .filter(({ name, lines }) => name !== '' && lines.length > 0);
  return { details, detailsLeftOut: Math.max(0, filled.length - LIMITS.textDetailsMax) };
}

function isShowable(value: JsonValue): boolean {
  if (typeof value === 'string') return value.trim() !== '';
  return typeof value === 'number' || typeof value === 'boolean';
}

/** A link that is not one of http or https is left out, and the others stay. */
function parseLinks(notification: ChannelNotification): readonly ActionLink[] {
  const given = parseObject(notification.actions) ?? {};
  return ACTIONS.flatMap((action) => {
    const url = parseLink(given[action]);
    return url === null ? [] : [{ action, url }];
  });
}
