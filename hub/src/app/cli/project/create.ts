/** `tocsin project create`: with its built-in policies and sources. For admins of the whole hub. */
import { LIMITS } from '#kernel/limits.ts';
import { LANGUAGES } from '#kernel/words/language.ts';
import { tell, textOf } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';

export const PROJECT_CREATE: Command = {
  name: 'project create',
  summary: 'Make a project: alerts, people and settings of their own',
  about: `It comes with the built-in policies and a built-in source of each kind. It takes the key
of an admin of the whole hub.`,
  arguments: [{ name: 'PROJECT_ID', says: 'of a-z, 0-9, _ and -; it never changes' }],
  options: {
    name: { value: 'TEXT', says: 'What people call it; the id unless given.' },
    language: { value: 'TAG', says: 'Of messages to its channels.', choices: LANGUAGES },
    'retention-days': {
      value: 'DAYS',
      says: 'How long it keeps what is over; for ever unless given.',
      range: { min: 1, max: LIMITS.retentionDaysMax },
    },
  },
  hasJson: true,
  examples: ['tocsin project create ward-3 --name "Ward 3" --language fr'],
  run: createProject,
};

async function createProject(given: Given, { hub, out }: CliDeps): Promise<number> {
  const id = given.text('PROJECT_ID') ?? '';
  const body = {
    project_id: id,
    name: given.text('name') ?? id,
    language: given.text('language'),
    retention_days: given.number('retention-days'),
  };
  const project = await tell(hub(), { method: 'POST', path: '/api/v1/projects', body });
  if (given.flag('json')) out.print(renderJson(project));
  else {
    out.print(`Project ${textOf(project['id'])} is there.`);
    out.print(`Nobody is called in it yet. A key for it: tocsin key create KEY_NAME \\
  --role operator --project ${textOf(project['id'])}`);
  }
  return 0;
}
