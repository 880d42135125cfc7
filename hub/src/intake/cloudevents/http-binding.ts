/**
 * How CloudEvents travel by HTTP: one event spread over headers and body (binary), one as JSON
 * (structured), or a list of them (batch). Which, the content type says; for senders that call
 * their JSON simply JSON, the body itself. Pure.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { decodeUtf8 } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { isList } from '#intake/generic/pointer.ts';
import { type CloudEvent, type EnvelopeReading, readBytes, readEnvelope } from './envelope.ts';

type Headers = Readonly<Record<string, string>>;

export type EventsReading =
  | { readonly ok: true; readonly events: readonly CloudEvent[]; readonly isBatch: boolean }
  | { readonly ok: false; readonly sentence: string; readonly details: readonly ErrorDetail[] };

export type Mode = 'binary' | 'structured' | 'batch' | 'unsaid';

export function findMode(headers: Headers): Mode {
  const type = (headers['content-type'] ?? '').trim().toLowerCase();
  if (type.startsWith('application/cloudevents-batch')) return 'batch';
  if (type.startsWith('application/cloudevents')) return 'structured';
  return headers['ce-specversion'] === undefined && headers['ce-id'] === undefined
    ? 'unsaid'
    : 'binary';
}

const NOT_ONE = 'This is no CloudEvent.';

/** A body that is JSON, in any mode but binary. */
export function readJsonEvents(body: JsonValue, mode: Mode): EventsReading {
  if (mode === 'batch' || (mode === 'unsaid' && isListOfEvents(body))) return readBatch(body);
  if (mode === 'structured' || isEvent(body)) return one(readEnvelope(body, ''));
  const ways =
    'must be an event with specversion, id, source and type; else these come as the headers ' +
    'ce-specversion, ce-id, ce-source and ce-type';
  return { ok: false, sentence: NOT_ONE, details: [{ path: '', message: ways }] };
}

function isEvent(value: JsonValue): boolean {
  return isJsonObject(value) && Object.hasOwn(value, 'specversion');
}

function isListOfEvents(value: JsonValue): boolean {
  return isList(value) && value.length > 0 && value.every(isEvent);
}

function one(reading: EnvelopeReading): EventsReading {
  if (reading.ok) return { ok: true, events: [reading.event], isBatch: false };
  return { ok: false, sentence: NOT_ONE, details: reading.details };
}

/** All of it or nothing; an empty one is a batch too. */
function readBatch(body: JsonValue): EventsReading {
  if (!isList(body)) {
    const details = [{ path: '', message: 'must be a list of events' }];
    return { ok: false, sentence: 'This is no batch of CloudEvents.', details };
  }
  if (body.length > LIMITS.eventsPerRequestMax) {
    const message = `must have at most ${LIMITS.eventsPerRequestMax} events`;
    return { ok: false, sentence: 'Too many events.', details: [{ path: '', message }] };
  }
  const readings = body.map((value, index) => readEnvelope(value, `[${index}]`));
  const details = readings.flatMap((reading) => (reading.ok ? [] : reading.details));
  if (details.length > 0) {
    const bounded = details.slice(0, LIMITS.errorDetailsMax);
    return { ok: false, sentence: 'An event of this batch is none.', details: bounded };
  }
  const events = readings.flatMap((reading) => (reading.ok ? [reading.event] : []));
  return { ok: true, events, isBatch: true };
}

/** The attributes are headers, the body is the data, and its type is that of the request. */
export function readBinaryEvent(headers: Headers, body: Uint8Array): EventsReading {
  const details: ErrorDetail[] = [];
  const attributes: [string, JsonValue][] = [];
  for (const [header, value] of Object.entries(headers)) {
    const [, name] = /^ce-([a-z0-9]+)$/.exec(header) ?? [];
    // The type of the data is that of the request.
    if (name === undefined || name === 'data' || name === 'datacontenttype') continue;
    const text = decodeHeader(value);
    if (text === null) {
      details.push({ path: header, message: 'must be UTF-8, where it is percent-encoded too' });
    } else attributes.push([name, text]);
  }
  if (details.length > 0) return { ok: false, sentence: NOT_ONE, details };
  const type = headers['content-type'] ?? '';
  if (type !== '') attributes.push(['datacontenttype', type]);
  const envelope: JsonObject = Object.fromEntries(attributes);
  const reading = readEnvelope(envelope, '');
  if (!reading.ok) {
    const named = reading.details.map(({ path, message }) => ({ path: `ce-${path}`, message }));
    return { ok: false, sentence: NOT_ONE, details: named };
  }
  return one({ ok: true, event: { ...reading.event, ...readBytes(body, type) } });
}

/** Quotes first, then percent signs, each once. Null: the bytes behind it are no UTF-8. */
export function decodeHeader(value: string): string | null {
  const [, quoted] = /^"((?:[^"\\]|\\.)*)"$/s.exec(value.trim()) ?? [];
  const plain = quoted === undefined ? value : quoted.replaceAll(/\\(.)/gs, '$1');
  return decodePercent(readLatin(plain));
}

/** Headers are bytes, and arrive as if each were a letter. */
function readLatin(text: string): string {
  const codes = Array.from(text, (letter) => letter.codePointAt(0) ?? 0);
  if (codes.every((code) => code < 0x80) || codes.some((code) => code > 0xff)) return text;
  // What is not UTF-8 then is what it looks like.
  return decodeUtf8(Uint8Array.from(codes)) ?? text;
}

function decodePercent(text: string): string | null {
  if (!text.includes('%')) return text;
  const parts = text.split(/((?:%[0-9a-f]{2})+)/i);
  const decoded = parts.map((part, index) => {
    if (index % 2 === 0) return part;
    const codes = part.match(/[0-9a-f]{2}/gi) ?? [];
    return decodeUtf8(Uint8Array.from(codes, (code) => Number.parseInt(code, 16)));
  });
  return decoded.every((part) => part !== null) ? decoded.join('') : null;
}
