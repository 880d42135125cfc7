/**
 * The server's settings, all given on its command line: whatever an old postgresql.conf or
 * postgresql.auto.conf says, the same version of Tocsin always runs the same server.
 *
 * Its log goes to our log, so it must hold nothing of what people send us: no statements, no
 * values of a failed row, and no errors that the client gets anyway.
 */
import { assert } from '#kernel/decision.ts';
import { LIMITS } from '#kernel/limits.ts';
import { PORT } from './data-dir.ts';

export type Settings = Readonly<Record<string, string>>;

/** May be changed by the caller. Small: one machine runs the hub, its database and more. */
const DEFAULTS: Settings = {
  fsync: 'on',
  full_page_writes: 'on',
  idle_in_transaction_session_timeout: `${LIMITS.databaseIdleInTransactionMs}ms`,
  jit: 'off',
  max_connections: String(LIMITS.databaseConnectionsMax),
  max_wal_size: '512MB',
  min_wal_size: '128MB',
  shared_buffers: '128MB',
  synchronous_commit: 'on',
  wal_compression: 'pglz',
};

/** May not: the manager depends on them. */
const FIXED: Settings = {
  lc_messages: 'C',
  listen_addresses: '',
  log_autovacuum_min_duration: '-1',
  log_checkpoints: 'off',
  log_destination: 'stderr',
  log_error_verbosity: 'terse',
  log_line_prefix: '',
  log_min_error_statement: 'panic',
  log_min_messages: 'log',
  log_statement: 'none',
  log_timezone: 'UTC',
  logging_collector: 'off',
  password_encryption: 'scram-sha-256',
  port: String(PORT),
  timezone: 'UTC',
  unix_socket_permissions: '0700',
  update_process_title: 'on',
};

const PLACES = ['cluster_name', 'unix_socket_directories'] as const;

export function renderSettings(
  place: { readonly mark: string; readonly socketDir: string },
  wishes: Settings,
): readonly string[] {
  for (const name of Object.keys(wishes)) {
    assert(/^[a-z][a-z0-9_.]{0,62}$/.test(name), `${name} is no name of a setting`);
    assert(!(name in FIXED) && !PLACES.some((one) => one === name), `${name} is not for callers`);
  }
  const all: Settings = {
    ...DEFAULTS,
    ...wishes,
    ...FIXED,
    cluster_name: place.mark,
    // A list: without quotes a comma or a space in the path would end an item.
    unix_socket_directories: `"${place.socketDir.replaceAll('"', '""')}"`,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
