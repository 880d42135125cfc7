/**
 * One conversation with a mail server over nodemailer's connection: opened, signed in, and used
 * for one message after the other.
 *
 * Danger: whether the message may have been taken is decided by one fact, `isWhole`: its last byte
 * has been handed to the connection, and the closing dot follows by itself. Before that the server
 * cannot have all of it (`unsent`); after that a lost answer leaves it open (`unknown`). A session
 * that ended in anything but an acceptance carries no other message. The deadlines of nodemailer
 * itself stand behind the signal of each step.
 */
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { LIMITS } from '#kernel/limits.ts';
import type { MailMessage, SmtpServer } from '#kernel/ports.ts';
import { cleanReply, type FaultPlace, readFault, type SmtpFault } from './smtp-reply.ts';
import type { SmtpResult } from './smtp-reply.ts';
import { openSocket, type Reach, readHost } from './smtp-socket.ts';

export type SessionOptions = Reach & {
  /** For tests: instead of the authorities that Node knows. */
  readonly trustedCa?: string;
  /** A connection is gone, from whichever side. */
  readonly onEnd: (session: SmtpSession) => void;
};

export type SmtpSession = {
  readonly send: (mail: SmtpMail, signal: AbortSignal) => Promise<SmtpResult>;
  /** The last message went through and the connection stands. */
  readonly isReusable: () => boolean;
  /** Nothing of the last message itself was written, only commands before it. */
  readonly isUntouched: () => boolean;
  /** Says goodbye and waits a little for the answer. */
  readonly quit: () => void;
};

export type SmtpMail = {
  readonly envelope: Pick<MailMessage, 'fromAddress' | 'toAddress'>;
  readonly bytes: Buffer;
};

export type Opened =
  | { readonly ok: true; readonly session: SmtpSession }
  | { readonly ok: false; readonly result: SmtpResult };

/** Rejects with a `ConnectFault` when no connection stood. */
export async function openSession(
  options: SessionOptions,
  server: SmtpServer,
  signal: AbortSignal,
): Promise<Opened> {
  const socket = await openSocket(options, server, signal);
  const connection = new SMTPConnection({
    host: readHost(server),
    port: server.port,
    connection: socket,
    secure: server.security === 'tls',
    requireTLS: server.security === 'starttls',
    ignoreTLS: server.security === 'none',
    connectionTimeout: LIMITS.smtpSetupMaxMs,
    greetingTimeout: LIMITS.smtpSetupMaxMs,
    socketTimeout: LIMITS.mailTimeoutMs,
    socketCloseTimeout: 0,
    maxResponseSize: LIMITS.smtpReplyBytesMax,
    tls: {
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ...(options.trustedCa === undefined ? {} : { ca: options.trustedCa }),
    },
  });
  // nodemailer emits what nobody waits for, too; without a listener that would end the process.
  connection.on('error', () => {});
  const fault = await converse(connection, server, signal);
  if (fault !== null) {
    connection.close();
    return { ok: false, result: fault };
  }
  const session = createSession(connection);
  connection.once('end', () => options.onEnd(session));
  return { ok: true, session };
}

async function converse(
  connection: SMTPConnection,
  server: SmtpServer,
  signal: AbortSignal,
): Promise<SmtpResult | null> {
  const greeted = await runStep(connection, signal, (done) => connection.connect(done));
  if ('fault' in greeted) return readFault(greeted.fault, placeOf(connection, 'opening'));
  const { user, password } = server;
  if (user === null || password === null) return null;
  const signedIn = await runStep(connection, signal, (done) => {
    connection.login({ user, pass: password }, done);
  });
  return 'fault' in signedIn ? readFault(signedIn.fault, placeOf(connection, 'auth')) : null;
}

function placeOf(connection: SMTPConnection, step: 'opening' | 'auth'): FaultPlace {
  return { step, isUpgrading: connection.upgrading === true, isWhole: false };
}

function createSession(connection: SMTPConnection): SmtpSession {
  let sentCount = 0;
  let isClean = true;
  let isTouched = false;

  async function send(mail: SmtpMail, signal: AbortSignal): Promise<SmtpResult> {
    const { bytes, envelope } = mail;
    isClean = false;
    isTouched = false;
    let isWhole = false;
    const onFirst = () => {
      isTouched = true;
    };
    const source = Readable.from(cutInChunks(bytes, onFirst));
    source.once('end', () => {
      isWhole = true;
    });
    const addresses = { from: envelope.fromAddress, to: [envelope.toAddress], size: bytes.length };
    const sent = await runStep<SMTPConnection.SentMessageInfo>(connection, signal, (done) => {
      connection.send(addresses, source, done);
    });
    if ('fault' in sent) {
      const result = readFault(sent.fault, { step: 'sending', isUpgrading: false, isWhole });
      // A message that was begun and not ended must not be followed by anything.
      if (result.kind !== 'refused' || (isTouched && !isWhole)) connection.close();
      return result;
    }
    if (!isWhole) {
      connection.close();
      const detail = 'the server took the message before it had it';
      return { kind: 'unsent', reason: 'connection_lost', detail };
    }
    sentCount += 1;
    isClean = true;
    return { kind: 'accepted', reply: cleanReply(sent.value?.response ?? '') };
  }

  function isReusable(): boolean {
    return isClean && !connection.destroyed && sentCount < LIMITS.smtpMessagesPerConnectionMax;
  }

  return {
    send,
    isReusable,
    isUntouched: () => !isTouched,
    quit: () => quit(connection),
  };
}

const CHUNK_BYTES = 16 * 1_024;

function* cutInChunks(bytes: Buffer, onFirst: () => void): Generator<Buffer> {
  onFirst();
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    yield bytes.subarray(at, at + CHUNK_BYTES);
  }
}

function quit(connection: SMTPConnection): void {
  if (connection.destroyed) return;
  const timer = setTimeout(() => connection.close(), LIMITS.smtpQuitMaxMs);
  connection.once('end', () => clearTimeout(timer));
  connection.quit();
}

type Step<Value> = { readonly value: Value | undefined } | { readonly fault: SmtpFault };

/** One exchange: its own end, the end of the connection, or the signal, whichever is first. */
function runStep<Value>(
  connection: SMTPConnection,
  signal: AbortSignal,
  begin: (done: (error?: SmtpFault | null, value?: Value) => void) => void,
): Promise<Step<Value>> {
  return new Promise((resolve) => {
    const finish = (step: Step<Value>) => {
      connection.off('error', onError);
      connection.off('end', onEnd);
      signal.removeEventListener('abort', onAbort);
      resolve(step);
    };
    const onError = (fault: SmtpFault) => finish({ fault });
    const onEnd = () => finish({ fault: { code: 'ECONNECTION' } });
    const onAbort = () => finish({ fault: { code: 'ETIMEDOUT' } });
    connection.on('error', onError);
    connection.on('end', onEnd);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) {
      onAbort();
      return;
    }
    begin((error, value) =>
      finish(error === null || error === undefined ? { value } : { fault: error }),
    );
  });
}
