/**
 * The keyed identity under which a problem's head is stored. Keyed, because fingerprints can be
 * computed by anyone; a UUID, because that is what the column is. The key never changes: rotating
 * the master key must not give every problem a new identity.
 */
import { createHmacSha256, encodeHex, joinUnambiguously } from '#kernel/crypto.ts';
import type { ProjectId, SourceId } from '#kernel/id.ts';
import type { Identity } from '#intake/report.ts';

export type NameAlertKey = (problem: {
  readonly projectId: ProjectId;
  readonly sourceId: SourceId;
  readonly identity: Exclude<Identity, { kind: 'single' }>;
}) => string;

const UUID_HEX_DIGITS = 32;

export function createAlertKeyNamer(key: Uint8Array): NameAlertKey {
  const hmac = createHmacSha256(key);
  return ({ projectId, sourceId, identity }) => {
    const parts =
      identity.kind === 'own'
        ? ['own', projectId, identity.alertId]
        : ['key', projectId, sourceId, identity.key];
    const hex = encodeHex(hmac(joinUnambiguously(parts))).slice(0, UUID_HEX_DIGITS);
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20),
    ].join('-');
  };
}
