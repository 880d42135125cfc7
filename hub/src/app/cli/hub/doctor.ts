/** `tocsin doctor`; what it does is in doctor-run.ts, loaded when it is to run. */
import type { Command } from '#app/cli/kit/command.ts';

export const DOCTOR: Command = {
  name: 'doctor',
  summary: 'Look at everything an alarm needs on its way, and say what to do',
  about: `Database, disk, clock, links, keys, and of each project its channels: whether their
secrets open and their servers take a connection. Nothing is sent and nothing is changed. Ends
with 1 when something fails; warnings do not count.`,
  hasJson: true,
  examples: ['tocsin doctor', 'tocsin doctor --json | jq .status'],
  run: async (given, deps) => (await import('./doctor-run.ts')).examine(given, deps),
};
