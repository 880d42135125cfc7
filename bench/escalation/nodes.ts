/**
 * N10: two and four hubs on one PostgreSQL. Who calls how much of a burst, that nothing is sent
 * twice, and how soon the others take over what a killed hub (SIGKILL) had claimed.
 */
import { randomBytes } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Bench, type Hub, makeDir, removeDir, startHub } from '#bench/contenders.ts';
import {
  type Measure,
  renderNumber,
  type Round,
  type Section,
  type Target,
} from '#bench/results.ts';
import { percentile } from '#bench/statistics.ts';
import { startEmbeddedPostgres } from '#platform/embedded-postgres/embedded-postgres.ts';
import { toClientConfig } from '#platform/postgres/postgres.ts';
import { createRecordingLog } from '#test/support/log.ts';
import {
  configureStep,
  type Numbers,
  raiseAlerts,
  readRounds,
  spreadDue,
  tidyTables,
} from './pending.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const NODE_COUNTS = [2, 4] as const;
const BURST_SPAN_MS = 1_000;
const AHEAD_MS = 3_000;
/** From the first due moment of the burst; in the middle of it. */
const KILL_AFTER_MS = 700;
const TAKE_OVER_S_MAX = 10;

type Values = Readonly<Record<string, number>>;

export async function measureNodes(bench: Bench): Promise<Section> {
  const rounds: Round[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    const values: Record<string, number> = {};
    for (const nodes of NODE_COUNTS) {
      for (const [key, value] of Object.entries(await measureOne(bench, nodes))) {
        values[`${key}${nodes}`] = value;
      }
    }
    rounds.push({ round, system: 'tocsin', values });
    const shown = Object.entries(values).map(([key, value]) => `${key} ${renderNumber(value, 2)}`);
    bench.say(`N10 round ${round}: ${shown.join(', ')}`);
  }
  const burst = renderNumber(burstOf(bench), 0);
  return {
    id: 'N10',
    title: 'several nodes on one PostgreSQL',
    how: `Hubs with both roles on one database (fsync on), all on this machine. ${burst} steps \
become due within one second, one webhook each; then ${burst} more, and ${KILL_AFTER_MS / 1_000} s \
after the first of them is due one hub is killed (SIGKILL). Taken over: from the kill until \
another hub had decided a step, or recorded a send as ambiguous, that the killed one had claimed. \
Received twice without a word: though no attempt of it was ambiguous.`,
    measures: NODE_COUNTS.flatMap(listMeasures),
    rounds,
  };
}

function burstOf({ isQuick }: Bench): number {
  return isQuick ? 1_000 : 10_000;
}

function listMeasures(nodes: number): readonly Measure[] {
  const at = `${nodes} nodes`;
  const most = (limit: number): readonly Target[] => [
    { of: 'value', bound: 'at most', limit, judgedBy: 'worst' },
  ];
  const seconds = { hasRatio: false, digits: 1, targets: [] };
  const count = { hasRatio: false, digits: 0, targets: [] };
  const label = (text: string) => `${at}: ${text}`;
  return [
    { ...seconds, key: `burstS${nodes}`, label: label('burst received after, s') },
    { ...count, key: `shareMin${nodes}`, label: label('least steps of one node, %') },
    { ...count, key: `shareMax${nodes}`, label: label('most steps of one node, %') },
    { ...count, key: `held${nodes}`, label: label('claimed by the killed one') },
    { ...seconds, key: `takenP50${nodes}`, label: label('taken over: p50, s') },
    {
      ...seconds,
      key: `takenMax${nodes}`,
      label: label('taken over: max, s'),
      targets: most(TAKE_OVER_S_MAX),
    },
    { ...seconds, key: `killedS${nodes}`, label: label('burst with kill done after, s') },
    { ...count, key: `ambiguous${nodes}`, label: label('ambiguous attempts') },
    { ...count, key: `twice${nodes}`, label: label('received twice') },
    {
      ...count,
      key: `wordless${nodes}`,
      label: label('received twice without a word'),
      targets: most(0),
    },
    { ...count, key: `missing${nodes}`, label: label('not received'), targets: most(0) },
  ];
}

type Place = {
  readonly client: pg.Client;
  readonly receiver: Receiver;
  readonly hubs: readonly Hub[];
};

async function measureOne(bench: Bench, nodes: number): Promise<Values> {
  const dir = await makeDir(bench.base);
  // The database's user has to pass through it.
  await chmod(dir, 0o755);
  const postgres = await startEmbeddedPostgres({
    dataDir: join(dir, 'database'),
    log: createRecordingLog(),
    settings: { max_connections: '200' },
  });
  const receiver = await startReceiver();
  const client = new pg.Client(toClientConfig(postgres.connection));
  const hubs: Hub[] = [];
  try {
    await client.connect();
    const settings = shareSettings(postgres.connection);
    for (let node = 1; node <= nodes; node += 1) {
      hubs.push(await startHub({ ...settings, TOCSIN_DATA_DIR: join(dir, `node-${node}`) }));
    }
    return await measureIn({ client, receiver, hubs }, burstOf(bench));
  } finally {
    for (const hub of hubs) await hub.stop();
    await client.end();
    receiver.stop();
    await postgres.stop();
    await removeDir(dir);
  }
}

type Connection = Awaited<ReturnType<typeof startEmbeddedPostgres>>['connection'];

/** What all hubs of one database have in common. */
function shareSettings(connection: Connection) {
  const { user, password, port, database, host } = connection;
  const access = `${user}:${encodeURIComponent(password)}`;
  const query = new URLSearchParams({ host }).toString();
  return {
    DATABASE_URL: `postgres://${access}@local:${port}/${database}?${query}`,
    TOCSIN_MASTER_KEY: `bench:${randomBytes(32).toString('base64')}`,
    TOCSIN_ADMIN_KEY: randomBytes(32).toString('hex'),
  };
}

async function measureIn(place: Place, burst: number): Promise<Values> {
  const { hubs, client, receiver } = place;
  const [first] = hubs;
  const victim = hubs.at(-1);
  if (first === undefined || victim === undefined) throw new Error('no hub was started');
  await configureStep(first, receiver.url);
  await raiseAlerts(first, { first: 0, count: 2 * burst });
  const quiet: Numbers = { first: 0, count: burst };
  const killed: Numbers = { first: burst, count: burst };
  const startedAtMs = await startBurst(place, quiet);
  const burstS = ((await waitUntilReceived(receiver, quiet)) - startedAtMs) / 1_000;
  await waitUntilDone(client, startedAtMs);
  const shares = await Promise.all(hubs.map(countSteps));
  const killStartedAtMs = await startBurst(place, killed);
  await pause(killStartedAtMs + KILL_AFTER_MS - Date.now());
  const killedAtMs = Date.now();
  await victim.kill();
  const held = await readHeld(client, victim.pid);
  await waitUntilReceived(receiver, killed);
  await waitUntilDone(client, killStartedAtMs);
  const killedS = (Date.now() - killStartedAtMs) / 1_000;
  const taken = (await readTaken(client, held)).map((atMs) => (atMs - killedAtMs) / 1_000);
  return {
    burstS,
    shareMin: (100 * Math.min(...shares)) / burst,
    shareMax: (100 * Math.max(...shares)) / burst,
    held: held.steps.length + held.sends.length,
    ...(taken.length === 0
      ? {}
      : { takenP50: percentile(taken, 0.5), takenMax: percentile(taken, 1) }),
    killedS,
    ...(await countCopies(place, 2 * burst)),
  };
}

async function startBurst({ client }: Place, numbers: Numbers): Promise<number> {
  const startsAtMs = Date.now() + AHEAD_MS;
  await spreadDue(client, numbers, { startsAtMs, spanMs: BURST_SPAN_MS });
  await tidyTables(client);
  await pause(startsAtMs - Date.now());
  return startsAtMs;
}

const DONE_POLL_MS = 100;
const DONE_MS_MAX = 120_000;

/** Answers when the last was there; what is missing then is counted at the end. */
async function waitUntilReceived(receiver: Receiver, numbers: Numbers): Promise<number> {
  const last = numbers.first + numbers.count;
  const endsAtMs = Date.now() + DONE_MS_MAX;
  let number = numbers.first;
  while (number < last && Date.now() < endsAtMs) {
    while (number < last && receiver.arrivals.has(number)) number += 1;
    if (number < last) await pause(DONE_POLL_MS / 2);
  }
  return Date.now();
}

const COUNT_OPEN = `
  select (select count(*) from notification where status in ('pending', 'sending'))
       + (select count(*) from escalation where due_at < to_timestamp($1::float8 / 1000)) as open
`;

/** Until every step of the burst is decided and every message's fate is known. */
async function waitUntilDone(client: pg.Client, startedAtMs: number): Promise<void> {
  const dueBeforeMs = startedAtMs + 2 * BURST_SPAN_MS;
  const endsAtMs = Date.now() + DONE_MS_MAX;
  while (Date.now() < endsAtMs) {
    await pause(DONE_POLL_MS);
    const { rows } = await client.query<Record<string, unknown>>(COUNT_OPEN, [dueBeforeMs]);
    if (Number(rows[0]?.['open']) === 0) return;
  }
  throw new Error(`the burst was not done within ${DONE_MS_MAX / 1_000} s`);
}

const STEPS = /^tocsin_escalation_lateness_seconds_count (\d+)/m;

async function countSteps(hub: Hub): Promise<number> {
  return Number(STEPS.exec(await hub.read('/metrics'))?.[1] ?? 0);
}

/** Ids of alerts whose step a dead hub has claimed, and of messages it was sending. */
type Held = { readonly steps: readonly string[]; readonly sends: readonly string[] };

const READ_HELD_STEPS = `
  select e.alert_id as id
    from escalation e
    join node on node.node_id = e.lease_node
   where node.pid = $1
`;
const READ_HELD_SENDS = `
  select n.notification_id as id
    from notification n
    join node on node.node_id = n.lease_node
   where node.pid = $1
`;

async function readHeld(client: pg.Client, pid: number): Promise<Held> {
  const read = async (query: string) =>
    (await client.query<Record<string, unknown>>(query, [pid])).rows.map(({ id }) => String(id));
  return { steps: await read(READ_HELD_STEPS), sends: await read(READ_HELD_SENDS) };
}

const READ_TAKEN = `
  select floor(extract(epoch from n.created_at) * 1000)::float8 as at_ms
    from notification n
   where n.subject_id = any($1::text[])
   union all
  select floor(extract(epoch from t.finished_at) * 1000)::float8 as at_ms
    from attempt t
   where t.notification_id = any($2::uuid[]) and t.attempt_no = 1
`;

/** When each was taken over, since 1970. */
async function readTaken(client: pg.Client, held: Held): Promise<readonly number[]> {
  const { rows } = await client.query<Record<string, unknown>>(READ_TAKEN, [
    held.steps,
    held.sends,
  ]);
  return rows.map((row) => Number(row['at_ms']));
}

const COUNT_AMBIGUOUS = `select count(*) as count from attempt where outcome = 'ambiguous'`;

async function countCopies({ client, receiver }: Place, alerts: number): Promise<Values> {
  const rounds = await readRounds(client);
  const { rows } = await client.query<Record<string, unknown>>(COUNT_AMBIGUOUS);
  const numbers = Array.from({ length: alerts }, (_, number) => number);
  const twice = numbers.filter((number) => (receiver.arrivals.get(number)?.length ?? 0) > 1);
  return {
    ambiguous: Number(rows[0]?.['count']),
    twice: twice.length,
    wordless: twice.filter((number) => rounds.get(number)?.isPossiblyDuplicate !== true).length,
    missing: numbers.filter((number) => !receiver.arrivals.has(number)).length,
  };
}
