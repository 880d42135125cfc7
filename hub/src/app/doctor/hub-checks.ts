/** What the doctor looks at on the hub as a whole: database, disk, clock, links, work that waits. */
import { LIMITS } from '#kernel/limits.ts';
import type { Clock } from '#kernel/ports.ts';
import type { Disk } from '#app/hub-parts.ts';
import { readDatabaseFacts } from '#app/read/database-facts.ts';
import type { Readiness } from '#app/routes/readiness.ts';
import type { Reason } from '#app/routes/readiness-reasons.ts';
import type { Database } from '#platform/postgres/postgres.ts';
import { type Check, fail, pass, warn } from './check.ts';

export type HubExam = {
  readonly database: Database;
  readonly clock: Clock;
  readonly isClockTrusted: () => boolean;
  readonly readiness: Readiness;
  readonly readDisk: () => Promise<Disk | null>;
  readonly publicUrl: () => string;
};

export async function checkHub(exam: HubExam): Promise<readonly Check[]> {
  const [database, disk, reasons] = await Promise.all([
    checkDatabase(exam),
    exam.readDisk().then(checkDisk),
    exam.readiness.check(),
  ]);
  return [
    database,
    ...disk,
    checkClock(exam),
    checkPublicUrl(exam.publicUrl()),
    ...toChecks(reasons),
  ];
}

async function checkDatabase({ database, clock }: HubExam): Promise<Check> {
  const about = { subject: 'database' };
  const askedAt = clock.now();
  try {
    const { version, unsafe } = await database.read(readDatabaseFacts);
    const tookMs = clock.now() - askedAt;
    const what = `PostgreSQL ${version} answers in ${tookMs} ms`;
    if (unsafe.length === 0) return pass(about, `${what}.`);
    return fail(
      about,
      `${what}, but with ${unsafe.join(', ')} off: a power cut would lose what was answered.`,
      `Set ${unsafe.map((name) => `${name} = on`).join(', ')} in postgresql.conf and reload.`,
    );
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return fail(about, `It does not answer: ${text}`, "See that it runs, and the hub's log.");
  }
}

const GB = 1_000_000_000;
const PERCENT = 100;

export function checkDisk(disk: Disk | null): readonly Check[] {
  if (disk === null) return [];
  const about = { subject: 'disk' };
  const { freeBytes, totalBytes } = disk;
  const percent = Math.floor((freeBytes / Math.max(1, totalBytes)) * PERCENT);
  const left = `${(freeBytes / GB).toFixed(1)} GB (${percent} %) are free in the data directory`;
  const action = 'Make room on that disk: when it is full no alarm can be stored.';
  if (freeBytes < LIMITS.diskFreeFailBytes) return [fail(about, `Only ${left}.`, action)];
  if (freeBytes < LIMITS.diskFreeWarnBytes) return [warn(about, `Only ${left}.`, action)];
  return [pass(about, `${left}.`)];
}

function checkClock({ isClockTrusted }: HubExam): Check {
  const about = { subject: 'clock' };
  if (isClockTrusted()) return pass(about, 'It agrees with the database.');
  return fail(
    about,
    'It differs from the database by more than a second, so this node does no work.',
    'Keep both machines on time with chrony or systemd-timesyncd.',
  );
}

const LOOPBACK = /^https?:\/\/(localhost|127\.\d+|\[::1\]|0\.0\.0\.0)/;

export function checkPublicUrl(url: string): Check {
  const about = { subject: 'links' };
  if (LOOPBACK.test(url)) {
    const sentence = `Links in messages begin with ${url}, which no phone can open.`;
    const action = 'Set TOCSIN_PUBLIC_URL to the address by which people reach this hub.';
    return warn(about, sentence, action);
  }
  if (url.startsWith('http://')) {
    const sentence = `Links in messages begin with ${url}: whoever listens can answer for others.`;
    return warn(about, sentence, 'Put a proxy with TLS before it, and set TOCSIN_PUBLIC_URL.');
  }
  return pass(about, `Links in messages begin with ${url}.`);
}

/** What /readyz tells, in the doctor's words. */
function toChecks(reasons: readonly Reason[]): readonly Check[] {
  if (reasons.length === 0) return [pass({ subject: 'work' }, 'Nothing is overdue.')];
  return reasons.map(({ sentence, isBlocking, action }) => {
    const about = { subject: 'work' };
    return isBlocking ? fail(about, sentence, action) : warn(about, sentence, action);
  });
}
