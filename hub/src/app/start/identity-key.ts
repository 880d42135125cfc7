/**
 * The key of all alert identities: made once, kept sealed in the database, never rotated. Opening
 * it proves that the master key is the one this database was written with.
 */
import { decodeBase64, encodeBase64 } from '#kernel/crypto.ts';
import type { Clock, Random } from '#kernel/ports.ts';
import { findHubSecret, insertHubSecret } from '#platform/postgres/hub-secret.store.ts';
import type { Database } from '#platform/postgres/postgres.ts';
import type { SecretBox } from '#platform/secret-box.ts';
import { StartError } from './start-error.ts';

const NAME = 'identity';
const PLACE = { projectId: 'hub', channelId: 'hub', field: NAME };
const KEY_BYTES = 32;

export async function openIdentityKey(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly secretBox: SecretBox;
}): Promise<Uint8Array> {
  const { database, secretBox } = deps;
  if ((await findHubSecret(database, NAME)) === null) {
    const envelope = secretBox.seal(encodeBase64(deps.random.bytes(KEY_BYTES)), PLACE);
    await insertHubSecret(database, { name: NAME, envelope }, deps.clock.now());
  }
  const envelope = await findHubSecret(database, NAME);
  const opened = secretBox.open(envelope ?? '', PLACE);
  if (!opened.ok) {
    throw new StartError(
      'master_key_wrong',
      `The database was written with another master key (${opened.kid ?? 'unknown'}). ` +
        'Start with that key in TOCSIN_MASTER_KEY, or with the data directory it was made in.',
    );
  }
  const key = decodeBase64(opened.plain);
  if (key === null) throw new StartError('master_key_wrong', 'The identity key is damaged.');
  return key;
}
