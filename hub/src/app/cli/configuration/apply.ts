/** `tocsin apply FILE`; what it does is in apply-run.ts, loaded when it is to run. */
import type { Command } from '#app/cli/kit/command.ts';

export const APPLY: Command = {
  name: 'apply',
  summary: 'Make projects what a YAML file says, after showing what would change',
  about: `Everything goes by its name, and all of the file is applied, or nothing. What the file
does not name stays, unless --prune is given. Secrets are read here, from the environment or from
files, as the file says: webhook_secret: {from_env: OPS_SECRET}. Those that are made are printed
once. On a terminal it asks before it changes anything. It takes the key of an admin.`,
  arguments: [{ name: 'FILE', says: 'the YAML file, or - for what is piped in' }],
  options: {
    'dry-run': { says: 'Shows what would change, and changes nothing.' },
    prune: { says: 'Removes what the projects of the file have and the file does not name.' },
    yes: { says: 'Does not ask.', short: 'y' },
  },
  hasJson: true,
  examples: ['tocsin apply tocsin.yaml --dry-run', 'tocsin export | tocsin apply -'],
  run: async (given, deps) => (await import('./apply-run.ts')).applyFile(given, deps),
};
