/** `tocsin restore DIR`: a backup into an empty database, compared row by row. */
import { chmodSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '#platform/logger.ts';
import { createRandom } from '#platform/ids.ts';
import { readManifest, restoreBackup } from '#platform/backup/restore-backup.ts';
import { createDatabase } from '#platform/postgres/postgres.ts';
import { createSecretBox } from '#platform/secret-box.ts';
import { type CliDeps, CliFailure, type Given } from '#app/cli/kit/command.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import type { Config } from '#app/start/config.ts';
import { KEY_FILES, loadKeys } from '#app/start/generated-keys.ts';
import { openIdentityKey } from '#app/start/identity-key.ts';
import { connect, MIGRATIONS } from '#app/start/start.ts';
import { countRows, renderTables } from './backup-words.ts';

export async function restore(given: Given, deps: CliDeps): Promise<number> {
  const { config, out, clock } = deps;
  const dir = given.text('DIR') ?? '';
  const manifest = readManifest(dir);
  const rows = countRows(manifest);
  const { createdAt, tocsin } = manifest;
  const what = `${rows} rows of ${manifest.tables.length} tables, as they were at ${createdAt}`;
  if (given.flag('dry-run')) {
    const facts = { created_at: createdAt, tocsin, rows };
    const words = `${dir} holds ${what}, by Tocsin ${tocsin}.`;
    out.print(given.flag('json') ? renderJson(facts) : words);
    return 0;
  }
  takeKeys(config, join(dir, 'keys'));
  const log = createLog(config.logLevel === 'info' ? 'warn' : config.logLevel, true);
  const connected = await connect(config, log);
  try {
    await restoreBackup({
      connection: connected.listenerConnection,
      dir,
      directory: MIGRATIONS,
      log,
      clock,
      onProgress: (progress) => out.progress(renderTables('restoring', progress)),
    });
    out.progress('');
    await proveKey(connected.connection, deps);
    if (given.flag('json')) out.print(renderJson({ created_at: createdAt, rows }));
    else out.print(`Restored ${what}. Every row was compared. Start the hub: tocsin serve`);
    return 0;
  } finally {
    await connected.embedded?.stop();
  }
}

/** Keys of the backup, unless there are others; without any there would be nothing to restore for. */
function takeKeys(config: Config, from: string): void {
  const { dataDir } = config;
  if (config.masterKeys !== null || existsSync(join(dataDir, 'master-key'))) return;
  if (!existsSync(join(from, 'master-key'))) {
    throw new CliFailure(
      `there is no master key: put the one of the hub that was backed up into ` +
        `${join(dataDir, 'master-key')} or TOCSIN_MASTER_KEY first`,
    );
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  for (const name of KEY_FILES.filter((one) => existsSync(join(from, one)))) {
    copyFileSync(join(from, name), join(dataDir, name));
    chmodSync(join(dataDir, name), 0o600);
  }
}

/** Says now, and not at the next start, that the key is another one. */
async function proveKey(
  connection: Parameters<typeof createDatabase>[0]['connection'],
  { config, clock }: CliDeps,
): Promise<void> {
  const log = createLog('error', true);
  const random = createRandom();
  const { masterKeys } = loadKeys(config, random);
  const database = createDatabase({ connection, log });
  try {
    const secretBox = createSecretBox({ keys: masterKeys, random });
    await openIdentityKey({ database, clock, random, secretBox });
  } finally {
    await database.close();
  }
}
