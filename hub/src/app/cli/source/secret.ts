/** `tocsin source secret`: what a sender signs with. Danger: it goes in, and never comes out. */
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { tell, textOf } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { findNamed, SOURCES } from '#app/cli/kit/named.ts';
import { renderFacts } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { readGivenSecrets, SECRET_WHERE } from './given-secrets.ts';

export const SOURCE_SECRET: Command = {
  name: 'source secret',
  summary: 'Set what the sender of a source signs with, so that nothing else is taken',
  about: `A secret is given as ${SECRET_WHERE};
NAME=none removes it. One that is replaced stays valid as NAME_previous until that is removed, so
that no report is lost while the sender changes over.`,
  arguments: [
    { name: 'SOURCE', says: 'its name or id' },
    { name: 'SECRET', says: 'which, and where it lies', isMany: true },
  ],
  options: {
    project: { value: 'ID', says: 'Of which project, when several have one of the name.' },
  },
  hasJson: true,
  examples: [
    'tocsin source secret errors client_secret=file:sentry-secret',
    'tocsin source secret errors client_secret_previous=none',
  ],
  run: setSecrets,
};

async function setSecrets(given: Given, deps: CliDeps): Promise<number> {
  const { out } = deps;
  const secrets = await readGivenSecrets(given.texts('SECRET'), deps);
  const hub = deps.hub();
  const wanted = { name: given.text('SOURCE') ?? '', project: given.text('project') };
  const known = await findNamed(hub, SOURCES, wanted);
  const source = await tell(hub, {
    method: 'PATCH',
    path: `${SOURCES.path}/${textOf(known['id'])}`,
    ifMatch: Number(known['version']),
    body: { secrets },
  });
  if (given.flag('json')) out.print(renderJson(source));
  else out.print(renderFacts([['source', textOf(source['name'])], ...listSecretFacts(source)]));
  return 0;
}

/** Which are set, and what there is to know about them. */
export function listSecretFacts(source: JsonObject): readonly (readonly [string, string])[] {
  const secrets = isJsonObject(source['secrets']) ? source['secrets'] : {};
  const warnings = [source['warnings'] ?? []].flat().filter(isJsonObject);
  return [
    ...Object.entries(secrets).map(([name, one]): readonly [string, string] => [
      name,
      isJsonObject(one) && one['is_set'] === true ? 'is set' : 'is not set',
    ]),
    ...warnings.map((warning): readonly [string, string] => [
      'warning',
      `${textOf(warning['path']).replace(/^secrets\./, '')} ${textOf(warning['message'])}`,
    ]),
  ];
}
