/**
 * One request and its answer on undici's agent, under one deadline from the first look-up to the
 * last byte. See `http-client.ts` for what each outcome promises.
 *
 * Danger: undici may begin a request after we gave it up (it waited for a connection); such a
 * request is aborted in the moment it would start, before its first byte.
 */
import type { Agent, Dispatcher } from 'undici';
import type { HttpFailure, HttpOutcome, HttpRequest } from '#kernel/ports.ts';
import { ConnectFault } from './http-fault.ts';

type Headers = Readonly<Record<string, string>>;
type Answer = { readonly status: number; readonly headers: Headers };

export function sendOnce(agent: Agent, request: HttpRequest, target: URL): Promise<HttpOutcome> {
  return new Promise((resolve) => {
    const exchange = new Exchange(request, resolve);
    agent.dispatch(
      {
        origin: target.origin,
        path: `${target.pathname}${target.search}`,
        method: request.method,
        headers: { ...request.headers },
        body: request.method === 'GET' && request.body.length === 0 ? null : request.body,
      },
      exchange,
    );
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (outcome: HttpOutcome) => void;
  readonly #answerBytesMax: number;
  readonly #startedAt = performance.now();
  readonly #deadline: NodeJS.Timeout;
  readonly #chunks: Uint8Array[] = [];
  #bodyBytes = 0;
  #answer: Answer | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #isSettled = false;

  constructor(request: HttpRequest, resolve: (outcome: HttpOutcome) => void) {
    this.#resolve = resolve;
    this.#answerBytesMax = request.answerBytesMax;
    this.#deadline = setTimeout(() => this.#giveUp(), request.timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isSettled) controller.abort(new Error('given up before it was sent'));
    else this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status >= 200) this.#answer = { status, headers: flattenHeaders(headers) };
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#isSettled) return;
    const room = this.#answerBytesMax - this.#bodyBytes;
    this.#chunks.push(chunk.subarray(0, room));
    this.#bodyBytes += Math.min(room, chunk.length);
    if (chunk.length <= room || this.#answer === null) return;
    this.#finishAnswered(this.#answer);
    controller.abort(new Error('the rest of the answer is not read'));
  }

  onResponseEnd(): void {
    if (this.#answer !== null) this.#finishAnswered(this.#answer);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (error instanceof ConnectFault) {
      this.#finish({ kind: 'unsent', reason: error.reason, detail: error.message });
      return;
    }
    const code: unknown = Reflect.get(error, 'code');
    const unsent = this.#controller === null ? NEVER_BEGUN.get(String(code)) : undefined;
    if (unsent !== undefined) this.#finish({ kind: 'unsent', ...unsent });
    else this.#settle('connection_lost', `the connection was lost (${String(code)})`);
  }

  #giveUp(): void {
    const reason = 'timeout';
    if (this.#controller === null) {
      this.#finish({ kind: 'unsent', reason, detail: 'no connection in time' });
      return;
    }
    this.#settle(reason, 'no answer in time');
    this.#controller.abort(new Error('out of time'));
  }

  /** With status and headers in, the target has answered; without, it may have acted or not. */
  #settle(reason: HttpFailure, detail: string): void {
    if (this.#answer === null) this.#finish({ kind: 'unknown', reason, detail });
    else this.#finishAnswered(this.#answer);
  }

  #finishAnswered(answer: Answer): void {
    // `stream` drops a character that was cut in half at the bound.
    const body = new TextDecoder().decode(Buffer.concat(this.#chunks), { stream: true });
    this.#finish({ kind: 'answered', ...answer, body });
  }

  #finish(outcome: WithoutDuration<HttpOutcome>): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#deadline);
    const durationMs = Math.round(performance.now() - this.#startedAt);
    this.#resolve({ ...outcome, durationMs });
  }
}

type WithoutDuration<Outcome> = Outcome extends HttpOutcome ? Omit<Outcome, 'durationMs'> : never;

/** Errors of undici that come before it chose a connection. */
const NEVER_BEGUN: ReadonlyMap<string, { readonly reason: HttpFailure; readonly detail: string }> =
  new Map([
    ['UND_ERR_INVALID_ARG', { reason: 'url_invalid', detail: 'not a valid HTTP request' }],
    ['UND_ERR_MAX_ORIGINS_REACHED', { reason: 'connect_failed', detail: 'too many targets' }],
    ['UND_ERR_CLOSED', { reason: 'connect_failed', detail: 'the client is closed' }],
    ['UND_ERR_DESTROYED', { reason: 'connect_failed', detail: 'the client is closed' }],
  ]);

function flattenHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const flat: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    flat.push([name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]);
  }
  return Object.fromEntries(flat);
}
