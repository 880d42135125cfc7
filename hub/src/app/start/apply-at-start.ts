/**
 * TOCSIN_CONFIG: the file is read before anything is started, and applied before the hub listens.
 * A fault stops the start. Several nodes may do it at once: the first one through the locks of the
 * projects writes, the others find nothing to change. Secrets are not made here, for nobody would
 * see them; nothing is pruned.
 */
import { CodedError } from '#kernel/error-codes.ts';
import type { Log } from '#kernel/ports.ts';
import { TIMER } from '#kernel/principal.ts';
import type { Configuration } from '#app/configuration/configuration.ts';
import type { ConfigFileReading } from '#app/config-file/config-file.ts';
import { StartError } from './start-error.ts';

export type ReadConfigFile = Extract<ConfigFileReading, { readonly ok: true }>;

export class ConfigRefused extends StartError {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super('config_refused', 'The file of TOCSIN_CONFIG cannot be applied; nothing was changed.');
    this.lines = lines;
  }
}

export async function applyAtStart(
  configuration: Configuration,
  { document, renderFaults }: ReadConfigFile,
  log: Log,
): Promise<void> {
  try {
    const { changed, changes } = await configuration.apply({
      document,
      isPruning: false,
      by: TIMER,
      versions: null,
      isGenerating: false,
    });
    const made = changes.filter(({ change }) => change !== 'same');
    if (changed.length > 0) log.info('configuration applied', { changed, changes: made.length });
  } catch (error) {
    if (!(error instanceof CodedError) || error.details.length === 0) throw error;
    throw new ConfigRefused(renderFaults(error.details));
  }
}
