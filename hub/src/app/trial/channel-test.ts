/**
 * A test message, sent now by the production code of its channel. Nothing of it is stored: it is no
 * notification, has no retries, and counts for nothing.
 *
 * Bounds: one test of a channel at a time, the next one LIMITS.channelTestGapMs after it, and
 * LIMITS.channelTestsMax under way on a node; LIMITS.channelTestMaxMs is waited for each.
 */
import type { ChannelTestAnswer } from '#contract/delivery/channel-test.ts';
import { describeError } from '#delivery/attempt-end.ts';
import type { ChannelNotification, ChannelPorts } from '#delivery/channel.ts';
import type { SendOutcome } from '#delivery/outcome.ts';
import type { ReadyChannel } from '#delivery/runner.ts';
import type { ChannelId, ProjectId } from '#kernel/id.ts';
import { type Instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock, Ids, Log } from '#kernel/ports.ts';
import type { Language } from '#kernel/words/language.ts';
import { rejectAfter } from '#platform/finish-within.ts';
import { VERSION } from '#app/start/version.ts';

export type ChannelTestDeps = {
  readonly ports: ChannelPorts;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
};

export type ChannelTest = {
  readonly projectId: ProjectId;
  readonly ready: Extract<ReadyChannel, { ok: true }>;
  /** Null: to all that the channel's own config names. */
  readonly address: string | null;
  readonly language: Language;
  /** Who asked for it. */
  readonly by: string;
  /** Writes down that it is sent, before it is; what cannot be written down is not sent. */
  readonly record: () => Promise<void>;
};

export type ChannelTester = {
  /** Null: too soon, or too many at once. */
  readonly run: (test: ChannelTest) => Promise<ChannelTestAnswer | null>;
};

type Came = ChannelTestAnswer['messages'][number];

export function createChannelTester(deps: ChannelTestDeps): ChannelTester {
  const { clock } = deps;
  const running = new Set<ChannelId>();
  const freeAt = new Map<ChannelId, Instant>();

  function isFree(id: ChannelId): boolean {
    for (const [known, at] of freeAt) if (at <= clock.now()) freeAt.delete(known);
    return !running.has(id) && !freeAt.has(id) && running.size < LIMITS.channelTestsMax;
  }

  return {
    run: async (test) => {
      const { channelId } = test.ready.configured;
      if (!isFree(channelId)) return null;
      running.add(channelId);
      try {
        await test.record();
      } catch (error) {
        running.delete(channelId);
        throw error;
      }
      // Held until the last byte is through, also when nobody waits for it any more.
      const { answers, sent } = sendAll(deps, test);
      void sent.finally(() => {
        running.delete(channelId);
        freeAt.set(channelId, plusMs(clock.now(), LIMITS.channelTestGapMs));
      });
      return renderTest(test, await answers);
    },
  };
}

function sendAll(deps: ChannelTestDeps, test: ChannelTest) {
  const { kind, configured } = test.ready;
  const own = kind.listAddresses(configured.config);
  const addresses = test.address !== null ? [test.address] : own.length === 0 ? [null] : own;
  const sends = addresses.map((address) => sendOne(deps, test, address));
  return {
    answers: Promise.all(sends.map(({ came }) => came)),
    sent: Promise.allSettled(sends.map(({ sent }) => sent)),
  };
}

function sendOne(deps: ChannelTestDeps, test: ChannelTest, address: string | null) {
  const startedAt = deps.clock.now();
  const recipient = address ?? test.ready.configured.name;
  const sent = send(deps, test, { address, recipient });
  const late = { kind: 'ambiguous', reason: 'timeout' } as const;
  const came = rejectAfter(LIMITS.channelTestMaxMs, sent, () => new Error('late'))
    .catch((): SendOutcome => late)
    .then((outcome) => toCame(recipient, outcome, deps.clock.now() - startedAt));
  return { sent, came };
}

async function send(
  { ports, clock, ids, log }: ChannelTestDeps,
  test: ChannelTest,
  to: { readonly address: string | null; readonly recipient: string },
): Promise<SendOutcome> {
  const { kind, configured, secrets } = test.ready;
  const now = clock.now();
  const id = ids.next(now);
  const notification: ChannelNotification = {
    ...to,
    notificationId: id,
    eventType: 'test',
    payload: {
      is_test: true,
      title: `Tocsin → ${configured.name}`,
      notification_id: id,
      project_id: test.projectId,
      channel: configured.name,
      sent_by: test.by,
    },
    createdAt: now,
    subjectId: id,
    language: test.language,
    actions: null,
    receiptUrl: null,
  };
  try {
    const { config } = configured;
    return await kind.send(ports, { notification, config, secrets, version: VERSION, now });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    log.error('a test message failed inside', { channel: configured.channelId, error: text });
    return { kind: 'ambiguous', reason: 'connection_lost' };
  }
}

function toCame(recipient: string, outcome: SendOutcome, durationMs: number): Came {
  return {
    recipient,
    outcome: outcome.kind,
    http_status: 'httpStatus' in outcome ? outcome.httpStatus : null,
    error: describeError(outcome),
    hint: findHint(outcome),
    provider_id: outcome.kind === 'accepted' ? outcome.providerId : null,
    duration_ms: Math.max(0, durationMs),
  };
}

/** What to look at first; where the error itself says all, nothing. */
const HINTS: Readonly<Record<string, string>> = {
  dns_failed: 'Is the name spelt right, and known to the resolver of this machine?',
  connect_failed: 'Does it run, listen on that port, and let this machine through?',
  tls_failed:
    'Is its certificate for that name, and trusted? See NODE_EXTRA_CA_CERTS for one of your own.',
  timeout: 'Does it answer at all, and within its time? It may have got the message.',
  connection_lost: 'Does it speak what the channel speaks, on that port? It may have got it.',
  server_error: 'Its own log says what went wrong there.',
  request_refused: 'Are address, path and secret what it expects? Its own log says more.',
  redirected: 'Give the address that it redirects to.',
};

function findHint(outcome: SendOutcome): string | null {
  if (outcome.kind === 'misconfigured') return outcome.hint;
  return 'reason' in outcome ? (HINTS[outcome.reason] ?? null) : null;
}

function renderTest(test: ChannelTest, messages: Came[]): ChannelTestAnswer {
  const { channelId, name, channelType, isActive } = test.ready.configured;
  const shown = messages.find(({ outcome }) => outcome !== 'accepted') ?? messages[0];
  if (shown === undefined) throw new Error('a channel has an address, or is one');
  return {
    channel_id: channelId,
    project_id: test.projectId,
    channel: name,
    channel_type: channelType,
    is_active: isActive,
    ...shown,
    messages,
  };
}
