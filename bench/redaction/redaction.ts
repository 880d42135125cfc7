/**
 * What redaction costs: `node bench/redaction/redaction.ts`. Prints the time for a typical alert of
 * Prometheus, for a text of 4 KiB, and for hostile texts of 32 and 64 KiB, with the ratio of the
 * two: about 2 where time is linear. A figure for people to read; no test depends on it.
 */
import { type JsonObject } from '#kernel/syntax/json.ts';
import { BASE_POLICY } from '#redaction/policy.ts';
import { createRedactor, type Redactor } from '#redaction/redaction.ts';
import { HOSTILE_TEXTS } from '#test/support/hostile/hostile-texts.ts';

const ROUNDS = 21;
const US_PER_MS = 1_000;

type Spread = { readonly min: number; readonly median: number; readonly max: number };

function measure(run: (round: number) => void, times: number): Spread {
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    for (let at = 0; at < times; at += 1) run(round * times + at);
    costs.push(((performance.now() - start) * US_PER_MS) / times);
  }
  const sorted = costs.toSorted((one, other) => one - other);
  return { min: sorted[0] ?? 0, median: sorted[ROUNDS >> 1] ?? 0, max: sorted.at(-1) ?? 0 };
}

function show(name: string, { min, median, max }: Spread, more = ''): void {
  const [low, middle, high] = [min, median, max].map((cost) => cost.toFixed(1).padStart(10));
  console.log(`${name.padEnd(34)}${low}${middle}${high} us ${more}`);
}

/** As JSON.parse makes it: no text is the same object as in the alert before. */
function writeAlert(number: number): string {
  const labels = {
    alertname: 'KubePodCrashLooping',
    severity: 'critical',
    cluster: 'eu-west-1a',
    namespace: 'payments',
    pod: `checkout-7d4b9c6f5d-${number.toString(36).padStart(5, '0')}`,
    container: 'checkout',
    instance: `10.0.${number % 256}.5:9100`,
    job: 'kube-state-metrics',
    prometheus: 'monitoring/k8s',
    team: 'night-shift',
  };
  const annotations = {
    summary: `Pod payments/${labels.pod} is crash looping.`,
    description: `Pod payments/${labels.pod} (checkout) has restarted ${number % 90} times.`,
  };
  const payload = { receiver: 'tocsin', groupKey: '{}:{alertname="KubePodCrashLooping"}' };
  return JSON.stringify({ labels, annotations, payload: { ...payload, number } });
}

type Written = {
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly payload: JsonObject;
};

function parseWritten(text: string): Written {
  return JSON.parse(text) as Written;
}

function createReport(text: string) {
  const read = parseWritten(text);
  return {
    ...read,
    title: read.annotations['summary'] ?? '',
    content: read.annotations['description'] ?? null,
    sourceUrl: 'http://prometheus:9090/graph?g0.expr=up%3D%3D0&g0.tab=1',
    image: null,
    audioRelayWs: null,
    analyse: {},
    sourceRefs: { alert: { fingerprint: '9f86d081884c7d65' } },
    logCorrelation: null,
    cameraIpMap: null,
    provider: 'alertmanager',
    alertname: read.labels['alertname'] ?? null,
    namespace: read.labels['namespace'] ?? null,
    targetResource: read.labels['pod'] ?? null,
    channelChatId: null,
    fingerprint: 'am1:9f86d081884c7d65',
    providerEventId: null,
    runId: null,
    deviceId: null,
    cameraId: null,
    areaId: null,
    policyId: null,
  };
}

const ALERTS_PER_ROUND = 2_000;

function measureAlerts(redactor: Redactor): void {
  const count = ALERTS_PER_ROUND * ROUNDS;
  const reports = Array.from({ length: count }, (_, number) => createReport(writeAlert(number)));
  show(
    'alert of Prometheus',
    measure((at) => {
      const report = reports[at];
      if (report !== undefined) redactor.redactReport(report);
    }, ALERTS_PER_ROUND),
  );
}

const LOG_LINE =
  '2024-05-01T10:00:00.123Z level=error msg="request failed" path=/api/v1/orders/18 status=502 ' +
  'trace_id=4bf92f3577b34da6a3ce929d0e0e4736 upstream=10.0.0.5:8080 took=345.12ms\n';

function measureTexts(redactor: Redactor): void {
  const clean = LOG_LINE.repeat(40).slice(0, 4_096);
  const leaky = `${LOG_LINE}user=anna@example.org password=hunter2 from 203.0.113.7\n`.repeat(40);
  show(
    'log of 4 KiB, clean',
    measure(() => redactor.redactText(clean), 50),
  );
  show(
    'log of 4 KiB, full of secrets',
    measure(() => redactor.redactText(leaky.slice(0, 4_096)), 20),
  );
}

function measureHostile(redactor: Redactor): void {
  for (const { name, build } of HOSTILE_TEXTS) {
    const [short, long] = [build(32 * 1_024), build(64 * 1_024)];
    const half = measure(() => redactor.redactText(short), 1);
    const whole = measure(() => redactor.redactText(long), 1);
    show(`64 KiB of ${name}`, whole, `x${(whole.median / half.median).toFixed(1)} of 32 KiB`);
  }
}

console.log(`${''.padEnd(34)}       min    median       max`);
const redactor = createRedactor(BASE_POLICY, 'key');
measureAlerts(redactor);
measureTexts(redactor);
measureHostile(redactor);
