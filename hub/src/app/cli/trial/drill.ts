/** `tocsin drill`: who would be called, when, and by what. Sends nothing, stores nothing. */
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import type { HubClient } from '#app/cli/kit/hub-client.ts';
import { textOf } from '#app/cli/kit/ask.ts';
import { findNamed, POLICIES } from '#app/cli/kit/named.ts';
import { printColumns } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { DRILL_HEADS, listDrillRows, renderDrillEnd, renderDrillHead } from './drill-table.ts';
import { question } from './question.ts';
import { readReport, REPORT_OPTIONS } from './report-options.ts';

export const DRILL: Command = {
  name: 'drill',
  summary: 'Say who would be called for an alert, and when, if nobody answered',
  about: `Runs what a real alert would run: its policy, the rules, the responders, as they are set \
up now. Nothing is sent and nothing is stored.`,
  arguments: [{ name: 'TITLE', says: 'what would have happened', isOptional: true }],
  options: {
    ...REPORT_OPTIONS,
    policy: { value: 'NAME', says: 'Under this policy; its name or its id.' },
    project: { value: 'ID', says: 'In this project.' },
  },
  hasJson: true,
  examples: ["tocsin drill 'Fall in room 12' --severity critical --label room=12"],
  run: runDrill,
};

async function runDrill(given: Given, { hub, out }: CliDeps): Promise<number> {
  const client = hub();
  const answer = await question(client, '/api/v1/drill', {
    ...readReport(given),
    title: given.text('TITLE') ?? 'Drill',
    source: given.text('source'),
    policy_id: await findPolicy(client, given),
    project_id: given.text('project'),
  });
  if (given.flag('json')) {
    out.print(renderJson(answer));
    return 0;
  }
  out.print(renderDrillHead(answer));
  printColumns(out, DRILL_HEADS, listDrillRows(answer));
  out.print(renderDrillEnd(answer));
  return 0;
}

async function findPolicy(hub: HubClient, given: Given): Promise<string | null> {
  const name = given.text('policy');
  if (name === null) return null;
  const project = given.text('project');
  return textOf((await findNamed(hub, POLICIES, { name, project }))['id']);
}
