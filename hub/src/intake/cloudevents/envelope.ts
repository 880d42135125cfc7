/**
 * One CloudEvent, in whichever of the three ways it came: its attributes and its data, checked as
 * far as an alarm needs. Pure.
 *
 * Danger: nothing that is only untidy may cost an alarm. What the specification asks for and a
 * reader can do without is left out and said (`left`); only an event that cannot be told from
 * others, for want of `id`, `source` or `type`, is refused.
 */
import { decodeBase64, decodeUtf8 } from '#kernel/crypto.ts';
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '#kernel/syntax/json.ts';

export type CloudEvent = {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** All of them that are texts, numbers or truths; those above too. */
  readonly attributes: JsonObject;
  /** Null: it has none that can be read. */
  readonly data: JsonValue;
  /** One sentence for each part that was left out. */
  readonly left: readonly string[];
};

export type EnvelopeReading =
  | { readonly ok: true; readonly event: CloudEvent }
  | { readonly ok: false; readonly details: readonly ErrorDetail[] };

const REQUIRED = ['id', 'source', 'type'] as const;

/** 0.3 differs in nothing that matters here, but for how it writes bytes. */
const VERSIONS = ['1.0', '0.3'];

const NO_ATTRIBUTES = new Set(['data', 'data_base64']);

/** An event as JSON; `path` of it is where it stands in a batch. */
export function readEnvelope(value: JsonValue, path: string): EnvelopeReading {
  if (!isJsonObject(value)) {
    return { ok: false, details: [{ path, message: 'must be an object: one event' }] };
  }
  const details = findFaults(value, path);
  if (details.length > 0) return { ok: false, details };
  const [id, source, type] = REQUIRED.map((name) => textAt(value, name));
  const { data, left } = readData(value);
  const attributes = Object.fromEntries(
    Object.entries(value).filter(
      ([name, one]) => !NO_ATTRIBUTES.has(name) && one !== null && typeof one !== 'object',
    ),
  );
  return {
    ok: true,
    event: { id: id ?? '', source: source ?? '', type: type ?? '', attributes, data, left },
  };
}

function findFaults(value: JsonObject, path: string): readonly ErrorDetail[] {
  const placed = (name: string) => (path === '' ? name : `${path}.${name}`);
  const details = REQUIRED.filter((name) => textAt(value, name) === '').map((name) => ({
    path: placed(name),
    message: 'is required: a text that is not empty',
  }));
  const version = value['specversion'];
  if (typeof version !== 'string' || !VERSIONS.includes(version)) {
    details.push({ path: placed('specversion'), message: `must be ${VERSIONS.join(' or ')}` });
  }
  if (hasValue(value, 'data') && hasValue(value, 'data_base64')) {
    details.push({ path: placed('data_base64'), message: 'must not stand beside data' });
  }
  return details;
}

function hasValue(value: JsonObject, name: string): boolean {
  return Object.hasOwn(value, name) && value[name] !== null;
}

function textAt(value: JsonObject, name: string): string {
  const text = Object.hasOwn(value, name) ? value[name] : null;
  return typeof text === 'string' ? text.trim() : '';
}

type Data = { readonly data: JsonValue; readonly left: readonly string[] };

function readData(value: JsonObject): Data {
  const type = textAt(value, 'datacontenttype');
  const isEncoded = textAt(value, 'datacontentencoding').toLowerCase() === 'base64';
  const encoded = hasValue(value, 'data_base64') ? value['data_base64'] : null;
  if (encoded !== null || isEncoded) {
    const bytes = readBase64(encoded ?? value['data'] ?? null);
    if (bytes !== null) return readBytes(bytes, type);
    return { data: null, left: ['the data is no base64: it was left out'] };
  }
  const data = hasValue(value, 'data') ? (value['data'] ?? null) : null;
  // Some write JSON as a text within JSON.
  return { data: typeof data === 'string' ? unwrap(data, type) : data, left: [] };
}

/** Also without its padding, and in lines. */
function readBase64(value: JsonValue | undefined): Uint8Array | null {
  if (typeof value !== 'string') return null;
  const text = value.replaceAll(/[\s=]/g, '');
  return decodeBase64(text.padEnd(Math.ceil(text.length / 4) * 4, '='));
}

const JSON_TYPE = /^[a-z0-9.-]+\/([a-z0-9.-]+\+)?json\s*(;|$)/i;

/** Data as bytes, and what their type says they are; without a type, what they look like. */
export function readBytes(bytes: Uint8Array, type: string): Data {
  if (bytes.length === 0) return { data: null, left: [] };
  const text = decodeUtf8(bytes);
  if (text !== null && !text.includes('\0')) return { data: unwrap(text, type), left: [] };
  // Not even as base64: nothing that looks for secrets would find them there.
  return { data: null, left: [`the data is ${bytes.length} bytes of no text: it was left out`] };
}

function unwrap(text: string, type: string): JsonValue {
  if (type !== '' && !JSON_TYPE.test(type)) return text;
  if (type === '' && !/^\s*[[{]/.test(text)) return text;
  const reading = parseJson(text, { areLongNumbersText: true, areBadCharactersReplaced: true });
  return reading.ok ? reading.value : text;
}
