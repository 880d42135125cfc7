/** Projects and the keys of their API. */
import type { KeyId, ProjectId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { Role } from '#kernel/principal.ts';

export type Project = {
  readonly projectId: ProjectId;
  readonly name: string;
  /** Grows with every change to anything that is configured in the project. */
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};

export type ApiKey = {
  readonly projectId: ProjectId;
  readonly keyId: KeyId;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
  readonly revokedAt: Instant | null;
  readonly lastUsedAt: Instant | null;
};
