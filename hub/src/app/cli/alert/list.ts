/** `tocsin alert list`: the newest alerts, open ones unless others are asked for. */
import { MS_PER_SECOND } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { ALERT_STATUSES } from '#kernel/words/lifecycle.ts';
import { SEVERITIES } from '#kernel/words/severity.ts';
import { renderSpan } from '#app/cli/kit/age.ts';
import { askAll, textOf } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { renderColumns } from '#app/cli/kit/output.ts';

const SHOWN_MAX = 500;
const SHOWN = 50;

export const ALERT_LIST: Command = {
  name: 'alert list',
  summary: 'List alerts, the newest first; the open ones unless told otherwise',
  options: {
    status: {
      value: 'STATUS',
      says: `open, all, or one of ${ALERT_STATUSES.join(', ')}.`,
      choices: ['open', 'all', ...ALERT_STATUSES],
    },
    severity: { value: 'SEVERITY', says: 'Only of this severity.', choices: SEVERITIES },
    device: { value: 'ID', says: 'Only of this device.' },
    camera: { value: 'ID', says: 'Only of this camera.' },
    q: { value: 'TEXT', says: 'Only with this text in the title.' },
    project: { value: 'ID', says: 'Only of this project.' },
    limit: { value: 'COUNT', says: `How many; ${SHOWN} unless given, ${SHOWN_MAX} at most.` },
  },
  hasJson: true,
  examples: ['tocsin alert list', 'tocsin alert list --status all --severity critical'],
  run: listAlerts,
};

async function listAlerts(given: Given, { hub, out }: CliDeps): Promise<number> {
  const status = given.text('status') ?? 'open';
  const query = {
    status: status === 'all' ? null : status,
    severity: given.text('severity'),
    device_id: given.text('device'),
    camera_id: given.text('camera'),
    q: given.text('q'),
    project_id: given.text('project'),
  };
  const count = Math.min(SHOWN_MAX, Number(given.text('limit') ?? SHOWN));
  const alerts = await askAll(hub(), { path: '/api/v1/alerts', query }, count);
  if (given.flag('json')) out.print(JSON.stringify(alerts, null, 2));
  else if (alerts.length === 0) out.print('No alert.');
  else out.print(renderColumns(HEADS, alerts.map(toRow)));
  return 0;
}

const HEADS = ['ALERT', 'SEVERITY', 'STATUS', 'AGE', 'WHO', 'TITLE'];

function toRow(alert: JsonObject): readonly string[] {
  const age = Number(alert['age_seconds'] ?? 0) * MS_PER_SECOND;
  return [
    textOf(alert['alert_id']),
    textOf(alert['severity']),
    textOf(alert['status']),
    renderSpan(age),
    textOf(alert['acknowledged_by']),
    textOf(alert['title']),
  ];
}
