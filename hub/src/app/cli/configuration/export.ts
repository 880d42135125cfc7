/** `tocsin export`: what is set up, as the file that `tocsin apply` takes. */
import type { Command } from '#app/cli/kit/command.ts';

export const EXPORT: Command = {
  name: 'export',
  summary: 'Print what projects are set up with, as the YAML file of tocsin apply',
  about: `Applying it again changes nothing. Secrets are left out, and a comment says where; ids,
versions and what was left at its default are left out too. With --json it prints the same
document as JSON, which tocsin apply takes as well.`,
  options: { project: { value: 'ID', says: 'Only this project; all of the key unless given.' } },
  hasJson: true,
  examples: ['tocsin export > tocsin.yaml', 'tocsin export --project home'],
  run: async (given, deps) => (await import('./export-run.ts')).exportConfig(given, deps),
};
