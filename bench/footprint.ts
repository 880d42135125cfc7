/** N7 and N8: what a process costs at rest, and how soon after its start it answers. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Bench,
  callOnce,
  type Contender,
  makeDir,
  removeDir,
  type Running,
  withFresh,
} from './contenders.ts';
import { createFiller, renderAlerts } from './exchange.ts';
import { countSettled } from './ingest.ts';
import { runClosed } from './load.ts';
import { monotonicMs, readMemory, readProcessorMs } from './machine.ts';
import { type Measure, renderNumber, type Round, type Section, type Target } from './results.ts';

const ALERTS = 100_000;
const ALERTS_QUICK = 10_000;
const BATCH = 100;
const CONNECTIONS = 16;
const IDLE_MIB_MAX = 200;

export async function measureMemory(bench: Bench): Promise<Section> {
  const alerts = bench.isQuick ? ALERTS_QUICK : ALERTS;
  const rounds = await runRounds(bench, 'N7', (contender) =>
    withFresh(bench, contender, async (running) => {
      const emptyMiB = readMemory(running.pid).nowMiB;
      await loadAlerts(running, alerts);
      const stored = await countSettled(running);
      const isIdle = (await waitUntilIdle(running.pid)) ? 1 : 0;
      const { nowMiB, peakMiB } = readMemory(running.pid);
      return { emptyMiB, idleMiB: nowMiB, peakMiB, stored, isIdle };
    }),
  );
  const idle: Target = { of: 'value', bound: 'at most', limit: IDLE_MIB_MAX, judgedBy: 'worst' };
  const all: Target = { of: 'value', bound: 'at least', limit: alerts, judgedBy: 'worst' };
  const mib = { digits: 0, hasRatio: true, targets: [] };
  return {
    id: 'N7',
    title: `memory of the app process with ${renderNumber(alerts, 0)} alerts stored`,
    how: `Resident memory, the database apart, once the process has used less than \
${IDLE_SHARE_MAX * 100} % of a core for ${IDLE_MS / 1_000} s. The alerts came in batches of \
${BATCH} on ${CONNECTIONS} connections from the own generator, which knows what was answered: \
all of it must be stored. The most memory under one POST per alert is in the table of N1.`,
    measures: [
      { ...mib, key: 'idleMiB', label: 'idle with the alerts, MiB', targets: [idle] },
      { ...mib, key: 'peakMiB', label: 'most while they came, MiB' },
      { ...mib, key: 'emptyMiB', label: 'after the start, MiB' },
      { digits: 0, hasRatio: false, key: 'stored', label: 'alerts stored', targets: [all] },
      {
        digits: 0,
        hasRatio: false,
        key: 'isIdle',
        label: 'came to rest (1 = yes)',
        targets: [{ ...all, limit: 1 }],
      },
    ],
    rounds,
  };
}

async function loadAlerts(running: Running, alerts: number): Promise<void> {
  const content = {
    path: '/api/v2/alerts',
    headers: await running.authorize(),
    body: renderAlerts(BATCH, new Date()),
  };
  const { refused, failed } = await runClosed(running.url, content, {
    firstNumber: 0,
    connections: CONNECTIONS,
    durationMs: null,
    requestsMax: alerts / BATCH,
  });
  if (refused + failed > 0) throw new Error(`${running.name} refused ${refused + failed} batches`);
}

const IDLE_MS = 5_000;
const IDLE_SHARE_MAX = 0.05;
/** Before the first reminders of the default policy are due, which are work again. */
const IDLE_WAIT_MS_MAX = 90_000;

/** False when it never came to rest. A hub at rest still looks after its lease each second. */
async function waitUntilIdle(pid: number): Promise<boolean> {
  const endsMs = monotonicMs() + IDLE_WAIT_MS_MAX;
  while (monotonicMs() < endsMs) {
    const before = readProcessorMs(pid);
    await pause(IDLE_MS);
    if (readProcessorMs(pid) - before <= IDLE_MS * IDLE_SHARE_MAX) return true;
  }
  return false;
}

const STARTS = 5;
const WARM_S_MAX = 3;
const EMPTY_S_MAX = 10;
const WARM_ALERTS = 10_000;

export async function measureStart(bench: Bench): Promise<Section> {
  const warmDirs = new Map<Contender, string>();
  try {
    for (const contender of bench.contenders) {
      const dir = await makeDir(bench.base);
      warmDirs.set(contender, dir);
      const running = await contender.start(dir, null);
      try {
        await loadAlerts(running, WARM_ALERTS);
      } finally {
        await running.stop();
      }
    }
    const starts = { ...bench, rounds: bench.isQuick ? 1 : STARTS };
    const rounds = await runRounds(starts, 'N8', async (contender) => {
      const emptyDir = await makeDir(bench.base);
      const emptyS = await timeStart(contender, emptyDir);
      await removeDir(emptyDir);
      return { emptyS, warmS: await timeStart(contender, warmDirs.get(contender) ?? '') };
    });
    return describeStart(rounds);
  } finally {
    for (const dir of warmDirs.values()) await removeDir(dir);
  }
}

function describeStart(rounds: readonly Round[]): Section {
  const most = (limit: number): readonly Target[] => [
    { of: 'value', bound: 'at most', limit, judgedBy: 'worst' },
  ];
  const seconds = { digits: 2, hasRatio: true };
  const measures: readonly Measure[] = [
    { ...seconds, key: 'warmS', label: 'warm data directory, s', targets: most(WARM_S_MAX) },
    { ...seconds, key: 'emptyS', label: 'empty data directory, s', targets: most(EMPTY_S_MAX) },
  ];
  return {
    id: 'N8',
    title: 'start to the first answer',
    how: `From the start of the process to the answer to its first \`POST /api/v2/alerts\`. Warm: \
a directory with ${renderNumber(WARM_ALERTS, 0)} alerts, left by a process that was stopped.`,
    measures,
    rounds,
  };
}

async function timeStart(contender: Contender, dir: string): Promise<number> {
  const startedMs = monotonicMs();
  const running = await contender.start(dir, null);
  try {
    const answer = await callOnce({
      method: 'POST',
      url: new URL('/api/v2/alerts', running.url),
      headers: running.adminHeaders,
      body: createFiller(renderAlerts(1, new Date())).fill(0),
    });
    const seconds = (monotonicMs() - startedMs) / 1_000;
    if (answer.status !== 200) throw new Error(`the first POST was answered ${answer.status}`);
    return seconds;
  } finally {
    await running.stop();
  }
}

async function runRounds(
  bench: Bench,
  id: string,
  measure: (contender: Contender) => Promise<Readonly<Record<string, number>>>,
): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const contender of bench.contenders) {
      const values = await measure(contender);
      rounds.push({ round, system: contender.name, values });
      const shown = Object.entries(values).map(
        ([key, value]) => `${key} ${renderNumber(value, 2)}`,
      );
      bench.say(`${id} round ${round} ${contender.name}: ${shown.join(', ')}`);
    }
  }
  return rounds;
}
