/** The edges of what the tables of supervision hold: how many devices, and whose settings. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createProject } from '#app/create-project.ts';
import { listChangedSources } from '#app/read/watched-sources.ts';
import { projectId, sourceId } from '#kernel/id.ts';
import { MS_PER_DAY, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { found } from '#platform/http/resource.ts';
import { countDevices, countDeviceStatuses, findDevice } from '#supervision/device.store.ts';
import { postWatched } from '#supervision/pulse.store.ts';
import { type SeenDevice, postHeard, postSeen, postSeenKnown } from '#supervision/store.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { createManualClock, type ManualClock } from '#test/support/clock.ts';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { createSeededIds } from '#test/support/ids.ts';
import { runOn } from '#test/support/server.ts';

const PROJECT = projectId('ward');
const SOURCE = sourceId('0190a000-0000-7000-8000-0000000000a1');

async function fill(hub: Pick<TestHub, 'query'>, project: string, count: number): Promise<void> {
  await hub.query(
    `insert into device (project_id, device_id, kind, details, is_watched, version, created_at,
       updated_at)
     select $1, 'filler-' || n, 'care', '{}', true, 1, $3::timestamptz, $3
       from generate_series(1, $2::integer) as n`,
    [project, count, '2026-11-01T00:00:00Z'],
  );
}

describe('a project with as many devices as it can have', () => {
  const max = LIMITS.devicesPerProjectMax;

  test('takes the last one, and refuses the next with what to do', async (t) => {
    const hub = await startTestHub(t);
    await fill(hub, 'default', max - 2);
    const beat = (device_id: string) => hub.call('POST /api/ai/device/heartbeat', { device_id });
    assert.equal((await beat('a')).status, 200);
    assert.equal((await hub.call('POST /api/v1/devices', { device_id: 'b' })).status, 201);
    const refused = await beat('c');
    assert.deepEqual([refused.status, refused.at('code')], [422, 422]);
    assert.match(refused.textAt('msg'), /20000 devices at most: remove some first/);
    assert.equal((await hub.call('POST /api/v1/devices', { device_id: 'c' })).status, 422);
    // Those that are known go on.
    assert.equal((await beat('a')).status, 200);
    assert.equal((await beat('b')).status, 200);
  });

  test('still stores every alarm of a device that it has no row for', async (t) => {
    const hub = await startTestHub(t);
    await fill(hub, 'default', max);
    await hub.node.hub.runSelfWatchOnce();
    await hub.raise({ device_id: 'new', camera_id: 'lens' });
    await hub.raise({ device_id: 'filler-1' });
    assert.equal(await hub.countRows('alert'), 2);
    assert.equal(await hub.countRows('device'), max);
    const known = await hub.call('GET /api/v1/devices/filler-1');
    assert.equal(known.at('last_event_at'), new Date(hub.clock.now()).toISOString());
    assert.equal((await hub.call('GET /api/v1/devices/new')).status, 404);
  });
});

describe('the rows of devices and sources', () => {
  let db: TestDatabase;
  let clock: ManualClock;

  before(async () => {
    db = await createTestDatabase();
    clock = createManualClock();
    const ids = createSeededIds();
    await db.database.transaction(async (tx) => {
      await createProject(tx, { projectId: PROJECT, name: 'Ward' }, { ids, now: clock.now() });
    });
  });
  after(() => db.drop());

  const seen = (deviceId: string, more: Partial<SeenDevice> = {}): SeenDevice => ({
    projectId: PROJECT,
    deviceId,
    parentId: null,
    cameraId: null,
    kind: 'care',
    areaId: null,
    sourceId: SOURCE,
    at: clock.now(),
    ...more,
  });
  const post = (devices: readonly SeenDevice[]) =>
    db.database.transaction(async (tx) => postSeen(tx, devices));
  const find = (id: string) => findDevice(db.database, [PROJECT], { id, now: clock.now() });

  test('an event makes a row once, and moves it on from then', async () => {
    const first = clock.now();
    await post([seen('one', { areaId: 'a1' }), seen('two')]);
    clock.advanceMs(MS_PER_SECOND);
    await post([seen('one', { areaId: 'a2' })]);
    const device = await find('one');
    assert.deepEqual(
      [device?.firstSeenAt, device?.lastSeenAt, device?.lastEventAt, device?.areaId],
      [first, clock.now(), clock.now(), 'a1'],
    );
    assert.deepEqual([device?.lastHeartbeatAt, device?.dueAt], [null, null]);
    assert.equal(await countDevices(db.database, PROJECT), 2);
  });

  test('an event that comes late does not move a row back', async () => {
    await post([seen('late')]);
    await post([seen('late', { at: plusMs(clock.now(), -MS_PER_SECOND) })]);
    assert.equal((await find('late'))?.lastSeenAt, clock.now());
    await db.database.transaction(async (tx) => {
      postSeenKnown(tx, [seen('late', { at: plusMs(clock.now(), -MS_PER_SECOND) })]);
    });
    assert.equal((await find('late'))?.lastSeenAt, clock.now());
  });

  test('an event takes a row back that a clock noted which was set back since', async () => {
    for (const again of [postSeen, postSeenKnown]) {
      await post([seen('ahead', { at: plusMs(clock.now(), MS_PER_DAY) })]);
      await db.database.transaction(async (tx) => again(tx, [seen('ahead')]));
      const device = await find('ahead');
      assert.deepEqual([device?.lastSeenAt, device?.lastEventAt], [clock.now(), clock.now()]);
    }
    await post([seen('ahead', { at: plusMs(clock.now(), MS_PER_DAY) })]);
    const box = found(await find('ahead'));
    const remove = `delete from device where device_id = 'ahead'`;
    const heard = { ...box, lastSeenAt: clock.now(), lastHeartbeatAt: clock.now() };
    await db.database.transaction(async (tx) => postHeard(tx, [heard]));
    const device = await find('ahead');
    assert.deepEqual([device?.lastSeenAt, device?.lastEventAt], [clock.now(), null]);
    await runOn(db.connection, (client) => client.query(remove));
  });

  test('flushes that name the same devices in another order do not deadlock', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `many-${index}`);
    const rounds = Array.from({ length: 20 }, (_, round) => {
      const ordered = round % 2 === 0 ? names : names.toReversed();
      return post(ordered.map((name) => seen(name)));
    });
    await Promise.all(rounds);
    assert.ok((await countDevices(db.database, PROJECT)) >= names.length);
  });

  test('are counted by their status, each in one', async () => {
    const counts = await countDeviceStatuses(db.database, clock.now());
    const total = counts.reduce((sum, one) => sum + one.count, 0);
    assert.equal(total, await countDevices(db.database, PROJECT));
    assert.deepEqual(
      counts.map(({ status }) => status),
      ['unwatched'],
    );
  });

  test('a setting of a source is found until it is followed, and when it goes', async () => {
    const set = (sql: string) => runOn(db.connection, (client) => client.query(sql));
    const changed = () => listChangedSources(db.database);
    assert.deepEqual(await changed(), []);
    await set(`update source set silent_after_s = 60 where kind = 'edge'`);
    const [found, ...others] = await changed();
    assert.ok(found !== undefined && others.length === 0);
    assert.deepEqual([found.projectId, found.silentAfterS], [PROJECT, 60]);
    await db.database.transaction(async (tx) => postWatched(tx, [found], clock.now()));
    assert.deepEqual(await changed(), []);
    await set(`update source set silent_after_s = 90 where kind = 'edge'`);
    assert.deepEqual(await changed(), [{ ...found, silentAfterS: 90 }]);
    await set(`update source set silent_after_s = null where kind = 'edge'`);
    assert.deepEqual(await changed(), [{ ...found, silentAfterS: null }]);
    await set(`delete from source where kind = 'edge'`);
    assert.deepEqual(await changed(), [{ ...found, silentAfterS: null }]);
    const gone = { ...found, silentAfterS: null };
    await db.database.transaction(async (tx) => postWatched(tx, [gone], clock.now()));
    assert.deepEqual(await changed(), []);
  });
});
