/**
 * The live streams of this node: who listens, and the beat that reads what changed and tells each
 * what it may see. One read for all, LIMITS.streamReadMs apart at the least, and none while nobody
 * listens; a principal's projects and its filter are looked at in memory.
 *
 * The poll is the truth: changes of other nodes are found as our own are, and no hint is waited
 * for. A `beat` is sent only behind a read that succeeded, so that a listener that gets them knows
 * of a path that works; while the database is away there are none.
 *
 * A listener that lacks something is told `resync`: read the list, then go on. That is the answer
 * to a cursor of no use, to more changes than are worth telling, and to a reader that is too slow.
 *
 * Danger: what a credential may see is asked again every LIMITS.streamCheckMs, for as long as the
 * stream is open. Emits: the gauge and the counter of streams.
 */
import type { Credential } from '#access/authenticate.ts';
import type { AlertFacts } from '#app/alert-view.ts';
import { renderAlert } from '#app/alert-view.ts';
import { type Changed, findAlerts, listChanged } from '#app/read/alerts.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { formatInstant, type Instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock } from '#kernel/ports.ts';
import { narrow, type Principal } from '#kernel/principal.ts';
import type { OpenStream } from '#platform/http/event-stream.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Database } from '#platform/postgres/postgres.ts';
import {
  admit,
  isBehind,
  isSeenBy,
  type Listener,
  listWanted,
  type ResyncReason,
  type StreamFilter,
} from './listener.ts';
import {
  createSeenChanges,
  type Fresh,
  nameChange,
  type Reading,
  type SeenChanges,
} from './seen-changes.ts';
import { renderCursor, renderEvent } from './stream-text.ts';

export type StreamDeps = {
  readonly database: Database;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Null: the credential is none any more. */
  readonly authenticate: (credential: Credential | null) => Promise<Principal | null>;
  /** Somebody waits for the next beat: so soon. */
  readonly onListener: (inMs: number) => void;
};

export type Listening = {
  readonly principal: Principal;
  /** As it came, to be asked about again. */
  readonly credential: Credential | null;
  readonly filter: StreamFilter;
  /** Where it left off; null = it has to read the list first. */
  readonly cursorAt: Instant | null;
};

export type Streams = {
  /** Refuses before anything is answered. */
  readonly open: (listening: Listening, connect: OpenStream) => void;
  /** One beat. Answers after how long the next is wanted. */
  readonly runOnce: () => Promise<number>;
  /** Somebody may have lost their right to listen: they are asked now, and not in a while. */
  readonly askAgain: () => void;
  /** Ends all, and takes none any more. */
  readonly stop: () => void;
};

type State = StreamDeps & {
  readonly listeners: Set<Listener>;
  readonly seen: SeenChanges;
  checkedAt: Instant | null;
  isStopping: boolean;
};

export function createStreams(deps: StreamDeps): Streams {
  const state: State = {
    ...deps,
    listeners: new Set(),
    seen: createSeenChanges(),
    checkedAt: null,
    isStopping: false,
  };
  return {
    open: (listening, connect) => open(state, listening, connect),
    runOnce: () => runOnce(state),
    askAgain: () => {
      state.checkedAt = null;
      if (state.listeners.size > 0) deps.onListener(0);
    },
    stop: () => {
      state.isStopping = true;
      for (const { stream } of state.listeners) stream.end();
    },
  };
}

function open(state: State, listening: Listening, connect: OpenStream): void {
  const { listeners, metrics } = state;
  if (state.isStopping) throw new CodedError('not_ready');
  const { principalId } = listening.principal;
  const own = [...listeners].filter(({ principal }) => principal.principalId === principalId);
  if (listeners.size >= LIMITS.streamsMax || own.length >= LIMITS.streamsPerPrincipalMax) {
    const whose = listeners.size >= LIMITS.streamsMax ? 'this node holds' : 'one key may hold';
    const most = listeners.size >= LIMITS.streamsMax ? listeners.size : own.length;
    const hint = `Close one first, or come again later: ${whose} at most ${most}.`;
    throw new CodedError('too_many_streams', { hint });
  }
  const leave = () => {
    if (listener !== null) listeners.delete(listener);
    metrics.streams.set(listeners.size);
  };
  const listener = admit(listening, connect(leave), state.clock.now());
  // It may have left while it was asked who it is.
  if (listener === null) return;
  listeners.add(listener);
  metrics.streams.set(listeners.size);
  state.onListener(LIMITS.streamReadMs);
}

async function runOnce(state: State): Promise<number> {
  const { listeners, seen, database, clock } = state;
  if (listeners.size === 0) {
    seen.clear();
    return LIMITS.pollMs;
  }
  const now = clock.now();
  await checkAccess(state, now);
  // Those that come while we read are told by the next beat.
  const present = [...listeners];
  const since = findSince(seen.since(now), present);
  const read = await database.transaction(async (db) => {
    const found = await listChanged(db, since, LIMITS.streamNamesMax + 1);
    const changes = found.slice(0, LIMITS.streamNamesMax);
    const reading = { now, since, changes, isCut: found.length > changes.length };
    const fresh = seen.find(reading);
    const needed = planTelling(present, reading, fresh);
    return { reading, fresh, alerts: await findAlerts(db, needed) };
  });
  // Not before: what a failed read has found would count as told.
  const isFresh = new Set(read.fresh.changes.map(nameChange));
  const told = read.alerts.map(({ alert }) => alert);
  seen.keep(
    read.reading,
    told.filter((alert) => isFresh.has(nameChange(alert))),
  );
  tell(state, present, { now, alerts: read.alerts });
  return LIMITS.streamReadMs;
}

/** As far back as somebody needs it who has just come. */
function findSince(own: Instant, present: readonly Listener[]): Instant {
  const wished = present.flatMap(({ state }) => (state.kind === 'resuming' ? state.since : []));
  return wished.reduce((earliest, one) => (one < earliest ? one : earliest), own);
}

/** Notes at each listener what it is to be told; answers all alerts that are needed for it. */
function planTelling(
  present: readonly Listener[],
  reading: Reading,
  fresh: Fresh,
): readonly Changed[] {
  const needed = new Map<string, Changed>();
  for (const listener of present) {
    const wanted = listWanted(listener, reading, fresh);
    if (wanted === null) continue;
    const more = wanted.filter((change) => !needed.has(nameChange(change)));
    if (needed.size + more.length > LIMITS.streamAlertsMax) {
      listener.lacks = 'too_many_changes';
      continue;
    }
    for (const change of more) needed.set(nameChange(change), change);
    listener.wanted = wanted;
  }
  return [...needed.values()];
}

type Found = { readonly now: Instant; readonly alerts: readonly AlertFacts[] };

function tell(state: State, present: readonly Listener[], { now, alerts }: Found): void {
  const { seen, metrics } = state;
  const cursor = renderCursor(seen.cursorAt() ?? now);
  const told = new Map<string, { readonly facts: AlertFacts; readonly frame: Uint8Array }>();
  for (const facts of alerts) {
    const frame = renderEvent('alert', cursor, renderAlert(facts, now));
    told.set(nameChange(facts.alert), { facts, frame });
  }
  for (const listener of present) {
    const frames = listener.wanted.flatMap((change) => {
      const one = told.get(nameChange(change));
      return one !== undefined && isSeenBy(listener, one.facts) ? [one.frame] : [];
    });
    listener.wanted = [];
    // What it lacks it reads from the list, with all that would come now.
    if (listener.lacks === null && frames.length > 0 && !listener.stream.send(frames)) {
      listener.lacks = 'reader_too_slow';
    }
    listener.state = { kind: 'following' };
    if (isBehind(listener, now)) listener.stream.end();
    else tellTheTime(listener, { now, cursor, metrics });
  }
}

type Telling = { readonly now: Instant; readonly cursor: string; readonly metrics: Metrics };

/** `resync` when there is something to read again, `beat` when it is time for one. */
function tellTheTime(listener: Listener, { now, cursor, metrics }: Telling): void {
  const data = { at: formatInstant(now), cursor };
  const reason: ResyncReason | null = listener.lacks;
  if (reason !== null && now >= listener.resyncAt) {
    // A flood is no reason to read the list without a pause.
    if (!listener.stream.send([renderEvent('resync', cursor, { ...data, reason })])) return;
    metrics.streamResyncs.inc({ reason });
    listener.lacks = null;
    listener.resyncAt = plusMs(now, LIMITS.streamBeatMs);
  }
  if (now < listener.beatAt) return;
  if (listener.stream.send([renderEvent('beat', cursor, data)])) {
    listener.beatAt = plusMs(now, LIMITS.streamBeatMs);
  }
}

/** Each credential once, however many streams it holds. */
async function checkAccess(state: State, now: Instant): Promise<void> {
  if (state.checkedAt !== null && now < plusMs(state.checkedAt, LIMITS.streamCheckMs)) return;
  // Before we ask: what changes meanwhile is asked about by the next beat.
  state.checkedAt = now;
  const principals = await askAll(state).catch((error: unknown) => {
    state.checkedAt = null;
    throw error;
  });
  for (const listener of state.listeners) {
    const principal = principals.get(nameCredential(listener.credential));
    // One that came while we asked was asked about when it came.
    if (principal === undefined) continue;
    const reader = principal === null ? null : narrow(principal, 'read');
    if (reader === null) listener.stream.end();
    else listener.principal = reader;
  }
}

/** By the name of the credential. */
async function askAll(state: State): Promise<ReadonlyMap<string, Principal | null>> {
  const credentials = new Map(
    [...state.listeners].map(({ credential }) => [nameCredential(credential), credential]),
  );
  return new Map(
    await Promise.all(
      [...credentials].map(async ([name, one]) => [name, await state.authenticate(one)] as const),
    ),
  );
}

function nameCredential(credential: Credential | null): string {
  return credential === null ? '' : `${credential.kind} ${credential.text}`;
}
