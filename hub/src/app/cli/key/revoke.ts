/** `tocsin key revoke`: from then on the key opens nothing. It cannot be taken back. */
import { tell, textOf } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { findNamed, KEYS } from '#app/cli/kit/named.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';

export const KEY_REVOKE: Command = {
  name: 'key revoke',
  summary: 'Revoke a key: at once, on every node, for ever',
  arguments: [{ name: 'KEY', says: 'its name or id, as key list has them; never its text' }],
  options: {
    project: { value: 'ID', says: 'Of which project, when several have one of the name.' },
  },
  hasJson: true,
  examples: ['tocsin key revoke ci'],
  run: revokeKey,
};

async function revokeKey(given: Given, deps: CliDeps): Promise<number> {
  const { out } = deps;
  const hub = deps.hub();
  const wanted = { name: given.text('KEY') ?? '', project: given.text('project') };
  const key = await findNamed(hub, KEYS, wanted);
  const id = textOf(key['id']);
  await tell(hub, { method: 'DELETE', path: `${KEYS.path}/${id}` });
  if (given.flag('json')) out.print(renderJson({ id, name: key['name'] ?? null }));
  else out.print(`Key ${textOf(key['name'])} is revoked (${id}).`);
  return 0;
}
