/**
 * Which user the database runs as. PostgreSQL refuses to run as root, so root hands it to the
 * owner of the cluster, to `postgres`, or to `nobody`.
 *
 * Two ways round an obstacle, both of util-linux and both used only when needed:
 * - The data directory lies below a directory that the database's user may not enter (/root):
 *   `setpriv` drops to that user but keeps the one capability to pass directories.
 * - Our own user has no passwd entry (containers with a random user id): initdb wants a name, so
 *   it runs in a user namespace that shows it one. The server itself does not ask.
 */
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { EmbeddedPostgresError } from './fault.ts';

export type Account = {
  readonly uid: number;
  readonly gid: number;
  /** Null when there is no passwd entry. */
  readonly name: string | null;
  /** As ourselves, by Node's own uid option, or by setpriv with the capability. */
  readonly via: 'self' | 'uid' | 'setpriv';
};

export type Command = {
  readonly file: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
};

type Ids = { readonly uid: number; readonly gid: number };

const NOBODY: Ids = { uid: 65_534, gid: 65_534 };

/** Root opens its own data directory for passing through (0711), never its parents. */
export function chooseAccount(dataDir: string, clusterDir: string): Account {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  if (uid !== 0) return { uid, gid, name: findOwnName(), via: 'self' };
  const passwd = readFileSync('/etc/passwd', 'utf8');
  const { name, ...ids } = chooseForRoot(passwd, findOwner(clusterDir));
  if (!isReachable(dirname(dataDir), ids)) return { ...ids, name, via: 'setpriv' };
  const mode = statSync(dataDir).mode & 0o777;
  if (!isReachable(dataDir, ids)) chmodSync(dataDir, mode | 0o011);
  return { ...ids, name, via: 'uid' };
}

/** The owner first: a `postgres` user that appears later must not lock us out of our files. */
export function chooseForRoot(
  passwd: string,
  owner: Ids | null,
): Ids & { readonly name: string | null } {
  const entries = parsePasswd(passwd);
  if (owner !== null && owner.uid !== 0) {
    return { ...owner, name: entries.find((entry) => entry.uid === owner.uid)?.name ?? null };
  }
  const usable = entries.filter((entry) => entry.uid !== 0);
  return (
    usable.find((entry) => entry.name === 'postgres') ??
    usable.find((entry) => entry.name === 'nobody') ?? { ...NOBODY, name: null }
  );
}

export function commandAs(account: Account, file: string, args: readonly string[]): Command {
  switch (account.via) {
    case 'self':
      return { file, args };
    case 'uid':
      return { file, args, uid: account.uid, gid: account.gid };
    case 'setpriv': {
      const drop = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
      const keep = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
      // Or `access()`, by which initdb looks for its own programs, would not count the capability.
      const ask = '--securebits=+no_setuid_fixup';
      const rest = [ask, '--bounding-set=-all,+dac_override', '--no-new-privs', '--'];
      return { file: 'setpriv', args: [...drop, ...keep, ...rest, file, ...args] };
    }
  }
}

/** For initdb and the single-user mode, which look up the name of their user. */
export function namedCommandAs(account: Account, file: string, args: readonly string[]): Command {
  if (account.name !== null) return commandAs(account, file, args);
  const map = ['--user', `--map-user=${NOBODY.uid}`, `--map-group=${NOBODY.gid}`, '--'];
  return commandAs(account, 'unshare', [...map, file, ...args]);
}

/** May a user pass through every directory on the way, and through `path` itself? */
export function isReachable(path: string, ids: Ids): boolean {
  const place = statSync(path, { throwIfNoEntry: false });
  if (place === undefined) return false;
  const bit = place.uid === ids.uid ? 0o100 : place.gid === ids.gid ? 0o010 : 0o001;
  if ((place.mode & bit) === 0) return false;
  return path === dirname(path) || isReachable(dirname(path), ids);
}

export function explainFailedTool(account: Account, tool: string): EmbeddedPostgresError {
  const whom = account.name ?? `user id ${account.uid}`;
  return new EmbeddedPostgresError(
    'account_unusable',
    tool === 'setpriv'
      ? `Root cannot run the database itself, ${whom} may not enter the data directory's ` +
          'parents, and setpriv is missing. Choose a TOCSIN_DATA_DIR that everybody may reach ' +
          '(for example below /var/lib), start Tocsin as an ordinary user, or set DATABASE_URL.'
      : `The database cannot be set up under ${whom}: it has no entry in /etc/passwd, and user ` +
          'namespaces are not allowed here. Add an entry, start Tocsin as a user that has one, ' +
          'or set DATABASE_URL.',
  );
}

function parsePasswd(text: string): readonly (Ids & { readonly name: string })[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    const isEntry = name !== '' && /^\d+$/.test(uid) && /^\d+$/.test(gid);
    return isEntry ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

function findOwner(path: string): Ids | null {
  const place = statSync(path, { throwIfNoEntry: false });
  return place === undefined ? null : { uid: place.uid, gid: place.gid };
}

function findOwnName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}
