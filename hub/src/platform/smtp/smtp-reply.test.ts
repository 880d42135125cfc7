import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '#kernel/limits.ts';
import type { FaultPlace } from './smtp-reply.ts';
import { cleanReply, findEnhancedCode, readFault } from './smtp-reply.ts';

const SENDING: FaultPlace = { step: 'sending', isUpgrading: false, isWhole: false };

test('the enhanced code is read from the first line that has one', () => {
  const rows = [
    ['550 5.1.1 no such user', '5.1.1'],
    ['550-5.1.1 no such user\n550 5.1.1 at all', '5.1.1'],
    ['550-sorry\n550 5.7.26 sender check', '5.7.26'],
    ['421 4.7.0 later', '4.7.0'],
    ['550 no such user', null],
    ['550 see 5.1.1', null],
    ['550 5.1', null],
    ['550 2.1.5 fine', null],
    ['550 5.1.1111', null],
    ['', null],
  ] as const;
  for (const [response, expected] of rows) {
    assert.equal(findEnhancedCode(response, 550), expected, response);
  }
  assert.equal(findEnhancedCode('250 5.1.1 what', 250), null);
});

test('a refusal says where: by the command, else by what was being done', () => {
  const rows = [
    ['EHLO', 'opening', 'hello'],
    ['HELO', 'opening', 'hello'],
    ['STARTTLS', 'opening', 'starttls'],
    ['CONN', 'opening', 'greeting'],
    ['AUTH PLAIN', 'auth', 'auth'],
    ['CONN', 'auth', 'auth'],
    ['MAIL FROM', 'sending', 'mail'],
    ['RCPT TO', 'sending', 'rcpt'],
    ['DATA', 'sending', 'data'],
    ['CONN', 'sending', 'mail'],
  ] as const;
  for (const [command, step, phase] of rows) {
    const fault = { code: 'EPROTOCOL', command, response: '421 4.3.2 x', responseCode: 421 };
    assert.deepEqual(readFault(fault, { ...SENDING, step }), {
      kind: 'refused',
      phase,
      code: 421,
      enhancedCode: '4.3.2',
    });
  }
  const fault = { code: 'ECONNECTION', command: 'CONN', responseCode: 421 };
  const result = readFault(fault, { ...SENDING, isWhole: true });
  assert.ok(result.kind === 'refused' && result.phase === 'data');
});

test('without a refusal, whether the message was whole decides what is known', () => {
  for (const fault of [{}, { code: 'ESOCKET' }, { code: 'EPROTOCOL', responseCode: 250 }]) {
    const before = readFault(fault, SENDING);
    const after = readFault(fault, { ...SENDING, isWhole: true });
    assert.ok(before.kind === 'unsent' && before.reason === 'connection_lost');
    assert.ok(after.kind === 'unknown' && after.reason === 'connection_lost');
  }
});

test('time, TLS and the rest are told apart, with the code of the system', () => {
  const rows = [
    [{ code: 'ETIMEDOUT' }, false, 'timeout'],
    [{ code: 'ETIMEDOUT' }, true, 'timeout'],
    [{ code: 'ESOCKET', originalCode: 'CERT_HAS_EXPIRED' }, true, 'tls_failed'],
    [{ code: 'ETLS' }, false, 'tls_failed'],
    [{ code: 'ESOCKET', originalCode: 'ECONNRESET' }, false, 'connection_lost'],
  ] as const;
  for (const [fault, isUpgrading, reason] of rows) {
    const result = readFault(fault, { step: 'opening', isUpgrading, isWhole: false });
    assert.ok(result.kind === 'unsent');
    assert.equal(result.reason, reason);
    const cause = 'originalCode' in fault ? fault.originalCode : fault.code;
    assert.ok(result.detail.includes(cause));
  }
});

test('property: what the server said never gets into an outcome without acceptance', () => {
  const place = fc.record({
    step: fc.constantFrom('opening' as const, 'auth' as const, 'sending' as const),
    isUpgrading: fc.boolean(),
    isWhole: fc.boolean(),
  });
  const said = fc.record({ response: fc.string(), responseCode: fc.integer({ min: 0, max: 999 }) });
  fc.assert(
    fc.property(said, place, ({ response, responseCode }, where) => {
      const fault = { code: 'EMESSAGE', response: `${response}CANARY`, responseCode };
      const result = readFault(fault, where);
      assert.ok(!JSON.stringify(result).includes('CANARY'));
      assert.equal(result.kind === 'refused', responseCode >= 400 && responseCode <= 599);
    }),
  );
});

test('a reply is kept as one bounded line', () => {
  assert.equal(cleanReply('250-2.0.0 Ok\r\n250 queued\u0000as 1'), '250-2.0.0 Ok 250 queued as 1');
  assert.equal(cleanReply('x'.repeat(9_999)).length, LIMITS.smtpReplyCharsMax);
});
