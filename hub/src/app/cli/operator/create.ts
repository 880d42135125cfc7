/** `tocsin operator create`. Danger: whoever has the link that it prints becomes that operator. */
import { tell, textOf } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { DEFAULT_PROJECT_ID } from '#kernel/id.ts';

const ROLES = ['viewer', 'responder', 'operator', 'admin'];

export const OPERATOR_CREATE: Command = {
  name: 'operator create',
  summary: 'Make an operator; the link to set up their login is shown this once',
  about: `A viewer reads, a responder answers alerts too, an operator runs things too, an admin
configures the project. The link is the first line of what is printed: give it to nobody else.`,
  arguments: [{ name: 'NAME', says: 'of the person, as others see it' }],
  options: {
    login: { value: 'LOGIN', says: 'User name or mail address; the name unless given.' },
    role: { value: 'ROLE', says: 'In the project; operator unless given.', choices: ROLES },
    project: { value: 'ID', says: 'Of which project; the default one unless given.' },
    'hub-admin': { says: 'Administers the hub and all projects; no role is needed.' },
  },
  hasJson: true,
  examples: [
    'tocsin operator create "Anna Rossi" --login anna@example.org --role responder',
    'tocsin operator create ada --hub-admin',
  ],
  run: createOperator,
};

async function createOperator(given: Given, deps: CliDeps): Promise<number> {
  const name = given.text('NAME') ?? '';
  const isHubAdmin = given.flag('hub-admin');
  const role = given.text('role') ?? (isHubAdmin ? null : 'operator');
  const project = given.text('project') ?? DEFAULT_PROJECT_ID;
  const body = {
    name,
    login: given.text('login') ?? name,
    is_hub_admin: isHubAdmin,
    roles: role === null ? [] : [{ project_id: project, role }],
  };
  const hub = deps.hub();
  const operator = await tell(hub, { method: 'POST', path: '/api/v1/operators', body });
  if (given.flag('json')) {
    deps.out.print(renderJson(operator));
    return 0;
  }
  deps.out.print(textOf(operator['set_up_url']));
  deps.out.complain(`Operator ${textOf(operator['name'])} logs in as ${textOf(operator['login'])}, \
once the login is set up behind this link. It works once, until \
${textOf(operator['set_up_expires_at'])}, and is not shown again.`);
  return 0;
}
