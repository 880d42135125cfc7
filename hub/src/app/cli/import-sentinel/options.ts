/** The arguments of `tocsin import sentinel`, read before anything else is looked at. */
import { PROJECT_ID_PATTERN } from '#kernel/id.ts';
import { isTimeZone } from '#kernel/instant.ts';
import type { CommandOption, Given } from '#app/cli/kit/command.ts';
import type { SentinelOrigin } from '#app/import/sentinel/file.ts';

export const IMPORT_OPTIONS: Readonly<Record<string, CommandOption>> = {
  timezone: { value: 'ZONE', says: 'Of its times, which say none: a name as Europe/Paris.' },
  project: { value: 'ID', says: 'Where to; the project of the key unless given.' },
  'dry-run': { says: 'Says what would be imported, and imports nothing.' },
  quiet: { says: 'Calls nobody for what was due before the import; later steps call as ever.' },
  'skip-invalid': { says: 'Leaves out alerts that cannot be understood, else none is imported.' },
};

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
  | { readonly kind: 'usage'; readonly sentence: string };

export function readImportOptions(given: Given): OptionsReading {
  const timezone = given.text('timezone');
  if (timezone === null) {
    return refuseUsage('--timezone is missing: the files do not say where their clocks stood');
  }
  if (!isTimeZone(timezone)) {
    return refuseUsage(`--timezone ${timezone} is no time zone; give a name as Europe/Paris`);
  }
  const project = given.text('project');
  if (project !== null && !PROJECT_ID_PATTERN.test(project)) {
    return refuseUsage(`--project ${project} is no id of a project`);
  }
  const history = given.text('HISTORY');
  const files: ImportOptions['files'] = [
    { path: given.text('ACTIVE') ?? '', origin: 'active' },
    ...(history === null ? [] : [{ path: history, origin: 'history' as const }]),
  ];
  return {
    kind: 'options',
    options: {
      files,
      zone: timezone,
      projectId: project,
      isDryRun: given.flag('dry-run'),
      isQuiet: given.flag('quiet'),
      isSkippingInvalid: given.flag('skip-invalid'),
      isJson: given.flag('json'),
    },
  };
}

function refuseUsage(sentence: string): OptionsReading {
  return { kind: 'usage', sentence };
}
