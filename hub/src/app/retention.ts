/**
 * The beat of what is over: archives alerts after their project's time, and forgets archived ones
 * after its retention (default: never), with their messages, due rows and timeline, all in one
 * transaction; and drops what writes answered a day ago. Returns how many were moved: while there
 * is more, the caller comes again soon.
 */
import { listRetentions } from '#access/store.ts';
import {
  archiveAlerts,
  deleteAlerts,
  listForgettable,
  lockForgettable,
  type Until,
} from '#alert/archive.store.ts';
import { deleteNotifications } from '#delivery/receipt.store.ts';
import { deleteEscalations } from '#escalation/store.ts';
import { forgetSentMails } from '#intake/sent-mail/store.ts';
import { deleteKeysOfAlerts, lockKeysOfAlerts } from '#intake/retention/event-key.store.ts';
import { type Instant, MS_PER_DAY, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock } from '#kernel/ports.ts';
import { expireAnswers } from '#platform/http/idempotency/answer.store.ts';
import type { Database } from '#platform/postgres/postgres.ts';

export async function runRetentionOnce(database: Database, clock: Clock): Promise<number> {
  const now = clock.now();
  const { archive, forget } = await readUntils(database, now);
  const bounds = { now, batchMax: LIMITS.retentionBatchMax };
  const archived = await archiveAlerts(database, archive, bounds);
  const expired = await expireAnswers(database, now, LIMITS.idempotencyExpiryMax);
  const forgotten = await forgetOnce(database, forget);
  return archived + expired + forgotten + (await forgetSentMails(database, now));
}

type Untils = { readonly archive: readonly Until[]; readonly forget: readonly Until[] };

async function readUntils(database: Database, now: Instant): Promise<Untils> {
  const projects = await database.read(listRetentions);
  return {
    archive: projects.map(({ projectId, archiveAfterS }) => ({
      projectId,
      until: plusMs(now, -archiveAfterS * MS_PER_SECOND),
    })),
    forget: projects.flatMap(({ projectId, retentionDays }) =>
      retentionDays === null
        ? []
        : [{ projectId, until: plusMs(now, -retentionDays * MS_PER_DAY) }],
    ),
  };
}

async function forgetOnce(database: Database, untils: readonly Until[]): Promise<number> {
  const found = await database.read((db) => listForgettable(db, untils, LIMITS.retentionBatchMax));
  if (found.length === 0) return 0;
  return database.transaction(async (tx) => {
    await lockKeysOfAlerts(tx, found);
    const forgotten = await lockForgettable(tx, found, untils);
    if (forgotten.length === 0) return 0;
    await deleteNotifications(tx, forgotten);
    await deleteEscalations(tx, forgotten);
    await deleteAlerts(tx, forgotten);
    await deleteKeysOfAlerts(tx, forgotten);
    return forgotten.length;
  });
}
