/**
 * What a raw report becomes before anything else sees it: masked, with a name for its problem and
 * one for its duplicates that redaction does not change. Pure.
 *
 * Danger: identity comes from the raw report and is keyed wherever it is stored. Masks are short:
 * two senders' ids that are masked may share one, and an alarm must never count as a duplicate
 * because of that.
 */
import type { Report } from '#intake/report.ts';
import type { Source } from '#intake/source.ts';
import { encodeHex, hmacSha256 } from '#kernel/crypto.ts';
import { alertId } from '#kernel/id.ts';
import type { MaskClass } from '#redaction/mask.ts';
import type { Redaction, Redactor } from '#redaction/redaction.ts';

export type Inbound = {
  readonly redaction: Redaction<Report>;
  /** Events of one source with the same key are duplicates of the first. */
  readonly duplicateKey: string | null;
};

export type InboundBasis = {
  readonly source: Pick<Source, 'dedupWindowS'>;
  readonly redactor: Redactor;
  /** Keys what is remembered of a report and may hold what is masked in it. */
  readonly contentKey: Uint8Array;
};

export function receiveReport(raw: Report, basis: InboundBasis): Inbound {
  const redaction = redactInbound(raw, basis.redactor);
  return { redaction, duplicateKey: nameDuplicate(raw, redaction.value, basis) };
}

/**
 * Ids stay as they are, for reports are joined by them, unless a secret or somebody's own number is
 * in one beyond doubt. A sender's own id is what its alert is called; masked, it is called by that.
 */
export function redactInbound(raw: Report, redactor: Redactor): Redaction<Report> {
  const redaction = redactor.redactReport(raw);
  const { value } = redaction;
  const ids = ID_FIELDS.flatMap((field) => {
    const id = value[field];
    const masked = id === null ? null : redactSenderId(id, redactor);
    return masked === null ? [] : [[field, masked] as const];
  });
  const own = raw.identity.kind === 'own' ? redactAlertId(raw.identity.alertId, redactor) : null;
  if (ids.length === 0 && own === null) return redaction;
  const identity = own === null ? raw.identity : ({ kind: 'own', alertId: alertId(own) } as const);
  const report = { ...value, ...Object.fromEntries(ids), identity };
  return { ...redaction, value: report, hasRedactedContent: true };
}

const ID_FIELDS = [
  'fingerprint',
  'providerEventId',
  'runId',
  'deviceId',
  'cameraId',
  'areaId',
] as const satisfies readonly (keyof Report)[];

/** In numbers that count something, or in random ids, these are found by chance. */
const CHANCE: ReadonlySet<string> = new Set<MaskClass>([
  'credit_card',
  'phone',
  'ipv4',
  'ipv6',
  'high_entropy',
  'personal_field',
]);

/** Nothing that is sure has so few letters and digits: most reports have one, so it is quick. */
const FINGERPRINT = /^[0-9a-f]{16}$/;

/** Null: it stays as it is. An id may be made of parts that were escaped to be joined. */
export function redactSenderId(id: string, redactor: Redactor): string | null {
  if (FINGERPRINT.test(id)) return null;
  for (const text of new Set([id, unescape(id)])) {
    const { value, masks } = redactor.redactText(text);
    const isSure = Object.keys(masks).some((name) => !CHANCE.has(name));
    const isNumber = masks.phone !== undefined && text.includes('+');
    const isCard = masks.credit_card !== undefined && /[ -]/.test(text);
    if (isSure || isNumber || isCard) return value;
  }
  return null;
}

function unescape(id: string): string {
  if (!id.includes('%')) return id;
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** In characters that an id may have. Null: it stays as it is. */
export function redactAlertId(id: string, redactor: Redactor): string | null {
  const known = redactor.redactId(id);
  if (known.hasRedactedContent) return known.value;
  const masked = redactSenderId(id, redactor);
  return masked?.replaceAll(/\[([A-Z0-9_]+)#([a-z2-7]+)\]/g, '$1-$2') ?? null;
}

/** The sender's own id; else the content, where the source has a window for it. */
function nameDuplicate(raw: Report, masked: Report, basis: InboundBasis): string | null {
  const { providerEventId } = raw;
  const digest = (text: string) => encodeHex(hmacSha256(basis.contentKey, text));
  if (providerEventId !== null) {
    const isPlain = masked.providerEventId === providerEventId;
    return isPlain ? providerEventId : `masked:${digest(providerEventId)}`;
  }
  if (basis.source.dedupWindowS === null) return null;
  return `content:${digest(JSON.stringify(raw))}`;
}
