/** The command line in the process of the test, against the hub of the test on a real socket. */
import { COMMANDS } from '#app/cli/commands.ts';
import { createHubClient } from '#app/cli/kit/hub-client.ts';
import { runCommandLine } from '#app/cli/kit/run.ts';
import { parseConfig } from '#app/start/config.ts';
import { assert } from '#kernel/decision.ts';
import { parseJson, type JsonValue } from '#kernel/syntax/json.ts';
import type { TestHub } from '#test/support/hub.ts';
import { ADMIN_KEY } from './nodes.ts';

export type Typed = {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What was printed, as JSON. */
  readonly json: () => JsonValue;
};

/** `typeCommand(hub, ['event', 'list'])`; by the admin key unless another is given. */
export async function typeCommand(
  hub: TestHub,
  argv: readonly string[],
  key: string = ADMIN_KEY,
): Promise<Typed> {
  const url = await findUrl(hub);
  const reading = parseConfig({});
  assert(reading.ok, 'the defaults are a config');
  const [out, err]: [string[], string[]] = [[], []];
  const output = {
    print: (line: string) => void out.push(line),
    complain: (line: string) => void err.push(line),
    progress: () => undefined,
  };
  const wait = () => Promise.resolve();
  const code = await runCommandLine(argv, {
    commands: COMMANDS,
    version: 'test',
    out: output,
    createDeps: () => ({
      config: reading.config,
      env: {},
      commands: COMMANDS,
      out: output,
      clock: hub.clock,
      wait,
      hub: () => createHubClient({ address: { url, key }, wait }),
      stopped: () => new Promise(() => undefined),
    }),
  });
  const printed = out.join('\n');
  return {
    code,
    out: printed,
    err: err.join('\n'),
    json: () => {
      const json = parseJson(printed);
      assert(json.ok, `${printed} is JSON`);
      return json.value;
    },
  };
}

async function findUrl(hub: TestHub): Promise<string> {
  const { server } = hub.node.hub;
  const address = server.server.address();
  if (address !== null && typeof address !== 'string') return `http://127.0.0.1:${address.port}`;
  return server.listen({ host: '127.0.0.1', port: 0 });
}
