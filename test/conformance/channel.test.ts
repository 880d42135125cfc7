/**
 * The contract of a channel, run against every one that hub/src/delivery/channels/index.ts lists.
 * A new channel adds test/fixtures/channels/<type>.json: a config and secrets that work, the
 * canaries hidden in them, and configs that must be refused with the path to name.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Channel, SendRequest } from '#delivery/channel.ts';
import { CHANNELS, findChannel } from '#delivery/channels/index.ts';
import type { SendOutcome } from '#delivery/outcome.ts';
import { FAILURE_REASONS } from '#delivery/outcome.ts';
import { instant, plusMs } from '#kernel/instant.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { isJsonObject, parseJson } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Http, HttpFailure, HttpOutcome, HttpRequest } from '#kernel/ports.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'channels');
const NOW = instant(1_800_000_000_000);

type Sample = {
  readonly config: JsonObject;
  readonly secrets: Readonly<Record<string, string>>;
  readonly canaries: readonly string[];
  readonly refusedConfigs: readonly { readonly config: JsonValue; readonly path: string }[];
};

function readSample(type: string): Sample {
  const reading = parseJson(readFileSync(join(FIXTURES, `${type}.json`), 'utf8'));
  assert.ok(reading.ok && isJsonObject(reading.value));
  const { config, secrets, canaries, refused_configs: refused } = reading.value;
  assert.ok(isJsonObject(config) && isJsonObject(secrets));
  return {
    config,
    secrets: Object.fromEntries(
      Object.entries(secrets).map(([name, text]) => [name, readText(text)]),
    ),
    canaries: listItems(canaries).map(readText),
    refusedConfigs: listItems(refused).map((row) => {
      assert.ok(isJsonObject(row));
      return { config: row['config'] ?? null, path: readText(row['path']) };
    }),
  };
}

function listItems(value: JsonValue | undefined): readonly JsonValue[] {
  assert.ok(Array.isArray(value) && value.length > 0);
  const items: readonly JsonValue[] = value;
  return items;
}

function readText(value: JsonValue | undefined): string {
  assert.ok(typeof value === 'string');
  return value;
}

const NOTIFICATION = {
  notificationId: '01900000-0000-7000-8000-000000000001',
  eventType: 'alert.created',
  payload: { alert_id: 'a-1', title: 'Fall in the kitchen 🔥 <b>&', severity: 'critical' },
  createdAt: plusMs(NOW, -60_000),
};

const FAILURES: readonly HttpFailure[] = [
  'address_refused',
  'url_invalid',
  'dns_failed',
  'connect_failed',
  'tls_failed',
  'timeout',
  'connection_lost',
];

const HEADERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'retry-after': '30' },
  { 'retry-after': '-1', 'webhook-delivery': 'abort-message' },
];

/** Answers that no contract knows: a channel must not throw on any of them. */
const BODIES = ['', '{}', '[]', 'null', '{"ok":true}', '{"ok":', '<html>', '\ufffd'];

type Sent = { readonly outcome: SendOutcome; readonly requests: readonly HttpRequest[] };

async function sendWith(channel: Channel, answer: HttpOutcome, sample: Sample): Promise<Sent> {
  const requests: HttpRequest[] = [];
  const http: Http = {
    send: async (request) => {
      requests.push(request);
      return answer;
    },
  };
  const request: SendRequest = {
    notification: NOTIFICATION,
    config: sample.config,
    secrets: sample.secrets,
    version: '0.0.0',
    now: NOW,
  };
  return { outcome: await channel.send(http, request), requests };
}

/** One of the seven kinds, with known reasons, a sane wait, and none of the secrets. */
function checkOutcome(outcome: SendOutcome, sample: Sample, where: string): void {
  const text = JSON.stringify(outcome);
  for (const canary of sample.canaries) assert.ok(!text.includes(canary), `${where}: ${canary}`);
  if ('reason' in outcome) assert.ok(Object.hasOwn(FAILURE_REASONS, outcome.reason), where);
  if ('notBefore' in outcome && outcome.notBefore !== null) {
    assert.ok(outcome.notBefore <= plusMs(NOW, LIMITS.deliveryAgeMaxMs), where);
  }
  if (outcome.kind === 'misconfigured') assert.ok(outcome.hint !== '', where);
}

function testDeclaration(channel: Channel, sample: Sample): void {
  test('declares its type, label, schema, secrets and capabilities', () => {
    assert.match(channel.type, /^[a-z][a-z0-9_]*$/);
    assert.notEqual(channel.label, '');
    assert.equal(findChannel(channel.type), channel);
    assert.equal(channel.configSchema['type'], 'object');
    assert.equal(channel.configSchema['additionalProperties'], false);
    const names = channel.secretFields.map((field) => field.name);
    assert.equal(new Set(names).size, names.length);
    for (const name of Object.keys(sample.secrets)) assert.ok(names.includes(name), name);
    for (const value of Object.values(channel.capabilities)) assert.equal(typeof value, 'boolean');
  });

  test('takes its sample, and its parsed config again', () => {
    const reading = channel.parseConfig(sample.config);
    assert.ok(reading.ok);
    assert.deepEqual(channel.parseConfig(reading.config), reading);
    assert.deepEqual(channel.checkSecrets(sample.secrets).errors, []);
  });

  test('refuses bad configs with the path of the field and without repeating it', () => {
    for (const { config, path } of sample.refusedConfigs) {
      const reading = channel.parseConfig(config);
      assert.ok(!reading.ok, JSON.stringify(config));
      assert.ok(
        reading.errors.some((error) => error.path === path),
        JSON.stringify(config),
      );
      const text = JSON.stringify(reading.errors);
      for (const canary of sample.canaries) assert.ok(!text.includes(canary), text);
    }
    for (const value of [undefined, null, [], 'x', 1, { no_such_field: 1 }]) {
      assert.equal(channel.parseConfig(value).ok, false);
    }
  });

  test('refuses to save without a secret that it requires', () => {
    const paths = channel.checkSecrets({}).errors.map((error) => error.path);
    for (const field of channel.secretFields) {
      assert.equal(paths.includes(field.name), field.isRequired, field.name);
    }
  });
}

function testSending(channel: Channel, sample: Sample): void {
  test('renders the same bytes each time, without secrets', () => {
    const { body } = channel.render(NOTIFICATION);
    assert.deepEqual(channel.render(NOTIFICATION).body, body);
    const text = Buffer.from(body).toString();
    for (const canary of sample.canaries) assert.ok(!text.includes(canary));
  });

  test('sends one bounded request', async () => {
    const answer: HttpOutcome = {
      kind: 'answered',
      status: 503,
      headers: {},
      body: '',
      durationMs: 1,
    };
    const { requests } = await sendWith(channel, answer, sample);
    assert.equal(requests.length, 1);
    assert.ok(requests.every((request) => request.timeoutMs > 0 && request.answerBytesMax > 0));
    assert.ok(requests.every(({ headers }) => headers['user-agent']?.startsWith('Tocsin/')));
  });
}

function testOutcomes(channel: Channel, sample: Sample): void {
  test('comes to exactly one outcome for every HTTP status, whatever the body', async () => {
    for (let status = 100; status < 600; status += 1) {
      for (const headers of HEADERS) {
        for (const body of BODIES) {
          const answer: HttpOutcome = { kind: 'answered', status, headers, body, durationMs: 1 };
          const { outcome } = await sendWith(channel, answer, sample);
          const where = `${status} ${JSON.stringify(headers)} ${body}`;
          checkOutcome(outcome, sample, where);
          const isSuccess = status >= 200 && status < 300;
          if (!isSuccess) assert.notEqual(outcome.kind, 'accepted', where);
          if (status >= 300 && status < 400) assert.equal(outcome.kind, 'rejected', where);
          const context = { config: sample.config, now: NOW };
          assert.deepEqual(channel.classify(answer, context), outcome, where);
        }
      }
    }
  });

  test('is ambiguous exactly when bytes were written and no answer came', async () => {
    for (const reason of FAILURES) {
      for (const kind of ['unsent', 'unknown'] as const) {
        const answer: HttpOutcome = { kind, reason, detail: 'no address here', durationMs: 1 };
        const { outcome } = await sendWith(channel, answer, sample);
        checkOutcome(outcome, sample, `${kind} ${reason}`);
        const isAddress = reason === 'address_refused' || reason === 'url_invalid';
        if (isAddress) assert.equal(outcome.kind, 'misconfigured');
        else assert.equal(outcome.kind, kind === 'unknown' ? 'ambiguous' : 'retry');
      }
    }
  });
}

for (const channel of CHANNELS) {
  describe(`channel ${channel.type}`, () => {
    const sample = readSample(channel.type);
    testDeclaration(channel, sample);
    testSending(channel, sample);
    testOutcomes(channel, sample);
  });
}

test('types are unique, unknown types are not found, and every fixture has its channel', () => {
  const types = CHANNELS.map((channel) => channel.type);
  assert.equal(new Set(types).size, types.length);
  assert.equal(findChannel('carrier-pigeon'), null);
  const files = readdirSync(FIXTURES).map((file) => file.replace('.json', ''));
  assert.deepEqual(files.toSorted(), types.toSorted());
});
