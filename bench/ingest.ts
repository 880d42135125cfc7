/**
 * N1 and N2: how many alerts per second are stored and answered. Each round has a fresh system and
 * a warm-up before each run that is counted only when stored and answered alerts are compared.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Bench, type Contender, type Running, withFresh } from './contenders.ts';
import { renderAlerts } from './exchange.ts';
import { type LoadResult, runLoad } from './load.ts';
import { readMemory } from './machine.ts';
import { type Measure, renderNumber, type Round, type Section, type Target } from './results.ts';

/** Numbers of the alerts of one run; none reaches that many. */
const NUMBERS_PER_RUN = 100_000_000;
const BATCH = 100;
const BATCH_CONNECTIONS = 16;

type Plan = {
  readonly id: string;
  readonly alertsPerPost: number;
  readonly connections: readonly number[];
};

const SINGLE: Plan = { id: 'N1', alertsPerPost: 1, connections: [64, 256] };
const BATCHES: Plan = { id: 'N2', alertsPerPost: BATCH, connections: [BATCH_CONNECTIONS] };

const RATIO_MIN = 0.5;
const BATCH_RATE_MIN = 15_000;
const BATCH_RATIO_MIN = 1.5;
const PEAK_MIB_MAX = 400;

export async function measureSingle(bench: Bench): Promise<Section> {
  const rounds = await measureRounds(bench, SINGLE);
  const rate: Target = { of: 'ratio', bound: 'at least', limit: RATIO_MIN, judgedBy: 'median' };
  const p99: Target = { of: 'ratio', bound: 'below', limit: 1, judgedBy: 'median' };
  const peak: Target = {
    of: 'value',
    bound: 'at most',
    limit: PEAK_MIB_MAX,
    judgedBy: 'worst',
  };
  return {
    id: 'N1',
    title: 'durable ingest, one alert per POST',
    how: `\`POST /api/v2/alerts\`, each alert with labels of its own, closed loop, \
${describeTimes(bench)} at 64 and then at 256 connections on the same fresh system. Tocsin answers \
when the alert is on the disk, Alertmanager keeps it in memory.`,
    measures: [
      ...SINGLE.connections.flatMap((connections) =>
        createMeasures(connections, { rate: [rate], p99: [p99] }),
      ),
      ...CHECKS,
      {
        key: 'peakMiB',
        label: 'most memory of the app process, MiB (N7)',
        digits: 0,
        hasRatio: true,
        targets: [peak],
      },
    ],
    rounds,
  };
}

export async function measureBatches(bench: Bench): Promise<Section> {
  const rounds = await measureRounds(bench, BATCHES);
  const targets: readonly Target[] = [
    { of: 'value', bound: 'at least', limit: BATCH_RATE_MIN, judgedBy: 'median' },
    { of: 'ratio', bound: 'at least', limit: BATCH_RATIO_MIN, judgedBy: 'median' },
  ];
  return {
    id: 'N2',
    title: `durable ingest in batches of ${BATCH}`,
    how: `As N1, ${BATCH} alerts in each POST, ${describeTimes(bench)} at ${BATCH_CONNECTIONS} \
connections. Latencies are those of a whole POST.`,
    measures: [...createMeasures(BATCH_CONNECTIONS, { rate: targets, p99: [] }), ...CHECKS],
    rounds,
  };
}

function createMeasures(
  connections: number,
  targets: { readonly rate: readonly Target[]; readonly p99: readonly Target[] },
): readonly Measure[] {
  const at = `${connections} connections`;
  const common = { hasRatio: true, targets: [] };
  return [
    {
      ...common,
      key: `rate${connections}`,
      label: `${at}: alerts/s`,
      digits: 0,
      targets: targets.rate,
    },
    { ...common, key: `p50At${connections}`, label: `${at}: p50, ms`, digits: 1 },
    {
      ...common,
      key: `p99At${connections}`,
      label: `${at}: p99, ms`,
      digits: 1,
      targets: targets.p99,
    },
  ];
}

const NONE: Target = { of: 'value', bound: 'at most', limit: 0, judgedBy: 'worst' };
const count = { digits: 0, hasRatio: false, targets: [] };

const CHECKS: readonly Measure[] = [
  { ...count, key: 'answered', label: 'alerts answered with 200' },
  { ...count, key: 'stored', label: 'alerts stored' },
  { ...count, key: 'lost', label: 'answered but not stored', targets: [NONE] },
  { ...count, key: 'strange', label: 'stored, but never sent', targets: [NONE] },
  { ...count, key: 'refused', label: 'requests refused or broken', targets: [NONE] },
];

function timesOf({ isQuick }: Bench) {
  return isQuick ? { warmUpS: 1, runS: 2 } : { warmUpS: 2, runS: 8 };
}

function describeTimes(bench: Bench): string {
  const { warmUpS, runS } = timesOf(bench);
  return `${runS} s after ${warmUpS} s of warm-up`;
}

async function measureRounds(bench: Bench, plan: Plan): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const contender of bench.contenders) {
      const values = await measureOne(bench, plan, contender);
      rounds.push({ round, system: contender.name, values });
      const shown = plan.connections.map((connections) => {
        const [rate, p99] = [values[`rate${connections}`], values[`p99At${connections}`]];
        return `${renderNumber(rate ?? 0, 0)}/s p99 ${renderNumber(p99 ?? 0, 1)} ms`;
      });
      bench.say(`${plan.id} round ${round} ${contender.name}: ${shown.join(', ')}`);
    }
  }
  return rounds;
}

function measureOne(
  bench: Bench,
  plan: Plan,
  contender: Contender,
): Promise<Readonly<Record<string, number>>> {
  return withFresh(bench, contender, async (running) => {
    const { warmUpS, runS } = timesOf(bench);
    const headers = await running.authorize();
    const content = {
      path: '/api/v2/alerts',
      headers,
      body: renderAlerts(plan.alertsPerPost, new Date()),
    };
    const all: LoadResult[] = [];
    const run = async (connections: number, durationS: number) => {
      const firstNumber = all.length * NUMBERS_PER_RUN;
      const load = { url: running.url, content, firstNumber, connections, durationS };
      const result = await runLoad(bench.generator, { ...load, dir: running.dir });
      all.push(result);
      return result;
    };
    const values: Record<string, number> = {};
    for (const connections of plan.connections) {
      await run(connections, warmUpS);
      const result = await run(connections, runS);
      values[`rate${connections}`] = result.alertsPerS;
      values[`p50At${connections}`] = result.p50Ms;
      values[`p99At${connections}`] = result.p99Ms;
    }
    values['peakMiB'] = readMemory(running.pid).peakMiB;
    // What wrk left under way when its time was over: at most one request per connection and run.
    const cutOff = bench.generator === 'own' ? 0 : 2 * plan.connections.reduce((a, b) => a + b);
    return { ...values, ...compare(all, await countSettled(running), cutOff * plan.alertsPerPost) };
  });
}

function compare(results: readonly LoadResult[], stored: number, cutOff: number) {
  const sum = (of: (result: LoadResult) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  const answered = sum((result) => result.alertsAnswered);
  return {
    answered,
    stored,
    lost: Math.max(0, answered - stored),
    strange: Math.max(0, stored - answered - cutOff),
    refused: sum((result) => result.refused + result.failed),
  };
}

const SETTLE_POLL_MS = 500;

/** What is under way when a run ends may still be stored: until two counts are the same. */
export async function countSettled(running: Running): Promise<number> {
  let before = -1;
  for (;;) {
    const stored = await running.countStored();
    if (stored === before) return stored;
    before = stored;
    await pause(SETTLE_POLL_MS);
  }
}
