/**
 * The load generator as a process of its own, so that it shares no event loop with what measures:
 * one job comes as a message, one result goes back. Plain sockets, one request under way on each.
 *
 * `closed`: each connection posts again as soon as it is answered, for a time or a number of
 * requests, and waits for the last answers: what it counts as answered is all that was sent.
 * `open`: requests are due at a fixed rate whether or not the ones before were answered; a
 * connection is opened when none is free.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createFiller, parseAnswer, type RequestTarget } from './exchange.ts';
import { monotonicMs } from './machine.ts';
import { percentile } from './statistics.ts';

export type ClosedJob = RequestTarget & {
  readonly kind: 'closed';
  /** A whole request with marks. */
  readonly template: string;
  readonly firstNumber: number;
  readonly connections: number;
  readonly durationMs: number | null;
  readonly requestsMax: number | null;
};

export type OpenJob = RequestTarget & {
  readonly kind: 'open';
  readonly template: string;
  readonly firstNumber: number;
  readonly ratePerS: number;
  readonly requests: number;
};

export type ClosedResult = {
  readonly answered: number;
  /** Answered, but not with 2xx. */
  readonly refused: number;
  /** Connections that broke with a request under way. */
  readonly failed: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

/** One request; times of the monotonic clock. Status 0: the connection broke. */
export type Sent = {
  readonly number: number;
  readonly dueMs: number;
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly status: number;
};

type Connection = {
  readonly send: (request: string, onAnswer: (status: number) => void) => void;
  readonly close: () => void;
};

async function openConnection(target: RequestTarget): Promise<Connection> {
  const socket = connect({ host: target.host, port: target.port, noDelay: true });
  await once(socket, 'connect');
  let rest: Buffer = Buffer.alloc(0);
  let waiting: ((status: number) => void) | null = null;
  const settle = (status: number) => {
    const onAnswer = waiting;
    waiting = null;
    onAnswer?.(status);
  };
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const answer = parseAnswer(rest);
    if (answer === null) return;
    rest = rest.subarray(answer.bytes);
    settle(answer.status);
  });
  socket.on('error', () => settle(0));
  socket.on('close', () => settle(0));
  return {
    send: (request, onAnswer) => {
      waiting = onAnswer;
      if (socket.writable) socket.write(request, 'latin1');
      else setImmediate(() => settle(0));
    },
    close: () => socket.destroy(),
  };
}

async function runClosed(job: ClosedJob): Promise<ClosedResult> {
  const { marks, fill } = createFiller(job.template);
  const connections = await Promise.all(
    Array.from({ length: job.connections }, () => openConnection(job)),
  );
  const latenciesMs: number[] = [];
  const counts = { sent: 0, refused: 0, failed: 0 };
  const startedMs = monotonicMs();
  const endsMs = job.durationMs === null ? Infinity : startedMs + job.durationMs;
  const requestsMax = job.requestsMax ?? Infinity;
  const runLane = (connection: Connection) =>
    new Promise<void>((resolve) => {
      const sendNext = () => {
        const sentMs = monotonicMs();
        if (sentMs >= endsMs || counts.sent >= requestsMax) return resolve();
        const request = fill(job.firstNumber + counts.sent * marks);
        counts.sent += 1;
        return connection.send(request, (status) => {
          if (status === 0) {
            counts.failed += 1;
            return resolve();
          }
          latenciesMs.push(monotonicMs() - sentMs);
          if (status < 200 || status > 299) counts.refused += 1;
          return sendNext();
        });
      };
      sendNext();
    });
  await Promise.all(connections.map(runLane));
  const elapsedMs = monotonicMs() - startedMs;
  for (const connection of connections) connection.close();
  return {
    answered: latenciesMs.length,
    refused: counts.refused,
    failed: counts.failed,
    elapsedMs,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    maxMs: percentile(latenciesMs, 1),
  };
}

async function runOpen(job: OpenJob): Promise<readonly Sent[]> {
  const { fill } = createFiller(job.template);
  const free: Connection[] = [];
  const all: Connection[] = [];
  const sendOne = async (number: number, dueMs: number): Promise<Sent> => {
    const connection = free.pop() ?? (await openConnection(job));
    if (!all.includes(connection)) all.push(connection);
    const sentMs = monotonicMs();
    const status = await new Promise<number>((resolve) => {
      connection.send(fill(number), resolve);
    });
    if (status !== 0) free.push(connection);
    return { number, dueMs, sentMs, answeredMs: monotonicMs(), status };
  };
  const startedMs = monotonicMs();
  const sends: Promise<Sent>[] = [];
  while (sends.length < job.requests) {
    const dueMs = startedMs + (sends.length * 1_000) / job.ratePerS;
    const waitMs = dueMs - monotonicMs();
    if (waitMs > 0) await pause(waitMs);
    else sends.push(sendOne(job.firstNumber + sends.length, dueMs));
  }
  const results = await Promise.all(sends);
  for (const connection of all) connection.close();
  return results;
}

function parseJob(message: unknown): ClosedJob | OpenJob {
  return message as ClosedJob | OpenJob;
}

const message = new Promise<unknown>((resolve) => {
  process.once('message', resolve);
});
const job = parseJob(await message);
const result = job.kind === 'closed' ? await runClosed(job) : await runOpen(job);
process.send?.(result, undefined, undefined, () => process.disconnect());
