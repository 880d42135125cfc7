/**
 * The sent messages that the reports of one flush are about, as they stand while it is decided.
 * Names are keyed hashes: the table holds nobody's address. Pure.
 */
import type { ProjectId, SourceId } from '#kernel/id.ts';
import type { MailNews } from '#intake/report.ts';
import {
  isRefuted,
  moveSentMail,
  type Receipt,
  type SentMail,
  type SentMove,
} from './sent-mail.ts';

export type SentMailRef = {
  readonly projectId: ProjectId;
  readonly sourceId: SourceId;
  /** What the provider calls the message, else what its sender called it. */
  readonly key: string;
  /** What its sender called it; null = the receipt does not say. */
  readonly reference: string | null;
};

export type SentMailRow = SentMailRef & { readonly mail: SentMail };

/** One report about a sent message, with all names hashed. */
export type SentNews = {
  readonly ref: SentMailRef;
  readonly receipt: Receipt;
  readonly isTrusted: boolean;
};

export function createSentNews(
  of: Pick<SentMailRef, 'projectId' | 'sourceId'>,
  sent: NonNullable<MailNews['sent']>,
  hash: (text: string) => string,
): SentNews | null {
  const [first] = sent.names;
  if (first === undefined) return null;
  const reference = sent.names.find((name) => name.startsWith('ref:'));
  const { receipt } = sent;
  return {
    ref: {
      ...of,
      key: hash(first),
      reference: reference === undefined ? null : hash(reference),
    },
    receipt:
      receipt.recipient === null
        ? receipt
        : { ...receipt, recipient: hash(`to:${receipt.recipient}`) },
    isTrusted: sent.isTrusted,
  };
}

/** By its key, else by what its sender called it. */
export function findSentMail<Ref extends SentMailRef>(
  rows: readonly Ref[],
  ref: SentMailRef,
): Ref | null {
  const own = rows.filter(
    (row) => row.projectId === ref.projectId && row.sourceId === ref.sourceId,
  );
  const byReference = (row: Ref): boolean =>
    row.reference !== null && row.reference === ref.reference;
  return own.find((row) => row.key === ref.key) ?? own.find(byReference) ?? null;
}

/** Those that are still to be made; several receipts of one flush may be about one message. */
export function listMissing(
  known: readonly SentMailRef[],
  news: readonly SentNews[],
): readonly SentMailRef[] {
  const missing: SentMailRef[] = [];
  for (const { ref, isTrusted } of news) {
    if (isTrusted && findSentMail([...known, ...missing], ref) === null) missing.push(ref);
  }
  return missing;
}

export type SentBook = {
  /** Applies a receipt. What it moved, and whether the failure it tells of is none. */
  readonly apply: (news: SentNews) => {
    readonly move: SentMove | null;
    readonly isRefuted: boolean;
  };
  readonly changed: () => readonly SentMailRow[];
};

export function openSentBook(stored: readonly SentMailRow[]): SentBook {
  const rows = [...stored];
  const changed = new Set<number>();
  return {
    apply: ({ ref, receipt, isTrusted }) => {
      const row = findSentMail(rows, ref);
      if (row === null) return { move: null, isRefuted: false };
      const refuted = isRefuted(row.mail, receipt);
      const move = isTrusted ? moveSentMail(row.mail, receipt) : null;
      if (move !== null) {
        const index = rows.indexOf(row);
        rows[index] = { ...row, mail: move.next };
        changed.add(index);
      }
      return { move, isRefuted: refuted };
    },
    changed: () => rows.filter((_, index) => changed.has(index)),
  };
}
