/** `tocsin alert show`: all that is known of one alert, and of who was told. */
import { ask, itemsOf, withQuery } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { renderDossier } from './dossier.ts';

export const ALERT_SHOW: Command = {
  name: 'alert show',
  summary: 'Show one alert: what it is, what comes next, what happened, who was told',
  arguments: [{ name: 'ALERT_ID', says: 'as alert list has it' }],
  options: {
    project: { value: 'ID', says: 'Of which project, when several have an alert of that id.' },
  },
  hasJson: true,
  examples: ['tocsin alert show fall-17'],
  run: showAlert,
};

async function showAlert(given: Given, deps: CliDeps): Promise<number> {
  const { out } = deps;
  const hub = deps.hub();
  const path = `/api/v1/alerts/${encodeURIComponent(given.text('ALERT_ID') ?? '')}`;
  const read = (part: string) =>
    ask(hub, withQuery(`${path}${part}`, { project_id: given.text('project') }));
  // First the alert itself: when there is none, one sentence says so.
  const alert = await read('');
  const [timeline, notifications] = await Promise.all([read('/timeline'), read('/notifications')]);
  const dossier = {
    alert,
    timeline: itemsOf(timeline),
    notifications: itemsOf(notifications),
  };
  if (given.flag('json')) out.print(renderJson(dossier));
  else out.print(renderDossier(dossier, { now: deps.clock.now(), terminal: out.terminal }));
  return 0;
}
