/** `tocsin backup DIR`: everything the database holds, as it is at this moment. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '#platform/logger.ts';
import { writeBackup } from '#platform/backup/write-backup.ts';
import type { CliDeps, Given } from '#app/cli/kit/command.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { reachDatabase } from '#app/start/database-at-hand.ts';
import { KEY_FILES } from '#app/start/generated-keys.ts';
import { VERSION } from '#app/start/version.ts';
import { countRows, renderBytes, renderTables } from './backup-words.ts';

export async function backUp(given: Given, deps: CliDeps): Promise<number> {
  const { config, out, clock } = deps;
  const dir = given.text('DIR') ?? '';
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel, true);
  const { connection, close } = await reachDatabase(config, log);
  try {
    const manifest = await writeBackup({
      connection,
      dir,
      version: VERSION,
      clock,
      onProgress: (progress) => out.progress(renderTables('backing up', progress)),
    });
    out.progress('');
    const keys = given.flag('with-keys') ? copyKeys(config.dataDir, join(dir, 'keys')) : [];
    const { tables, createdAt } = manifest;
    const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
    if (given.flag('json')) {
      const rows = countRows(manifest);
      out.print(renderJson({ dir, created_at: createdAt, rows, bytes, keys }));
      return 0;
    }
    out.print(
      `Backed up ${countRows(manifest)} rows of ${tables.length} tables ` +
        `(${renderBytes(bytes)}) to ${dir}, as they were at ${createdAt}.`,
    );
    if (keys.length > 0) out.print(`With it ${keys.join(' and ')}: keep ${dir} secret.`);
    else out.print('The master key is not in it. Without that key it cannot be used: keep both.');
    return 0;
  } finally {
    await close();
  }
}

function copyKeys(dataDir: string, to: string): readonly string[] {
  const found = KEY_FILES.filter((name) => existsSync(join(dataDir, name)));
  mkdirSync(to, { mode: 0o700 });
  for (const name of found) copyFileSync(join(dataDir, name), join(to, name));
  return found;
}
