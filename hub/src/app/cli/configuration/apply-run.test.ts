import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeUtf8 } from '#kernel/crypto.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { type CliDeps, CliFailure, type Given } from '#app/cli/kit/command.ts';
import type { HubAnswer, HubClient } from '#app/cli/kit/hub-client.ts';
import { applyFile } from './apply-run.ts';

const CANARY = 'canary-4f1e0d9c7b6a5948';

const FILE = `version: 1
project_id: home
channels:
  - name: ops
    channel_type: webhook
    config: { url: https://x.example }
    secrets: { webhook_secret: { from_env: SECRET } }
rules:
  - { name: falls, event_type: alert.created, channel: opps }
`;

const CHANGE = { project_id: 'home', kind: 'rule', name: 'falls', change: 'create', fields: [] };
const MADE = {
  project_id: 'home',
  kind: 'source',
  name: 'box',
  field: 'token',
  value: 'shown',
  ingest_url: '/ingest/edge/shown',
};

type Sent = { readonly path: string; readonly body: JsonValue | undefined };

type Situation = {
  readonly flags?: readonly string[];
  readonly plan?: HubAnswer;
  readonly applied?: HubAnswer;
  readonly answer?: string;
  readonly text?: string;
};

const OK: HubAnswer = {
  ok: true,
  body: { changes: [CHANGE], project_versions: { home: 3 }, generated: [MADE] },
};

async function run(situation: Situation) {
  const sent: Sent[] = [];
  const printed: string[] = [];
  const complaints: string[] = [];
  const { answer } = situation;
  const hub: Partial<HubClient> = {
    url: 'http://h',
    post: async (path, body) => {
      sent.push({ path, body });
      return situation.plan ?? OK;
    },
    send: async ({ path, body }) => {
      sent.push({ path, body });
      return situation.applied ?? OK;
    },
  };
  const deps = parseDeps({
    env: { SECRET: CANARY },
    hub: () => hub,
    readInput: async () => encodeUtf8(situation.text ?? FILE),
    ...(answer === undefined ? {} : { confirm: async () => answer }),
    out: {
      print: (line: string) => void printed.push(line),
      complain: (line: string) => void complaints.push(line),
    },
  });
  const given: Given = {
    text: () => '-',
    texts: () => [],
    number: () => null,
    flag: (name) => situation.flags?.includes(name) === true,
  };
  const code = await applyFile(given, deps).catch((error: unknown) => {
    assert.ok(error instanceof CliFailure);
    complaints.push(error.message);
    return error.exitCode;
  });
  const paths = sent.map(({ path }) => path.replace('/api/v1/config/', ''));
  return { code, sent, paths, out: printed.join('\n'), err: complaints.join('\n') };
}

function parseDeps(deps: unknown): CliDeps {
  return deps as CliDeps;
}

describe('apply', () => {
  test('shows what changes, and applies exactly what it has shown', async () => {
    const { code, sent, paths, out } = await run({});
    assert.equal(code, 0);
    assert.deepEqual(paths, ['plan', 'apply']);
    const body = parseBody(sent[1]?.body);
    assert.deepEqual(body['project_versions'], { home: 3 });
    assert.equal(body['prune'], false);
    assert.match(out, /\+ rule falls/);
    assert.match(out, /Applied\. Made, and shown this once:\n {2}home source box token: shown\n/);
    assert.match(out, /\n {2}home source box reports to: http:\/\/h\/ingest\/edge\/shown$/);
  });

  test('sends the secrets that the file names, and prints none', async () => {
    const { sent, out, err } = await run({});
    assert.ok(JSON.stringify(sent[0]).includes(CANARY));
    assert.doesNotMatch(out + err, /canary/);
  });

  test('asks a person, who must say yes', async () => {
    for (const answer of ['', 'y', 'no', 'YES']) {
      const { code, paths, err } = await run({ answer });
      assert.deepEqual([code, paths], [1, ['plan']]);
      assert.match(err, /not applied; nothing was changed/);
    }
    assert.deepEqual((await run({ answer: 'yes' })).paths, ['plan', 'apply']);
    assert.deepEqual((await run({ answer: 'no', flags: ['yes'] })).paths, ['plan', 'apply']);
  });

  test('changes nothing when it is dry, or when there is nothing to change', async () => {
    const dry = await run({ flags: ['dry-run'], answer: 'no' });
    assert.deepEqual([dry.code, dry.paths], [0, ['plan']]);
    const plan: HubAnswer = { ok: true, body: { changes: [{ ...CHANGE, change: 'same' }] } };
    const same = await run({ plan });
    assert.deepEqual([same.code, same.paths, same.out], [0, ['plan'], 'nothing to change']);
  });

  test('prunes when it is told to', async () => {
    const { sent } = await run({ flags: ['prune'] });
    assert.deepEqual(
      sent.map(({ body }) => parseBody(body)['prune']),
      [true, true],
    );
  });

  test('says what the hub says, with line and column', async () => {
    const plan: HubAnswer = {
      ok: false,
      status: 422,
      sentence: 'the hub answered 422: Fields are wrong.',
      details: ['projects[0].rules[0].channel: the project has no channel of that name'],
    };
    const { code, err } = await run({ plan });
    assert.equal(code, 1);
    assert.equal(
      err,
      '-:9:47 rules[0].channel: the project has no channel of that name\n' +
        'tocsin: nothing was changed',
    );
  });

  test('passes on a conflict in the words of the hub', async () => {
    const sentence = 'the hub answered 409: The configuration of home has changed. Plan again.';
    const applied: HubAnswer = { ok: false, status: 409, sentence, details: [] };
    const { code, err } = await run({ applied });
    assert.equal(code, 1);
    assert.equal(err, `${sentence}\ntocsin: nothing was changed`);
  });

  test('claims nothing when the answer got lost', async () => {
    const sentence = 'http://h does not answer: reset';
    const applied: HubAnswer = { ok: false, status: null, sentence, details: [] };
    const { code, err } = await run({ applied });
    assert.equal(code, 1);
    assert.match(err, /does not answer: reset\. Whether it was applied is not known/);
    assert.doesNotMatch(err, /nothing was changed/);
  });

  test('talks to no hub while the file is wrong', async () => {
    const { code, paths, err } = await run({ text: 'version: 1\nproject_id: home\nrulez: []\n' });
    assert.deepEqual([code, paths], [1, []]);
    assert.match(err, /^-:3:1 rulez: unknown field; did you mean rules\?/);
  });

  test('prints one JSON value when asked', async () => {
    const done = parseBody(JSON.parse((await run({ flags: ['json'] })).out));
    assert.equal(done['is_applied'], true);
    assert.deepEqual(done['generated'], [MADE]);
    const dry = parseBody(JSON.parse((await run({ flags: ['json', 'dry-run'] })).out));
    assert.deepEqual(dry, { is_applied: false, changes: [CHANGE], generated: [] });
  });
});

function parseBody(value: unknown): JsonObject {
  return value as JsonObject;
}
