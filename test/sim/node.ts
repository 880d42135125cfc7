/** A simulated node: the production hub over wrapped ports, started and killed by the simulator. */
import { createHub, type Hub } from '#app/hub.ts';
import { createMetrics } from '#platform/metrics.ts';
import type { Database } from '#platform/postgres/postgres.ts';
import { createSecretBox } from '#platform/secret-box.ts';
import type { ManualClock } from '#test/support/clock.ts';
import { createSeededIds, createSeededRandom } from '#test/support/ids.ts';
import { createRecordingLog, type RecordingLog } from '#test/support/log.ts';
import type { Network } from './network.ts';
import { type Activity, createSimPorts, type Mutation, type SimPorts } from './ports.ts';

export type SimNode = {
  readonly index: number;
  readonly nodeId: string;
  readonly hub: Hub;
  readonly ports: SimPorts;
  readonly log: RecordingLog;
  /** Something to send may have come up since it last looked. */
  readonly work: { hasDelivery: boolean };
  /** The database cannot be reached from it. */
  isCutOff: boolean;
  /** It stands still, as a suspended machine does. */
  isPaused: boolean;
  /** The last step in which it asked whether the configuration has changed. */
  configStep: number;
};

export type NodeBasis = {
  readonly seed: number;
  readonly database: Database;
  readonly clock: ManualClock;
  readonly activity: Activity;
  readonly mutation: Mutation | null;
  readonly network: Network;
};

export const ADMIN_KEY = 'the-admin-key-of-the-simulator-0001';

/** One registry for all: each would measure the process on its own. */
const metrics = createMetrics('0.0.0');

/** `birth` counts the nodes of a run: ids and chance of a restarted node are new ones. */
export async function startNode(
  basis: NodeBasis,
  place: { readonly index: number; readonly birth: number; readonly step: number },
): Promise<SimNode> {
  const { seed, clock, network } = basis;
  const own = seed + place.birth / 1_024;
  const log = createRecordingLog();
  let nodeId = '';
  const ports = createSimPorts({
    ...basis,
    sendHttp: network.sendHttpFrom(() => nodeId),
    sendMail: network.sendMailFrom(() => nodeId),
  });
  const work = { hasDelivery: false };
  const random = createSeededRandom(own);
  const key = createSeededRandom(seed).bytes(32);
  const hub = await createHub({
    database: ports.database,
    clock,
    isClockTrusted: () => true,
    ids: createSeededIds(own),
    random,
    log,
    http: ports.http,
    smtp: ports.smtp,
    reach: { probe: async () => ({ kind: 'reached', durationMs: 0 }) },
    readDisk: async () => null,
    auditHeads: null,
    metrics,
    secretBox: createSecretBox({ keys: [{ kid: 'k1', key }], random }),
    adminKey: ADMIN_KEY,
    publicUrl: () => 'https://tocsin.example',
    rates: null,
    isMetricsPublic: false,
    isDocsPublic: false,
    roles: ['api', 'worker'],
    isAlone: false,
    flushersMax: 1,
    onWork: (beat) => {
      if (beat === 'delivery') work.hasDelivery = true;
    },
  });
  await hub.nodeLease.runRenewalOnce();
  nodeId = hub.nodeLease.current()?.nodeId ?? '';
  return {
    index: place.index,
    nodeId,
    hub,
    ports,
    log,
    work,
    isCutOff: false,
    isPaused: false,
    configStep: place.step,
  };
}

/** Two turns of the event loop without anything under way: what was set off has ended. */
export async function settle(activity: Activity): Promise<void> {
  for (let quiet = 0; quiet < QUIET_TURNS; ) {
    await new Promise((resolve) => setImmediate(resolve));
    quiet = activity.count === 0 ? quiet + 1 : 0;
  }
}

const QUIET_TURNS = 3;
