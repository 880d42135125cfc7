/** `tocsin source delete`: its token opens nothing any more; its alerts stay. */
import { tell, textOf } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { findNamed, SOURCES } from '#app/cli/kit/named.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';

export const SOURCE_DELETE: Command = {
  name: 'source delete',
  summary: 'Remove a source: what comes with its token is refused from then on',
  about: 'What it has reported stays. Built-in sources cannot be removed.',
  arguments: [{ name: 'SOURCE', says: 'its name or id' }],
  options: {
    project: { value: 'ID', says: 'Of which project, when several have one of the name.' },
  },
  hasJson: true,
  examples: ['tocsin source delete prom'],
  run: deleteSource,
};

async function deleteSource(given: Given, deps: CliDeps): Promise<number> {
  const { out } = deps;
  const hub = deps.hub();
  const wanted = { name: given.text('SOURCE') ?? '', project: given.text('project') };
  const source = await findNamed(hub, SOURCES, wanted);
  const id = textOf(source['id']);
  await tell(hub, { method: 'DELETE', path: `${SOURCES.path}/${id}` });
  if (given.flag('json')) out.print(renderJson({ id, name: source['name'] ?? null }));
  else out.print(`Source ${textOf(source['name'])} is removed (${id}).`);
  return 0;
}
