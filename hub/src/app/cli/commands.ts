/** Every command, in the order of the help. */
import { ALERT_LIST } from './alert/list.ts';
import type { Command } from './kit/command.ts';
import { IMPORT_SENTINEL } from './import-sentinel/import-sentinel.ts';
import { MIGRATE } from './hub/migrate.ts';
import { SERVE } from './hub/serve.ts';
import { VERSION_COMMAND } from './hub/version.ts';

export const COMMANDS: readonly Command[] = [
  SERVE,
  MIGRATE,
  ALERT_LIST,
  IMPORT_SENTINEL,
  VERSION_COMMAND,
];
