/** `tocsin openapi`: the API's document, without a hub. */
import type { Command, CliDeps, Given } from '#app/cli/kit/command.ts';
import { VERSION } from '#app/start/version.ts';

export const OPENAPI: Command = {
  name: 'openapi',
  summary: 'Print the OpenAPI 3.1 document of the API',
  about: 'No hub is asked: it is made of the program itself. A hub has it at /openapi.json.',
  options: {
    yaml: { says: 'As YAML; JSON unless given.' },
    server: { value: 'URL', says: 'The server that it names; the hub of TOCSIN_URL unless given.' },
  },
  examples: ['tocsin openapi > tocsin.json', 'tocsin openapi --yaml --server https://a.example'],
  run: async (given, deps) => print(given, deps),
};

/** What it takes is loaded now: the schemas are many. */
async function print(given: Given, { config, env, out }: CliDeps): Promise<number> {
  const { printOpenApi } = await import('#app/openapi/print-openapi.ts');
  const { stringify } = await import('yaml');
  const local = config.publicUrl ?? `http://${config.host}:${config.port}`;
  const serverUrl = given.text('server') ?? env['TOCSIN_URL'] ?? local;
  const document = printOpenApi({ version: VERSION, serverUrl });
  const isYaml = given.flag('yaml');
  out.print(isYaml ? stringify(document).trimEnd() : JSON.stringify(document, null, 2));
  return 0;
}
