/**
 * What people write about an alert: notes, answers. A telephone number or a name that a colleague
 * writes down is there to be read, so it stays; a password that was pasted by mistake does not.
 * Pure.
 */
import type { MaskClass } from '#redaction/mask.ts';
import type { Redactor } from '#redaction/redaction.ts';

/** About people and places, not keys to anything. `high_entropy` is no more than a suspicion. */
const STAYING: ReadonlySet<string> = new Set<MaskClass>([
  'iban',
  'credit_card',
  'it_fiscal_code',
  'cn_id',
  'email',
  'phone',
  'ipv4',
  'ipv6',
  'personal_field',
  'high_entropy',
]);

/** As it was written, or masked like a report when a secret is in it. */
export function redactOwnWords(text: string, redactor: Redactor): string {
  const { value, masks } = redactor.redactText(text);
  return Object.keys(masks).every((name) => STAYING.has(name)) ? text : value;
}
