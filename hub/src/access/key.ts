/** Projects and the keys of their API. */
import type { KeyId, ProjectId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { Address } from '#kernel/calling/responder.ts';
import type { Role } from '#kernel/principal.ts';
import type { Language } from '#kernel/words/language.ts';
import { BASE_POLICY, type RedactionPolicy } from '#redaction/policy.ts';

/** How much of a mail stays readable: who wrote what about what, or only that one came. */
export type MailContent = 'minimal' | 'full';

export type ProjectSettings = {
  readonly name: string;
  /** Of everybody who has none of their own. */
  readonly language: Language;
  /** Told of what nobody else is called for. */
  readonly administrators: readonly Address[];
  /** An alert that is over moves to the archive after this. */
  readonly archiveAfterS: number;
  /** Then it is kept this long; null = for ever. */
  readonly retentionDays: number | null;
  readonly mailContent: MailContent;
  /** What it masks besides what every project does. */
  readonly redaction: RedactionPolicy;
};

/** What a new project begins with. */
export const PROJECT_DEFAULTS: Omit<ProjectSettings, 'name'> = {
  language: 'en',
  administrators: [],
  archiveAfterS: 86_400,
  retentionDays: null,
  mailContent: 'minimal',
  redaction: BASE_POLICY,
};

export type Project = ProjectSettings & {
  readonly projectId: ProjectId;
  /** Names it in signed links, which have no room for its id. */
  readonly linkNo: number;
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
