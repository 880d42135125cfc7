/** `tocsin restore DIR`; what it does is in restore-run.ts, loaded when it is to run. */
import type { Command } from '#app/cli/kit/command.ts';

export const RESTORE: Command = {
  name: 'restore',
  summary: 'Bring a backup into an empty data directory or database, and compare every row',
  about: `The hub must not run. The master key must be there first: in the data directory, in
TOCSIN_MASTER_KEY, or in the backup (--with-keys). What was open when the backup was made is open
again, and goes on calling people as soon as the hub starts.`,
  arguments: [{ name: 'DIR', says: 'what tocsin backup has written' }],
  options: { 'dry-run': { says: 'Only says what is in the backup.' } },
  hasJson: true,
  examples: [
    'TOCSIN_DATA_DIR=./restored tocsin restore /var/backups/tocsin-2026-11-22',
    'DATABASE_URL=postgres://tocsin@db.example/empty tocsin restore ./all',
  ],
  run: async (given, deps) => (await import('./restore-run.ts')).restore(given, deps),
};
