/**
 * Makes the cluster at the first start and looks at it at every later one.
 *
 * A cluster is made in `postgres.new` and renamed to `postgres` when roles and database are in
 * it. So `postgres` is always complete, `postgres.new` never was in use, and only the latter is
 * ever deleted.
 *
 * Roles: `postgres` owns the cluster and has no password, so nobody can log in as it. `tocsin`
 * owns the database `tocsin` and has a random password (scram). It is no superuser: our SQL must
 * also run on a DATABASE_URL that hands out less. Peer authentication would spare the password,
 * but needs a passwd entry, and not every container has one for its user.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chown, lchown, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '#kernel/limits.ts';
import type { Log } from '#kernel/ports.ts';
import { type Account, type Command, explainFailedTool, namedCommandAs } from './account.ts';
import type { Binaries } from './binaries.ts';
import { createPrivateDir, type Layout, readSecret, syncDir, writeSecret } from './data-dir.ts';
import { EmbeddedPostgresError, messageOf, systemCodeOf } from './fault.ts';
import { killProcesses } from './leftovers.ts';
import { lastLines, runProgram } from './program.ts';

export const DATABASE = 'tocsin';
export const ROLE = 'tocsin';

const OWNER_ROLE = 'postgres';

/** `local` = unix socket. There is no line for anything else, and no server listening for it. */
const ACCESS_RULES = '# Written by Tocsin.\nlocal all all scram-sha-256\n';

type Place = {
  readonly layout: Layout;
  readonly binaries: Binaries;
  readonly account: Account;
  readonly log: Log;
};

/** Leaves a complete cluster behind and returns the password of its role. */
export async function prepareCluster(place: Place): Promise<string> {
  const { layout, binaries, account, log } = place;
  await killProcesses(layout.unfinishedCluster);
  await rm(layout.unfinishedCluster, { recursive: true, force: true });
  const major = readMajor(layout.cluster);
  if (major === null) return createCluster(place);
  if (major !== String(binaries.major)) {
    throw new EmbeddedPostgresError(
      'cluster_version_mismatch',
      `${layout.cluster} was written by PostgreSQL ${major}, and this Tocsin brings ` +
        `${binaries.major}. Start the Tocsin that wrote it, or move the directory away to begin ` +
        'with an empty one. Nothing was changed.',
    );
  }
  if (account.via !== 'self' && statSync(layout.cluster).uid !== account.uid) {
    await chownAll(layout.cluster, account);
  }
  const secret = await readSecret(layout.secret);
  if (secret !== null) return secret;
  log.warn('the password of the database is missing, setting a new one', { file: layout.secret });
  const fresh = createSecret();
  await runSql(place, layout.cluster, [`alter role ${ROLE} password '${fresh}'`]);
  // Written last: a crash before this line only sets another one at the next start.
  await writeSecret(layout.secret, fresh);
  return fresh;
}

async function createCluster(place: Place): Promise<string> {
  const { layout, binaries, account, log } = place;
  log.info('creating the database', { directory: layout.cluster });
  const directory = layout.unfinishedCluster;
  await createPrivateDir(directory, account);
  const command = namedCommandAs(account, binaries.initdb, [
    `--pgdata=${directory}`,
    `--username=${OWNER_ROLE}`,
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
    // Replaced below. initdb insists on a password file for anything that can let one in.
    '--auth=reject',
    '--no-instructions',
  ]);
  await runOrThrow(command, { account, cwd: directory });
  await writeFile(join(directory, 'pg_hba.conf'), ACCESS_RULES);
  const secret = createSecret();
  await runSql(place, directory, [
    `create role ${ROLE} login createdb password '${secret}'`,
    `grant pg_monitor, pg_checkpoint to ${ROLE}`,
    `grant execute on function pg_backup_start(text, boolean) to ${ROLE}`,
    `grant execute on function pg_backup_stop(boolean) to ${ROLE}`,
    `create database ${DATABASE} owner ${ROLE}`,
  ]);
  await writeSecret(layout.secret, secret);
  await rename(directory, layout.cluster);
  await syncDir(layout.dataDir);
  return secret;
}

/** Null when there is no cluster yet. Throws when something else is in its place. */
function readMajor(cluster: string): string | null {
  try {
    if (!existsSync(cluster) || readdirSync(cluster).length === 0) return null;
    return readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') {
      throw new EmbeddedPostgresError(
        'cluster_unrecognised',
        `${cluster} holds something that is not a PostgreSQL cluster. Move it away, or choose ` +
          'another TOCSIN_DATA_DIR. Nothing was changed.',
        { cause: error },
      );
    }
    throw new EmbeddedPostgresError(
      'data_dir_unusable',
      `${cluster} cannot be read (${messageOf(error)}). It belongs to another user: start Tocsin ` +
        'as that user, or as root.',
      { cause: error },
    );
  }
}

/** One statement per line, in the single-user mode: no server, no login, no password file. */
async function runSql(place: Place, cluster: string, lines: readonly string[]): Promise<void> {
  const { account, binaries } = place;
  const args = ['--single', '-D', cluster, '-c', 'exit_on_error=on'];
  const privacy = ['-c', 'log_error_verbosity=terse', '-c', 'log_min_error_statement=panic'];
  await runOrThrow(namedCommandAs(account, binaries.postgres, [...args, ...privacy, OWNER_ROLE]), {
    account,
    cwd: cluster,
    input: `${lines.join('\n')}\n`,
  });
}

async function runOrThrow(
  command: Command,
  how: { readonly account: Account; readonly cwd: string; readonly input?: string },
): Promise<void> {
  const { account, ...rest } = how;
  const end = await runProgram(command, { ...rest, timeoutMs: LIMITS.databaseInitMaxMs });
  if (end.isSuccess) return;
  if (command.file === 'unshare' && (end.isUnstarted || /^unshare: /m.test(end.output))) {
    throw explainFailedTool(account, 'unshare');
  }
  throw new EmbeddedPostgresError(
    'init_failed',
    `The database in ${how.cwd} could not be set up (${end.reason}): ${lastLines(end.output)}`,
  );
}

/** A cluster restored by root from a backup belongs to root; PostgreSQL insists on its own. */
async function chownAll(directory: string, account: Account): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), account.uid, account.gid);
  }
  // The top comes last: it says whether this is still to be done.
  await chown(directory, account.uid, account.gid);
}

function createSecret(): string {
  return randomBytes(24).toString('base64url');
}
