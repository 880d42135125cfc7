/**
 * Runs a load: with wrk where it is installed (the cheapest of generators, so that most of the
 * machine is left to what is measured), else with the generator of our own. Both post the same
 * bytes. wrk stops at the second with up to one request per connection under way: those may be
 * stored without having been answered.
 */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createFiller, NUMBER_MARK, renderRequest, type RequestContent } from './exchange.ts';
import type { ClosedJob, ClosedResult, OpenJob, Sent } from './generator.ts';
import { askProgram } from './machine.ts';

export type GeneratorName = 'wrk' | 'own';

export type Load = {
  readonly url: URL;
  readonly content: RequestContent;
  readonly firstNumber: number;
  readonly connections: number;
  readonly durationS: number;
  /** For files of the run. */
  readonly dir: string;
};

export type LoadResult = ClosedResult & {
  /** Alerts, where a request has several. */
  readonly alertsAnswered: number;
  readonly alertsPerS: number;
};

export function chooseGenerator(wanted: GeneratorName | null): GeneratorName {
  if (wanted !== null) return wanted;
  return askProgram('sh', ['-c', 'command -v wrk']) === null ? 'own' : 'wrk';
}

export async function runLoad(generator: GeneratorName, load: Load): Promise<LoadResult> {
  const template = renderRequest(targetOf(load.url), load.content);
  const result =
    generator === 'wrk'
      ? await runWrk(template, load)
      : await runClosed(load.url, load.content, {
          firstNumber: load.firstNumber,
          connections: load.connections,
          durationMs: load.durationS * 1_000,
          requestsMax: null,
        });
  const alertsAnswered = (result.answered - result.refused) * createFiller(template).marks;
  return { ...result, alertsAnswered, alertsPerS: alertsAnswered / (result.elapsedMs / 1_000) };
}

export function targetOf(url: URL): { readonly host: string; readonly port: number } {
  return { host: url.hostname, port: Number(url.port) };
}

const WRK_SCRIPT = fileURLToPath(new URL('wrk.lua', import.meta.url));
const RESULT_LINE = /^result (\{.*\})$/m;

async function runWrk(template: string, load: Load): Promise<ClosedResult> {
  const file = join(load.dir, 'request');
  await writeFile(file, template);
  const run = ['-t1', `-c${load.connections}`, `-d${load.durationS}s`, '--timeout=30s'];
  const script = ['-s', WRK_SCRIPT, load.url.origin, '--'];
  const given = [file, NUMBER_MARK, String(load.firstNumber)];
  const { stdout } = await promisify(execFile)('wrk', [...run, ...script, ...given]);
  const line = RESULT_LINE.exec(stdout)?.[1];
  if (line === undefined) throw new Error(`wrk printed no result:\n${stdout}`);
  return parseClosedResult(JSON.parse(line));
}

type Bounds = Pick<ClosedJob, 'firstNumber' | 'connections' | 'durationMs' | 'requestsMax'>;

export async function runClosed(
  url: URL,
  content: RequestContent,
  bounds: Bounds,
): Promise<ClosedResult> {
  const template = renderRequest(targetOf(url), content);
  return parseClosedResult(
    await runGenerator({ kind: 'closed', ...targetOf(url), template, ...bounds }),
  );
}

export async function runOpen(
  url: URL,
  content: RequestContent,
  pace: Pick<OpenJob, 'firstNumber' | 'ratePerS' | 'requests'>,
): Promise<readonly Sent[]> {
  const template = renderRequest(targetOf(url), content);
  return parseSent(await runGenerator({ kind: 'open', ...targetOf(url), template, ...pace }));
}

async function runGenerator(job: ClosedJob | OpenJob): Promise<unknown> {
  const child = fork(fileURLToPath(new URL('generator.ts', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let result: unknown = null;
  child.once('message', (message) => {
    result = message;
  });
  child.send(job);
  // Comes after the last message; the exit of a process may come before it.
  await once(child, 'disconnect');
  if (result === null) throw new Error('the generator ended without a result');
  return result;
}

function parseClosedResult(json: unknown): ClosedResult {
  return json as ClosedResult;
}

function parseSent(json: unknown): readonly Sent[] {
  return json as readonly Sent[];
}
