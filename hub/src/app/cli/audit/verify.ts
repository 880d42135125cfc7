/** `tocsin audit verify`; what it does is in verify-run.ts, loaded when it is to run. */
import type { Command } from '#app/cli/kit/command.ts';

export const AUDIT_VERIFY: Command = {
  name: 'audit verify',
  summary: 'Prove that no row of the audit was edited, removed, moved or put in',
  about: `The hub walks its chains and recomputes every seal. It compares them with the heads that
it has written to audit-heads.log, and with those of --heads: a copy of that file, or a log of the
hub that you keep elsewhere. Without heads from outside, a tail that was cut off together with its
head in the database would not be found. Ends with 1 when anything is wrong.`,
  options: {
    project: { value: 'ID', says: 'Only the chain of this project; - is the hub itself.' },
    heads: {
      value: 'FILE',
      says: 'Heads kept elsewhere: lines of JSON with project_id, seq, mac.',
    },
  },
  hasJson: true,
  examples: [
    'tocsin audit verify',
    'tocsin audit verify --heads /mnt/worm/audit-heads.log',
    'tocsin audit verify --project ward-b --json',
  ],
  run: async (given, deps) => (await import('./verify-run.ts')).verifyAudit(given, deps),
};
