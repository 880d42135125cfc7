/** `tocsin version`. */
import type { Command } from '#app/cli/kit/command.ts';
import { VERSION } from '#app/start/version.ts';

export const VERSION_COMMAND: Command = {
  name: 'version',
  summary: 'Print the version',
  examples: ['tocsin version'],
  run: async (_given, { out }) => {
    out.print(VERSION);
    return 0;
  },
};
