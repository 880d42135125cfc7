/**
 * Mail servers of a test: a real one (TLS, STARTTLS, sign-in, refusals), and one that reads lines
 * and answers by a script, for everything that no proper server does.
 *
 * The certificate is committed (test/fixtures/mail), for `mail.example.org` and 127.0.0.1.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { assert } from '#kernel/decision.ts';

const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'mail');
const KEY = readFileSync(join(FIXTURES, 'key.pem'), 'utf8');
export const MAIL_CERTIFICATE = readFileSync(join(FIXTURES, 'certificate.pem'), 'utf8');
export const MAIL_HOST = 'mail.example.org';

export type ReceivedMail = {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly isSecure: boolean;
  readonly user: string | null;
};

export type MailRefusal = { readonly code: number; readonly text: string };

export type MailServerOptions = {
  readonly security: 'tls' | 'starttls' | 'none';
  /** Null: nobody has to sign in. */
  readonly password?: string | null;
  /** The next refusal at that place; null = go on. */
  readonly refuse?: (place: 'mail' | 'rcpt' | 'data', address: string) => MailRefusal | null;
  readonly more?: SMTPServerOptions;
};

export type MailServer = {
  readonly port: number;
  readonly received: readonly ReceivedMail[];
  readonly connectionCount: () => number;
  /** The most connections that were open at one time. */
  readonly connectionPeak: () => number;
  readonly dropAll: () => void;
  readonly stop: () => Promise<void>;
};

export async function startMailServer(options: MailServerOptions): Promise<MailServer> {
  const { security, password = null, refuse = () => null } = options;
  const received: ReceivedMail[] = [];
  const answer = (place: 'mail' | 'rcpt' | 'data', address: string): Error | null => {
    const refusal = refuse(place, address);
    if (refusal === null) return null;
    return Object.assign(new Error(refusal.text), { responseCode: refusal.code });
  };
  const server = new SMTPServer({
    secure: security === 'tls',
    key: KEY,
    cert: MAIL_CERTIFICATE,
    disabledCommands: [
      ...(security === 'starttls' ? [] : ['STARTTLS']),
      ...(password === null ? ['AUTH'] : []),
    ],
    authOptional: password === null,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: true,
    onAuth: (given, _session, done) => {
      if (given.password === password) done(null, { user: given.username ?? '' });
      else done(Object.assign(new Error('5.7.8 wrong'), { responseCode: 535 }));
    },
    onMailFrom: ({ address }, _session, done) => done(answer('mail', address)),
    onRcptTo: ({ address }, _session, done) => done(answer('rcpt', address)),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.once('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const fault = answer('data', '');
        if (fault === null) {
          const user: unknown = session.user;
          received.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(chunks).toString('utf8'),
            isSecure: session.secure,
            user: typeof user === 'string' ? user : null,
          });
        }
        done(fault, `2.0.0 Ok: queued as Q${received.length}`);
      });
    },
    ...options.more,
  });
  // What a client does to its end of the line is not what is tested here.
  server.on('error', () => {});
  const watched = watchSockets(server.server);
  const port = await listen(server.server);
  return { port, received, ...watched, stop: () => stop(server.server, watched.dropAll) };
}

export type ScriptedServer = {
  readonly port: number;
  /** What clients said, line by line; a message's lines too. */
  readonly lines: readonly string[];
  readonly connectionCount: () => number;
  readonly stop: () => Promise<void>;
};

/** What to answer to a line; DROP resets the connection, null stays silent. */
export type Script = (line: string, at: { readonly connection: number }) => string | null;

export const DROP = '(drop)';

/** Stands for the line that a client has not sent yet: what is answered to it is the greeting. */
export const CONNECTED = '(connected)';

export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const lines: string[] = [];
  const server = createServer();
  const watched = watchSockets(server);
  server.on('connection', (socket) => {
    const at = { connection: watched.connectionCount() };
    let rest = '';
    const answer = (line: string) => {
      const said = script(line, at);
      if (said === DROP) socket.resetAndDestroy();
      else if (said !== null) socket.write(`${said}\r\n`);
    };
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      const parts = `${rest}${text}`.split('\r\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        if (line === 'QUIT') socket.end('221 bye\r\n');
        else answer(line);
      }
    });
    answer(CONNECTED);
  });
  const port = await listen(server);
  const { connectionCount, dropAll } = watched;
  return { port, lines, connectionCount, stop: () => stop(server, dropAll) };
}

function watchSockets(server: Server) {
  const sockets = new Set<Socket>();
  let count = 0;
  let peak = 0;
  server.on('connection', (socket: Socket) => {
    count += 1;
    sockets.add(socket);
    peak = Math.max(peak, sockets.size);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  return {
    connectionCount: () => count,
    connectionPeak: () => peak,
    dropAll: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert(address !== null && typeof address === 'object', 'a TCP server has a port');
  return address.port;
}

async function stop(server: Server, dropAll: () => void): Promise<void> {
  dropAll();
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}
