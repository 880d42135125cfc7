/**
 * N3: from a POST to the webhook. Requests are due at a fixed rate, whatever the system does
 * (open loop), and come from a process of their own; this one only receives and notes the time.
 */
import { type Bench, type Contender, type Running, withFresh } from './contenders.ts';
import { type Arrivals, startReceiver } from './escalation/receiver.ts';
import { renderAlerts, renderReport } from './exchange.ts';
import type { Sent } from './generator.ts';
import { runOpen } from './load.ts';
import { type Measure, renderNumber, type Round, type Section, type Target } from './results.ts';
import { percentile } from './statistics.ts';

const RATE_PER_S = 200;
const FIRST_MEASURED = 1_000_000;
const P50_MS_MAX = 50;
const P99_MS_MAX = 250;

const most = (limit: number, judgedBy: Target['judgedBy']): readonly Target[] => [
  { of: 'value', bound: 'at most', limit, judgedBy },
];
const ms = { digits: 1, hasRatio: true, targets: [] };
const count = { digits: 0, hasRatio: false, targets: [] };

const MEASURES: readonly Measure[] = [
  {
    ...ms,
    key: 'acceptedP50',
    label: 'answered to received: p50, ms',
    targets: most(P50_MS_MAX, 'median'),
  },
  {
    ...ms,
    key: 'acceptedP99',
    label: 'answered to received: p99, ms',
    targets: most(P99_MS_MAX, 'median'),
  },
  { ...ms, key: 'acceptedMax', label: 'answered to received: max, ms' },
  { ...ms, key: 'sentP50', label: 'due to received: p50, ms' },
  { ...ms, key: 'sentP99', label: 'due to received: p99, ms' },
  { ...ms, key: 'sentMax', label: 'due to received: max, ms' },
  { ...ms, key: 'answerP50', label: 'POST: p50, ms' },
  { ...ms, key: 'answerP99', label: 'POST: p99, ms' },
  { ...ms, key: 'lateP99', label: 'generator late: p99, ms', hasRatio: false },
  { ...count, key: 'sent', label: 'alerts sent' },
  { ...count, key: 'refused', label: 'POSTs refused or broken', targets: most(0, 'worst') },
  { ...count, key: 'missing', label: 'answered but not received', targets: most(0, 'worst') },
  { ...count, key: 'repeated', label: 'received more than once', targets: most(0, 'worst') },
];

export async function measureReach(bench: Bench): Promise<Section> {
  const rounds: Round[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const contender of bench.contenders) {
      const values = await measureOne(bench, contender);
      rounds.push({ round, system: contender.name, values });
      const [p50, p99] = [values['acceptedP50'] ?? 0, values['acceptedP99'] ?? 0];
      const shown = `p50 ${renderNumber(p50, 1)} ms, p99 ${renderNumber(p99, 1)} ms`;
      bench.say(`N3 round ${round} ${contender.name}: ${shown}`);
    }
  }
  const { warmUpS, runS } = timesOf(bench);
  return {
    id: 'N3',
    title: 'from a POST to the webhook',
    how: `${RATE_PER_S} alerts/s for ${runS} s after ${warmUpS} s of warm-up, open loop, one \
webhook per alert to a receiver on the same machine. Tocsin: \`POST /api/v1/alerts\`, a rule \
for new alerts, a signed webhook. Alertmanager: \`POST /api/v2/alerts\`, each alert a group of \
its own, \`group_wait: 0s\`. A time below zero: the webhook came before the answer.`,
    measures: MEASURES,
    rounds,
  };
}

function timesOf({ isQuick }: Bench) {
  return isQuick ? { warmUpS: 1, runS: 2 } : { warmUpS: 2, runS: 20 };
}

async function measureOne(bench: Bench, contender: Contender) {
  const receiver = await startReceiver();
  try {
    const { base } = bench;
    return await withFresh({ base, webhookUrl: receiver.url }, contender, async (running) => {
      const { warmUpS, runS } = timesOf(bench);
      const content = await chooseContent(running);
      const run = async (firstNumber: number, durationS: number) => {
        const pace = { firstNumber, ratePerS: RATE_PER_S, requests: RATE_PER_S * durationS };
        const sends = await runOpen(running.url, content, pace);
        await receiver.waitFor(sends.map(({ number }) => number));
        return sends;
      };
      await run(0, warmUpS);
      return summarize(await run(FIRST_MEASURED, runS), receiver.arrivals);
    });
  } finally {
    receiver.stop();
  }
}

async function chooseContent(running: Running) {
  const headers = await running.authorize();
  return running.name === 'tocsin'
    ? { path: '/api/v1/alerts', headers, body: renderReport() }
    : { path: '/api/v2/alerts', headers, body: renderAlerts(1, new Date()) };
}

function summarize(sends: readonly Sent[], arrivals: Arrivals): Readonly<Record<string, number>> {
  const answered = sends.filter(({ status }) => status >= 200 && status <= 299);
  const received = answered.flatMap((sent) => {
    const arrivedMs = arrivals.get(sent.number)?.[0];
    return arrivedMs === undefined ? [] : [{ ...sent, arrivedMs }];
  });
  const accepted = received.map(({ arrivedMs, answeredMs }) => arrivedMs - answeredMs);
  const fromDue = received.map(({ arrivedMs, dueMs }) => arrivedMs - dueMs);
  const answers = answered.map(({ answeredMs, sentMs }) => answeredMs - sentMs);
  const late = sends.map(({ sentMs, dueMs }) => sentMs - dueMs);
  return {
    acceptedP50: percentile(accepted, 0.5),
    acceptedP99: percentile(accepted, 0.99),
    acceptedMax: percentile(accepted, 1),
    sentP50: percentile(fromDue, 0.5),
    sentP99: percentile(fromDue, 0.99),
    sentMax: percentile(fromDue, 1),
    answerP50: percentile(answers, 0.5),
    answerP99: percentile(answers, 0.99),
    lateP99: percentile(late, 0.99),
    sent: sends.length,
    refused: sends.length - answered.length,
    missing: answered.length - received.length,
    repeated: received.filter(({ number }) => (arrivals.get(number)?.length ?? 0) > 1).length,
  };
}
