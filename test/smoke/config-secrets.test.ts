/** Secrets go in with a document and never come out again. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type JsonObject } from '#kernel/syntax/json.ts';
import { startTestHub } from '#test/support/hub.ts';
import {
  apply,
  CANARY,
  CANARY_SECRET,
  describeHome,
  faultsOf,
  fieldsOf,
  linesOf,
  plan,
  TOKEN,
} from '#test/support/samples/config.ts';

describe('secrets of configuration as code', () => {
  test('a secret that is left out stays, and a new one shows as changed', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const ops = (secrets: JsonObject | null) =>
      describeHome({
        administrators: [],
        responders: [],
        policies: [],
        rules: [],
        sources: [],
        channels: [
          {
            name: 'ops',
            channel_type: 'webhook',
            config: { url: 'https://ops.example' },
            ...(secrets === null ? {} : { secrets }),
          },
        ],
      });
    const made = await apply(hub, ops(null));
    assert.match(made.textAt('generated.0.value'), /^whsec_/);
    assert.deepEqual(fieldsOf(made, 'channel').slice(-1), [
      'channel ops secrets.webhook_secret: null -> "generated"',
    ]);
    assert.deepEqual(linesOf(await apply(hub, ops(null))), []);
    const same = made.textAt('generated.0.value');
    assert.deepEqual(linesOf(await apply(hub, ops({ webhook_secret: same }))), []);
    const changed = await apply(hub, ops({ webhook_secret: CANARY_SECRET }));
    assert.deepEqual(fieldsOf(changed, 'channel'), [
      'channel ops secrets.webhook_secret: "set" -> "changed"',
    ]);
    assert.deepEqual(changed.at('generated'), []);
    const removed = await apply(hub, ops({ webhook_secret: null }));
    assert.deepEqual(fieldsOf(removed, 'channel'), [
      'channel ops secrets.webhook_secret: "set" -> null',
    ]);
    assert.deepEqual(linesOf(await apply(hub, ops({ webhook_secret: null }))), []);
  });

  test('what a source is signed with is set, kept, replaced and taken away', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const home = (secrets: JsonObject | null) => ({
      version: 1,
      projects: [
        {
          project_id: 'home',
          sources: [{ name: 'errors', kind: 'sentry', token: TOKEN, secrets }],
        },
      ],
    });
    const ofSource = (answer: Parameters<typeof fieldsOf>[0]) => fieldsOf(answer, 'source');
    const made = await apply(hub, home({ client_secret: CANARY_SECRET }));
    assert.ok(ofSource(made).includes('source errors secrets.client_secret: null -> "set"'));
    for (const same of [null, {}, { client_secret: CANARY_SECRET }]) {
      assert.deepEqual(linesOf(await apply(hub, home(same))), []);
    }
    const exported = await hub.call('GET /api/v1/config?project_id=home');
    assert.ok(!exported.text.includes(CANARY));
    const leftOut = [exported.at('left_out') ?? []].flat();
    assert.match(JSON.stringify(leftOut), /sources\[\d+\]\.secrets\.client_secret/);
    assert.deepEqual(ofSource(await apply(hub, home({ client_secret: 'another' }))), [
      'source errors secrets.client_secret: "set" -> "changed"',
      'source errors secrets.client_secret_previous: null -> "set"',
    ]);
    assert.deepEqual(linesOf(await apply(hub, home({ client_secret: 'another' }))), []);
    const gone = { client_secret: 'another', client_secret_previous: null };
    assert.deepEqual(ofSource(await apply(hub, home(gone))), [
      'source errors secrets.client_secret_previous: "set" -> null',
    ]);
    assert.deepEqual(faultsOf(await plan(hub, home({ hmac_secret: CANARY_SECRET }))), [
      'projects[0].sources[0].secrets.hmac_secret: is unknown; known is client_secret',
    ]);
  });

  test('a token is made once, kept, and can be replaced by a given one', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const home = (token: string | null, name = 'boxes') => ({
      version: 1,
      projects: [{ project_id: 'home', sources: [{ name, kind: 'native', token }] }],
    });
    const report = (token: string) =>
      hub.call('POST /api/v1/events', { title: 'Fall' }, { key: token });
    const first = (await apply(hub, home(null))).textAt('generated.0.value');
    assert.equal((await report(first)).status, 202);
    assert.deepEqual(linesOf(await apply(hub, home(null))), []);
    assert.deepEqual(linesOf(await apply(hub, home(first))), []);
    const changed = await apply(hub, home(TOKEN));
    assert.deepEqual(fieldsOf(changed, 'source'), ['source boxes token: "set" -> "changed"']);
    assert.equal((await report(TOKEN)).status, 202);
    assert.equal((await report(first)).status, 401, 'the one before opens nothing');
    assert.deepEqual(faultsOf(await plan(hub, home(TOKEN, 'others'))), [
      'projects[0].sources[0].token: is the token of another source; each needs its own',
    ]);
    assert.deepEqual(faultsOf(await plan(hub, home('short', 'others'))), [
      'projects[0].sources[0].token: must be 32 of a-z and 0-9',
    ]);
    assert.deepEqual(faultsOf(await plan(hub, home(TOKEN, 'native'))), [
      'projects[0].sources[0].token: a built-in source has none: keys report through it',
    ]);
  });

  test('a secret comes in and never goes out again', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const bad = describeHome({ rules: [{ name: 'bad', channel: 'nowhere' }] });
    const answers = [
      await plan(hub, bad),
      await plan(hub, describeHome()),
      await apply(hub, describeHome()),
      await apply(hub, describeHome()),
      await apply(
        hub,
        describeHome({
          channels: [
            {
              name: 'mail',
              channel_type: 'webhook',
              config: { url: CANARY },
              secrets: { webhook_secret: CANARY, smtp: CANARY },
            },
            {
              name: 'more',
              channel_type: 'webhook',
              config: { url: 'https://x.example' },
              secrets: { webhook_secret: `whsec_${CANARY}` },
            },
          ],
          sources: [{ name: 'x', kind: 'edge', token: CANARY }],
        }),
      ),
      await hub.call('GET /api/v1/config'),
    ];
    const logged = JSON.stringify(hub.db.log.lines);
    for (const text of [
      ...answers.map((answer) => answer.text.replace(/"url[^,]*/g, '')),
      logged,
    ]) {
      assert.doesNotMatch(text, /canary|c4n4ry/i);
      assert.ok(!text.includes(CANARY_SECRET.slice(6)));
    }
    const stored = JSON.stringify(await hub.query('select * from channel'));
    assert.doesNotMatch(stored, /canary/i);
  });
});
