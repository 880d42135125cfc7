/** A webhook's target: answers 200 at once, and notes when each alert came. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { findNumbers } from '#bench/exchange.ts';
import { monotonicMs } from '#bench/machine.ts';

/** By the alert's number: when it came, by the monotonic clock, each time. */
export type Arrivals = ReadonlyMap<number, readonly number[]>;

export type Receiver = {
  readonly url: string;
  readonly arrivals: Arrivals;
  /** Until all are here, or nothing has come for a while; and a little longer, for copies. */
  readonly waitFor: (numbers: readonly number[]) => Promise<void>;
  readonly stop: () => void;
};

const POLL_MS = 50;
/** Nothing new for so long: what is missing will not come. Longer than a first retry waits. */
const QUIET_MS = 15_000;
/** Copies would follow soon. */
const COPIES_MS = 2_000;

export async function startReceiver(): Promise<Receiver> {
  const arrivals = new Map<number, number[]>();
  let lastMs = monotonicMs();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      lastMs = monotonicMs();
      response.end();
      for (const number of findNumbers(Buffer.concat(chunks).toString('latin1'))) {
        arrivals.set(number, [...(arrivals.get(number) ?? []), lastMs]);
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port to receive on');
  async function waitFor(numbers: readonly number[]): Promise<void> {
    const startedMs = monotonicMs();
    const isAllHere = () => numbers.every((number) => arrivals.has(number));
    while (!isAllHere() && monotonicMs() - Math.max(lastMs, startedMs) < QUIET_MS) {
      await pause(POLL_MS);
    }
    await pause(COPIES_MS);
  }
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${address.port}/hook`, arrivals, waitFor, stop };
}
