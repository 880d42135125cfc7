/**
 * One command of the command line, run against a hub that answers as it is told. Nothing is
 * waited for, nothing is printed: what it would have said is in the result.
 */
import assert from 'node:assert/strict';
import { parseArguments } from '#app/cli/kit/arguments.ts';
import type { CliDeps, Command } from '#app/cli/kit/command.ts';
import type { HubAnswer, HubClient, HubRequest } from '#app/cli/kit/hub-client.ts';
import { parseConfig } from '#app/start/config.ts';
import { createManualClock } from './clock.ts';

export type CommandRun = {
  readonly code: number;
  /** All that was asked of the hub, in order. */
  readonly asked: readonly HubRequest[];
  readonly printed: string;
  readonly complaints: string;
};

export type CommandWorld = {
  readonly answer?: (request: HubRequest) => HubAnswer;
  readonly open?: HubClient['open'];
  readonly env?: Readonly<Record<string, string>>;
  readonly commands?: readonly Command[];
  readonly stopped?: CliDeps['stopped'];
  readonly wait?: CliDeps['wait'];
  readonly now?: CliDeps['clock']['now'];
};

/** `CliFailure` is thrown, as it is for the real command line. */
export async function runTestCommand(
  command: Command,
  words: readonly string[],
  world: CommandWorld = {},
): Promise<CommandRun> {
  const reading = parseArguments(command, words);
  assert.ok(reading.kind === 'given', reading.kind === 'usage' ? reading.sentence : reading.kind);
  const asked: HubRequest[] = [];
  const printed: string[] = [];
  const complaints: string[] = [];
  const ask = (request: HubRequest): Promise<HubAnswer> => {
    asked.push(request);
    return Promise.resolve(world.answer?.(request) ?? { ok: true, body: {} });
  };
  const code = await command.run(reading.given, {
    get config() {
      const config = parseConfig(world.env ?? {});
      assert.ok(config.ok);
      return config.config;
    },
    env: world.env ?? {},
    commands: world.commands ?? [],
    clock: { now: world.now ?? createManualClock().now },
    wait: world.wait ?? (() => Promise.resolve()),
    stopped: world.stopped ?? (() => Promise.withResolvers().promise),
    out: {
      print: (line) => void printed.push(line),
      complain: (line) => void complaints.push(line),
      progress: () => undefined,
    },
    hub: () => ({
      url: 'http://hub.example',
      get: (path) => ask({ method: 'GET', path }),
      post: (path, body) => ask({ method: 'POST', path, body }),
      send: ask,
      open: world.open ?? (() => assert.fail('nothing is opened')),
    }),
  });
  return { code, asked, printed: printed.join('\n'), complaints: complaints.join('\n') };
}
