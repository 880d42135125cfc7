/**
 * The connections to one mail server under one sign-in: a few at most, each used for one message
 * at a time and kept a little while for the next one.
 *
 * Danger: nothing here sends again. The one exception is a kept connection that the server has
 * dropped meanwhile: as long as nothing of the message itself was written, it goes out once over a
 * fresh one. Timers: one per kept connection, which closes it when nobody came.
 */
import { LIMITS } from '#kernel/limits.ts';
import type { SmtpServer } from '#kernel/ports.ts';
import { ConnectFault } from '#platform/http/http-fault.ts';
import type { SmtpResult } from './smtp-reply.ts';
import {
  openSession,
  type SessionOptions,
  type SmtpMail,
  type SmtpSession,
} from './smtp-session.ts';

export type PoolOptions = Omit<SessionOptions, 'onEnd'> & {
  readonly server: SmtpServer;
  /** Whether one more connection may be kept open without work. */
  readonly mayKeep: () => boolean;
};

export type SmtpPool = {
  readonly send: (mail: SmtpMail, signal: AbortSignal) => Promise<SmtpResult>;
  readonly countIdle: () => number;
  /** Neither used nor kept: the pool can be forgotten. */
  readonly isEmpty: () => boolean;
  readonly quitIdle: () => void;
};

export function createPool(options: PoolOptions): SmtpPool {
  const idle = new Map<SmtpSession, NodeJS.Timeout>();
  const slots = createSlots(LIMITS.smtpConnectionsPerServerMax);

  async function send(mail: SmtpMail, signal: AbortSignal): Promise<SmtpResult> {
    if (!(await slots.take(signal))) {
      const detail = 'no connection was free in time';
      return { kind: 'unsent', reason: 'timeout', detail };
    }
    try {
      const kept = takeIdle();
      if (kept !== null) {
        const result = await sendOn(kept, mail, signal);
        if (!isStale(result, kept) || signal.aborted) return result;
      }
      const opened = await openSession({ ...options, onEnd: forget }, options.server, signal);
      return opened.ok ? await sendOn(opened.session, mail, signal) : opened.result;
    } catch (error) {
      if (!(error instanceof ConnectFault)) throw error;
      return { kind: 'unsent', reason: error.reason, detail: error.message };
    } finally {
      slots.give();
    }
  }

  async function sendOn(
    session: SmtpSession,
    mail: SmtpMail,
    signal: AbortSignal,
  ): Promise<SmtpResult> {
    const result = await session.send(mail, signal);
    if (session.isReusable() && options.mayKeep()) keep(session);
    else session.quit();
    return result;
  }

  function keep(session: SmtpSession): void {
    const timer = setTimeout(() => {
      idle.delete(session);
      session.quit();
    }, LIMITS.smtpIdleMs);
    idle.set(session, timer);
  }

  function forget(session: SmtpSession): void {
    clearTimeout(idle.get(session));
    idle.delete(session);
  }

  /** The one used last: the others get the chance to run out. */
  function takeIdle(): SmtpSession | null {
    const last = [...idle].at(-1);
    if (last === undefined) return null;
    const [session] = last;
    forget(session);
    return session;
  }

  function quitIdle(): void {
    for (let session = takeIdle(); session !== null; session = takeIdle()) session.quit();
  }

  return {
    send,
    countIdle: () => idle.size,
    isEmpty: () => idle.size === 0 && slots.isFree(),
    quitIdle,
  };
}

/** The server ended a kept connection, of which it tells at the first command, or not at all. */
function isStale(result: SmtpResult, session: SmtpSession): boolean {
  if (!session.isUntouched()) return false;
  if (result.kind === 'refused') return result.code === 421;
  return result.kind === 'unsent' && result.reason === 'connection_lost';
}

type Slots = {
  /** False when the signal came first. */
  readonly take: (signal: AbortSignal) => Promise<boolean>;
  readonly give: () => void;
  readonly isFree: () => boolean;
};

function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let takenCount = 0;

  function take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (takenCount < count) {
      takenCount += 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const onAbort = () => {
        waiting.splice(waiting.indexOf(onTurn), 1);
        resolve(false);
      };
      const onTurn = () => {
        signal.removeEventListener('abort', onAbort);
        resolve(true);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      waiting.push(onTurn);
    });
  }

  /** A slot goes straight to whoever waits longest. */
  function give(): void {
    const next = waiting.shift();
    if (next === undefined) takenCount -= 1;
    else next();
  }

  return { take, give, isFree: () => takenCount === 0 };
}
