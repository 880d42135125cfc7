/**
 * Certified mail (PEC): each message of a mailbox as it was received (.eml), or the JSON fields of
 * a program that reads the mailbox. Pure; what it says is decided in `intake/pec/`.
 * Danger: the whole message is proof, and is checked byte for byte; none of its text is kept.
 */
import { sha256Hex } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { readMailJson } from '#intake/pec/mail-json.ts';
import { createMailReport, factsOfMail } from '#intake/pec/mail-report.ts';
import { PEC_MAPPING_SCHEMA, readPecMapping } from '#intake/pec/mapping.ts';
import type {
  ParseContext,
  RawRequest,
  SourceReading,
  SourceType,
  StoredReport,
} from '#intake/source-type.ts';

export const PEC: SourceType = {
  kind: 'pec',
  summary: 'A mailbox of certified mail (PEC): each message as .eml, or its fields as JSON',
  mappingSchema: PEC_MAPPING_SCHEMA,
  findMappingFaults: (mapping) => readPecMapping(mapping).faults,
  bodyBytesMax: LIMITS.pecMailBytesMax,
  read: (raw, context) => (isJson(raw) ? null : readMail(raw.body, context)),
  parse: parseFields,
  refusalStatus: 422,
  renderAnswer: (results, refusals) => ({
    results: results.map(renderStored),
    refused: [...refusals],
  }),
  renderError: ({ code, message, details }) => ({
    error: { code, message, details: details.map((detail) => ({ ...detail })) },
  }),
};

const BEGINNING_BYTES = 256;

/** A header, or the line that mailboxes write before a mail. */
const MAIL_BEGINS = /^\s*(?:[!-9;-~]+[ \t]*:|From )/;
const JSON_BEGINS = /^\s*[{["]/;

/** Whatever its type is called. What begins as neither is refused in the words for JSON. */
function isJson({ body }: RawRequest): boolean {
  const beginning = new TextDecoder('latin1').decode(body.subarray(0, BEGINNING_BYTES));
  return JSON_BEGINS.test(beginning) || !MAIL_BEGINS.test(beginning);
}

async function readMail(bytes: Uint8Array, context: ParseContext): Promise<SourceReading> {
  const { mapping } = readPecMapping(context.mapping);
  // What checks signatures is large: it is loaded by the first mail, not by every start.
  const { readCertifiedMail } = await import('#intake/pec/certified-mail.ts');
  const basis = { anchors: mapping.anchors, now: context.now };
  const reading = await readCertifiedMail(bytes, basis);
  if (!reading.ok) return refuse('', reading.sentence);
  const report = createMailReport(factsOfMail(reading.mail, mapping), {
    mapping,
    context,
    eventType: 'message.received',
    // The Message-ID is the sender's to choose: two messages that share one are two.
    name: `sha256:${sha256Hex(bytes)}`,
    isTimed: true,
  });
  return { ok: true, reports: [report], refusals: [] };
}

function parseFields(body: JsonValue, context: ParseContext): SourceReading {
  const { mapping } = readPecMapping(context.mapping);
  const reading = readMailJson(body, mapping);
  if (!reading.ok) return refuse(reading.path, reading.message);
  const { facts, eventType, name } = reading;
  const how = { mapping, context, eventType, name, isTimed: false };
  return { ok: true, reports: [createMailReport(facts, how)], refusals: [] };
}

function refuse(path: string, message: string): SourceReading {
  const details = [{ path: path || 'body', message }];
  return { ok: false, sentence: 'This is no message of a mailbox.', details };
}

/** Whoever reads the mailbox learns at once whether the message is proved. */
function renderStored({ report, eventId, alertId, isDuplicate }: StoredReport): JsonObject {
  const { payload } = report;
  const reason = payload?.['uncertified_reason'];
  return {
    event_id: eventId,
    alert_id: alertId,
    is_duplicate: isDuplicate,
    pec_type: payload?.['pec_type'] ?? null,
    certified: payload?.['certified'] ?? false,
    uncertified_reason: reason ?? null,
    uncertified_detail: payload?.['uncertified_detail'] ?? null,
  };
}
