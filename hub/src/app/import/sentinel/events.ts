/**
 * The `events` of an alert of the fall-alert manager, as entries of our timeline. Pure.
 *
 * The changes of status replay to the status that the alert has: what does not lead there (a
 * step back, a word that is no status, the same again) is kept as a note. "Sent" is what the old
 * program wrote before anything was sent, so every such line says whose word it is.
 */
import { type Instant, MS_PER_SECOND } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { ALERT_STATUSES, type AlertStatus, type Outcome } from '#kernel/words/lifecycle.ts';
import {
  createFieldReader,
  isList,
  readCount,
  readText,
  writeText,
} from '#app/import/field-reader.ts';
import type { ImportedEntry } from '#app/import/imported-alert.ts';
import { readStatus, SENTINEL_DELAYS_S } from './words.ts';
import type { TimeReader } from '#app/import/time-reader.ts';

export type OldEvent = {
  readonly at: Instant;
  /** In capitals, as `STATUS_CHANGED`. */
  readonly kind: string;
  readonly detail: string;
  readonly by: string | null;
  /** What it says the status became. */
  readonly to: AlertStatus | null;
  /** Its own number of the reminder. */
  readonly level: number | null;
};

export type EventBasis = {
  readonly createdAt: Instant;
  readonly time: TimeReader;
  readonly warn: (sentence: string) => void;
};

/** In the order of time; an event without a time stands where the one before it does. */
export function readEvents(value: JsonValue, basis: EventBasis): readonly OldEvent[] {
  if (value === null) return [];
  if (!isList(value)) {
    basis.warn('its events are no list; none was read');
    return [];
  }
  const events: OldEvent[] = [];
  let last = basis.createdAt;
  for (const [index, item] of value.entries()) {
    const event = readEvent(item, { ...basis, last, what: `event ${index + 1}` });
    if (event.at < last) basis.warn(`event ${index + 1} is older than the one before it`);
    last = event.at;
    events.push(event);
  }
  return events.toSorted((one, other) => one.at - other.at);
}

type EventPlace = EventBasis & { readonly last: Instant; readonly what: string };

function readEvent(item: JsonValue, place: EventPlace): OldEvent {
  if (!isJsonObject(item)) {
    place.warn(`${place.what} has no fields; kept as a note`);
    const detail = writeText(item, LIMITS.detailCharsMax);
    return { at: place.last, kind: 'NOTE', detail, by: null, to: null, level: null };
  }
  const fields = createFieldReader(item);
  const when = fields.take('timestamp', 'at', 'time', 'date', 'ts', 'datetime', 'horodatage');
  if (when === null) place.warn(`${place.what} has no time; put where the one before it is`);
  const at = place.time.read(when, `the time of ${place.what}`, place.last) ?? place.last;
  const kind = readText(
    fields.take('event', 'type', 'kind', 'event_type', 'action', 'evenement'),
    LIMITS.identifierCharsMax,
  );
  const detail = fields.take('details', 'detail', 'message', 'description', 'commentaire');
  const to = fields.take('to', 'new_status', 'nouveau_statut', 'status', 'statut');
  const level = fields.take('escalation_level', 'level', 'niveau');
  const by = fields.take('by', 'user', 'actor', 'operator', 'par', 'utilisateur', 'auteur');
  const text = writeText(detail, LIMITS.detailCharsMax);
  return {
    at,
    kind: (kind ?? 'NOTE').toUpperCase(),
    detail: joinDetail(text, fields.rest()),
    by: readText(by, LIMITS.nameCharsMax),
    to: readTarget(to, text),
    level: readCount(level) ?? readLevel(detail, text),
  };
}

function joinDetail(text: string, rest: JsonObject): string {
  const more = Object.keys(rest).length === 0 ? '' : JSON.stringify(rest);
  return [text, more].filter((part) => part !== '').join(' | ');
}

/** From a field, else from `OLD -> NEW` in the text. */
function readTarget(field: JsonValue, text: string): AlertStatus | null {
  if (typeof field === 'string') return readStatus(field).status;
  const [, to] = /(?:->|→|=>)\s*"?([A-Za-z]+)/.exec(text) ?? [];
  return to === undefined ? null : readStatus(to).status;
}

function readLevel(detail: JsonValue, text: string): number | null {
  const given = isJsonObject(detail)
    ? createFieldReader(detail).take('escalation_level', 'level', 'niveau')
    : null;
  const [, digits] = /\b(?:level|niveau)\s*[:=#]?\s*(\d{1,3})\b/i.exec(text) ?? [];
  return readCount(given) ?? (digits === undefined ? null : Number(digits));
}

export type ToldEvents = {
  readonly entries: readonly ImportedEntry[];
  /** When the alert became what it says it became, on the way to its status. */
  readonly movedAt: Readonly<Partial<Record<AlertStatus, Instant>>>;
  readonly movedBy: Readonly<Partial<Record<AlertStatus, string | null>>>;
  /** Where the changes lead to; the caller writes what is missing from there to the status. */
  readonly reached: AlertStatus;
};

/** Its own `OLD -> NEW |`, which ours stands for. */
const ARROW = /^\s*"?\w+"?\s*(?:->|→|=>)\s*"?\w+"?\s*[|:,-]?\s*/;

const WORD = 'as the old program recorded it, without a receipt';

/** Everything but the first CREATED, which the caller writes. */
export function tellEvents(
  events: readonly OldEvent[],
  basis: Pick<EventBasis, 'createdAt'> & {
    readonly final: AlertStatus;
    readonly outcome: Outcome | null;
  },
): ToldEvents {
  const { final, createdAt } = basis;
  const entries: ImportedEntry[] = [];
  const movedAt: Partial<Record<AlertStatus, Instant>> = {};
  const movedBy: Partial<Record<AlertStatus, string | null>> = {};
  let reached: AlertStatus = 'PENDING';
  let isCreatedTold = false;
  for (const event of events) {
    const { at, by, detail } = event;
    if (event.kind === 'CREATED' && !isCreatedTold) {
      isCreatedTold = true;
      if (detail !== '')
        entries.push({ at, kind: 'NOTE', detail: bound(`created: ${detail}`), by });
    } else if (event.kind === 'NOTIFICATION_SENT') {
      entries.push({ at, kind: 'NOTIFICATION_SENT', detail: bound(joinWords(detail, WORD)), by });
    } else if (event.kind === 'NOTIFICATION_RESENT') {
      const stepDelayS = findStepDelay(event, createdAt);
      entries.push({ at, kind: 'ESCALATED', detail: bound(detail), by, stepDelayS });
    } else if (isMove(event, reached, final) && event.to !== null) {
      const words = joinWords(
        nameMove(reached, event.to, basis.outcome),
        detail.replace(ARROW, ''),
      );
      entries.push({ at, kind: 'STATUS_CHANGED', detail: bound(words), by });
      movedAt[event.to] = at;
      movedBy[event.to] = by;
      reached = event.to;
    } else {
      entries.push({ at, kind: 'NOTE', detail: bound(joinWords(event.kind, detail)), by });
    }
  }
  return { entries, movedAt, movedBy, reached };
}

/** As our own changes are written: with the intent, with the outcome. */
export function nameMove(from: AlertStatus, to: AlertStatus, outcome: Outcome | null): string {
  const more = to === 'ACKNOWLEDGED' ? 'seen' : to === 'RESOLVED' ? (outcome ?? '') : '';
  return joinWords(`${from} -> ${to}`, more);
}

const isTerminal = (status: AlertStatus) => status === 'RESOLVED' || status === 'EXPIRED';

/** Forward, and not past the status that the alert has. */
function isMove(event: OldEvent, reached: AlertStatus, final: AlertStatus): boolean {
  const { to } = event;
  if (event.kind !== 'STATUS_CHANGED' || to === null || isTerminal(reached)) return false;
  if (rank(to) <= rank(reached)) return false;
  if (to === final) return true;
  return !isTerminal(to) && (isTerminal(final) || rank(to) < rank(final));
}

const rank = (status: AlertStatus) => ALERT_STATUSES.indexOf(status);

/** By its own number, else by when it was: its clockwork was late at times, but never early. */
function findStepDelay(event: OldEvent, createdAt: Instant): number {
  const [, ...sendable] = SENTINEL_DELAYS_S;
  const numbered = event.level === null ? undefined : SENTINEL_DELAYS_S[event.level];
  if (event.level !== null && event.level > 0 && numbered !== undefined) return numbered;
  const ageS = (event.at - createdAt) / MS_PER_SECOND;
  return sendable.findLast((delayS) => delayS <= ageS) ?? 0;
}

function joinWords(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' | ');
}

export function bound(detail: string): string {
  return detail.slice(0, LIMITS.detailCharsMax).toWellFormed();
}
