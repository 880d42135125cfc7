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

/** A sender's own id is what its alert is called, so one that is a secret is called by its mask. */
export function redactInbound(raw: Report, redactor: Redactor): Redaction<Report> {
  const redaction = redactor.redactReport(raw);
  const { identity } = raw;
  if (identity.kind !== 'own') return redaction;
  const id = redactor.redactId(identity.alertId);
  if (!id.hasRedactedContent) return redaction;
  const own = { kind: 'own', alertId: alertId(id.value) } as const;
  return { ...redaction, value: { ...redaction.value, identity: own }, hasRedactedContent: true };
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
