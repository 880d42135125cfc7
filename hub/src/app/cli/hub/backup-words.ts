/** How much there is, for who waits for a backup or a restore. Pure. */
import type { Manifest } from '#platform/backup/manifest.ts';
import type { BackupProgress } from '#platform/backup/write-backup.ts';
import { renderProgress } from '#app/cli/kit/output.ts';

export function renderTables(verb: string, progress: BackupProgress): string {
  const { done, total, bytes } = progress;
  return renderProgress({ verb, done, total, noun: `tables, ${renderBytes(bytes)}` });
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
