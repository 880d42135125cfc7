import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import {
  type Answer,
  createResourceServer,
  type ResourceServer,
} from '#test/support/resource-server.ts';
import { runOn } from '#test/support/server.ts';

const PATH = '/api/v1/devices';

describe('devices', () => {
  let hub: ResourceServer;
  let count = 0;
  const fresh = (): string => `device-${(count += 1)}`;
  const at = (id: string) => `${PATH}/${encodeURIComponent(id)}`;

  before(async () => {
    hub = await createResourceServer();
  });
  after(() => hub.close());

  const make = (body: JsonObject = {}): Promise<Answer> =>
    hub.call('admin', `POST ${PATH}`, { body: { device_id: fresh(), ...body } });
  const change = (id: string, version: number, body: unknown): Promise<Answer> =>
    hub.call('admin', `PATCH ${at(id)}`, { body, version });
  const list = async (query: string): Promise<readonly JsonObject[]> => {
    const answer = await hub.call('admin', `GET ${PATH}${query}`);
    assert.equal(answer.status, 200, answer.text);
    const items = answer.at('items');
    return Array.isArray(items) ? items.filter(isJsonObject) : [];
  };
  const ids = async (query: string) => (await list(query)).map((one) => one['device_id']);
  const set = (id: string, columns: string) =>
    runOn(hub.db.connection, (client) =>
      client.query(`update device set ${columns} where device_id = $1`, [id]),
    );

  test('registered ahead need only a name, and have never been heard of', async () => {
    const id = fresh();
    const made = await hub.call('admin', `POST ${PATH}`, { body: { device_id: id } });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(made.without('created_at', 'updated_at'), {
      device_id: id,
      project_id: 'default',
      version: 1,
      parent_device_id: null,
      camera_id: null,
      kind: 'care',
      name: null,
      area_id: null,
      model: null,
      status: 'never',
      is_watched: true,
      silent_after_s: null,
      silent_limit_s: 90,
      silent_since: null,
      source_id: null,
      software_version: null,
      state: null,
      fps: null,
      clock_skew_ms: null,
      is_clock_skewed: false,
      first_seen_at: null,
      last_seen_at: null,
      last_event_at: null,
      last_heartbeat_at: null,
      last_frame_at: null,
      details: {},
    });
    assert.deepEqual((await hub.call('viewer', `GET ${at(id)}`)).body, made.body);
  });

  test('a camera is named by its box too, and found without where one is called so', async () => {
    const box = fresh();
    const made = await make({ device_id: 'lens', parent_device_id: box });
    assert.equal(made.at('device_id'), `${box}/lens`);
    assert.deepEqual([made.at('kind'), made.at('silent_limit_s')], ['camera', 180]);
    assert.equal((await hub.call('admin', `GET ${at('lens')}`)).at('device_id'), `${box}/lens`);
    await make({ device_id: 'lens', parent_device_id: fresh() });
    assert.equal((await hub.call('admin', `GET ${at('lens')}`)).status, 404);
    assert.deepEqual(await ids(`?parent_device_id=${box}`), [`${box}/lens`]);
  });

  test('may have any name that a sender can think of', async () => {
    for (const id of [
      'a/b c?d#e%2F',
      '照相机 7',
      '../etc',
      'x'.repeat(LIMITS.identifierCharsMax),
    ]) {
      assert.equal((await make({ device_id: id })).status, 201);
      assert.equal((await hub.call('admin', `GET ${at(id)}`)).at('device_id'), id);
      assert.equal((await hub.call('admin', `DELETE ${at(id)}`)).status, 204);
      assert.equal((await hub.call('admin', `GET ${at(id)}`)).status, 404);
    }
  });

  test('are refused with the place of each fault', async () => {
    const bad = { device_id: '', kind: 'drone', silent_after_s: 0, colour: 'red', name: 'a\nb' };
    const refused = await make(bad);
    assert.equal(refused.status, 422);
    assert.deepEqual(refused.paths().toSorted(), [
      'colour',
      'device_id',
      'kind',
      'name',
      'silent_after_s',
    ]);
    assert.equal((await make({ device_id: 'x'.repeat(257) })).status, 422);
  });

  test('have one name each in a project', async () => {
    const id = fresh();
    await make({ device_id: id });
    const again = await make({ device_id: id });
    assert.equal(again.at('error.code'), 'name_taken');
    const far = { device_id: id, project_id: 'other' };
    assert.equal((await hub.call('hubAdmin', `POST ${PATH}`, { body: far })).status, 201);
  });

  test('are changed where the version is the one that was read', async () => {
    const id = fresh();
    await make({ device_id: id });
    const body = {
      name: 'Ward 3',
      kind: 'camera',
      area_id: 'w3',
      model: 'SE3',
      silent_after_s: 60,
    };
    const changed = await change(id, 1, body);
    assert.equal(changed.status, 200, changed.text);
    const { name, kind, area_id, model, silent_after_s } = changed.without();
    assert.deepEqual({ name, kind, area_id, model, silent_after_s }, body);
    assert.equal(changed.at('version'), 2);
    assert.equal((await change(id, 1, body)).status, 409);
    assert.equal((await hub.call('admin', `PATCH ${at(id)}`, { body })).status, 409);
    const cleared = await change(id, 2, { name: null, silent_after_s: null, is_watched: false });
    assert.deepEqual(
      [cleared.at('name'), cleared.at('silent_limit_s'), cleared.at('is_watched')],
      [null, 180, false],
    );
    assert.equal(cleared.at('area_id'), 'w3');
  });

  test('keep within the bounds of a limit', async () => {
    const id = fresh();
    await make({ device_id: id });
    for (const silent_after_s of [1, LIMITS.policyDelayMaxS]) {
      const version = Number((await hub.call('admin', `GET ${at(id)}`)).at('version'));
      assert.equal((await change(id, version, { silent_after_s })).status, 200);
    }
    for (const silent_after_s of [0, -1, 1.5, '60', LIMITS.policyDelayMaxS + 1]) {
      assert.equal((await change(id, 3, { silent_after_s })).status, 422, String(silent_after_s));
    }
  });

  test('are of one project: for others they do not exist', async () => {
    const id = fresh();
    await make({ device_id: id });
    assert.equal((await hub.call('otherAdmin', `GET ${at(id)}`)).status, 404);
    assert.equal((await hub.call('otherAdmin', `DELETE ${at(id)}`)).status, 404);
    const patched = { body: { name: 'x' }, version: 1 };
    assert.equal((await hub.call('otherAdmin', `PATCH ${at(id)}`, patched)).status, 404);
    assert.equal((await hub.call('admin', `GET ${at(id)}?project_id=other`)).status, 404);
    const body = { device_id: fresh(), project_id: 'other' };
    assert.equal((await hub.call('admin', `POST ${PATH}`, { body })).status, 404);
    const seen = await hub.call('otherAdmin', `GET ${PATH}?q=${id}`);
    assert.deepEqual(seen.at('items'), []);
  });

  test('of one name in several projects: project_id says which is meant', async () => {
    const id = fresh();
    for (const project_id of ['default', 'other', 'third']) {
      const body = { device_id: id, project_id, name: project_id };
      await hub.call('hubAdmin', `POST ${PATH}`, { body });
    }
    assert.equal((await hub.call('hubAdmin', `GET ${at(id)}`)).at('name'), 'default');
    assert.equal((await hub.call('farAdmin', `GET ${at(id)}`)).at('name'), 'other');
    assert.equal(
      (await hub.call('hubAdmin', `GET ${at(id)}?project_id=third`)).at('name'),
      'third',
    );
    await hub.call('hubAdmin', `DELETE ${at(id)}?project_id=third`);
    assert.equal((await hub.call('hubAdmin', `GET ${at(id)}?project_id=third`)).status, 404);
    assert.equal((await hub.call('hubAdmin', `GET ${at(id)}`)).at('name'), 'default');
  });

  test('are read by viewers and set up by administrators', async () => {
    const body = { device_id: fresh() };
    for (const caller of ['viewer', 'responder', 'operator', 'ingest'] as const) {
      assert.equal((await hub.call(caller, `POST ${PATH}`, { body })).status, 403, caller);
    }
    assert.equal((await hub.call('viewer', `GET ${PATH}`)).status, 200);
    assert.equal((await hub.call('ingest', `GET ${PATH}`)).status, 403);
  });

  test('are listed newest first, page after page, each once', async () => {
    const names = [];
    for (let index = 0; index < 5; index += 1) {
      if (index !== 2) hub.clock.advanceMs(1_000);
      names.push(`page ${fresh()}`);
      await make({ device_id: names.at(-1) ?? '' });
    }
    const seen: JsonObject[] = [];
    let cursor = '';
    for (let page = 0; page < 9; page += 1) {
      const answer = await hub.call('admin', `GET ${PATH}?q=page&limit=2${cursor}`);
      const items = answer.at('items');
      seen.push(...(Array.isArray(items) ? items.filter(isJsonObject) : []));
      const next = answer.at('next_cursor');
      if (typeof next !== 'string') break;
      cursor = `&cursor=${next}`;
    }
    const shown = seen.map((one) => one['device_id']);
    assert.equal(shown.length, names.length);
    assert.deepEqual(new Set<unknown>(shown), new Set<unknown>(names));
    assert.equal(shown[0], names.at(-1));
    assert.equal((await hub.call('admin', `GET ${PATH}?cursor=nonsense`)).status, 422);
  });

  test('are found by kind, area, text and status', async () => {
    const id = `find-${fresh()}`;
    await make({ device_id: id, kind: 'camera', area_id: `of ${id}`, name: `Hall 100% ${id}` });
    const area = encodeURIComponent(`of ${id}`);
    assert.deepEqual(await ids(`?area_id=${area}`), [id]);
    assert.deepEqual(await ids(`?area_id=${area}&kind=camera&status=never`), [id]);
    assert.deepEqual(await ids(`?area_id=${area}&kind=care`), []);
    assert.deepEqual(await ids(`?q=${encodeURIComponent('hall 100% FIND')}`), [id]);
    assert.deepEqual(await ids('?q=%25%25'), []);
    assert.equal((await hub.call('admin', `GET ${PATH}?status=asleep`)).status, 422);
    assert.equal((await hub.call('admin', `GET ${PATH}?colour=red`)).status, 422);
  });

  test('are fresh, late after half their limit, silent when an alert says so', async () => {
    const id = fresh();
    await make({ device_id: id });
    const statusOf = async () => (await hub.call('admin', `GET ${at(id)}`)).at('status');
    const now = `'${new Date(hub.clock.now()).toISOString()}'::timestamptz`;
    await set(id, `first_seen_at = ${now}, last_seen_at = ${now}, last_event_at = ${now}`);
    assert.equal(await statusOf(), 'unwatched');
    await set(id, `last_heartbeat_at = ${now}`);
    assert.equal(await statusOf(), 'fresh');
    assert.ok((await ids('?status=fresh')).includes(id));
    hub.clock.advanceMs(LIMITS.careSilentMs / 2);
    assert.equal(await statusOf(), 'fresh');
    hub.clock.advanceMs(1);
    assert.equal(await statusOf(), 'late');
    await set(id, `silent_since = ${now}`);
    assert.equal(await statusOf(), 'silent');
    assert.deepEqual(await ids('?status=silent'), [id]);
    await set(id, 'silent_since = null, is_watched = false');
    assert.equal(await statusOf(), 'unwatched');
  });

  test('a clock that is minutes off is flagged', async () => {
    const id = fresh();
    await make({ device_id: id });
    const isFlagged = async () => (await hub.call('admin', `GET ${at(id)}`)).at('is_clock_skewed');
    await set(id, `clock_skew_ms = -${LIMITS.clockSkewMaxMs}`);
    assert.equal(await isFlagged(), false);
    await set(id, `clock_skew_ms = -${LIMITS.clockSkewMaxMs + 1}`);
    assert.equal(await isFlagged(), true);
  });

  test('a box goes with its cameras', async () => {
    const box = fresh();
    await make({ device_id: box });
    await make({ device_id: 'c1', parent_device_id: box });
    assert.equal((await hub.call('admin', `DELETE ${at(box)}`)).status, 204);
    assert.equal((await hub.call('admin', `GET ${at(`${box}/c1`)}`)).status, 404);
    assert.equal((await hub.call('admin', `DELETE ${at(box)}`)).status, 404);
  });
});
