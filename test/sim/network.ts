/**
 * The network between the nodes and the targets: of webhooks over HTTP, of mail over SMTP. What
 * becomes of a message is drawn from the seed and its number; some are held until the simulator
 * lets them be answered, or until their deadline has passed. It remembers what each target got and
 * what it said.
 */
import type { Clock, HttpOutcome, HttpRequest, SmtpOutcome, SmtpRequest } from '#kernel/ports.ts';
import { type Instant, MS_PER_SECOND } from '#kernel/instant.ts';
import { createSeededRandom } from '#test/support/ids.ts';
import { NodeGone } from './ports.ts';

export type FlightKind =
  | 'accepted'
  /** HTTP. */
  | 'server_error'
  | 'rate_limited'
  | 'gone'
  /** SMTP, by where in the conversation the server says no. */
  | 'busy'
  | 'sign_in_refused'
  | 'mailbox_unknown'
  | 'content_refused'
  | 'unsent'
  /** Hangs: the target has it, or has not, and nobody can tell. */
  | 'unknown_received'
  | 'unknown_lost';

/** One message on its way. */
export type Flight = {
  readonly number: number;
  readonly nodeId: string;
  /** The host of a webhook; the address of a mail. */
  readonly to: string;
  readonly notificationId: string;
  readonly body: string;
  readonly sentAt: Instant;
  readonly deadlineAt: number;
  readonly kind: FlightKind;
  /** What came back, and to a node that was still there; null = nothing yet. */
  state: 'held' | 'answered' | 'orphaned';
};

type SendFrom<Request, Outcome> = (
  nodeId: () => string,
) => (request: Request, isDead: () => boolean) => Promise<Outcome>;

export type Network = {
  readonly flights: readonly Flight[];
  readonly sendHttpFrom: SendFrom<HttpRequest, HttpOutcome>;
  readonly sendMailFrom: SendFrom<SmtpRequest, SmtpOutcome>;
  readonly listHeld: () => readonly Flight[];
  readonly answer: (flight: Flight) => void;
  /** Messages whose deadline has passed end now, but for those of nodes that stand still. */
  readonly answerOverdue: (isPaused: (nodeId: string) => boolean) => void;
  /** From now on everything is accepted at once. */
  readonly calmDown: () => void;
};

const HELD_SHARE = 0.35;

type Sent<Outcome> = Pick<Flight, 'to' | 'notificationId' | 'body'> & {
  readonly timeoutMs: number;
  readonly troubles: readonly FlightKind[];
  readonly toOutcome: (kind: FlightKind, chance: number) => Outcome;
};

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

  function fly<Outcome>(
    sent: Sent<Outcome>,
    from: { readonly nodeId: string; readonly isDead: () => boolean },
  ): Promise<Outcome> {
    const { to, notificationId, body } = sent;
    const number = flights.length + 1;
    const { random } = createSeededRandom(seed + number / 4_096);
    const kind = isCalm ? 'accepted' : drawKind(random, trouble, sent.troubles);
    const sentAt = clock.now();
    const deadlineAt = sentAt + sent.timeoutMs;
    const { nodeId } = from;
    const basis = { number, nodeId, to, notificationId, body, sentAt, deadlineAt, kind };
    const flight: Flight = { ...basis, state: 'held' };
    flights.push(flight);
    const outcome = sent.toOutcome(kind, random());
    const isHeld = !isCalm && random() < HELD_SHARE;
    return new Promise((resolve, reject) => {
      const end = () => {
        const isDead = from.isDead();
        flight.state = isDead ? 'orphaned' : 'answered';
        if (isDead) reject(new NodeGone());
        else resolve(outcome);
      };
      if (isHeld) held.set(flight, { end });
      else end();
    });
  }

  return {
    flights,
    sendHttpFrom: (nodeId) => (request, isDead) =>
      fly(readHttp(request), { nodeId: nodeId(), isDead }),
    sendMailFrom: (nodeId) => (request, isDead) =>
      fly(readMail(request), { nodeId: nodeId(), isDead }),
    listHeld: () => [...held.keys()],
    answer,
    answerOverdue: (isPaused) => {
      for (const flight of held.keys()) {
        if (!isPaused(flight.nodeId) && clock.now() >= flight.deadlineAt) answer(flight);
      }
    },
    calmDown: () => {
      isCalm = true;
    },
  };
}

function readHttp(request: HttpRequest): Sent<HttpOutcome> {
  return {
    to: new URL(request.url).host,
    notificationId: request.headers['webhook-id'] ?? '',
    body: Buffer.from(request.body).toString('utf8'),
    timeoutMs: request.timeoutMs,
    troubles: HTTP_TROUBLES,
    toOutcome: toHttpOutcome,
  };
}

function readMail({ message, timeoutMs }: SmtpRequest): Sent<SmtpOutcome> {
  return {
    to: message.toAddress,
    notificationId: message.headers['X-Tocsin-Notification'] ?? '',
    body: message.text,
    timeoutMs: Math.min(timeoutMs, MAIL_PATIENCE_MS),
    troubles: MAIL_TROUBLES,
    toOutcome: toMailOutcome,
  };
}

/** Of these servers: they drop a connection sooner than we would. */
const MAIL_PATIENCE_MS = 20 * MS_PER_SECOND;

const HTTP_TROUBLES: readonly FlightKind[] = [
  'server_error',
  'server_error',
  'rate_limited',
  'gone',
  'unsent',
  'unknown_received',
  'unknown_received',
  'unknown_lost',
];

const MAIL_TROUBLES: readonly FlightKind[] = [
  'busy',
  'sign_in_refused',
  'mailbox_unknown',
  'content_refused',
  'unsent',
  'unknown_received',
  'unknown_received',
  'unknown_lost',
];

function drawKind(
  random: () => number,
  trouble: number,
  troubles: readonly FlightKind[],
): FlightKind {
  if (random() >= trouble) return 'accepted';
  return troubles[Math.floor(random() * troubles.length)] ?? 'unsent';
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

function toHttpOutcome(kind: FlightKind, chance: number): HttpOutcome {
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

type Refused = Omit<Extract<SmtpOutcome, { readonly kind: 'refused' }>, 'kind' | 'durationMs'>;

const REFUSALS: Readonly<Partial<Record<FlightKind, Refused>>> = {
  busy: { phase: 'rcpt', code: 451, enhancedCode: '4.7.1' },
  sign_in_refused: { phase: 'auth', code: 535, enhancedCode: '5.7.8' },
  mailbox_unknown: { phase: 'rcpt', code: 550, enhancedCode: '5.1.1' },
  content_refused: { phase: 'data', code: 554, enhancedCode: '5.7.1' },
};

function toMailOutcome(kind: FlightKind, chance: number): SmtpOutcome {
  const durationMs = Math.floor(chance * 100);
  if (kind === 'accepted') return { kind, reply: '250 2.0.0 Ok: queued as 1A2B', durationMs };
  if (kind === 'unsent') {
    return { kind, reason: 'connect_failed', detail: 'no connection', durationMs };
  }
  const refused = REFUSALS[kind];
  if (refused !== undefined) return { kind: 'refused', ...refused, durationMs };
  return { kind: 'unknown', reason: 'timeout', detail: 'no answer', durationMs };
}
