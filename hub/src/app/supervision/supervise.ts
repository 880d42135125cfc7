/**
 * Supervision put together: who was heard is noted by the ways in, who is silent is found by a beat
 * and told through the normal flow, in one transaction.
 * Danger: when sources were heard is kept in memory and written every second; a crash forgets that
 * second, and the grace after the start (LIMITS.sourceGraceMs) covers it.
 * Emits: `onTold` for the beats and metrics, after each commit that told something.
 */
import { type IntakeDeps, storeReports } from '#app/intake/intake-commit.ts';
import type { IntakeRequest, IntakeResult } from '#app/intake/intake-decide.ts';
import { listChangedSources } from '#app/read/watched-sources.ts';
import type { ProjectId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Log } from '#kernel/ports.ts';
import { TIMER } from '#kernel/principal.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Transaction } from '#platform/postgres/postgres.ts';
import type { Device } from '#supervision/device.ts';
import type { News } from '#supervision/news.ts';
import type { SourceRef } from '#supervision/pulse.ts';
import { type HeardSource, savePulses } from '#supervision/pulse.store.ts';
import { runSilenceOnce, type SilenceBeat } from '#supervision/runner.ts';
import { DEVICE_STATUSES } from '#supervision/silence.ts';
import { countDeviceStatuses } from '#supervision/device.store.ts';
import type { SeenDevices } from './seen-devices.ts';
import { toReport } from './silence-reports.ts';

export type Supervision = {
  /** Finds out who is silent, and who is heard again. */
  readonly runSilenceOnce: () => Promise<SilenceBeat>;
  /** Writes down when sources were heard last. */
  readonly runPulsesOnce: () => Promise<void>;
  readonly runCountOnce: () => Promise<void>;
  /** After the commit of what came. */
  readonly noteRequests: (requests: readonly IntakeRequest[], now: Instant) => void;
  readonly noteSource: (source: SourceRef, now: Instant) => void;
  readonly tellRemoved: (
    tx: Transaction,
    devices: readonly Device[],
    now: Instant,
  ) => Promise<() => void>;
};

export type SupervisionDeps = {
  readonly intake: IntakeDeps;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly seenDevices: SeenDevices;
  readonly mayClaim: () => boolean;
  readonly onTold: (results: readonly IntakeResult[]) => void;
};

export function createSupervision(deps: SupervisionDeps): Supervision {
  const { intake } = deps;
  const { database, clock } = intake;
  const pulses = createPulses();
  return {
    runSilenceOnce: () =>
      runSilenceOnce({
        database,
        clock,
        log: deps.log,
        mayClaim: deps.mayClaim,
        listeningSince: () => intake.settings().listeningSince,
        listChangedSources: () => listChangedSources(database),
        tell: (tx, news, now) => tell(intake, tx, { news, now }),
        onTold: deps.onTold,
      }),
    runPulsesOnce: () => pulses.hand((heard) => savePulses(database, heard)),
    runCountOnce: () => countOnce(deps),
    noteRequests: (requests, now) => {
      for (const { source, reports } of requests) {
        if (reports.some((report) => !report.isSynthetic)) pulses.note(source, now);
      }
    },
    noteSource: pulses.note,
    tellRemoved: async (tx, devices, now) => {
      if (devices.length === 0) return () => undefined;
      const news = devices.map((device) => {
        return { kind: 'device_heard', device, why: 'removed' } as const;
      });
      const told = await tell(intake, tx, { news, now });
      return () => deps.onTold(told);
    },
  };
}

async function tell(
  deps: IntakeDeps,
  tx: Transaction,
  told: { readonly news: readonly News[]; readonly now: Instant },
): Promise<readonly IntakeResult[]> {
  const requests: IntakeRequest[] = [];
  for (const news of told.news) {
    const { projectId } = 'device' in news ? news.device : news.source;
    const config = await deps.configs.loadWithin(tx, projectId);
    if (config === null) continue;
    const { findSource } = config;
    const context = { findSource, reportId: deps.ids.next(told.now), now: told.now };
    requests.push({
      config,
      source: config.builtInSource('native'),
      by: TIMER,
      reports: [toReport(news, context)],
      isRaiseOnly: false,
    });
  }
  return storeReports(deps, tx, { requests, now: told.now });
}

/** Each source that was heard since the last time, with when; kept when it cannot be written. */
function createPulses() {
  let heard = new Map<string, HeardSource>();
  const note = ({ projectId, sourceId }: SourceRef, at: Instant): void => {
    const known = heard.get(sourceId);
    if (known === undefined || known.at < at) heard.set(sourceId, { projectId, sourceId, at });
  };
  return {
    note,
    hand: async (save: (heard: readonly HeardSource[]) => Promise<void>): Promise<void> => {
      if (heard.size === 0) return;
      const taken = heard;
      heard = new Map();
      try {
        await save([...taken.values()]);
      } catch (error) {
        for (const one of taken.values()) note(one, one.at);
        throw error;
      }
    },
  };
}

/** A whole look at the table, every few seconds: for the metrics, and for who has no room. */
async function countOnce({ intake, metrics, seenDevices }: SupervisionDeps): Promise<void> {
  const { database, clock } = intake;
  const counts = await database.read((db) => countDeviceStatuses(db, clock.now()));
  for (const status of DEVICE_STATUSES) {
    const ofStatus = counts.filter((one) => one.status === status);
    metrics.devices.set(
      { status },
      ofStatus.reduce((sum, one) => sum + one.count, 0),
    );
  }
  const totals = new Map<ProjectId, number>();
  for (const { projectId, count } of counts) {
    totals.set(projectId, (totals.get(projectId) ?? 0) + count);
  }
  const full = [...totals].filter(([, total]) => total >= LIMITS.devicesPerProjectMax);
  seenDevices.setFull(new Set(full.map(([projectId]) => projectId)));
}
