/**
 * Every statement on `intake_sent_mail`: what has become of messages that were sent. Rows are
 * locked in order until the end of the transaction, before any head or alert, so that of two
 * receipts of one message one waits for the other.
 */
import { projectId, sourceId } from '#kernel/id.ts';
import { formatInstant, type Instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Queryable, Row, Transaction } from '#platform/postgres/postgres.ts';
import { statement } from '#platform/postgres/statement.ts';
import { listMissing, type SentMailRef, type SentMailRow, type SentNews } from './book.ts';
import { NEW_SENT_MAIL, type SentMail } from './sent-mail.ts';

const LOCK = statement(
  'sent_mail.lock',
  `
  select m.project_id, m.source_id, m.mail_key, m.reference, m.state, m.recipients
    from intake_sent_mail m
   where exists (
     select
       from json_to_recordset($1::text::json) as r(
         project_id text, source_id uuid, mail_key text, reference text
       )
      where r.project_id = m.project_id
        and r.source_id = m.source_id
        and (r.mail_key = m.mail_key or r.reference = m.reference)
   )
     and m.project_id = any($2::text[])
     and m.source_id = any($3::uuid[])
     and (m.mail_key = any($4::text[]) or m.reference = any($5::text[]))
   order by m.project_id, m.source_id, m.mail_key
     for update
  `,
);

/** Of two flushes that meet the same new message, the second waits and gets what the first made. */
const OPEN = statement(
  'sent_mail.open',
  `
  insert into intake_sent_mail as m
    (project_id, source_id, mail_key, reference, state, recipients, updated_at)
  select r.project_id, r.source_id, r.mail_key, r.reference, 'sent', '{}', $2
    from json_to_recordset($1::text::json) as r(
      project_id text, source_id uuid, mail_key text, reference text
    )
   order by r.project_id, r.source_id, r.mail_key
  on conflict (project_id, source_id, mail_key) do update set updated_at = m.updated_at
  returning project_id, source_id, mail_key, reference, state, recipients
  `,
);

const SAVE = statement(
  'sent_mail.save',
  `
  update intake_sent_mail m
     set state = r.state, recipients = r.recipients, updated_at = $2
    from json_to_recordset($1::text::json) as r(
      project_id text, source_id uuid, mail_key text, state text, recipients jsonb
    )
   where m.project_id = r.project_id
     and m.source_id = r.source_id
     and m.mail_key = r.mail_key
  `,
);

const FORGET = statement(
  'sent_mail.forget',
  `
  delete from intake_sent_mail
   where ctid = any (array(
     select ctid
       from intake_sent_mail
      where updated_at < $1
      order by updated_at
      limit $2
        for update skip locked
   ))
  returning 1
  `,
);

/** The messages that the receipts are about; those of trusted ones are made where they are not. */
export async function lockSentMails(
  tx: Transaction,
  news: readonly SentNews[],
  now: Instant,
): Promise<readonly SentMailRow[]> {
  if (news.length === 0) return [];
  const refs = news.map(({ ref }) => ref);
  const found = await tx.run(LOCK, [
    renderRefs(refs),
    [...new Set(refs.map((ref) => ref.projectId))],
    [...new Set(refs.map((ref) => ref.sourceId))],
    refs.map((ref) => ref.key),
    refs.flatMap((ref) => ref.reference ?? []),
  ]);
  const known = found.map(parseSentMail);
  const missing = listMissing(known, news);
  if (missing.length === 0) return known;
  const made = await tx.run(OPEN, [renderRefs(missing), formatInstant(now)]);
  return [...known, ...made.map(parseSentMail)];
}

export function postSentMails(tx: Transaction, rows: readonly SentMailRow[], now: Instant): void {
  if (rows.length === 0) return;
  const changed = rows.map((row) => ({
    project_id: row.projectId,
    source_id: row.sourceId,
    mail_key: row.key,
    state: row.mail.state,
    recipients: row.mail.recipients,
  }));
  tx.post(SAVE, [JSON.stringify(changed), formatInstant(now)]);
}

/** What nobody will ever ask for again: a provider gives up after a day. */
export async function forgetSentMails(db: Queryable, now: Instant): Promise<number> {
  const until = formatInstant(plusMs(now, -LIMITS.sentMailKeptMs));
  return (await db.run(FORGET, [until, LIMITS.retentionBatchMax])).length;
}

function renderRefs(refs: readonly SentMailRef[]): string {
  return JSON.stringify(
    refs.map((ref) => ({
      project_id: ref.projectId,
      source_id: ref.sourceId,
      mail_key: ref.key,
      reference: ref.reference,
    })),
  );
}

function parseSentMail(row: Row): SentMailRow {
  return {
    projectId: projectId(row['project_id'] as string),
    sourceId: sourceId(row['source_id'] as string),
    key: row['mail_key'] as string,
    reference: row['reference'] as string | null,
    mail: {
      state: (row['state'] as SentMail['state'] | null) ?? NEW_SENT_MAIL.state,
      recipients: row['recipients'] as SentMail['recipients'],
    },
  };
}
