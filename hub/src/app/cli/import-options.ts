/** The arguments of `tocsin import sentinel`, read before anything else is looked at. */
import { parseArgs } from 'node:util';
import { PROJECT_ID_PATTERN } from '#kernel/id.ts';
import { isTimeZone } from '#kernel/instant.ts';
import type { SentinelOrigin } from '#app/import/sentinel/file.ts';

export const IMPORT_SENTINEL_USAGE = `Usage: tocsin import sentinel ACTIVE [HISTORY] --timezone ZONE

  ACTIVE           alerts_active.json of the fall-alert manager
  HISTORY          alerts_history.json; what lies in it is imported as archived
  --timezone ZONE  of its times, which say none: a name as Europe/Paris
  --project ID     where to; the project of the key unless given
  --dry-run        says what would be imported, and imports nothing
  --quiet          calls nobody for what was due before the import; later steps call as ever
  --skip-invalid   leaves out alerts that cannot be understood, instead of importing none
  --json           one JSON object instead of the table

Open alerts go on escalating under the project's default policy. What is there already stays as it
is, so the command can be repeated. Which hub: TOCSIN_URL and TOCSIN_API_KEY (the key of an admin).

  tocsin import sentinel alerts_active.json alerts_history.json --timezone Europe/Paris --dry-run`;

export type ImportOptions = {
  readonly files: readonly { readonly path: string; readonly origin: SentinelOrigin }[];
  readonly zone: string;
  readonly projectId: string | null;
  readonly isDryRun: boolean;
  readonly isQuiet: boolean;
  readonly isSkippingInvalid: boolean;
  readonly isJson: boolean;
};

export type OptionsReading =
  | { readonly kind: 'options'; readonly options: ImportOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'usage'; readonly sentence: string };

export function parseImportOptions(argv: readonly string[]): OptionsReading {
  let parsed: ReturnType<typeof parseFlags>;
  try {
    parsed = parseFlags(argv);
  } catch (error) {
    return refuseUsage(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help === true) return { kind: 'help' };
  const [active, history, ...others] = positionals;
  if (active === undefined) return refuseUsage('ACTIVE, the file alerts_active.json, is missing');
  if (others.length > 0) return refuseUsage('there are two files at most, ACTIVE and HISTORY');
  const { timezone, project } = values;
  if (timezone === undefined) {
    return refuseUsage('--timezone is missing: the files do not say where their clocks stood');
  }
  if (!isTimeZone(timezone)) {
    return refuseUsage(`--timezone ${timezone} is no time zone; give a name as Europe/Paris`);
  }
  if (project !== undefined && !PROJECT_ID_PATTERN.test(project)) {
    return refuseUsage(`--project ${project} is no id of a project`);
  }
  const files: ImportOptions['files'] = [
    { path: active, origin: 'active' },
    ...(history === undefined ? [] : [{ path: history, origin: 'history' as const }]),
  ];
  return {
    kind: 'options',
    options: {
      files,
      zone: timezone,
      projectId: project ?? null,
      isDryRun: values['dry-run'] ?? false,
      isQuiet: values.quiet ?? false,
      isSkippingInvalid: values['skip-invalid'] ?? false,
      isJson: values.json ?? false,
    },
  };
}

function refuseUsage(sentence: string): OptionsReading {
  return { kind: 'usage', sentence };
}

function parseFlags(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      timezone: { type: 'string' },
      project: { type: 'string' },
      'dry-run': { type: 'boolean' },
      quiet: { type: 'boolean' },
      'skip-invalid': { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}
