/** What can be said of an alert that is only tried out. */
import type { JsonObject } from '#kernel/syntax/json.ts';
import { SEVERITIES } from '#kernel/words/severity.ts';
import type { CommandOption, Given } from '#app/cli/kit/command.ts';
import { readLabels } from '#app/cli/send/labels.ts';

export const REPORT_OPTIONS = {
  severity: {
    value: 'SEVERITY',
    says: 'How grave it is; the default of the source unless given.',
    choices: SEVERITIES,
  },
  source: { value: 'NAME', says: 'Through which source it comes; its name or its id.' },
  label: { value: 'K=V', says: 'A label; may be given several times.', isMany: true },
  device: { value: 'ID', says: 'Of which device.' },
  camera: { value: 'ID', says: 'Of which camera.' },
  area: { value: 'ID', says: 'In which area.' },
} as const satisfies Readonly<Record<string, CommandOption>>;

/** Without the source, which is not part of a report. */
export function readReport(given: Given): JsonObject {
  const labels = given.texts('label');
  return {
    severity: given.text('severity'),
    device_id: given.text('device'),
    camera_id: given.text('camera'),
    area_id: given.text('area'),
    ...(labels.length === 0 ? {} : { labels: readLabels(labels) }),
  };
}
