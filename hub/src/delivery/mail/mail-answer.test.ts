import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { SmtpOutcome, SmtpPhase } from '#kernel/ports.ts';
import { FAILURE_REASONS, type SendOutcome } from '#delivery/outcome.ts';
import { classifyMailOutcome } from './mail-answer.ts';

const NOW = instant(1_800_000_000_000);
const CONTEXT = { target: 'example.net', messageId: 'n-1@example.org', now: NOW };
const PHASES: readonly SmtpPhase[] = [
  'greeting',
  'hello',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
];

function classify(phase: SmtpPhase, code: number, enhancedCode: string | null): SendOutcome {
  const outcome: SmtpOutcome = { kind: 'refused', phase, code, enhancedCode, durationMs: 1 };
  return classifyMailOutcome(outcome, CONTEXT);
}

const accept = (reply: string): SendOutcome =>
  classifyMailOutcome({ kind: 'accepted', reply, durationMs: 1 }, CONTEXT);

test('an accepted mail is known by the id of the server, else by its Message-ID', () => {
  const rows = [
    ['250 2.0.0 Ok: queued as 4XyZ12', '4XyZ12'],
    ['250 OK id=1tAbCd-000123-4E', '1tAbCd-000123-4E'],
    ['250 2.6.0 <n-1@example.org> Queued mail for delivery', 'n-1@example.org'],
    ['250 ok', 'n-1@example.org'],
    ['', 'n-1@example.org'],
    [`250 queued as ${'x'.repeat(500)}`, 'x'.repeat(128)],
  ] as const;
  for (const [reply, providerId] of rows) {
    assert.deepEqual(accept(reply), { kind: 'accepted', providerId, httpStatus: null }, reply);
  }
});

test('temporary refusals are tried again, in every phase', () => {
  const rows = [
    [421, '4.3.2'],
    [421, null],
    [452, '4.3.1'],
    [454, '4.7.0'],
    [450, '4.3.0'],
    [550, '4.2.2'],
  ] as const;
  for (const phase of PHASES) {
    const reason = phase === 'starttls' ? 'tls_failed' : 'not_ready';
    const retry = { kind: 'retry', reason, notBefore: null, httpStatus: null };
    for (const [code, enhanced] of rows) assert.deepEqual(classify(phase, code, enhanced), retry);
  }
});

test('a server that greylists is given the five minutes that it wants', () => {
  const later = {
    kind: 'retry',
    reason: 'not_ready',
    notBefore: plusMs(NOW, 300_000),
    httpStatus: null,
  };
  for (const phase of ['mail', 'rcpt', 'data'] as const) {
    assert.deepEqual(classify(phase, 450, '4.2.0'), later);
    assert.deepEqual(classify(phase, 451, '4.7.1'), later);
    assert.deepEqual(classify(phase, 451, null), later);
  }
  assert.equal(LIMITS.greylistWaitMs, 300_000);
});

test('a sign-in that is refused or missing is a fault of the settings', () => {
  const rows = [
    ['auth', 535, '5.7.8', 'smtp_password'],
    ['auth', 535, null, 'smtp_password'],
    ['auth', 534, '5.7.9', 'smtp_password'],
    ['auth', 504, '5.5.4', 'smtp_password'],
    ['mail', 530, '5.7.0', 'smtp_password'],
    ['rcpt', 530, '5.7.1', 'smtp_password'],
    ['auth', 538, '5.7.11', 'smtp_use_tls'],
    ['auth', 530, '5.7.0', 'smtp_use_tls'],
  ] as const;
  for (const [phase, code, enhanced, field] of rows) {
    const outcome = classify(phase, code, enhanced);
    assert.ok(outcome.kind === 'misconfigured', `${phase} ${code}`);
    assert.equal(outcome.field, field);
    assert.ok(outcome.hint.includes(String(code)));
  }
});

test('before a recipient is named, a final refusal is about the channel', () => {
  const rows = [
    ['greeting', 554, '5.7.1', 'smtp_host'],
    ['hello', 550, null, 'smtp_host'],
    ['starttls', 502, '5.5.1', 'smtp_use_starttls'],
    ['mail', 550, '5.7.1', 'from_email'],
    ['mail', 553, null, 'from_email'],
    ['rcpt', 550, '5.1.8', 'from_email'],
  ] as const;
  for (const [phase, code, enhanced, field] of rows) {
    const outcome = classify(phase, code, enhanced);
    assert.ok(outcome.kind === 'misconfigured' && outcome.field === field, `${phase} ${code}`);
  }
});

test('a server that cannot encrypt now is tried again, and that is said', () => {
  const outcome = classify('starttls', 454, '4.7.0');
  assert.ok(outcome.kind === 'retry' && outcome.reason === 'tls_failed');
  const busy = classify('mail', 454, null);
  assert.ok(busy.kind === 'retry' && busy.reason === 'not_ready');
});

test('a mailbox that does not exist means the target is gone, by enhanced code first', () => {
  const gone = (said: string) => ({
    kind: 'target_gone',
    target: `example.net has no such mailbox (it answered ${said})`,
    httpStatus: null,
  });
  for (const enhanced of ['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1']) {
    for (const phase of ['rcpt', 'data'] as const) {
      assert.deepEqual(classify(phase, 550, enhanced), gone(`550 ${enhanced}`), enhanced);
    }
  }
  for (const code of [550, 551, 553]) {
    assert.deepEqual(classify('rcpt', code, null), gone(String(code)));
  }
});

test('what is wrong with this one message rejects it, with the reason', () => {
  const rows = [
    ['rcpt', 550, '5.7.1', 'policy_refused'],
    ['data', 554, '5.7.1', 'policy_refused'],
    ['data', 550, '5.7.26', 'policy_refused'],
    ['rcpt', 552, '5.2.2', 'mailbox_full'],
    ['rcpt', 552, null, 'mailbox_full'],
    ['data', 552, '5.3.4', 'message_too_large'],
    ['mail', 552, '5.3.4', 'message_too_large'],
    ['data', 552, null, 'message_too_large'],
    ['data', 554, null, 'request_refused'],
    ['rcpt', 550, '5.4.1', 'request_refused'],
    ['data', 550, '5.6.0', 'request_refused'],
  ] as const;
  for (const [phase, code, enhanced, reason] of rows) {
    const expected = { kind: 'rejected', reason, httpStatus: null };
    assert.deepEqual(classify(phase, code, enhanced), expected, `${phase} ${code} ${enhanced}`);
  }
});

test('without an answer: unsent is retried, unknown is ambiguous, a bad host is config', () => {
  const rest = { detail: 'd', durationMs: 1 };
  for (const reason of ['dns_failed', 'tls_failed', 'timeout', 'connection_lost'] as const) {
    const unsent = classifyMailOutcome({ kind: 'unsent', reason, ...rest }, CONTEXT);
    assert.deepEqual(unsent, { kind: 'retry', reason, notBefore: null, httpStatus: null });
    const unknown = classifyMailOutcome({ kind: 'unknown', reason, ...rest }, CONTEXT);
    assert.deepEqual(unknown, { kind: 'ambiguous', reason });
  }
  const reason = 'address_refused';
  const refused = classifyMailOutcome({ kind: 'unsent', reason, ...rest }, CONTEXT);
  assert.ok(refused.kind === 'misconfigured' && refused.field === 'smtp_host');
});

test('property: every refusal comes to one outcome, final exactly when its code is', () => {
  const part = fc.integer({ min: 0, max: 30 });
  const enhanced = fc.option(
    fc.tuple(fc.constantFrom(4, 5), part, part).map((parts) => parts.join('.')),
  );
  const code = fc.integer({ min: 400, max: 599 });
  fc.assert(
    fc.property(fc.constantFrom(...PHASES), code, enhanced, (phase, number, text) => {
      const outcome = classify(phase, number, text);
      if ('reason' in outcome) assert.ok(Object.hasOwn(FAILURE_REASONS, outcome.reason));
      const isTemporary = number === 421 || (text === null ? number < 500 : text.startsWith('4'));
      assert.equal(outcome.kind === 'retry', isTemporary);
      assert.ok(outcome.kind !== 'accepted' && outcome.kind !== 'ambiguous');
    }),
  );
});
