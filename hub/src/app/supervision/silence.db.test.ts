import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { ensureDefaultProject } from '#app/create-project.ts';
import { DEFAULT_PROJECT_ID, sourceId } from '#kernel/id.ts';
import { type Instant, MS_PER_MINUTE, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { createManualClock, type ManualClock } from '#test/support/clock.ts';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { createSeededIds } from '#test/support/ids.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { createDevice, type Device } from '#supervision/device.ts';
import { insertDevice } from '#supervision/device.store.ts';
import type { News } from '#supervision/news.ts';
import {
  listPulses,
  postWatched,
  savePulses,
  type WatchedSource,
} from '#supervision/pulse.store.ts';
import { runSilenceOnce, type SilenceRunner } from '#supervision/runner.ts';
import { loadDevices, postHeard, postSeen, postSeenKnown } from '#supervision/store.ts';

const PROJECT = DEFAULT_PROJECT_ID;
const SOURCE = sourceId('0190a000-0000-7000-8000-0000000000a1');

describe('the look at who is silent', () => {
  let db: TestDatabase;
  let clock: ManualClock;
  let began: Instant;
  let told: string[];
  let changed: WatchedSource[];
  let isClaiming: boolean;
  /** Devices whose news cannot be stored. */
  let poison: readonly string[];
  let log = createRecordingLog();

  before(async () => {
    db = await createTestDatabase();
    clock = createManualClock();
    await ensureDefaultProject(db.database, { ids: createSeededIds(), clock });
  });
  after(() => db.drop());
  beforeEach(async () => {
    await db.database.transaction(async (tx) => {
      await tx.run({ name: 'test.clear_devices', text: 'delete from device' }, []);
      await tx.run({ name: 'test.clear_pulses', text: 'delete from source_pulse' }, []);
    });
    clock.advanceMs(MS_PER_MINUTE);
    began = clock.now();
    told = [];
    changed = [];
    isClaiming = true;
    poison = [];
    log = createRecordingLog();
  });

  const nameOf = (news: News) =>
    `${news.kind} ${'device' in news ? news.device.deviceId : news.source.sourceId}`;

  function runner(more: Partial<SilenceRunner<readonly string[]>> = {}) {
    return {
      database: db.database,
      clock,
      log,
      mayClaim: () => isClaiming,
      listeningSince: () => began,
      listChangedSources: async () => changed.splice(0),
      tell: async (_tx: unknown, news: readonly News[]) => {
        const names = news.map(nameOf);
        if (names.some((name) => poison.some((one) => name.endsWith(one)))) {
          throw new Error('this one breaks');
        }
        return names;
      },
      onTold: (names: readonly string[]) => void told.push(...names),
      ...more,
    };
  }

  const look = (more: Partial<SilenceRunner<readonly string[]>> = {}) =>
    runSilenceOnce(runner(more));

  async function add(deviceId: string, more: Partial<Device> = {}): Promise<void> {
    const now = clock.now();
    const seen = { firstSeenAt: now, lastSeenAt: now, lastHeartbeatAt: now };
    const dueAt = plusMs(now, LIMITS.careSilentMs);
    const fresh = { projectId: PROJECT, deviceId, kind: 'care', ...seen, dueAt, ...more } as const;
    await db.database.transaction((tx) => insertDevice(tx, createDevice(fresh, now)));
  }

  const load = async (deviceId: string): Promise<Device | undefined> =>
    (await loadDevices(db.database, [{ projectId: PROJECT, deviceId }]))[0];

  test('finds those who are due, and says when the next one is', async () => {
    await add('a');
    clock.advanceMs(MS_PER_MINUTE);
    await add('b');
    assert.deepEqual(await look(), { moved: 0, nextDueAt: plusMs(began, LIMITS.careSilentMs) });
    clock.advanceMs(30 * MS_PER_SECOND);
    const beat = await look();
    assert.deepEqual(told, ['device_silent a']);
    const later = plusMs(began, LIMITS.careSilentMs + MS_PER_MINUTE);
    assert.deepEqual(beat, { moved: 1, nextDueAt: later });
    assert.equal((await load('a'))?.silentSince, began);
  });

  test('is put off when somebody was heard meanwhile, and tells nothing', async () => {
    await add('a');
    clock.advanceMs(MS_PER_MINUTE);
    const seen = { projectId: PROJECT, deviceId: 'a', parentId: null, cameraId: null } as const;
    const event = { ...seen, kind: 'care', areaId: null, sourceId: SOURCE } as const;
    await db.database.transaction(async (tx) => postSeen(tx, [{ ...event, at: clock.now() }]));
    clock.advanceMs(30 * MS_PER_SECOND);
    const beat = await look();
    assert.deepEqual(told, []);
    const next = plusMs(began, LIMITS.careSilentMs + MS_PER_MINUTE);
    assert.deepEqual(beat, { moved: 1, nextDueAt: next });
  });

  test('tells nothing while this node may not claim: the silence may be ours', async () => {
    await add('a');
    clock.advanceMs(MS_PER_MINUTE * 10);
    isClaiming = false;
    assert.deepEqual(await look(), { moved: 0, nextDueAt: null });
    assert.deepEqual(told, []);
  });

  test('a crash before the commit leaves all to be told, one after it nothing', async () => {
    await add('a');
    clock.advanceMs(LIMITS.careSilentMs);
    const crash = { tell: async () => Promise.reject(new Error('connection terminated')) };
    await assert.rejects(look(crash), /connection/);
    assert.equal((await load('a'))?.silentSince, null);
    const late = {
      onTold: () => {
        throw new Error('killed');
      },
    };
    await look(late);
    assert.equal((await load('a'))?.silentSince, began);
    await look();
    assert.deepEqual(told, []);
  });

  test('one that cannot be told of keeps nobody from it, and is tried again', async () => {
    for (const name of ['a', 'b', 'c']) await add(name);
    poison = ['b'];
    clock.advanceMs(LIMITS.careSilentMs);
    await look();
    assert.deepEqual(told.toSorted(compare), ['device_silent a', 'device_silent c']);
    const lines = log.lines.filter(({ level }) => level === 'error');
    assert.equal(lines.length, 1);
    poison = [];
    await look();
    assert.equal(told.length, 2);
    clock.advanceMs(MS_PER_MINUTE);
    await look();
    assert.equal(told.at(-1), 'device_silent b');
  });

  test('many at once are told in several transactions, each once', async () => {
    const count = LIMITS.silenceBatchMax + 3;
    for (let index = 0; index < count; index += 1) await add(`d${index}`);
    clock.advanceMs(LIMITS.careSilentMs);
    assert.equal((await look()).moved, LIMITS.silenceBatchMax);
    assert.equal((await look()).moved, 3);
    assert.equal(new Set(told).size, count);
  });

  test('cameras of a box that falls silent in the same moment are left to the box', async () => {
    await add('box');
    const about = { parentId: 'box', cameraId: 'c', kind: 'camera', isLive: false } as const;
    const frame = { lastFrameAt: plusMs(began, -90 * MS_PER_SECOND) };
    await add('box/c', { ...about, ...frame });
    clock.advanceMs(LIMITS.careSilentMs);
    await look();
    assert.deepEqual(told, ['device_silent box']);
    const again = plusMs(clock.now(), LIMITS.silentBoxRetryMs);
    assert.equal((await load('box/c'))?.dueAt, again);
  });

  test('an event of a silent device has it looked at, known or of a full project', async () => {
    for (const name of ['a', 'b']) await add(name, { silentSince: began, dueAt: null });
    clock.advanceMs(MS_PER_MINUTE * 3);
    const seen = (deviceId: string) => {
      const about = { projectId: PROJECT, deviceId, parentId: null, cameraId: null } as const;
      return [{ ...about, kind: 'care', areaId: null, sourceId: SOURCE, at: clock.now() }] as const;
    };
    await db.database.transaction(async (tx) => {
      postSeen(tx, seen('a'));
      tx.separate();
      postSeenKnown(tx, [...seen('b'), ...seen('new')]);
    });
    await look();
    assert.deepEqual(told.toSorted(compare), ['device_heard a', 'device_heard b']);
    assert.equal(await load('new'), undefined);
  });

  test('what devices say and what people set up do not undo one another', async () => {
    await add('a', { name: 'Ward 3', silentAfterS: 60, areaId: 'w3' });
    const before = await load('a');
    assert.ok(before !== undefined);
    const said = { ...before, name: null, silentAfterS: null, areaId: 'w4', state: 'online' };
    await db.database.transaction(async (tx) => postHeard(tx, [said]));
    const now = await load('a');
    assert.deepEqual([now?.name, now?.silentAfterS, now?.areaId], ['Ward 3', 60, 'w3']);
    assert.equal(now?.state, 'online');
  });

  test('follows the settings of sources, and looks at them as at devices', async () => {
    const watched = { projectId: PROJECT, sourceId: SOURCE, silentAfterS: 60 };
    changed = [watched];
    await look();
    clock.advanceMs(MS_PER_MINUTE);
    await look();
    assert.deepEqual(told, [`source_silent ${SOURCE}`]);
    await savePulses(db.database, [{ ...watched, at: clock.now() }]);
    await look();
    assert.equal(told.at(-1), `source_heard ${SOURCE}`);
    clock.advanceMs(MS_PER_MINUTE);
    poison = [SOURCE];
    await look();
    poison = [];
    clock.advanceMs(MS_PER_MINUTE);
    await look();
    assert.equal(told.length, 3);
  });

  test('a limit that is changed keeps since when a source is watched', async () => {
    const watched = { projectId: PROJECT, sourceId: SOURCE, silentAfterS: 60 };
    const watch = (silentAfterS: number | null) =>
      db.database.transaction(async (tx) =>
        postWatched(tx, [{ ...watched, silentAfterS }], clock.now()),
      );
    const since = async () => (await listPulses(db.database, [watched]))[0]?.watchFrom;
    await watch(60);
    clock.advanceMs(1_000);
    await watch(120);
    assert.equal(await since(), began);
    await watch(null);
    clock.advanceMs(1_000);
    await watch(60);
    assert.equal(await since(), clock.now());
  });

  test('of two nodes that knew when a source was heard, the later counts', async () => {
    const watched = { projectId: PROJECT, sourceId: SOURCE };
    await savePulses(db.database, [{ ...watched, at: plusMs(began, 500) }]);
    await savePulses(db.database, [{ ...watched, at: began }]);
    const [pulse] = await listPulses(db.database, [watched]);
    assert.equal(pulse?.lastHeardAt, plusMs(began, 500));
    // Its clock was set back since.
    await savePulses(db.database, [{ ...watched, at: plusMs(began, 60 * MS_PER_MINUTE) }]);
    await savePulses(db.database, [{ ...watched, at: began }]);
    assert.equal((await listPulses(db.database, [watched]))[0]?.lastHeardAt, began);
  });
});

function compare(one: string, other: string): number {
  return one < other ? -1 : 1;
}
