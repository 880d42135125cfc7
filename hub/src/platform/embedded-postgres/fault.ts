/** Why the embedded database could not be started, in words for the person who started it. */

export type EmbeddedPostgresFault =
  /** Another process holds the data directory. */
  | 'data_dir_in_use'
  /** It cannot be created, read, written or locked. */
  | 'data_dir_unusable'
  /** There are no database programs for this operating system. */
  | 'platform_not_supported'
  /** They are there but do not run. */
  | 'binaries_unusable'
  /** No user was found that may run the database. */
  | 'account_unusable'
  /** Written by another major version of PostgreSQL. */
  | 'cluster_version_mismatch'
  /** The place of the cluster holds something else, which is never deleted. */
  | 'cluster_unrecognised'
  /** Processes of an earlier run cannot be stopped. */
  | 'cluster_busy'
  | 'init_failed'
  | 'start_failed';

export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedPostgresFault;

  constructor(code: EmbeddedPostgresFault, sentence: string, options?: { cause: unknown }) {
    super(sentence, options);
    this.name = 'EmbeddedPostgresError';
    this.code = code;
  }
}

/** `code` of a system error (ENOENT, EACCES, ...), or null. */
export function systemCodeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
