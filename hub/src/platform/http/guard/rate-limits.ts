/**
 * How much one principal may ask of the operator API, and how often one network may guess keys.
 *
 * Danger: alarms are never limited. Ways in, heartbeats, receipts, signed links and health pass by
 * here uncounted, and so does every answer of a person to an alert (`access: 'answer'`): an
 * acknowledgement stops calls, and one that is refused keeps somebody's telephone ringing. A valid
 * key or token passes whatever else comes from its network; only what is refused with 401 anyway
 * becomes a 429, which tells a guesser nothing more.
 * Options: the rates of LIMITS, per node. Emits: `onLimited`, with what it was.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '#kernel/error-codes.ts';
import { MS_PER_SECOND } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock } from '#kernel/ports.ts';
import type { Action, Principal } from '#kernel/principal.ts';
import { createBuckets, nameNetwork, type Rate, type Taken } from './token-bucket.ts';

export type Limited = 'read' | 'write' | 'guess';

export type Rates = Readonly<Record<Limited, Rate>>;

export const RATES: Rates = {
  read: { burst: LIMITS.readsBurstMax, perSecond: LIMITS.readsPerSecondMax },
  write: { burst: LIMITS.writesBurstMax, perSecond: LIMITS.writesPerSecondMax },
  guess: { burst: LIMITS.guessesBurstMax, perSecond: LIMITS.guessesPerSecondMax },
};

export type RateLimitDeps = {
  readonly clock: Clock;
  readonly rates: Rates;
  readonly onLimited: (what: Limited) => void;
};

/** Said of what is counted; of an answer to an alert, or an alarm, nothing is ever counted. */
const COUNTED: readonly unknown[] = [
  'read',
  'operate',
  'administer',
  'administer_hub',
] satisfies readonly Action[];
const READING = ['GET', 'HEAD'];

export type RefuseGuess = (request: FastifyRequest, reply: FastifyReply) => void;

/** To be called after the principal of a request is known to its hooks. */
export function limitRates(server: FastifyInstance, deps: RateLimitDeps): RefuseGuess {
  const { clock, rates, onLimited } = deps;
  const reads = createBuckets(rates.read, LIMITS.ratedNamesMax);
  const writes = createBuckets(rates.write, LIMITS.ratedNamesMax);
  const guesses = createBuckets(rates.guess, LIMITS.ratedNamesMax);

  const refuse = (reply: FastifyReply, { what, waitMs }: { what: Limited; waitMs: number }) => {
    reply.header('retry-after', String(Math.ceil(waitMs / MS_PER_SECOND)));
    onLimited(what);
    return new CodedError('too_many_requests');
  };

  server.addHook('onRequest', async (request, reply) => {
    const { principal, method, routeOptions } = request;
    if (principal === null || !COUNTED.includes(routeOptions.config.access)) return;
    const what = READING.includes(method) ? 'read' : 'write';
    const taken = (what === 'read' ? reads : writes).take(namePrincipal(principal), clock.now());
    tellRate(reply, rates[what], taken);
    if (taken.waitMs > 0) throw refuse(reply, { what, waitMs: taken.waitMs });
  });

  return (request, reply) => {
    const { waitMs } = guesses.take(nameNetwork(request.ip), clock.now());
    if (waitMs > 0) throw refuse(reply, { what: 'guess', waitMs });
  };
}

function namePrincipal({ authMethod, principalId }: Principal): string {
  return `${authMethod} ${principalId}`;
}

function tellRate(reply: FastifyReply, { burst }: Rate, { left, fullMs }: Taken): void {
  reply.header('ratelimit-limit', String(burst));
  reply.header('ratelimit-remaining', String(left));
  reply.header('ratelimit-reset', String(Math.ceil(fullMs / MS_PER_SECOND)));
}
