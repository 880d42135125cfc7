/** `tocsin config print`: what a hub that starts here would be told, wrong settings included. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseConfig } from '#app/start/config.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { printColumns } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { listSettings } from './settings.ts';

export const CONFIG_PRINT: Command = {
  name: 'config print',
  summary: 'Show every setting, its value, and where it comes from',
  about: `These are the settings of a hub that would start here, and of the commands: those of a
hub that runs elsewhere are in its own environment. Secrets are not shown.`,
  hasJson: true,
  examples: ['tocsin config print', 'TOCSIN_PORT=8080 tocsin config print --json'],
  run: async (given, deps) => printConfig(given, deps),
};

/** The files that a first start makes, by the setting that stands above them. */
const KEY_FILES = { TOCSIN_MASTER_KEY: 'master-key', TOCSIN_ADMIN_KEY: 'admin-key' } as const;

function printConfig(given: Given, { env, out }: CliDeps): number {
  const lines = listSettings({ env, keyFiles: findKeyFiles(env['TOCSIN_DATA_DIR']) });
  if (given.flag('json')) out.print(renderJson(lines));
  else {
    const rows = lines.map(({ name, value, from, says }) => [name, value, from, says]);
    printColumns(
      out,
      ['SETTING', 'VALUE', 'FROM', 'MEANING'],
      rows.map((row) => row.map((cell) => cell.replaceAll('`', ''))),
    );
  }
  const reading = parseConfig(env);
  if (reading.ok) return 0;
  for (const error of reading.errors) out.complain(`tocsin: ${error}`);
  return 1;
}

function findKeyFiles(dataDir: string | undefined): Readonly<Record<string, string>> {
  const dir = resolve(dataDir?.trim() || './data');
  const files = Object.entries(KEY_FILES).map(([name, file]) => [name, join(dir, file)] as const);
  return Object.fromEntries(files.filter(([, path]) => existsSync(path)));
}
