/**
 * The contract of a channel, run against every one that hub/src/delivery/channels/index.ts lists.
 * A new channel adds test/fixtures/channels/<type>.json: a config and secrets that work, the
 * canaries hidden in them, and configs that must be refused with the path to name.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Channel, ChannelNotification, SendRequest } from '#delivery/channel.ts';
import { CHANNELS, findChannel } from '#delivery/channels/index.ts';
import type { SendOutcome } from '#delivery/outcome.ts';
import { FAILURE_REASONS } from '#delivery/outcome.ts';
import { instant, plusMs } from '#kernel/instant.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { isJsonObject, parseJson } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import type {
  HttpFailure,
  HttpOutcome,
  HttpRequest,
  SmtpOutcome,
  SmtpPhase,
  SmtpRequest,
} from '#kernel/ports.ts';

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

const NOTIFICATION: ChannelNotification = {
  notificationId: '01900000-0000-7000-8000-000000000001',
  eventType: 'alert.created',
  payload: { alert_id: 'a-1', title: 'Fall in the kitchen 🔥 <b>&', severity: 'critical' },
  createdAt: plusMs(NOW, -60_000),
  subjectId: 'a-1',
  address: null,
  recipient: 'Anna 值班',
  language: 'zh-Hans',
  actions: {
    page: 'https://hub.example.org/a/t0',
    seen: 'https://hub.example.org/a/t1',
    calling: 'https://hub.example.org/a/t2',
    cannot: 'https://hub.example.org/a/t3',
    resolve: 'https://hub.example.org/a/t4',
  },
  receiptUrl: 'https://hub.example.org/r/t5',
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

const PHASES: readonly SmtpPhase[] = [
  'greeting',
  'hello',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
];

/** Null, what servers say, and what they should not say; hub/src/delivery/mail tries them all. */
const ENHANCED_CODES = [null, '4.7.1', '5.1.1', '5.3.4', '5.7.1', '5.999.999'];
const REPLY_CODES = [400, 421, 450, 451, 454, 499, 500, 530, 535, 538, 550, 552, 554, 599];

/** What each port answers to whatever it is asked. */
type Answers = { readonly http: HttpOutcome; readonly smtp: SmtpOutcome };

type Sent = {
  readonly outcome: SendOutcome;
  readonly http: readonly HttpRequest[];
  readonly smtp: readonly SmtpRequest[];
};

async function sendWith(
  channel: Channel,
  answers: Answers,
  given: Pick<SendRequest, 'config' | 'secrets'> & { readonly address?: string },
): Promise<Sent> {
  const http: HttpRequest[] = [];
  const smtp: SmtpRequest[] = [];
  const ports = {
    http: {
      send: async (request: HttpRequest) => {
        http.push(request);
        return answers.http;
      },
    },
    smtp: {
      send: async (request: SmtpRequest) => {
        smtp.push(request);
        return answers.smtp;
      },
    },
  };
  const request: SendRequest = {
    notification: { ...NOTIFICATION, address: given.address ?? null },
    config: given.config,
    secrets: given.secrets,
    version: '0.0.0',
    now: NOW,
  };
  return { outcome: await channel.send(ports, request), http, smtp };
}

/** No answer at all, the same on each port. */
function leaveUnanswered(kind: 'unsent' | 'unknown', reason: HttpFailure): Answers {
  const outcome = { kind, reason, detail: 'no address here', durationMs: 1 };
  return { http: outcome, smtp: outcome };
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
    assert.deepEqual(channel.checkSecrets(sample.secrets, sample.config).errors, []);
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
    const paths = channel.checkSecrets({}, null).errors.map((error) => error.path);
    for (const field of channel.secretFields) {
      assert.equal(paths.includes(field.name), field.isRequired, field.name);
    }
  });
}

function testSending(channel: Channel, sample: Sample): void {
  test('renders the same bytes each time, without secrets', () => {
    const { body } = channel.render(NOTIFICATION, sample.config);
    assert.deepEqual(channel.render(NOTIFICATION, sample.config).body, body);
    assert.ok(body.length > 0);
    const text = Buffer.from(body).toString();
    for (const canary of sample.canaries) assert.ok(!text.includes(canary));
  });

  test('sends one bounded request over one port', async () => {
    const { http, smtp } = await sendWith(channel, leaveUnanswered('unsent', 'timeout'), sample);
    assert.equal(http.length + smtp.length, 1);
    assert.ok([...http, ...smtp].every((request) => request.timeoutMs > 0));
    assert.ok(http.every((request) => request.answerBytesMax > 0));
    assert.ok(http.every(({ headers }) => headers['user-agent']?.startsWith('Tocsin/')));
  });

  test('gives a mail one recipient, one line per header, and no secret', async () => {
    const { smtp } = await sendWith(channel, leaveUnanswered('unsent', 'timeout'), sample);
    for (const { message } of smtp) {
      const { fromAddress, toAddress, messageId, subject, headers } = message;
      for (const address of [fromAddress, toAddress, messageId]) {
        assert.match(address, /^[^\s,;<>]+@[^\s,;<>@]+$/);
      }
      const lines = [subject, message.fromName ?? '', ...Object.values(headers)];
      for (const line of lines) assert.doesNotMatch(line, /\p{Cc}/u);
      const text = JSON.stringify(message);
      for (const canary of sample.canaries) assert.ok(!text.includes(canary));
    }
  });

  test('lists addresses that it takes itself, and sends to each of them', async () => {
    const reading = channel.parseConfig(sample.config);
    assert.ok(reading.ok);
    const addresses = channel.listAddresses(reading.config);
    assert.equal(new Set(addresses).size, addresses.length);
    for (const address of addresses) {
      assert.equal(channel.findAddressFault(address), null, address);
      const given = { ...sample, address };
      const { http, smtp } = await sendWith(channel, leaveUnanswered('unsent', 'timeout'), given);
      const [reached] = [
        ...http.map(({ url }) => url),
        ...smtp.map((one) => one.message.toAddress),
      ];
      assert.equal(reached, address);
    }
  });

  test('refuses an address that could say more than one thing, and never sends to it', async () => {
    const reading = channel.parseConfig(sample.config);
    assert.ok(reading.ok);
    for (const address of ['', ' ', 'a b', 'x\r\nBcc: y@example.org', 'x'.repeat(9_999)]) {
      const fault = channel.findAddressFault(address);
      assert.ok(fault !== null && fault !== '', address);
      const given = { ...sample, address };
      const sent = await sendWith(channel, leaveUnanswered('unsent', 'timeout'), given);
      assert.equal(sent.http.length + sent.smtp.length, 0);
      assert.equal(sent.outcome.kind, 'rejected');
    }
  });
}

function testOutcomes(channel: Channel, sample: Sample): void {
  const nothing = leaveUnanswered('unsent', 'timeout');

  test('comes to exactly one outcome for every HTTP status, whatever the body', async () => {
    for (let status = 100; status < 600; status += 1) {
      for (const headers of HEADERS) {
        for (const body of BODIES) {
          const http: HttpOutcome = { kind: 'answered', status, headers, body, durationMs: 1 };
          const sent = await sendWith(channel, { ...nothing, http }, sample);
          if (sent.http.length === 0) return;
          const where = `${status} ${JSON.stringify(headers)} ${body}`;
          checkOutcome(sent.outcome, sample, where);
          const isSuccess = status >= 200 && status < 300;
          if (!isSuccess) assert.notEqual(sent.outcome.kind, 'accepted', where);
          if (status >= 300 && status < 400) assert.equal(sent.outcome.kind, 'rejected', where);
        }
      }
    }
  });

  test('comes to exactly one outcome for every refusal of a mail server', async () => {
    for (const phase of PHASES) {
      for (const code of REPLY_CODES) {
        for (const enhancedCode of ENHANCED_CODES) {
          const smtp: SmtpOutcome = { kind: 'refused', phase, code, enhancedCode, durationMs: 1 };
          const sent = await sendWith(channel, { ...nothing, smtp }, sample);
          if (sent.smtp.length === 0) return;
          const where = `${phase} ${code} ${enhancedCode}`;
          checkOutcome(sent.outcome, sample, where);
          assert.notEqual(sent.outcome.kind, 'accepted', where);
          assert.notEqual(sent.outcome.kind, 'ambiguous', where);
        }
      }
    }
  });

  test('takes an acceptance as one, whatever the words', async () => {
    const http: HttpOutcome = {
      kind: 'answered',
      status: 200,
      headers: {},
      body: '{"ok":true}',
      durationMs: 1,
    };
    for (const reply of ['250 2.0.0 Ok: queued as Q1', '250', '', '\ufffd']) {
      const smtp: SmtpOutcome = { kind: 'accepted', reply, durationMs: 1 };
      const { outcome } = await sendWith(channel, { http, smtp }, sample);
      checkOutcome(outcome, sample, reply);
      assert.equal(outcome.kind, 'accepted');
    }
  });

  test('is ambiguous exactly when all was written and no answer came', async () => {
    for (const reason of FAILURES) {
      for (const kind of ['unsent', 'unknown'] as const) {
        const { outcome } = await sendWith(channel, leaveUnanswered(kind, reason), sample);
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
