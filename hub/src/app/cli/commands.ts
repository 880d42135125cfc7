/** Every command, in the order of the help. */
import { ALERT_LIST } from './alert/list.ts';
import { EVENT_LIST } from './event/list.ts';
import { EVENT_SHOW } from './event/show.ts';
import type { Command } from './kit/command.ts';
import { IMPORT_SENTINEL } from './import-sentinel/import-sentinel.ts';
import { BACKUP } from './hub/backup.ts';
import { DOCTOR } from './hub/doctor.ts';
import { MIGRATE } from './hub/migrate.ts';
import { RESTORE } from './hub/restore.ts';
import { SERVE } from './hub/serve.ts';
import { VERSION_COMMAND } from './hub/version.ts';

export const COMMANDS: readonly Command[] = [
  SERVE,
  MIGRATE,
  DOCTOR,
  BACKUP,
  RESTORE,
  ALERT_LIST,
  EVENT_LIST,
  EVENT_SHOW,
  IMPORT_SENTINEL,
  VERSION_COMMAND,
];
