import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { createResourceServer, type ResourceServer } from '#test/support/resource-server.ts';

const TYPES = '/api/v1/source-types';
const TRY = `POST ${TYPES}/generic/try`;

describe('kinds of sources', () => {
  let hub: ResourceServer;

  before(async () => {
    hub = await createResourceServer();
  });
  after(() => hub.close());

  test('are listed with their ways in and what their mapping may hold', async () => {
    const answer = await hub.call('viewer', `GET ${TYPES}`);
    assert.equal(answer.status, 200, answer.text);
    const items = [answer.at('items') ?? []].flat().filter(isJsonObject);
    const find = (kind: string): JsonObject => items.find((item) => item['kind'] === kind) ?? {};
    const { mapping_schema: schema, summary, ...generic } = find('generic');
    assert.deepEqual(generic, {
      kind: 'generic',
      ways_in: ['POST /ingest/generic/{token}', 'POST /ingest/generic'],
      secret_fields: [],
      has_try: true,
    });
    assert.match(JSON.stringify(summary), /posts JSON/);
    assert.ok(isJsonObject(schema) && schema['type'] === 'object');
    assert.equal(find('alertmanager')['mapping_schema'], null);
    const posted = ['POST /ingest/alertmanager/{token}', 'POST /ingest/alertmanager'];
    const ways = [...posted, 'POST /api/v2/alerts'];
    assert.deepEqual(find('alertmanager')['ways_in'], ways);
    assert.equal(find('native')['has_try'], false);
    assert.deepEqual(find('native')['ways_in'], ['POST /api/v1/alerts', 'POST /api/v1/events']);
  });

  test('can be tried: what would become of a body, and why', async () => {
    const body = { host: 'web1', level: 5, id: 7, at: '2026-11-16T07:00:00Z' };
    const mapping = {
      title: '{{ host }} is down',
      severity: { from: '/level', words: { 5: 'critical' } },
      time: '/at',
      labels: { host: '/host' },
    };
    const answer = await hub.call('viewer', TRY, { body: { body, mapping } });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.at('reports.0'), {
      stage: 'received',
      is_event_only: false,
      title: 'web1 is down',
      severity: 'critical',
      key: '7',
      alert_id: null,
      content: null,
      labels: { host: 'web1' },
      annotations: {},
      device_id: null,
      camera_id: null,
      area_id: null,
      source_url: null,
      image: null,
      provider: 'generic',
      provider_event_id: null,
      provider_ts: '2026-11-16T07:00:00.000Z',
      starts_at: '2026-11-16T07:00:00.000Z',
    });
    assert.deepEqual(answer.at('refused'), []);
    assert.deepEqual(answer.at('notes.0'), {
      path: 'reports[0].key',
      message: 'guessed from /id',
    });
  });

  test('are tried with the severity that the source would have', async () => {
    const tried = async (more: object) =>
      (await hub.call('viewer', TRY, { body: { body: 'Fire', ...more } })).at('reports.0.severity');
    assert.equal(await tried({}), 'medium');
    assert.equal(await tried({ severity_default: 'high' }), 'high');
  });

  test('other than generic can be tried too', async () => {
    const alert = { status: 'firing', labels: { alertname: 'DiskFull', severity: 'page' } };
    const body = { body: { version: '4', alerts: [alert, { status: 'firing' }] } };
    const answer = await hub.call('viewer', `POST ${TYPES}/alertmanager/try`, { body });
    assert.equal(answer.at('reports.0.severity'), 'critical');
    assert.deepEqual(answer.at('refused'), ['alerts[1]: labels must not be empty']);
    assert.deepEqual(answer.at('notes'), []);
    const wrong = await hub.call('viewer', `POST ${TYPES}/alertmanager/try`, { body: { body: 5 } });
    assert.equal(wrong.status, 422);
    assert.deepEqual(wrong.paths(), ['body.alerts']);
  });

  test('refuse a mapping with the place of each fault, and an empty body', async () => {
    const mapping = { titel: '/a', severity: { from: '/b', words: { 5: 'critcal' } } };
    const wrong = await hub.call('viewer', TRY, { body: { body: { a: 1 }, mapping } });
    assert.equal(wrong.status, 422);
    assert.deepEqual(wrong.at('error.details'), [
      { path: 'mapping.titel', message: 'unknown field; did you mean title?' },
      {
        path: 'mapping.severity.words.5',
        message: 'is no severity; did you mean critical?',
      },
    ]);
    for (const body of [{}, null, '']) {
      const empty = await hub.call('viewer', TRY, { body: { body } });
      assert.deepEqual([empty.status, empty.paths()], [422, ['body']]);
    }
    const missing = await hub.call('viewer', TRY, { body: { mapping: {} } });
    assert.deepEqual(missing.paths(), ['body']);
  });

  test('that nobody knows are not found, and the right one is said', async () => {
    const answer = await hub.call('viewer', `POST ${TYPES}/genric/try`, { body: { body: 1 } });
    assert.equal(answer.status, 404);
    assert.equal(answer.at('error.hint'), 'Did you mean generic?');
    const native = await hub.call('viewer', `POST ${TYPES}/native/try`, { body: { body: 1 } });
    assert.equal(native.status, 404);
  });

  test('store nothing, and answer only those who may read', async () => {
    const rows = await hub.dump('event');
    await hub.call('viewer', TRY, { body: { body: { title: 'x' } } });
    assert.equal(await hub.dump('event'), rows);
    assert.equal((await hub.call('ingest', TRY, { body: { body: 1 } })).status, 403);
    assert.equal((await hub.call('stranger', `GET ${TYPES}`)).status, 401);
  });

  test('give a source only the mapping that its kind takes', async () => {
    const mapping = { title: '/a', labels: { host: '/a~' } };
    const refused = await hub.call('admin', 'POST /api/v1/sources', {
      body: { name: 'wrong', kind: 'generic', mapping },
    });
    assert.deepEqual(refused.paths(), ['mapping.labels.host']);
    const made = await hub.call('admin', 'POST /api/v1/sources', {
      body: { name: 'right', kind: 'generic', mapping: { title: '/a' } },
    });
    assert.deepEqual(made.at('mapping'), { title: '/a' });
  });
});
