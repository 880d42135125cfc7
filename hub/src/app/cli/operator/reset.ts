/** `tocsin operator reset`. Danger: whoever has the link that it prints becomes that operator. */
import { askAll, tell, textOf } from '#app/cli/kit/ask.ts';
import { type CliDeps, CliFailure, type Command, type Given } from '#app/cli/kit/command.ts';
import type { HubClient } from '#app/cli/kit/hub-client.ts';
import { chooseNamed } from '#app/cli/kit/named.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';

const PATH = '/api/v1/operators';
const LISTED_MAX = 5_000;

export const OPERATOR_RESET: Command = {
  name: 'operator reset',
  summary: 'End every session of an operator, and let them set up the login anew',
  about: `For who has lost the password or the telephone, and for who may have been watched. Until
the link is used, nobody logs in as them.`,
  arguments: [{ name: 'OPERATOR', says: 'name to log in with, name, or id' }],
  hasJson: true,
  examples: ['tocsin operator reset anna@example.org'],
  run: resetOperator,
};

async function resetOperator(given: Given, deps: CliDeps): Promise<number> {
  const hub = deps.hub();
  const operator = await findOperator(hub, given.text('OPERATOR') ?? '');
  const path = `${PATH}/${textOf(operator['id'])}/reset`;
  const reset = await tell(hub, { method: 'POST', path });
  if (given.flag('json')) {
    deps.out.print(renderJson(reset));
    return 0;
  }
  deps.out.print(textOf(reset['set_up_url']));
  deps.out.complain(`Every session of ${textOf(operator['name'])} has ended. A new login is set up \
behind this link: it works once, until ${textOf(reset['set_up_expires_at'])}, and is not shown \
again.`);
  return 0;
}

/** A name to log in with is of one; a name may be of several. */
async function findOperator(hub: HubClient, wanted: string): Promise<JsonObject> {
  const all = await askAll(hub, { path: PATH, query: {} }, LISTED_MAX);
  const isMeant = (one: JsonObject) =>
    one['id'] === wanted || one['login'] === wanted.toLowerCase();
  const found = all.find(isMeant);
  if (found !== undefined) return found;
  const choice = chooseNamed({ noun: 'operator', path: PATH }, all, wanted);
  if (choice.ok) return choice.item;
  throw new CliFailure(choice.sentence, { details: choice.details });
}
