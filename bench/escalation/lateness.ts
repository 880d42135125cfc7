/**
 * N4: how late the calling is, with many alerts pending; in quiet, in a burst, and the same again
 * after hub and database were killed. Danger: SIGKILL, for the hub that was started here and for
 * the processes of its own cluster.
 */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Bench, type Hub, makeDir, removeDir, startHub } from '#bench/contenders.ts';
import { monotonicMs } from '#bench/machine.ts';
import {
  type Measure,
  renderNumber,
  type Round,
  type Section,
  type Target,
} from '#bench/results.ts';
import { percentile } from '#bench/statistics.ts';
import { toClientConfig } from '#platform/postgres/postgres.ts';
import { createDatabaseProcess, type DatabaseProcess } from '#test/crash/hub/database-process.ts';
import {
  configureStep,
  type DueTimes,
  type Numbers,
  raiseAlerts,
  readRounds,
  spreadDue,
  tidyTables,
} from './pending.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const HOUR_MS = 3_600_000;
const FEW = 1_000;
const BURST_SPAN_MS = 1_000;
/** From moving the times to the first due moment. */
const AHEAD_MS = 5_000;
const LATE_MS_MAX = 1_000;
const BURST_S_MAX = 10;
const POLL_RATIO_MAX = 1.5;

type Values = Readonly<Record<string, number>>;

export async function measureLateness(bench: Bench): Promise<Section> {
  const rounds: Round[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    const values = await measureOne(bench);
    rounds.push({ round, system: 'tocsin', values });
    const shown = Object.entries(values).map(([key, value]) => `${key} ${renderNumber(value, 1)}`);
    bench.say(`N4 round ${round}: ${shown.join(', ')}`);
  }
  const { pending, burst, quietS } = sizesOf(bench);
  return {
    id: 'N4',
    title: `calling on time with ${renderNumber(pending, 0)} alerts pending`,
    how: `Alerts raised through the API, then their times moved so that one step of each becomes \
due evenly over an hour. For ${quietS} s each step's lateness is taken: to its decision, to the \
start of its send (its commit was before) and to its webhook. Then ${renderNumber(burst, 0)} more \
become due within one second, on top. Then hub and database are killed (SIGKILL), started again, \
and both are measured once more; "overdue" are the steps that became due while nobody was there. \
Pages per second: what all polls of a hub at rest touch, by \`pg_stat_io\`.`,
    measures: [...listPollMeasures(), ...listPhase('', 'before'), ...listPhase('again', 'killed')],
    rounds,
  };
}

function sizesOf({ isQuick }: Bench) {
  return isQuick
    ? { pending: 10_000, burst: 1_000, quietS: 5, restS: 5 }
    : { pending: 100_000, burst: 10_000, quietS: 60, restS: 10 };
}

const most = (limit: number): readonly Target[] => [
  { of: 'value', bound: 'at most', limit, judgedBy: 'worst' },
];
const plain = { hasRatio: false, targets: [] };

function listPollMeasures(): readonly Measure[] {
  const pages = { ...plain, digits: 0 };
  return [
    { ...pages, key: 'pagesFew', label: `at rest, ${FEW} pending: pages/s` },
    { ...pages, key: 'pagesMany', label: 'at rest, all pending: pages/s' },
    {
      ...plain,
      digits: 2,
      key: 'pagesRatio',
      label: 'at rest: all to few',
      targets: most(POLL_RATIO_MAX),
    },
  ];
}

function listPhase(suffix: string, label: string): readonly Measure[] {
  const ms = { ...plain, digits: 0 };
  const s = { ...plain, digits: 1 };
  const key = (name: string) => `${name}${suffix}`;
  const killed = label === 'killed';
  const when = killed ? 'after the kill, ' : '';
  const outage: readonly Measure[] = [
    { ...s, key: 'startS', label: `${when}start to listening, s` },
    { ...s, key: 'overdueS', label: `${when}start to the last overdue webhook, s` },
  ];
  return [
    ...(killed ? outage : []),
    { ...ms, key: key('decidedP50'), label: `${when}due to decided: p50, ms` },
    { ...ms, key: key('decidedP99'), label: `${when}due to decided: p99, ms` },
    {
      ...ms,
      key: key('startedP99'),
      label: `${when}due to send started: p99, ms`,
      targets: most(LATE_MS_MAX),
    },
    { ...ms, key: key('receivedP50'), label: `${when}due to received: p50, ms` },
    {
      ...ms,
      key: key('receivedP99'),
      label: `${when}due to received: p99, ms`,
      targets: most(LATE_MS_MAX),
    },
    { ...ms, key: key('receivedMax'), label: `${when}due to received: max, ms` },
    { ...s, key: key('burstDecidedS'), label: `${when}burst: all decided after, s` },
    {
      ...s,
      key: key('burstS'),
      label: `${when}burst: all received after, s`,
      targets: most(BURST_S_MAX),
    },
    { ...ms, key: key('missing'), label: `${when}not received`, targets: most(0) },
    { ...ms, key: key('repeated'), label: `${when}received twice`, targets: most(0) },
  ];
}

/** What one round works with. */
type Place = {
  readonly dataDir: string;
  readonly receiver: Receiver;
  readonly database: DatabaseProcess;
  readonly sizes: ReturnType<typeof sizesOf>;
};

async function measureOne(bench: Bench): Promise<Values> {
  const dir = await makeDir(bench.base);
  // The database's user has to pass through it.
  await chmod(dir, 0o755);
  const dataDir = join(dir, 'data');
  const receiver = await startReceiver();
  const database = createDatabaseProcess(dataDir);
  const place: Place = { dataDir, receiver, database, sizes: sizesOf(bench) };
  try {
    return await measureIn(place);
  } finally {
    receiver.stop();
    await database.killAll();
    await removeDir(dir);
  }
}

async function measureIn(place: Place): Promise<Values> {
  const { sizes, receiver, database } = place;
  const { pending, burst } = sizes;
  const secret = 'the-admin-key-of-the-lateness-bench-0001';
  const start = () => startHub({ TOCSIN_DATA_DIR: place.dataDir, TOCSIN_ADMIN_KEY: secret });
  let hub = await start();
  try {
    await configureStep(hub, receiver.url);
    const polls = await measurePolls(hub, place);
    const startsAtMs = Date.now() + AHEAD_MS;
    const spread = await withClient(place, async (client) => {
      const due = await spreadDue(
        client,
        { first: 0, count: pending },
        { startsAtMs: startsAtMs + AHEAD_MS, spanMs: HOUR_MS },
      );
      await tidyTables(client);
      return due;
    });
    const before = await measurePhase(place, { spread, burst: { first: pending, count: burst } });
    await hub.kill();
    await database.killAll();
    const restartedMs = Date.now();
    hub = await start();
    const listeningMs = Date.now();
    await pause(AHEAD_MS);
    const again = await measurePhase(place, {
      spread,
      burst: { first: pending + burst, count: burst },
    });
    const overdueMs = findLastArrival(place, numbersDue(spread, before.endMs, listeningMs));
    return {
      ...polls,
      ...(await summarize(place, before, '')),
      ...(await summarize(place, again, 'again')),
      startS: (listeningMs - restartedMs) / 1_000,
      overdueS: (overdueMs - restartedMs) / 1_000,
    };
  } finally {
    await hub.stop();
  }
}

async function measurePolls(hub: Hub, place: Place): Promise<Values> {
  const { pending, burst, restS } = place.sizes;
  await raiseAlerts(hub, { first: 0, count: FEW });
  const pagesFew = await countPages(place, restS);
  await raiseAlerts(hub, { first: FEW, count: pending + 2 * burst - FEW });
  const pagesMany = await countPages(place, restS);
  return { pagesFew, pagesMany, pagesRatio: pagesMany / pagesFew };
}

/** A session tells within ten seconds what it has touched. */
const SETTLE_MS = 12_000;

const READ_PAGES = `
  select sum(hits + reads)::float8 as pages
    from pg_stat_io
   where backend_type = 'client backend' and object = 'relation'
`;

/** Per second, with nothing due. */
async function countPages(place: Place, restS: number): Promise<number> {
  return withClient(place, async (client) => {
    await tidyTables(client);
    const read = async () => {
      const { rows } = await client.query<Record<string, unknown>>(READ_PAGES);
      return Number(rows[0]?.['pages']);
    };
    // What the loading sessions have done is told by them a little later.
    await pause(SETTLE_MS);
    const first = await read();
    await pause(restS * 1_000);
    return ((await read()) - first) / restS;
  });
}

type Phase = {
  readonly quiet: DueTimes;
  readonly burst: DueTimes;
  readonly endMs: number;
};

/** From now on: the quiet time, then the burst until it has been received. */
async function measurePhase(
  place: Place,
  { spread, burst }: { readonly spread: DueTimes; readonly burst: Numbers },
): Promise<Phase> {
  const { receiver, sizes } = place;
  const first = Math.max(Date.now(), Math.min(...spread.values()));
  const quietEndMs = first + sizes.quietS * 1_000;
  await pause(quietEndMs - Date.now());
  const burstDue = await withClient(place, (client) =>
    spreadDue(client, burst, {
      startsAtMs: Date.now() + AHEAD_MS,
      spanMs: BURST_SPAN_MS,
    }),
  );
  await receiver.waitFor([...burstDue.keys()]);
  const quiet = new Map(
    [...spread].filter(([, dueMs]) => dueMs >= first && dueMs < quietEndMs - LATE_MS_MAX),
  );
  return { quiet, burst: burstDue, endMs: Date.now() };
}

function numbersDue(due: DueTimes, fromMs: number, untilMs: number): readonly number[] {
  return [...due].filter(([, atMs]) => atMs >= fromMs && atMs < untilMs).map(([number]) => number);
}

/** From the monotonic clock to the time since 1970. */
function wallOffsetMs(): number {
  return Date.now() - monotonicMs();
}

function findLastArrival({ receiver }: Place, numbers: readonly number[]): number {
  return Math.max(
    ...numbers.map((number) => (receiver.arrivals.get(number)?.[0] ?? Infinity) + wallOffsetMs()),
  );
}

async function summarize(place: Place, phase: Phase, suffix: string): Promise<Values> {
  const rounds = await withClient(place, readRounds);
  const { arrivals } = place.receiver;
  const offsetMs = wallOffsetMs();
  const late = (due: DueTimes, at: (number: number) => number | undefined) =>
    [...due].flatMap(([number, dueMs]) => {
      const atMs = at(number);
      return atMs === undefined ? [] : [atMs - dueMs];
    });
  const arrivedMs = (number: number) => {
    const at = arrivals.get(number)?.[0];
    return at === undefined ? undefined : at + offsetMs;
  };
  const decided = late(phase.quiet, (number) => rounds.get(number)?.decidedMs);
  const started = late(phase.quiet, (number) => rounds.get(number)?.startedMs);
  const received = late(phase.quiet, arrivedMs);
  const burstStartMs = Math.min(...phase.burst.values());
  const lastS = (at: (number: number) => number | undefined) =>
    (Math.max(...[...phase.burst.keys()].map((number) => at(number) ?? Infinity)) - burstStartMs) /
    1_000;
  const all = [...phase.quiet.keys(), ...phase.burst.keys()];
  const values: Values = {
    decidedP50: percentile(decided, 0.5),
    decidedP99: percentile(decided, 0.99),
    startedP99: percentile(started, 0.99),
    receivedP50: percentile(received, 0.5),
    receivedP99: percentile(received, 0.99),
    receivedMax: percentile(received, 1),
    burstDecidedS: lastS((number) => rounds.get(number)?.decidedMs),
    burstS: lastS(arrivedMs),
    missing: all.filter((number) => !arrivals.has(number)).length,
    repeated: all.filter((number) => (arrivals.get(number)?.length ?? 0) > 1).length,
  };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${key}${suffix}`, value]),
  );
}

async function withClient<T>(
  { database }: Place,
  body: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(toClientConfig(await database.connect()));
  await client.connect();
  try {
    return await body(client);
  } finally {
    await client.end();
  }
}
