/** An answer of the hub that comes line by line, for as long as it takes. */
import { CliFailure } from '#app/cli/kit/command.ts';
import {
  describeAway,
  type HubClient,
  type HubRequest,
  readRefusalText,
  reasonOf,
} from '#app/cli/kit/hub-client.ts';

/** Between two pieces of the answer; the hub reads a page at a time. */
const SILENCE_MAX_MS = 120_000;

/** Without their line feeds. What breaks off in the middle is a failure. */
export async function* readLines(
  hub: Pick<HubClient, 'open' | 'url'>,
  request: HubRequest,
): AsyncGenerator<string> {
  let left = '';
  for await (const text of readTexts(hub, request)) {
    const lines = (left + text).split('\n');
    left = lines.pop() ?? '';
    yield* lines;
  }
  if (left !== '') yield left;
}

async function* readTexts(
  hub: Pick<HubClient, 'open' | 'url'>,
  request: HubRequest,
): AsyncGenerator<string> {
  const ended = new AbortController();
  try {
    const response = await unlessSilent(hub.open(request, ended.signal));
    if (!response.ok) {
      const refusal = readRefusalText(response.status, await response.text());
      throw new CliFailure(refusal.sentence, { details: refusal.details });
    }
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    for (;;) {
      const piece = await unlessSilent(reader?.read() ?? Promise.resolve(NOTHING));
      if (piece.done) return;
      const bytes: unknown = piece.value;
      if (bytes instanceof Uint8Array) yield decoder.decode(bytes, { stream: true });
    }
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    throw new CliFailure(describeAway(hub.url, reasonOf(error)));
  } finally {
    ended.abort();
  }
}

const NOTHING = { done: true, value: undefined } as const;

async function unlessSilent<T>(promise: Promise<T>): Promise<T> {
  const silence = AbortSignal.timeout(SILENCE_MAX_MS);
  const { promise: silent, reject } = Promise.withResolvers<never>();
  const onSilence = () => reject(new CliFailure('the hub has said nothing for two minutes'));
  silence.addEventListener('abort', onSilence, { once: true });
  try {
    return await Promise.race([promise, silent]);
  } finally {
    silence.removeEventListener('abort', onSilence);
  }
}
