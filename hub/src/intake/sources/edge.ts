/**
 * Edge-AI camera boxes: one alarm, its update or its end per request. Pure.
 *
 * Tolerant on purpose: a field of the wrong type counts as left out, an unknown word is an alarm.
 * Identity is the box's `alarm_id`, which names the alert. Danger: a bare counter names nothing,
 * for every box counts from 1, and again after each start; taken for a name it would swallow a
 * fall. It counts only together with box, camera and time.
 * Pictures are texts: nothing that a report names is ever fetched.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { sha256Hex } from '#kernel/crypto.ts';
import { ALERT_ID_PATTERN, alertId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import {
  BARE_REPORT,
  type Identity,
  nameOwnEvent,
  type Report,
  type Stage,
} from '#intake/report.ts';
import {
  NO_MAPPING,
  type ParseContext,
  type SourceReading,
  type SourceType,
  type StoredReport,
} from '#intake/source-type.ts';
import {
  endForIdentity,
  type EventTime,
  parseEventTime,
  startForIdentity,
  startForPeople,
} from './edge-time.ts';
import { findAlarmType, isSignOfLife, parseEdgeSeverity, parseState } from './edge-words.ts';

export const EDGE: SourceType = {
  kind: 'edge',
  summary: 'AI camera boxes and other edge devices that post one alarm per request',
  ...NO_MAPPING,
  parse: parseEdge,
  refusalStatus: 422,
  renderAnswer: ([stored]) => ({ code: 0, msg: '', data: renderStored(stored) }),
  renderError: ({ status, message, details }) => ({
    code: status,
    msg: [message, ...details.flatMap((one) => renderDetail(one, message))].join(' '),
    data: null,
  }),
};

/** Of the body as a whole it has no path, and may say what the sentence has said already. */
function renderDetail({ path, message }: ErrorDetail, sentence: string): readonly string[] {
  if (path !== '') return [`${path}: ${message}`];
  return sentence.toLowerCase().startsWith(message.toLowerCase()) ? [] : [message];
}

function renderStored(stored: StoredReport | undefined): JsonObject | null {
  if (stored === undefined) return null;
  return {
    alarm_id: stored.report.payload?.['alarm_id'] ?? null,
    alert_id: stored.alertId,
    event_id: stored.eventId,
    is_duplicate: stored.isDuplicate,
  };
}

/** What we read; everything else is the detector's own, and kept in `analyse`. */
const KNOWN_FIELDS: readonly string[] = [
  'alarm_id',
  'alarm_type',
  'title',
  'vlm_description',
  'camera_id',
  'device_id',
  'area_id',
  'state',
  'status',
  'event_type',
  'severity',
  'level',
  'event_time',
  'timestamp',
  'confidence',
  'image_url',
  'snapshot_path',
  'ext_data',
  'is_test',
];

/** One of them says what happened. */
const TELLING_FIELDS: readonly string[] = ['alarm_id', 'alarm_type', 'title', 'vlm_description'];

function parseEdge(body: JsonValue, context: ParseContext): SourceReading {
  if (!isJsonObject(body)) return refuse('', 'must be an object: one alarm per request');
  const isTelling = TELLING_FIELDS.some((name) => parseText(body[name]) !== null);
  if (!isTelling) return refuse('', `needs one of ${TELLING_FIELDS.join(', ')}`);
  return { ok: true, reports: [parseAlarm(body, context)], refusals: [] };
}

function refuse(path: string, message: string): SourceReading {
  return { ok: false, sentence: 'This is no alarm.', details: [{ path: path || 'body', message }] };
}

type Place = {
  readonly deviceId: string | null;
  readonly cameraId: string | null;
  readonly areaId: string | null;
};

function parseAlarm(body: JsonObject, context: ParseContext): Report {
  const { now } = context;
  const ext = isJsonObject(body['ext_data']) ? body['ext_data'] : {};
  const place: Place = {
    deviceId: parseName(body['device_id']),
    cameraId: parseName(body['camera_id']),
    areaId: parseName(ext['area_id']) ?? parseName(body['area_id']),
  };
  const stage = readStage(body);
  const time = readTime(body, now);
  const type = readType(body);
  const known = type === null ? null : findAlarmType(type);
  const severity = parseEdgeSeverity(
    parseText(body['severity']) ?? parseText(body['level']),
    known?.severity ?? context.severityDefault,
  );
  return {
    ...BARE_REPORT,
    ...identify(body, { stage, time, type, place, now }),
    ...place,
    stage,
    title: cut(readTitle(body, { type, place }), LIMITS.titleCharsMax),
    severity,
    labels: listLabels({ alarm_type: type, ...toLabels(place) }),
    annotations: listLabels({ alarm_label: known?.label ?? null }),
    provider: 'edge',
    content: parseBounded(body['vlm_description'], LIMITS.contentCharsMax),
    alertname: type,
    targetResource: place.cameraId ?? place.deviceId,
    image: parseUrl(body['image_url']) ?? parseUrl(body['snapshot_path']),
    analyse: readAnalyse(body, ext),
    payload: bound(pick(body, PAYLOAD_FIELDS), LIMITS.payloadCharsMax),
    providerTs: time.at,
    isTest: body['is_test'] === true,
  };
}

function readStage(body: JsonObject): Stage {
  const type = parseText(body['alarm_type']);
  if (type !== null && isSignOfLife(type)) return 'heartbeat';
  for (const name of ['state', 'status', 'event_type']) {
    const word = parseText(body[name]);
    const stage = word === null ? null : parseState(word);
    if (stage !== null) return stage;
  }
  return 'received';
}

function readTime(body: JsonObject, now: Instant): EventTime {
  const first = parseEventTime(body['event_time'], now);
  return first.at === null && first.mark === null ? parseEventTime(body['timestamp'], now) : first;
}

/** `event_type` is the state on some boxes and the type on others. */
function readType(body: JsonObject): string | null {
  const type = parseName(body['alarm_type']);
  if (type !== null) return type;
  const other = parseName(body['event_type']);
  return other === null || parseState(other) !== null ? null : other;
}

/** Plain words with the place: what a phone shows. */
function readTitle(
  body: JsonObject,
  { type, place }: { readonly type: string | null; readonly place: Place },
): string {
  const given = parseText(body['title']);
  if (given !== null) return toLine(given);
  const known = type === null ? null : findAlarmType(type);
  const { deviceId, cameraId, areaId } = place;
  const where = cameraId ?? deviceId ?? (areaId === null ? null : `area ${areaId}`);
  const what = known?.title ?? (type === null ? 'Alarm' : `Alarm: ${type.replaceAll('_', ' ')}`);
  return toLine(where === null ? what : `${what}, ${where}`);
}

type Marks = {
  readonly stage: Stage;
  readonly time: EventTime;
  readonly type: string | null;
  readonly place: Place;
  readonly now: Instant;
};

type Identified = Pick<Report, 'identity' | 'providerEventId' | 'startsAt' | 'endsAt'>;

function identify(body: JsonObject, marks: Marks): Identified {
  const { stage, time, now } = marks;
  const given = parseText(body['alarm_id']);
  const identity = nameAlarm(given, marks.place);
  const isOver = stage === 'resolved';
  if (identity.kind === 'key') {
    const endsAt = isOver ? endForIdentity(time, now) : null;
    const startsAt = isOver ? endsAt : startForIdentity(time, now);
    return { identity, providerEventId: nameReport(given ?? '', marks), startsAt, endsAt };
  }
  const at = startForPeople(time, now);
  const times = isOver ? { startsAt: null, endsAt: at } : { startsAt: at, endsAt: null };
  if (identity.kind === 'single') {
    return { identity, providerEventId: nameReport(marks.type ?? '', marks), ...times };
  }
  // Updates of one alarm are each something new.
  const isNamed = stage === 'received' || stage === 'resolved';
  const providerEventId = isNamed ? nameOwnEvent(identity.alertId, stage) : null;
  return { identity, providerEventId, ...times };
}

const COUNTER_DIGITS_MAX = 12;

/** -1, 0017 and 4.2 name nothing; a clock in milliseconds or a serial number does. */
function isCounter(id: string): boolean {
  return /^[\d._:-]+$/.test(id) && id.replaceAll(/\D/g, '').length <= COUNTER_DIGITS_MAX;
}

function nameAlarm(given: string | null, place: Place): Identity {
  if (given === null) return { kind: 'single' };
  if (ALERT_ID_PATTERN.test(given) && !isCounter(given)) {
    return { kind: 'own', alertId: alertId(given) };
  }
  return { kind: 'key', key: joinParts([place.deviceId, place.cameraId, given]) };
}

/** So that a request sent again is no second alarm; null when nothing tells it from a new one. */
function nameReport(name: string, { stage, time, place }: Marks): string | null {
  if (stage === 'updated' || stage === 'heartbeat' || time.mark === null) return null;
  // Two boxes that do not say who they are may well say the same.
  if (place.deviceId === null && place.cameraId === null) return null;
  const parts = joinParts([place.deviceId, place.cameraId, name]);
  const id = `${parts}@${time.mark}:${stage}`;
  return id.length <= LIMITS.identifierCharsMax ? id : `sha256:${sha256Hex(id)}`;
}

/** No two lists of parts give the same text. */
function joinParts(parts: readonly (string | null)[]): string {
  return parts.map((part) => encodeURIComponent((part ?? '').toWellFormed())).join('/');
}

const PERCENT = 100;

/** 0 to 1, or 0 to 100; anything else is no confidence. */
function parseConfidence(value: JsonValue | undefined): number | null {
  const text = typeof value === 'string' ? value.trim() : null;
  const isText = text !== null && /^\d{1,3}(?:\.\d{1,9})? ?%?$/.test(text);
  const number = isText ? Number.parseFloat(text) : value;
  if (typeof number !== 'number' || !(number >= 0 && number <= PERCENT)) return null;
  const isPercent = number > 1 || text?.endsWith('%') === true;
  return isPercent ? number / PERCENT : number;
}

function readAnalyse(body: JsonObject, ext: JsonObject): JsonObject {
  const confidence = parseConfidence(body['confidence']);
  const own = Object.entries(body).filter(([name]) => !KNOWN_FIELDS.includes(name));
  const half = LIMITS.payloadCharsMax / 2;
  const entries: [string, JsonValue][] = [];
  if (confidence !== null) entries.push(['confidence', confidence]);
  if (Object.keys(ext).length > 0) entries.push(['ext_data', bound(ext, half)]);
  return { ...Object.fromEntries(entries), ...bound(Object.fromEntries(own), half) };
}

const PAYLOAD_FIELDS = KNOWN_FIELDS.filter((name) => name !== 'ext_data');

function pick(body: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name)));
}

const NAMED_LEFT_OUT_MAX = 16;
const NAME_SHOWN_CHARS_MAX = 64;

/** Keeps what fits, and says what did not: boxes send whole pictures as text. */
function bound(given: JsonObject, charsMax: number): JsonObject {
  let chars = 0;
  const leftOut: string[] = [];
  const kept = Object.entries(given).filter(([name, value]) => {
    const size = JSON.stringify([name, value]).length;
    const isFitting = chars + size <= charsMax;
    if (isFitting) chars += size;
    else leftOut.push(cut(name, NAME_SHOWN_CHARS_MAX));
    return isFitting;
  });
  if (leftOut.length === 0) return Object.fromEntries(kept);
  const note: readonly JsonValue[] = leftOut.slice(0, NAMED_LEFT_OUT_MAX);
  return Object.fromEntries([...kept, ['left_out', note]]);
}

function toLabels({ deviceId, cameraId, areaId }: Place) {
  return { device_id: deviceId, camera_id: cameraId, area_id: areaId };
}

function listLabels(given: Readonly<Record<string, string | null>>): Record<string, string> {
  const entries = Object.entries(given);
  return Object.fromEntries(entries.filter((one): one is [string, string] => one[1] !== null));
}

/** Text or a number; empty counts as left out. */
function parseText(value: JsonValue | undefined): string | null {
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  if (typeof text !== 'string') return null;
  const trimmed = text.trim();
  return trimmed === '' ? null : trimmed;
}

/** What a thing is called: one line that fits a label. */
function parseName(value: JsonValue | undefined): string | null {
  const text = parseText(value);
  return text === null ? null : cut(toLine(text), LIMITS.identifierCharsMax);
}

function parseBounded(value: JsonValue | undefined, charsMax: number): string | null {
  const text = parseText(value);
  return text === null ? null : cut(text, charsMax);
}

/** A link that is cut leads nowhere. */
function parseUrl(value: JsonValue | undefined): string | null {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' || text.length > LIMITS.urlCharsMax ? null : text;
}

/** Line breaks and other control characters would write where they must not. */
function toLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').trim();
}

function cut(text: string, charsMax: number): string {
  return text.slice(0, charsMax).toWellFormed();
}
