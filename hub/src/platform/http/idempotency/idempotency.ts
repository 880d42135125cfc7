/**
 * Idempotency-Key (ENGINE 21): a write that is sent again with its key is not done again, but
 * answered as it was, for a day. It holds for every route whose access is one of writing; nothing
 * has to be said by the route.
 *
 * The request is one transaction (whole-request.ts): all that its handler writes, and the answer.
 * Whatever happens, there are both or neither. So a refusal leaves nothing behind, not even the
 * key: sent again it is decided anew. A route that `reachesOut` (it talks to others, and may take
 * long) claims its key first and is answered for afterwards; when its process dies in between,
 * nobody knows what came of it, and that is what is said.
 *
 * Danger: secrets that are shown once must be named by their route (`shownOnce`), and are never
 * kept: the answer says null in their place, and which they were in `Idempotent-Omitted`. Requests
 * with a key hold a session of the database from their first look to their last; how many there
 * are at once is bounded, answers of people apart from all others, so that neither waits behind
 * the other and intake behind none.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isSameHash } from '#kernel/crypto.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock, Log } from '#kernel/ports.ts';
import { parseJson } from '#kernel/syntax/json.ts';
import { noteNothingWritten } from '#platform/http/acting.ts';
import { asError, type Database, type Transaction } from '#platform/postgres/postgres.ts';
import { beginWholeRequest, type WholeRequest } from '#platform/postgres/whole-request.ts';
import {
  dropClaim,
  findAttempt,
  type KeptAnswer,
  lockScope,
  type Saved,
  saveAttempt,
} from './answer.store.ts';
import { createFingerprints, type Fingerprint, readKey, takesKey } from './asked.ts';
import { createSeats, type Seats } from './seats.ts';
import { blankSecrets } from './shown-once.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Places of the answer with what is never shown again: `key`, `secrets.*.value`. */
    shownOnce?: readonly string[];
    /** It talks to others before it answers: no transaction is held open meanwhile. */
    reachesOut?: boolean;
  }
  interface FastifyInstance {
    /** By method and pattern: places of answers with what is never shown again. */
    readonly shownOnce: ReadonlyMap<string, readonly string[]>;
  }
  interface FastifyRequest {
    keyed: Keyed | null;
  }
}

/** A request whose answer is to be kept. */
type Keyed = {
  readonly saved: Omit<Saved, 'answer'>;
  /** Null: it reaches out, and its claim is committed already. */
  readonly whole: WholeRequest | null;
  readonly leave: () => void;
};

export type IdempotencyDeps = {
  /** Not a joining one. */
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly secret: Uint8Array;
};

type Keeper = IdempotencyDeps & {
  readonly seats: { readonly answers: Seats; readonly others: Seats };
};

export function keepAnswers(server: FastifyInstance, deps: IdempotencyDeps): void {
  const takeFingerprint = createFingerprints(deps.secret);
  const keeper: Keeper = { ...deps, seats: { answers: createSeats(), others: createSeats() } };
  server.decorateRequest('keyed', null);
  const shownOnce = new Map<string, readonly string[]>();
  server.decorate('shownOnce', shownOnce);
  server.addHook('onRoute', ({ method, url, config }) => {
    for (const name of [method].flat()) {
      if (config?.shownOnce !== undefined) shownOnce.set(`${name} ${url}`, config.shownOnce);
    }
  });

  // With `done`, because the handler has to run inside of the transaction.
  server.addHook('preHandler', (request, reply, done) => {
    const { config, url: route = '' } = request.routeOptions;
    const { principal, method, params, body } = request;
    if (principal === null || !takesKey(config.access, method)) return done();
    const [, query = ''] = request.url.split(/\?(.*)/s);
    let fingerprint: Fingerprint;
    try {
      const key = readKey(request.headers['idempotency-key']);
      if (key === null) return done();
      fingerprint = takeFingerprint({ key, principal, method, route, params, query, body });
    } catch (error) {
      return done(asError(error));
    }
    void proceed(begin(keeper, request, fingerprint), { request, reply, done });
  });

  // The answer is known, and not sent yet.
  server.addHook('onSend', async (request, reply, payload) => {
    const { keyed } = request;
    if (keyed === null) return payload;
    request.keyed = null;
    try {
      await end(keeper, keyed, describeAnswer(request, reply, payload));
    } finally {
      keyed.leave();
    }
    return payload;
  });

  // Whatever went past the hook before: nothing of it may stay open.
  server.addHook('onResponse', async (request) => {
    const { keyed } = request;
    if (keyed === null) return;
    request.keyed = null;
    await end(keeper, keyed, null).finally(keyed.leave);
  });
}

type Hook = {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly done: (error?: Error) => void;
};

/** To the handler, within its transaction; or to the answer that is known. */
async function proceed(beginning: Promise<Begun>, { request, reply, done }: Hook): Promise<void> {
  let begun: Begun;
  try {
    begun = await beginning;
  } catch (error) {
    return done(asError(error));
  }
  if (begun.kind === 'known') return replay(reply, begun.answer);
  request.keyed = begun.keyed;
  const { whole } = begun.keyed;
  if (whole === null) done();
  else whole.run(done);
}

type Begun =
  | { readonly kind: 'known'; readonly answer: KeptAnswer }
  | { readonly kind: 'new'; readonly keyed: Keyed };

async function begin(
  keeper: Keeper,
  request: FastifyRequest,
  fingerprint: Fingerprint,
): Promise<Begun> {
  const { access, reachesOut } = request.routeOptions.config;
  const leave = await keeper.seats[access === 'answer' ? 'answers' : 'others'].take();
  try {
    const begun = await (reachesOut === true
      ? claim(keeper, fingerprint, leave)
      : open(keeper, fingerprint, leave));
    if (begun.kind === 'known') leave();
    return begun;
  } catch (error) {
    leave();
    throw error;
  }
}

async function open(keeper: Keeper, fingerprint: Fingerprint, leave: () => void): Promise<Begun> {
  const whole = await beginWholeRequest(keeper.database);
  try {
    const known = await look(keeper, whole.tx, fingerprint);
    if (known === null)
      return { kind: 'new', keyed: { ...describeStart(keeper, fingerprint), whole, leave } };
    await whole.rollBack();
    return { kind: 'known', answer: known };
  } catch (error) {
    await whole.rollBack();
    throw error;
  }
}

/** Committed before anything is done: whoever comes meanwhile sees it. */
async function claim(keeper: Keeper, fingerprint: Fingerprint, leave: () => void): Promise<Begun> {
  const start = describeStart(keeper, fingerprint);
  const known = await keeper.database.transaction(async (tx) => {
    const answer = await look(keeper, tx, fingerprint);
    if (answer === null) saveAttempt(tx, { ...start.saved, answer: null }, keeper.clock.now());
    return answer;
  });
  if (known !== null) return { kind: 'known', answer: known };
  // Nothing of the database is held from here on.
  leave();
  return { kind: 'new', keyed: { ...start, whole: null, leave: () => undefined } };
}

function describeStart(keeper: Keeper, fingerprint: Fingerprint): Pick<Keyed, 'saved'> {
  const startedAt = keeper.clock.now();
  const expiresAt = plusMs(startedAt, LIMITS.idempotencyKeepMs);
  return { saved: { ...fingerprint, startedAt, expiresAt } };
}

/** The answer that was given; null when it is to be done now. Refuses what is neither. */
async function look(
  keeper: Keeper,
  tx: Transaction,
  { scopeHash, requestHash }: Fingerprint,
): Promise<KeptAnswer | null> {
  const now = keeper.clock.now();
  if (!(await lockScope(tx, scopeHash))) throw new CodedError('idempotency_key_in_use');
  const attempt = await findAttempt(tx, scopeHash, now);
  if (attempt === null) return null;
  if (!isSameHash(attempt.requestHash, requestHash)) throw new CodedError('idempotency_key_reused');
  const { answer } = attempt;
  if (answer === null) throw refuseUnanswered(now - attempt.startedAt);
  if (!answer.isKept) throw new CodedError('idempotency_answer_too_large');
  return answer;
}

function refuseUnanswered(ageMs: number): CodedError {
  const isRunning = ageMs < LIMITS.idempotencyRunMaxMs;
  return new CodedError(isRunning ? 'idempotency_key_in_use' : 'idempotency_outcome_unknown');
}

const KEPT_HEADERS = ['content-type', 'etag', 'location'];

/** Null: it was refused, so there is nothing to keep. */
function describeAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): KeptAnswer | null {
  const { statusCode: status } = reply;
  if (status < 200 || status >= 400) return null;
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = reply.getHeader(name);
    if (value !== undefined) headers[name] = String(value);
  }
  if (payload === null || payload === undefined || payload === '') {
    return { status, headers, body: null, isKept: true };
  }
  const text = typeof payload === 'string' || Buffer.isBuffer(payload) ? String(payload) : null;
  const blanked = text === null ? null : blankText(text, request.routeOptions.config.shownOnce);
  if (blanked === null || Buffer.byteLength(blanked.text) > LIMITS.idempotencyAnswerBytesMax) {
    return { status, headers, body: null, isKept: false };
  }
  const { omitted } = blanked;
  const told = omitted.length === 0 ? {} : { 'idempotent-omitted': omitted.join(', ') };
  return { status, headers: { ...headers, ...told }, body: blanked.text, isKept: true };
}

/** Null: it holds secrets, perhaps, and is no JSON that they could be found in. */
function blankText(
  text: string,
  places: readonly string[] = [],
): { readonly text: string; readonly omitted: readonly string[] } | null {
  if (places.length === 0) return { text, omitted: [] };
  const reading = parseJson(text);
  if (!reading.ok) return null;
  const { value, omitted } = blankSecrets(reading.value, places);
  return { text: JSON.stringify(value), omitted };
}

async function end(keeper: Keeper, keyed: Keyed, answer: KeptAnswer | null): Promise<void> {
  const { whole, saved } = keyed;
  if (whole === null) return endClaim(keeper, keyed, answer);
  if (answer === null) return whole.rollBack();
  saveAttempt(whole.tx, { ...saved, answer }, keeper.clock.now());
  await whole.commit();
}

/** It was done, whether this can be kept or not: the answer goes out all the same. */
async function endClaim(
  keeper: Keeper,
  { saved }: Keyed,
  answer: KeptAnswer | null,
): Promise<void> {
  try {
    await keeper.database.transaction(async (tx) => {
      if (answer === null) dropClaim(tx, saved.scopeHash);
      else saveAttempt(tx, { ...saved, answer }, keeper.clock.now());
    });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    keeper.log.warn('an answer could not be kept for its idempotency key', { error: text });
  }
}

function replay(reply: FastifyReply, { status, headers, body }: KeptAnswer): void {
  // The write left its record when it was done.
  noteNothingWritten();
  reply.code(status).headers(headers).header('idempotent-replayed', 'true');
  reply.send(body ?? undefined);
}
