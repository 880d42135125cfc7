/**
 * Whatever a document says: applied, there is nothing left of it to change; exported, it says the
 * same; and the order of its entries means nothing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { readConfigText } from '#app/config-file/config-file.ts';
import { renderConfig } from '#app/cli/configuration/export-run.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import type { Answer } from '#test/support/hub/calls.ts';

const RUNS = 25;

const name = fc.oneof(
  fc.constantFrom('ops', 'mail', 'night', 'a: b', '- x', '1', 'null', '~', '#', "o'x", '房间 12'),
  fc.string({ minLength: 1, maxLength: 12 }).filter((text) => /^[^\p{C}]*\S[^\p{C}]*$/u.test(text)),
);
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 4 });
const seconds = fc.integer({ min: 1, max: 100_000 });
const maybeSeconds = fc.option(seconds);
const isActive = fc.boolean();

function channelsOf(all: readonly string[]) {
  return fc.tuple(
    ...all.map((one, index) =>
      fc.record(
        {
          name: fc.constant(one),
          channel_type: fc.constant('webhook'),
          config: fc.webUrl().map((url) => ({ url })),
          secrets: fc.constantFrom(null, { webhook_secret: null }),
          is_active: isActive,
          max_attempts: fc.integer({ min: 1, max: 10 }),
          retry: fc.constantFrom('standard', 'urgent'),
          // Of those before it alone, so that there is no circle.
          fallback_channel: fc.constantFrom(null, ...all.slice(0, index)),
        },
        { requiredKeys: ['name', 'channel_type', 'config'] },
      ),
    ),
  );
}

function peopleOf(all: readonly string[], channels: readonly string[]) {
  const address = fc.record({
    channel_type: fc.constant('email'),
    address: fc.constantFrom('a@x.example', 'b@x.example'),
    channel: fc.constant(null),
  });
  assert.ok(channels.length > 0);
  return fc.tuple(
    ...all.map((one) =>
      fc.record(
        {
          name: fc.constant(one),
          language: fc.constantFrom('en', 'fr', 'it', 'zh-Hans', 'zh-Hant'),
          addresses: fc.array(address, { maxLength: 3 }),
          // Left out it is after the last, which is another one in another order.
          position: fc.integer({ min: 0, max: 9 }),
          is_active: isActive,
        },
        { requiredKeys: ['name', 'position'] },
      ),
    ),
  );
}

function policiesOf(all: readonly string[], known: Known) {
  const target = fc.oneof(
    fc.constant({ type: 'rules' }),
    fc.constantFrom(...known.channels).map((channel) => ({ type: 'channel', channel })),
    fc.constantFrom(...known.responders).map((responder) => ({ type: 'responder', responder })),
  );
  const step = fc.record(
    {
      label: name,
      priority: fc.constantFrom('normal', 'high', 'critical', 'emergency'),
      condition: fc.constantFrom('not_acknowledged', 'not_seen', 'not_delivered'),
      targets: fc.array(target, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: [] },
  );
  const steps = fc
    .array(fc.tuple(step, seconds), { minLength: 1, maxLength: 4 })
    .map((list) => list.map(([one, s], index) => ({ ...one, delay_s: s + index * 100_000 })));
  const free = fc.record(
    {
      repeat_every_s: maybeSeconds,
      min_interval_s: fc.nat(100_000),
      seen_hold_s: maybeSeconds,
      if_not_delivered_s: maybeSeconds,
      expire_after_s: seconds,
      ack_timeout_s: seconds,
      ack_timeout_action: fc.constantFrom('resolve', 'escalate'),
    },
    { requiredKeys: [] },
  );
  return fc
    .tuple(fc.nat(all.length), ...all.map(() => fc.tuple(steps, free)))
    .map(([chosen, ...rest]) =>
      rest.map(([these, more], index) => ({
        name: `policy ${all[index] ?? ''}`,
        steps: these,
        ...(index === chosen ? { is_default: true } : {}),
        ...more,
      })),
    );
}

type Known = { readonly channels: readonly string[]; readonly responders: readonly string[] };

function rulesOf(all: readonly string[], channels: readonly string[]) {
  return fc.tuple(
    ...all.map((one) =>
      fc.record(
        {
          name: fc.constant(one),
          event_types: fc.uniqueArray(
            fc.constantFrom('alert.created', 'alert.seen', 'alert.expired'),
            { minLength: 1 },
          ),
          matchers: fc.subarray(['severity="high"', 'title=~"a.*"', 'x!="y"']),
          channel: fc.constantFrom(...channels),
          is_active: isActive,
        },
        { requiredKeys: ['name', 'event_types', 'channel'] },
      ),
    ),
  );
}

function sourcesOf(all: readonly string[], policies: readonly string[]) {
  return fc.tuple(
    ...all.map((one) =>
      fc.record(
        {
          name: fc.constant(`source ${one}`),
          kind: fc.constantFrom('native', 'alertmanager', 'edge'),
          severity_default: fc.constantFrom('critical', 'medium', 'info'),
          policy: fc.constantFrom(null, ...policies.map((policy) => `policy ${policy}`)),
          silent_after_s: maybeSeconds,
          dedup_window_s: maybeSeconds,
          join_by: fc.constantFrom(null, ['camera_id'], ['room', 'alertname']),
        },
        { requiredKeys: ['name', 'kind'] },
      ),
    ),
  );
}

/** The same names below a box, and without one. */
function devicesOf(all: readonly string[]) {
  return fc.tuple(
    ...all
      .flatMap((one) => [null, 'box'].map((box) => [one, box] as const))
      .map(([one, box]) =>
        fc.record(
          {
            device_id: fc.constant(one),
            parent_device_id: fc.constant(box),
            kind: fc.constantFrom('care', 'camera'),
            name: fc.option(name),
            area_id: fc.option(name),
            model: fc.option(name),
            silent_after_s: maybeSeconds,
            is_watched: isActive,
          },
          { requiredKeys: ['device_id', 'parent_device_id'] },
        ),
      ),
  );
}

const project = fc.tuple(names, names, names, names, names).chain(([c, r, p, u, s]) =>
  fc.record(
    {
      name,
      language: fc.constantFrom('en', 'fr'),
      administrators: fc.constantFrom([], [{ channel_type: 'email', address: 'a@x.example' }]),
      archive_after_s: fc.nat(1_000),
      mail_content: fc.constantFrom('minimal', 'full'),
      retention_days: fc.option(fc.integer({ min: 1, max: 1_000 })),
      channels: channelsOf(c),
      responders: peopleOf(r, c),
      policies: policiesOf(p, { channels: c, responders: r }),
      rules: rulesOf(u, c),
      sources: sourcesOf(s, p),
      devices: devicesOf(s),
    },
    { requiredKeys: ['channels', 'responders', 'policies', 'rules', 'sources'] },
  ),
);

function documentOf(id: string, fields: unknown): JsonObject {
  return { version: 1, projects: [{ project_id: id, ...parseFields(fields) }] };
}

/** What a generator has made is JSON, less what it left undefined. */
function parseFields(fields: unknown): JsonObject {
  return JSON.parse(JSON.stringify(fields)) as JsonObject;
}

function assertNothing(answer: Answer, why: string): void {
  assert.equal(answer.status, 200, answer.text);
  const changes = answer.at('changes');
  assert.ok(Array.isArray(changes));
  const changed = changes.filter(isJsonObject).filter(({ change }) => change !== 'same');
  assert.deepEqual(changed, [], why);
}

/** As the file of an export, read again. */
async function exportAsFile(hub: TestHub, id: string): Promise<JsonObject> {
  const answer = await hub.call(`GET /api/v1/config?project_id=${id}`);
  const [config, leftOut] = [answer.at('config'), answer.at('left_out')];
  assert.ok(isJsonObject(config) && Array.isArray(leftOut));
  const text = renderConfig(config, leftOut.filter(isJsonObject));
  const secrets = {
    readEnv: () => undefined,
    readFile: () => ({ ok: false, sentence: '' }) as const,
  };
  const reading = readConfigText({ name: 'export', text, secrets });
  assert.ok(reading.ok, reading.ok ? '' : `${reading.lines.join('\n')}\n${text}`);
  return parseFields(reading.document);
}

function reverseLists(fields: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([list, entries]): [string, JsonValue] => {
      const isList = Array.isArray(entries) && list !== 'administrators';
      return [list, isList ? entries.filter(isJsonObject).toReversed() : entries];
    }),
  );
}

test('whatever a document says, it is true afterwards, and stays so', async (t) => {
  const hub = await startTestHub(t, { isTelling: false });
  let count = 0;
  const run = async (drawn: unknown): Promise<void> => {
    const [one, other] = [`home-${(count += 1)}`, `copy-${count}`];
    const fields = parseFields(drawn);
    const apply = (document: JsonObject) => hub.call('POST /api/v1/config/apply', document);
    const plan = (document: JsonObject) => hub.call('POST /api/v1/config/plan', document);
    const applied = await apply(documentOf(one, fields));
    assert.equal(applied.status, 200, applied.text);
    assertNothing(await plan(documentOf(one, fields)), 'a second time');
    assertNothing(await plan(documentOf(one, reverseLists(fields))), 'in another order');
    const exported = await exportAsFile(hub, one);
    assertNothing(await plan({ ...exported, prune: true }), 'as it was exported');
    const copy = JSON.stringify(exported).replaceAll(`"project_id":"${one}"`, '"project_id":"ID"');
    const copied = await apply(parseFields(JSON.parse(copy.replace('"ID"', `"${other}"`))));
    assert.equal(copied.status, 200, copied.text);
    const again = JSON.stringify(await exportAsFile(hub, other));
    assert.equal(again.replaceAll(`"project_id":"${other}"`, '"project_id":"ID"'), copy);
  };
  await fc.assert(fc.asyncProperty(project, run), { numRuns: RUNS });
});
