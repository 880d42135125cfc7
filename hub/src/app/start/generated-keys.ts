/**
 * Keys that a first start makes and keeps in the data directory, readable by its owner alone:
 * `master-key` (seals all secrets: lose it, lose them) and `admin-key`.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBase64, encodeBase64Url } from '#kernel/crypto.ts';
import type { Random } from '#kernel/ports.ts';
import { type MasterKey, parseMasterKeys } from '#platform/secret-box.ts';
import type { Config } from './config.ts';
import { StartError } from './start-error.ts';

/** In the data directory. */
export const KEY_FILES = ['master-key', 'admin-key'] as const;

const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;

export type Keys = {
  readonly masterKeys: readonly MasterKey[];
  readonly adminKey: string;
  /** Where the admin key lies; null when it came from the environment. */
  readonly adminKeyFile: string | null;
  readonly isAdminKeyNew: boolean;
};

export function loadKeys(config: Config, random: Random): Keys {
  mkdirSync(config.dataDir, { recursive: true });
  const adminKeyFile = join(config.dataDir, 'admin-key');
  const isAdminKeyNew = config.adminKey === null && !existsSync(adminKeyFile);
  return {
    masterKeys: config.masterKeys ?? loadMasterKeys(join(config.dataDir, 'master-key'), random),
    adminKey:
      config.adminKey ??
      loadOrMake(adminKeyFile, () => `tcs_${encodeBase64Url(random.bytes(KEY_BYTES))}`),
    adminKeyFile: config.adminKey === null ? adminKeyFile : null,
    isAdminKeyNew,
  };
}

function loadMasterKeys(file: string, random: Random): readonly MasterKey[] {
  const text = loadOrMake(file, () => `k1:${encodeBase64(random.bytes(KEY_BYTES))}`);
  const reading = parseMasterKeys(text);
  if (reading.ok) return reading.keys;
  throw new StartError('master_key_wrong', `${file} cannot be read: ${reading.message}.`);
}

/** Written beside and renamed, so that a crash never leaves half a key. */
function loadOrMake(file: string, make: () => string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const fresh = `${file}.new`;
  writeFileSync(fresh, `${make()}\n`, { mode: OWNER_ONLY });
  chmodSync(fresh, OWNER_ONLY);
  renameSync(fresh, file);
  return readFileSync(file, 'utf8').trim();
}
