/**
 * The beat of supervision: looks at who is due, decides whether it is silent, and tells, all in one
 * transaction. So a crash at any moment leaves either nothing or all of it, and several nodes may
 * run the beat: what one looks at, the others skip. A look that fails is tried alone, and then
 * waits a minute, so that one broken row does not keep the others from being told.
 * Danger: while this node may not claim (no lease: no database, or a clock that is not trusted)
 * nothing is told, for then the silence may be ours.
 * Emits: `onTold` after the commit; `tell` inside of it.
 */
import { type Instant, instant, MS_PER_MINUTE, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock, Log } from '#kernel/ports.ts';
import { type Database, isUnavailable, type Transaction } from '#platform/postgres/postgres.ts';
import type { Device } from './device.ts';
import type { News } from './news.ts';
import { decidePulse } from './pulse.ts';
import {
  claimDuePulses,
  findNextDuePulse,
  postponePulse,
  postPulses,
  postWatched,
  type WatchedSource,
} from './pulse.store.ts';
import { decideLook, isHeldTo } from './silence.ts';
import {
  claimDueDevices,
  findNextDueDevice,
  loadDevices,
  postLooks,
  postponeDevice,
} from './store.ts';

export type SilenceRunner<Told> = {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** False while this node may not claim. */
  readonly mayClaim: () => boolean;
  /** Since when somebody has been there to be reported to. */
  readonly listeningSince: () => Instant;
  /** Sources whose setting is not what we go by, as it is now. */
  readonly listChangedSources: () => Promise<readonly WatchedSource[]>;
  /** Stores what is told, in the transaction of the look. */
  readonly tell: (tx: Transaction, news: readonly News[], now: Instant) => Promise<Told>;
  readonly onTold: (told: Told) => void;
};

export type SilenceBeat = { readonly moved: number; readonly nextDueAt: Instant | null };

export async function runSilenceOnce<Told>(runner: SilenceRunner<Told>): Promise<SilenceBeat> {
  if (!runner.mayClaim()) return { moved: 0, nextDueAt: null };
  await followSettings(runner);
  const moved = (await lookAt(runner, DEVICES)) + (await lookAt(runner, SOURCES));
  const dues = [
    await findNextDueDevice(runner.database),
    await findNextDuePulse(runner.database),
  ].filter((at) => at !== null);
  return { moved, nextDueAt: dues.length === 0 ? null : instant(Math.min(...dues)) };
}

/** However the setting came to be what it is. */
async function followSettings<Told>(runner: SilenceRunner<Told>): Promise<void> {
  const changed = await runner.listChangedSources();
  if (changed.length === 0) return;
  const now = runner.clock.now();
  await runner.database.transaction(async (tx) => postWatched(tx, changed, now));
}

type LookContext = { readonly now: Instant; readonly listeningSince: Instant };

/** Looks at so many at most; what it found out is posted, what is to be told returned. */
type Looking = {
  readonly look: (tx: Transaction, context: LookContext, batchMax: number) => Promise<Looked>;
};

type Looked = {
  readonly count: number;
  readonly news: readonly News[];
  /** For when it fails: keeps the first of them away for a while. */
  readonly postpone: (database: Database, until: Instant) => Promise<void>;
};

async function lookAt<Told>(runner: SilenceRunner<Told>, what: Looking): Promise<number> {
  try {
    return (await lookOnce(runner, { what, batchMax: LIMITS.silenceBatchMax })).count;
  } catch (error) {
    if (isUnavailable(error)) throw error;
    runner.log.warn('a look at who is silent failed; one by one now', { error: textOf(error) });
  }
  return lookOneByOne(runner, what);
}

async function lookOneByOne<Told>(runner: SilenceRunner<Told>, what: Looking): Promise<number> {
  let moved = 0;
  for (let tries = 0; tries < LIMITS.silenceBatchMax; tries += 1) {
    const kept: { looked: Looked | null } = { looked: null };
    try {
      const { count } = await lookOnce(runner, { what, batchMax: 1, kept });
      if (count === 0) break;
      moved += count;
    } catch (error) {
      if (isUnavailable(error) || kept.looked === null) throw error;
      runner.log.error('one that may be silent could not be looked at', { error: textOf(error) });
      await kept.looked.postpone(runner.database, plusMs(runner.clock.now(), MS_PER_MINUTE));
    }
  }
  return moved;
}

type LookOptions = {
  readonly what: Looking;
  readonly batchMax: number;
  /** Gets what was looked at, also when it then fails. */
  readonly kept?: { looked: Looked | null };
};

async function lookOnce<Told>(runner: SilenceRunner<Told>, how: LookOptions): Promise<Looked> {
  const context = { now: runner.clock.now(), listeningSince: runner.listeningSince() };
  const { looked, told } = await runner.database.transaction(async (tx) => {
    const found = await how.what.look(tx, context, how.batchMax);
    if (how.kept !== undefined) how.kept.looked = found;
    const { news } = found;
    return {
      looked: found,
      told: news.length === 0 ? null : await runner.tell(tx, news, context.now),
    };
  });
  if (told !== null) runner.onTold(told);
  return looked;
}

const DEVICES: Looking = {
  look: async (tx, context, batchMax) => {
    const devices = await claimDueDevices(tx, context.now, batchMax);
    const boxes = await loadBoxes(tx, devices);
    const decisions = devices.map((device) => {
      const box = device.parentId === null ? undefined : boxes.get(nameBox(device));
      return decideLook(device, { ...context, box: box ?? null });
    });
    postLooks(
      tx,
      decisions.map(({ device }) => device),
    );
    const [first] = devices;
    return {
      count: devices.length,
      news: decisions.flatMap((decision): readonly News[] => {
        const { kind, device } = decision;
        if (kind === 'silent') {
          return [{ kind: 'device_silent', device, silence: decision.silence }];
        }
        const why = isHeldTo(device) ? 'heard' : 'unwatched';
        return kind === 'heard' ? [{ kind: 'device_heard', device, why }] : [];
      }),
      postpone: async (database, until) => {
        if (first !== undefined) await postponeDevice(database, first, until);
      },
    };
  },
};

const SOURCES: Looking = {
  look: async (tx, context, batchMax) => {
    const pulses = await claimDuePulses(tx, context.now, batchMax);
    const decisions = pulses.map((pulse) => decidePulse(pulse, context));
    postPulses(
      tx,
      decisions.map(({ pulse }) => pulse),
    );
    const [first] = pulses;
    return {
      count: pulses.length,
      news: decisions.flatMap((decision): readonly News[] => {
        const { kind, pulse: source } = decision;
        if (kind === 'silent') {
          return [{ kind: 'source_silent', source, silence: decision.silence }];
        }
        const why = source.silentAfterS === null ? 'unwatched' : 'heard';
        return kind === 'heard' ? [{ kind: 'source_heard', source, why }] : [];
      }),
      postpone: async (database, until) => {
        if (first !== undefined) await postponePulse(database, first, until);
      },
    };
  },
};

async function loadBoxes(
  tx: Transaction,
  devices: readonly Device[],
): Promise<ReadonlyMap<string, Device>> {
  const refs = new Map(
    devices.flatMap((device) => {
      const { projectId, parentId: deviceId } = device;
      return deviceId === null ? [] : [[nameBox(device), { projectId, deviceId }] as const];
    }),
  );
  const boxes = await loadDevices(tx, [...refs.values()]);
  return new Map(boxes.map((box) => [`${box.projectId}/${box.deviceId}`, box]));
}

function nameBox({ projectId, parentId }: Pick<Device, 'projectId' | 'parentId'>): string {
  return `${projectId}/${parentId}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
