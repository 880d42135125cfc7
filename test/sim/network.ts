/**
 * The network between the nodes and the targets of webhooks. What becomes of a request is drawn
 * from the seed and its number; some are held until the simulator lets them be answered, or until
 * their deadline has passed.
 */
import type { HttpOutcome, HttpRequest } from '#kernel/ports.ts';
import type { Clock } from '#kernel/ports.ts';
import { type Instant, MS_PER_SECOND } from '#kernel/instant.ts';
import { createSeededRandom } from '#test/support/ids.ts';
import { NodeGone } from './ports.ts';

export type FlightKind =
  | 'accepted'
  | 'server_error'
  | 'rate_limited'
  | 'gone'
  | 'unsent'
  /** Hangs: the target has it, or has not, and nobody can tell. */
  | 'unknown_received'
  | 'unknown_lost';

/** One request on its way. */
export type Flight = {
  readonly number: number;
  readonly nodeId: string;
  readonly host: string;
  readonly notificationId: string;
  readonly body: string;
  readonly sentAt: Instant;
  readonly kind: FlightKind;
  /** What came back, and to a node that was still there; null = nothing yet. */
  state: 'held' | 'answered' | 'orphaned';
};

export type Network = {
  readonly flights: readonly Flight[];
  readonly sendFrom: (
    nodeId: () => string,
  ) => (request: HttpRequest, isDead: () => boolean) => Promise<HttpOutcome>;
  readonly listHeld: () => readonly Flight[];
  readonly answer: (flight: Flight) => void;
  /** Requests whose deadline has passed end now, but for those of nodes that stand still. */
  readonly answerOverdue: (isPaused: (nodeId: string) => boolean) => void;
  /** From now on everything is accepted at once. */
  readonly calmDown: () => void;
};

const HELD_SHARE = 0.35;
const DEADLINE_MS = 10 * MS_PER_SECOND;

export function createNetwork(options: {
  readonly seed: number;
  readonly trouble: number;
  readonly clock: Clock;
}): Network {
  const { seed, trouble, clock } = options;
  const flights: Flight[] = [];
  const held = new Map<Flight, { readonly end: () => void }>();
  let isCalm = false;

  function answer(flight: Flight): void {
    const waiting = held.get(flight);
    held.delete(flight);
    waiting?.end();
  }

  return {
    flights,
    sendFrom: (nodeId) => (request, isDead) => {
      const number = flights.length + 1;
      const { random } = createSeededRandom(seed + number / 4_096);
      const kind = isCalm ? 'accepted' : drawKind(random, trouble);
      const flight: Flight = {
        number,
        nodeId: nodeId(),
        host: new URL(request.url).host,
        notificationId: request.headers['webhook-id'] ?? '',
        body: Buffer.from(request.body).toString('utf8'),
        sentAt: clock.now(),
        kind,
        state: 'held',
      };
      flights.push(flight);
      const outcome = toOutcome(kind, random());
      const isHeld = !isCalm && random() < HELD_SHARE;
      return new Promise((resolve, reject) => {
        const end = () => {
          flight.state = isDead() ? 'orphaned' : 'answered';
          if (isDead()) reject(new NodeGone());
          else resolve(outcome);
        };
        if (isHeld) held.set(flight, { end });
        else end();
      });
    },
    listHeld: () => [...held.keys()],
    answer,
    answerOverdue: (isPaused) => {
      for (const flight of held.keys()) {
        if (isPaused(flight.nodeId)) continue;
        if (clock.now() - flight.sentAt >= DEADLINE_MS) answer(flight);
      }
    },
    calmDown: () => {
      isCalm = true;
    },
  };
}

const TROUBLES: readonly FlightKind[] = [
  'server_error',
  'server_error',
  'rate_limited',
  'gone',
  'unsent',
  'unknown_received',
  'unknown_received',
  'unknown_lost',
];

function drawKind(random: () => number, trouble: number): FlightKind {
  if (random() >= trouble) return 'accepted';
  return TROUBLES[Math.floor(random() * TROUBLES.length)] ?? 'server_error';
}

/** The target has the message, whatever the sender was told. */
export function isReceived(flight: Flight): boolean {
  return flight.kind === 'accepted' || flight.kind === 'unknown_received';
}

const STATUSES: Readonly<Partial<Record<FlightKind, number>>> = {
  accepted: 200,
  server_error: 500,
  rate_limited: 429,
  gone: 410,
};
const RETRY_AFTER_MAX_S = 600;

function toOutcome(kind: FlightKind, chance: number): HttpOutcome {
  const durationMs = Math.floor(chance * 100);
  if (kind === 'unsent') {
    return { kind: 'unsent', reason: 'connect_failed', detail: 'no connection', durationMs };
  }
  const status = STATUSES[kind];
  if (status === undefined) {
    return { kind: 'unknown', reason: 'timeout', detail: 'no answer', durationMs };
  }
  const seconds = Math.ceil(chance * RETRY_AFTER_MAX_S);
  const headers: Record<string, string> =
    kind === 'rate_limited' && chance < 0.8 ? { 'retry-after': String(seconds) } : {};
  return { kind: 'answered', status, headers, body: '', durationMs };
}
