/** `tocsin alert list`: the newest alerts, open ones unless others are asked for. */
import { MS_PER_SECOND } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { ALERT_STATUSES } from '#kernel/words/lifecycle.ts';
import { SEVERITIES } from '#kernel/words/severity.ts';
import { renderSpan } from '#app/cli/kit/age.ts';
import { askAll, textOf } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { printColumns } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';

const SHOWN_MAX = 500;
const SHOWN = 50;

export const ALERT_LIST: Command = {
  name: 'alert list',
  summary: 'List alerts, the newest first; the open ones unless told otherwise',
  options: {
    status: {
      value: 'STATUS',
      says: 'Of this status; the open ones unless given.',
      choices: ['open', 'all', ...ALERT_STATUSES],
    },
    severity: { value: 'SEVERITY', says: 'Only of this severity.', choices: SEVERITIES },
    device: { value: 'ID', says: 'Only of this device.' },
    camera: { value: 'ID', says: 'Only of this camera.' },
    q: { value: 'TEXT', says: 'Only with this text in the title.' },
    project: { value: 'ID', says: 'Only of this project.' },
    limit: {
      value: 'COUNT',
      says: `How many; ${SHOWN} unless given.`,
      range: { min: 1, max: SHOWN_MAX },
    },
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
  const count = given.number('limit') ?? SHOWN;
  const alerts = await askAll(hub(), { path: '/api/v1/alerts', query }, count);
  if (given.flag('json')) out.print(renderJson(alerts));
  else if (alerts.length === 0) out.print('No alert.');
  else printColumns(out, HEADS, alerts.map(toRow));
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
