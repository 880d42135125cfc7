/** A hub with the file of TOCSIN_CONFIG, which is read before anything is started. */
import type { Log } from '#kernel/ports.ts';
import { readConfigFile } from '#app/config-file/config-file.ts';
import { ConfigRefused } from './apply-at-start.ts';
import type { Config } from './config.ts';
import { type RunningHub, startHub } from './start.ts';

export async function startConfigured(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<RunningHub> {
  const { configFile } = config;
  if (configFile === null) return startHub(config, log);
  const file = readConfigFile(configFile, env);
  if (!file.ok) throw new ConfigRefused(file.lines);
  return startHub(config, log, file);
}
