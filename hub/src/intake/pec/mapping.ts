/**
 * What a source of certified mail can be told: which mailbox it reads, whom it trusts to certify,
 * and which kinds of mail deserve an alert. Reading never fails: it gives what could be read, and
 * the faults of the rest, which keep a source from being saved. Pure.
 */
import type { Certificate } from '#kernel/crypto.ts';
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { findNearest } from '#kernel/syntax/nearest.ts';
import {
  FAILURE_KINDS,
  findMailKind,
  hintMailKind,
  MAIL_KINDS,
  type MailKind,
} from '#kernel/words/mail.ts';
import { readAnchors } from './anchor.ts';

export type PecMapping = {
  readonly mailboxId: string | null;
  readonly mailboxEmail: string | null;
  readonly anchors: readonly Certificate[];
  /** In lower case; null = every provider whose certificate is trusted. */
  readonly providerDomains: readonly string[] | null;
  readonly alertOn: readonly MailKind[];
};

const FIELDS = [
  'mailbox_id',
  'mailbox_email',
  'trusted_certificates',
  'provider_domains',
  'alert_on',
] as const;

export const PEC_MAPPING_SCHEMA: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    mailbox_id: {
      description: 'What rules call the mailbox; its address unless given',
      type: 'string',
      maxLength: LIMITS.identifierCharsMax,
    },
    mailbox_email: {
      description: 'The certified address whose mail comes through this source',
      type: 'string',
      maxLength: LIMITS.mailAddressCharsMax,
    },
    trusted_certificates: {
      description:
        'Certificates (PEM) of the authority that certifies the providers, or of the providers \
themselves. Without one, no mail counts as certified',
      type: 'array',
      maxItems: LIMITS.pecTrustedMax,
      items: { type: 'string' },
    },
    provider_domains: {
      description: 'Only notices from these domains count as certified; all of them unless given',
      type: 'array',
      minItems: 1,
      maxItems: LIMITS.pecTrustedMax,
      items: { type: 'string' },
    },
    alert_on: {
      description: 'Kinds of mail that raise an alert; all other kinds are events only',
      type: 'array',
      items: { enum: [...MAIL_KINDS] },
      default: [...FAILURE_KINDS],
    },
  },
};

type Reading = { readonly mapping: PecMapping; readonly faults: readonly ErrorDetail[] };

export function readPecMapping(given: JsonObject): Reading {
  const faults: ErrorDetail[] = findUnknownFields(given);
  const add = (path: string, message: string): void => {
    faults.push({ path, message });
  };
  const trusted = readAnchors(given['trusted_certificates']);
  const mapping: PecMapping = {
    mailboxId: readText(given, 'mailbox_id', add),
    mailboxEmail: readText(given, 'mailbox_email', add),
    anchors: trusted.anchors,
    providerDomains: readDomains(given['provider_domains'], add),
    alertOn: readKinds(given['alert_on'], add),
  };
  if (mapping.mailboxEmail !== null && !/^[^\s@,]+@[^\s@,]+$/.test(mapping.mailboxEmail)) {
    add('mailbox_email', 'must be a mail address such as ufficio@pec.example.it');
  }
  return { mapping, faults: [...faults, ...trusted.faults] };
}

function findUnknownFields(given: JsonObject): ErrorDetail[] {
  const known: readonly string[] = FIELDS;
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = findNearest(name, FIELDS);
      const hint = near === null ? `there are ${FIELDS.join(', ')}` : `did you mean ${near}?`;
      return { path: name, message: `is no field of a mapping for certified mail; ${hint}` };
    });
}

type AddFault = (path: string, message: string) => void;

function readText(given: JsonObject, name: (typeof FIELDS)[number], add: AddFault): string | null {
  const value = given[name];
  if (value === undefined || value === null) return null;
  const isFitting =
    typeof value === 'string' && value !== '' && value.length <= LIMITS.identifierCharsMax;
  if (isFitting) return value;
  add(name, `must be text of 1 to ${LIMITS.identifierCharsMax} characters`);
  return null;
}

/** Null where there is none: an empty list would mean that nobody counts. */
function readDomains(value: JsonValue | undefined, add: AddFault): readonly string[] | null {
  if (value === undefined || value === null) return null;
  const list = Array.isArray(value) ? value : [];
  if (list.length === 0 || list.length > LIMITS.pecTrustedMax) {
    add('provider_domains', `must be a list of 1 to ${LIMITS.pecTrustedMax} domains`);
    return null;
  }
  return list.flatMap((domain: JsonValue, index) => {
    if (typeof domain === 'string' && /^[a-z\d-]+(?:\.[a-z\d-]+)+$/i.test(domain)) {
      return [domain.toLowerCase()];
    }
    add(`provider_domains[${index}]`, 'must be a domain such as pec.example.it');
    return [];
  });
}

function readKinds(value: JsonValue | undefined, add: AddFault): readonly MailKind[] {
  if (value === undefined || value === null) return FAILURE_KINDS;
  if (!Array.isArray(value) || value.length > MAIL_KINDS.length) {
    add('alert_on', 'must be a list of kinds of mail, each once; an empty one raises no alerts');
    return FAILURE_KINDS;
  }
  return value.flatMap((word: JsonValue, index) => {
    const kind = typeof word === 'string' ? findMailKind(word) : null;
    if (kind !== null) return [kind];
    const hint = typeof word === 'string' ? hintMailKind(word) : 'must be text';
    add(`alert_on[${index}]`, hint);
    return [];
  });
}
