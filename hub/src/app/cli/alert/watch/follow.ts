/**
 * Follows a stream of a hub for as long as it is told to: connects again by itself, goes on where
 * it was, and takes a hub that says nothing (its beat comes every 2 s) for one that is lost.
 * Danger: changes come twice after a reconnect; whoever follows compares versions.
 */
import type { Instant } from '#kernel/instant.ts';
import type { Clock } from '#kernel/ports.ts';
import { CliFailure } from '#app/cli/kit/command.ts';
import {
  describeAway,
  type HubClient,
  readRefusalText,
  reasonOf,
} from '#app/cli/kit/hub-client.ts';
import { createSseParser, type SseMessage } from './sse.ts';

/** Five beats. */
const SILENCE_MAX_MS = 10_000;
const RECONNECT_MS = 1_000;

export type Following = {
  readonly hub: Pick<HubClient, 'open' | 'url'>;
  readonly path: string;
  readonly clock: Clock;
  readonly wait: (durationMs: number) => Promise<unknown>;
  /** A signal that comes after so long. */
  readonly after: (durationMs: number) => AbortSignal;
  readonly stop: AbortSignal;
  /** Each time that it is connected; `lostMs` is null for the first time. */
  readonly onConnected: (lostMs: number | null) => Promise<void>;
  readonly onMessage: (message: SseMessage) => Promise<void>;
  readonly onLost: (reason: string) => void;
};

type Place = {
  cursor: string;
  hasBeenConnected: boolean;
  lostAt: Instant | null;
};

/** Ends when it is stopped; fails when the hub cannot be reached at first, or refuses. */
export async function followStream(following: Following): Promise<void> {
  const { clock, hub, stop } = following;
  const place: Place = { cursor: '', hasBeenConnected: false, lostAt: null };
  while (!stop.aborted) {
    const reason = await readConnection(following, place);
    if (stop.aborted) return;
    if (!place.hasBeenConnected) throw new CliFailure(describeAway(hub.url, reason));
    if (place.lostAt === null) {
      place.lostAt = clock.now();
      following.onLost(reason.replace(/\.$/, ''));
    }
    await following.wait(RECONNECT_MS);
  }
}

/** One connection to its end. Returns why it ended. */
async function readConnection(following: Following, place: Place): Promise<string> {
  const ended = new AbortController();
  const signal = AbortSignal.any([following.stop, ended.signal]);
  try {
    const resumed = place.cursor === '' ? {} : { lastEventId: place.cursor };
    const request = { method: 'GET', path: following.path, ...resumed } as const;
    const response = await unlessSilent(following, following.hub.open(request, signal));
    if (!response.ok) return await readRefused(response);
    await tellConnected(following, place);
    const parser = createSseParser();
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    for (;;) {
      const piece = await unlessSilent(following, reader?.read() ?? Promise.resolve(NOTHING));
      const bytes: unknown = piece.value;
      if (!(bytes instanceof Uint8Array)) return 'the hub has ended the stream';
      for (const message of parser.push(decoder.decode(bytes, { stream: true }))) {
        await following.onMessage(message);
        place.cursor = message.id;
      }
    }
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    return reasonOf(error);
  } finally {
    ended.abort();
  }
}

const NOTHING = { done: true, value: undefined } as const;

async function tellConnected({ clock, onConnected }: Following, place: Place): Promise<void> {
  const lostMs = place.lostAt === null ? null : clock.now() - place.lostAt;
  place.hasBeenConnected = true;
  place.lostAt = null;
  await onConnected(lostMs);
}

/** A hub that is starting or overloaded may be asked again; one that says no may not. */
async function readRefused(response: Response): Promise<string> {
  const { sentence, details } = readRefusalText(response.status, await response.text());
  if (response.status >= 500 || response.status === 429) return sentence;
  throw new CliFailure(sentence, { details });
}

function unlessSilent<T>({ after }: Following, promise: Promise<T>): Promise<T> {
  const silence = after(SILENCE_MAX_MS);
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`nothing was heard for ${SILENCE_MAX_MS / 1_000} s`));
    silence.addEventListener('abort', fail, { once: true });
    promise.then(resolve, reject).finally(() => silence.removeEventListener('abort', fail));
  });
}
