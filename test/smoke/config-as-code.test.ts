/** What a project is set up with, as one document: planned, applied whole or not at all, exported. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestHub } from '#test/support/hub.ts';
import { listItems } from '#test/support/hub/calls.ts';
import {
  apply,
  describeHome,
  exportOf,
  faultsOf,
  fieldsOf,
  linesOf,
  plan,
  projectsOf,
  TOKEN,
} from '#test/support/samples/config.ts';

describe('configuration as code', () => {
  test('a whole project comes from one document, and then nothing is to change', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const document = describeHome();
    const planned = await plan(hub, document);
    assert.deepEqual(linesOf(planned), [
      'create project home',
      'create source cameras',
      'create channel mail',
      'create channel ops',
      'create responder Anna',
      'create responder Bruno',
      'create policy night',
      'update policy sentinel',
      'create rule falls',
    ]);
    assert.deepEqual(planned.at('project_versions'), { home: null });
    const read = await hub.call('GET /api/v1/projects/home');
    assert.equal(read.status, 404, 'a plan writes nothing');

    const applied = await apply(hub, document);
    assert.deepEqual(linesOf(applied), linesOf(planned));
    assert.deepEqual(applied.at('generated'), []);
    assert.deepEqual(linesOf(await plan(hub, document)), []);
    assert.deepEqual(linesOf(await apply(hub, document)), []);

    const channels = listItems(await hub.call('GET /api/v1/channels?project_id=home'));
    const mail = channels.find(({ name }) => name === 'mail');
    const ops = channels.find(({ name }) => name === 'ops');
    assert.equal(ops?.['fallback_channel_id'], mail?.['id']);
    const anna = listItems(await hub.call('GET /api/v1/responders?project_id=home')).find(
      ({ name }) => name === 'Anna',
    );
    assert.equal(anna?.['language'], 'it', 'of her project');
    const raised = await hub.call(
      'POST /api/v1/alerts',
      { title: 'Fall', severity: 'critical' },
      { key: TOKEN },
    );
    assert.equal(raised.status, 404, 'it is known, and of another kind');
  });

  test('what was there is changed, by the fields that differ', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    await apply(hub, describeHome());
    const rules = [{ name: 'falls', event_type: 'alert.created', channel: 'mail' }];
    const changed = describeHome({ rules, name: 'Casa', responders: [{ name: 'Bruno' }] });
    const answer = await apply(hub, changed);
    const kinds = ['project', 'responder', 'rule'];
    const fields = kinds.flatMap((kind) => fieldsOf(answer, kind));
    assert.deepEqual(fields, [
      'project home name: "Care home" -> "Casa"',
      'responder Bruno language: "en" -> "it"',
      'rule falls event_types: ["alert.created","alert.escalated"] -> ["alert.created"]',
      'rule falls matchers: ["severity=\\"critical\\""] -> []',
      'rule falls channel: "ops" -> "mail"',
    ]);
    assert.deepEqual(linesOf(await plan(hub, changed)), []);
  });

  test('one bad rule at the end, and nothing of it is there', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const before = await exportOf(hub);
    const rules = [
      { name: 'good', event_type: 'alert.created', channel: 'ops' },
      { name: 'bad', event_type: 'alert.created', matchers: ['severity=~"("'], channel: 'opps' },
      { name: 'worse', event_type: 'alert.created', matchers: ['severity=~"("'], channel: 'ops' },
    ];
    const document = describeHome({ rules });
    const both = {
      version: 1,
      projects: [{ project_id: 'default', channels: [], name: 'Renamed' }, ...projectsOf(document)],
    };
    const faults = faultsOf(await apply(hub, both));
    assert.equal(faults.length, 2, faults.join('\n'));
    assert.equal(
      faults[0],
      'projects[1].rules[1].channel: the project has no channel of that name; did you mean ops?',
    );
    assert.match(faults[1] ?? '', /^projects\[1\]\.rules\[2\]\.matchers\[0\]: .*at character/);
    assert.deepEqual(await exportOf(hub), before, 'not of the other project either');
    assert.deepEqual(faultsOf(await plan(hub, both)), faults, 'a plan says the same');
  });

  test('a fault is told once, not again for all that refers to what was refused', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const channels = [
      { name: 'ops', channel_type: 'webhook', config: { uri: 'https://ops.example/' } },
      { name: 'mail', channel_type: 'pager', config: {} },
    ];
    assert.deepEqual(faultsOf(await plan(hub, describeHome({ channels }))), [
      'projects[0].channels[0].config.uri: unknown field; did you mean url?',
      'projects[0].channels[0].config.url: is required',
      'projects[0].channels[1].channel_type: must be one of email, webhook',
    ]);
  });

  test('what the document does not name stays, and goes when it is pruned', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    await apply(hub, describeHome());
    const rest = {
      version: 1,
      projects: [{ project_id: 'home', policies: [{ name: 'sentinel', is_default: true }] }],
    };
    assert.deepEqual(linesOf(await apply(hub, rest)), [
      'update policy night',
      'update policy sentinel',
    ]);
    assert.deepEqual(faultsOf(await apply(hub, rest, { prune: true })), [
      'projects[0]: channel mail is not named and cannot be removed: ' +
        'it carries to the administrators of the project',
    ]);
    const [project] = rest.projects;
    const bare = { version: 1, projects: [{ ...project, administrators: [] }] };
    assert.deepEqual(linesOf(await apply(hub, bare, { prune: true })), [
      'update project home',
      'delete source cameras',
      'delete channel mail',
      'delete channel ops',
      'delete responder Anna',
      'delete responder Bruno',
      'delete policy night',
      'delete rule falls',
    ]);
    const sources = listItems(await hub.call('GET /api/v1/sources?project_id=home'));
    assert.ok(sources.length >= 2, 'built-in ones stay');
  });

  test('what has changed since the plan is not changed by it', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const first = describeHome();
    const early = await plan(hub, first);
    await apply(hub, first);
    const versions = early.at('project_versions') ?? null;
    const late = await apply(hub, first, { project_versions: versions });
    assert.equal(late.status, 409, late.text);
    assert.equal(late.at('error.code'), 'version_conflict');

    const next = describeHome({ name: 'Casa' });
    const planned = (await plan(hub, next)).at('project_versions') ?? null;
    await hub.create('/api/v1/responders', { project_id: 'home', name: 'Carla' });
    assert.equal((await apply(hub, next, { project_versions: planned })).status, 409);
    const again = (await plan(hub, next)).at('project_versions') ?? null;
    assert.equal((await apply(hub, next, { project_versions: again })).status, 200);
  });

  test('nothing is written where nothing changes', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    await apply(hub, describeHome());
    const rows = () =>
      hub.query('select project_id, version, updated_at::text from project order by project_id');
    const before = await rows();
    hub.clock.advanceMs(60_000);
    await apply(hub, describeHome());
    assert.deepEqual(await rows(), before);
  });

  test('only those who may: the key of another project, and of an operator', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    await apply(hub, describeHome());
    const keyOf = async (project: string, role: string) =>
      (await hub.call('POST /api/v1/keys', { project_id: project, name: role, role })).textAt(
        'key',
      );
    const [other, operator] = [await keyOf('default', 'admin'), await keyOf('home', 'operator')];
    const own = await keyOf('home', 'admin');
    for (const what of ['POST /api/v1/config/plan', 'POST /api/v1/config/apply']) {
      const refused = await hub.call(what, describeHome(), { key: other });
      assert.equal(refused.status, 404, refused.text);
      const unknown = { version: 1, projects: [{ project_id: 'new' }] };
      const fresh = await hub.call(what, unknown, { key: other });
      const same = (text: string) => text.replace(/"request_id":"[^"]*"/, '');
      assert.equal(same(fresh.text), same(refused.text), 'there or not, it looks the same');
      assert.equal((await hub.call(what, describeHome(), { key: operator })).status, 403);
      assert.equal((await hub.call(what, describeHome(), { key: own })).status, 200);
    }
    assert.equal(
      (await hub.call('GET /api/v1/config?project_id=home', undefined, { key: other })).status,
      404,
    );
    const exported = await hub.call('GET /api/v1/config', undefined, { key: operator });
    assert.equal(exported.at('config.projects.0.project_id'), 'home');
    assert.equal(exported.at('config.projects.1'), undefined);
  });

  test('stand-ins may change places, and never go in a circle', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const chain = (links: Readonly<Record<string, string | null>>) => ({
      version: 1,
      projects: [
        {
          project_id: 'home',
          channels: Object.entries(links).map(([name, fallback_channel]) => ({
            name,
            channel_type: 'webhook',
            config: { url: `https://${name}.example` },
            fallback_channel,
          })),
        },
      ],
    });
    await apply(hub, chain({ a: 'b', b: 'c', c: null }));
    const turned = await apply(hub, chain({ a: null, b: 'a', c: 'b' }));
    assert.deepEqual(fieldsOf(turned, 'channel'), [
      'channel a fallback_channel: "b" -> null',
      'channel b fallback_channel: "c" -> "a"',
      'channel c fallback_channel: null -> "b"',
    ]);
    const channels = listItems(await hub.call('GET /api/v1/channels?project_id=home'));
    assert.deepEqual(
      new Set(channels.map(({ version }) => version)),
      new Set([2]),
      'one step each',
    );
    assert.deepEqual(faultsOf(await plan(hub, chain({ a: 'c', b: 'a', c: 'b' }))), [
      'projects[0].channels[0].fallback_channel: falls back on this channel in the end',
    ]);
    const pruned = { version: 1, projects: [{ project_id: 'home' }] };
    assert.deepEqual(linesOf(await apply(hub, pruned, { prune: true })), [
      'delete channel a',
      'delete channel b',
      'delete channel c',
    ]);
  });

  test('what a thing is stays what it is, and built-in things stay', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    await apply(hub, describeHome());
    const faults = faultsOf(
      await plan(hub, {
        version: 1,
        projects: [
          {
            project_id: 'home',
            sources: [{ name: 'cameras', kind: 'native' }],
            channels: [{ name: 'ops', channel_type: 'email', config: {} }],
            policies: [
              { name: 'night', is_default: false, steps: [{ delay_s: 1 }] },
              { name: 'sentinel', steps: [{ delay_s: 1 }] },
              { name: 'new' },
            ],
          },
        ],
      }),
    );
    assert.deepEqual(
      faults.map((line) => line.split(':')[0]),
      [
        'projects[0].channels[0].channel_type',
        'projects[0].policies[0].is_default',
        'projects[0].policies[1]',
        'projects[0].policies[2].steps',
        'projects[0].sources[0].kind',
      ],
    );
    assert.match(faults[2] ?? '', /Of a built-in policy only is_default can be set/);
  });

  test('a rule that it made calls at once, on every node', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const other = await hub.addNode();
    await hub.call('GET /api/v1/alerts', undefined, { node: other });
    const document = {
      version: 1,
      projects: [
        {
          project_id: 'default',
          channels: [
            { name: 'ops', channel_type: 'webhook', config: { url: hub.receiver.url('/ops') } },
          ],
          rules: [{ name: 'all', event_type: 'alert.created', channel: 'ops' }],
        },
      ],
    };
    assert.equal((await apply(hub, document)).status, 200);
    const id = await hub.raise();
    await hub.settle();
    assert.deepEqual(await hub.notifications(id), ['created sent']);
  });

  test('several nodes may apply one file at once', async (t) => {
    const hub = await startTestHub(t, { isTelling: false });
    const nodes = [hub.node, await hub.addNode(), await hub.addNode()];
    const answers = await Promise.all(
      nodes.map((node) => hub.call('POST /api/v1/config/apply', describeHome(), { node })),
    );
    const made = answers.map((answer) => linesOf(answer).length).toSorted((a, b) => a - b);
    assert.deepEqual(made, [0, 0, 9], 'one of them wrote');
  });
});
