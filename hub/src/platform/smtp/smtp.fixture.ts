/** A client, servers and a mail, for the tests of this folder; all are closed at their end. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { instant } from '#kernel/instant.ts';
import type { MailMessage, SmtpOutcome, SmtpRequest, SmtpServer } from '#kernel/ports.ts';
import { parseCidrs } from '#platform/http/address-guard.ts';
import type { ResolveName } from '#platform/http/checked-addresses.ts';
import {
  CONNECTED,
  MAIL_CERTIFICATE,
  MAIL_HOST,
  type MailServerOptions,
  type Script,
  startMailServer,
  startScriptedServer,
} from '#test/support/mail/mail-server.ts';
import { createSmtp, type SmtpOptions } from './smtp-client.ts';

export const closers: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const close of closers.toReversed()) await close();
});

export const PASSWORD = 'PASSWORD-CANARY';
export const toThisMachine: ResolveName = (_name, done) => {
  done(null, [{ address: '127.0.0.1', family: 4 }]);
};

/** A client that knows every name as this machine, and may reach it unless the test says no. */
export function openSmtp(options: Partial<SmtpOptions> & { readonly cidrs?: string } = {}) {
  const reading = parseCidrs(options.cidrs ?? '127.0.0.0/8');
  assert.ok(reading.ok);
  const smtp = createSmtp({
    resolveName: toThisMachine,
    trustedCa: MAIL_CERTIFICATE,
    ...options,
    allowedCidrs: reading.cidrs,
  });
  closers.push(smtp.close);
  return smtp;
}

export async function serve(options: MailServerOptions) {
  const server = await startMailServer(options);
  closers.push(server.stop);
  return server;
}

export async function serveScript(script: Script) {
  const server = await startScriptedServer(script);
  closers.push(server.stop);
  return server;
}

export const MESSAGE: MailMessage = {
  fromAddress: 'alarm@example.org',
  fromName: 'Alarm, "Küche"',
  toAddress: 'anna@example.net',
  messageId: 'n-1@example.org',
  sentAt: instant(Date.UTC(2026, 10, 22, 6, 0, 0)),
  subject: 'Sturz in der Küche 🔥',
  text: 'Bitte kommen.',
  html: '',
  headers: { 'Auto-Submitted': 'auto-generated' },
};

type More = { readonly message?: Partial<MailMessage>; readonly timeoutMs?: number };

export function mail(port: number, server: Partial<SmtpServer> = {}, more: More = {}): SmtpRequest {
  return {
    server: { host: MAIL_HOST, port, security: 'none', user: null, password: null, ...server },
    message: { ...MESSAGE, ...more.message },
    timeoutMs: more.timeoutMs ?? 20_000,
  };
}

export const SIGNED_IN = { user: 'alarm', password: PASSWORD } as const;

/** Kind and reason in short, once it is sure that the operator's text leaks nothing. */
export function summarise(outcome: SmtpOutcome): string {
  assert.ok(outcome.durationMs >= 0);
  assert.doesNotMatch(JSON.stringify(outcome), /CANARY|example\.|127\.0\.0\.1/);
  switch (outcome.kind) {
    case 'accepted':
      return `accepted ${outcome.reply}`;
    case 'refused':
      return `refused ${outcome.phase} ${outcome.code} ${outcome.enhancedCode}`;
    default:
      return `${outcome.kind} ${outcome.reason}`;
  }
}

export const sendOne = async (request: SmtpRequest) => summarise(await openSmtp().send(request));

/** Takes everything up to where the test ends it. */
export function talkUntil(end: string, said: string | null): Script {
  return (line) => {
    if (line === end) return said;
    if (line === CONNECTED) return '220 mail';
    if (line.startsWith('EHLO')) return '250 mail';
    if (line.startsWith('MAIL') || line.startsWith('RCPT')) return '250 ok';
    return line === 'DATA' ? '354 go on' : null;
  };
}
