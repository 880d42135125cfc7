/**
 * When keys and sessions were last used: kept in memory and written now and then, for a write with
 * each request would cost more than most requests do. A crash loses what was not yet written.
 */
import type { Instant } from '#kernel/instant.ts';
import type { CredentialUse } from './authenticate.ts';
import type { KeyId, ProjectId, SessionId } from '#kernel/id.ts';

type KeyUse = {
  readonly projectId: ProjectId;
  readonly keyId: KeyId;
  readonly usedAt: Instant;
};
type SessionUse = { readonly sessionId: SessionId; readonly usedAt: Instant };

export type CredentialUses = {
  readonly note: (use: CredentialUse, at: Instant) => void;
  /** All since the last time, each once. */
  readonly take: () => {
    readonly keys: readonly KeyUse[];
    readonly sessions: readonly SessionUse[];
  };
};

export function createCredentialUses(): CredentialUses {
  const keys = new Map<KeyId, KeyUse>();
  const sessions = new Map<SessionId, SessionUse>();
  return {
    note: (use, usedAt) => {
      if (use.kind === 'key') keys.set(use.keyId, { ...use, usedAt });
      else sessions.set(use.sessionId, { ...use, usedAt });
    },
    take: () => {
      const taken = { keys: [...keys.values()], sessions: [...sessions.values()] };
      keys.clear();
      sessions.clear();
      return taken;
    },
  };
}
