/**
 * The architecture as one table: which stage may import the pure files of which other stages.
 * Imports point upstream only. The rules in this folder enforce it, ARCHITECTURE.md is printed
 * from it, and a change of the architecture starts with a change here.
 */

export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  kernel: ['contract'],
  redaction: ['kernel'],
  access: ['kernel', 'redaction'],
  intake: ['kernel', 'redaction'],
  dossier: ['kernel', 'intake'],
  alert: ['kernel', 'dossier'],
  escalation: ['kernel', 'alert'],
  delivery: ['kernel', 'alert', 'escalation'],
  'work-order': ['kernel', 'alert'],
  recurrence: ['kernel', 'dossier', 'alert'],
  supervision: ['kernel', 'dossier'],
  platform: ['kernel'],
  app: ['*'],
};

/**
 * What the files of a stage may take from npm, by their kind. Platform and app are not listed:
 * the outside world is their job, and package.json says which packages they have.
 */
export const NPM_PACKAGES: Readonly<Record<'contract' | 'pure' | 'io', readonly string[]>> = {
  contract: ['zod'],
  /**
   * fast-xml-parser, pkijs and postal-mime read certified mail: plain functions of bytes, and the
   * one that needs crypto is handed ours.
   */
  pure: [
    'cookie',
    'fast-xml-parser',
    'libphonenumber-js',
    'liquidjs',
    'otpauth',
    'pkijs',
    'postal-mime',
    're2js',
    'uqr',
  ],
  io: ['pg', 'fastify'],
};

/** The only files that may re-export: each lists the kinds of its folder, one line per kind. */
export const LIST_FILES: readonly string[] = [
  'hub/src/intake/sources/index.ts',
  'hub/src/delivery/channels/index.ts',
  'hub/src/work-order/systems/index.ts',
];

/** Folders whose files are variants of one idea and must stay strangers to one another. */
export const VARIANT_FOLDERS: readonly string[] = LIST_FILES.map((path) =>
  path.slice(0, path.lastIndexOf('/')),
);

/** The table as a page shows it: one line per stage, in the order of the table. */
export function renderMayImport(): string {
  const rows = Object.entries(MAY_IMPORT).map(([stage, allowed]) => {
    const shown = allowed.map((name) => (name === '*' ? 'everything' : `\`${name}\``)).join(', ');
    return `| \`${stage}\` | ${shown === '' ? 'nothing' : shown} |`;
  });
  return ['| stage | may import the pure files of |', '|---|---|', ...rows].join('\n');
}
