/** `tocsin backup DIR`; what it does is in backup-run.ts, loaded when it is to run. */
import type { Command } from '#app/cli/kit/command.ts';

export const BACKUP: Command = {
  name: 'backup',
  summary: 'Write everything the database holds into a new directory, while the hub works',
  about: `It reads the database itself (of TOCSIN_DATA_DIR or DATABASE_URL), so it runs on the
machine of the hub, as its user. The master key is not in it unless --with-keys is given: keep a
copy of that key in another place, for without it no backup can be used, and with it whoever has
the backup can read the secrets of your channels.`,
  arguments: [{ name: 'DIR', says: 'where to; made by the command, or empty' }],
  options: {
    'with-keys': { says: 'Also the keys of the data directory: then DIR is a secret itself.' },
  },
  hasJson: true,
  examples: ['tocsin backup /var/backups/tocsin-2026-11-22', 'tocsin backup ./all --with-keys'],
  run: async (given, deps) => (await import('./backup-run.ts')).backUp(given, deps),
};
