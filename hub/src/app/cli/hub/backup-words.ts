/** How much there is, for who waits for a backup or a restore. Pure. */
import type { Manifest } from '#platform/backup/manifest.ts';
import type { BackupProgress } from '#platform/backup/write-backup.ts';

const BAR_CHARS = 20;

export function renderProgress(
  verb: string,
  { table, done, total, bytes }: BackupProgress,
): string {
  const full = Math.round((done / Math.max(1, total)) * BAR_CHARS);
  const bar = '#'.repeat(full).padEnd(BAR_CHARS, '.');
  return `${verb} [${bar}] ${done}/${total} ${table} ${renderBytes(bytes)}`;
}

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;
const UNIT_SIZE = 1_000;

export function renderBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= UNIT_SIZE && unit < UNITS.length - 1) {
    size /= UNIT_SIZE;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

export function countRows({ tables }: Pick<Manifest, 'tables'>): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}
