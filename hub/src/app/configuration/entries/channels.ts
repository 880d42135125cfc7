/**
 * Channels of a document. What stands in for a channel is linked when all of them are there:
 * stand-ins may be named in any order, and may change places without ever making a circle.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ConfigEntry } from '#contract/config/document.ts';
import {
  checkFallback,
  patchChannel,
  prepareChannel,
  readChannel,
} from '#delivery/settings/channel.routes.ts';
import { insertChannel, updateChannel } from '#delivery/settings/channel.store.ts';
import type { ConfiguredChannel } from '#delivery/settings/configured-channel.ts';
import { RETRY_SCHEDULES } from '#delivery/retry.ts';
import { invalid, nextStamps } from '#platform/http/resource.ts';
import { openAll } from '#platform/sealed-secrets.ts';
import { attempt, listEntries, resolve, type Work } from './work.ts';

const NOT_MADE = 'is required, or null for none: nobody would see one that is made at a start';

type Entry = ConfigEntry<'channels'>;

type Linked = {
  readonly path: string;
  readonly entry: Entry;
  readonly stored: ConfiguredChannel;
  /** Its version has grown already. */
  readonly isWritten: boolean;
};

export async function applyChannels(work: Work): Promise<void> {
  const linked: Linked[] = [];
  for (const [index, entry] of listEntries(work.wanted.channels)) {
    const path = `channels[${index}]`;
    const { name } = entry;
    await attempt(work, { path, book: work.channels, name }, async () => {
      const known = work.before.channels.find((one) => one.name === name);
      const saved =
        known === undefined
          ? { stored: await addChannel(work, entry), isWritten: true }
          : await changeChannel(work, known, entry);
      work.channels.set(name, saved.stored.channelId);
      linked.push({ path, entry, ...saved });
    });
  }
  for (const one of linked) await attempt(work, one, () => linkChannel(work, one));
}

async function addChannel(work: Work, entry: Entry): Promise<ConfiguredChannel> {
  const { deps, tx, now } = work;
  const { fallback_channel: _later, ...body } = entry;
  const content = readChannel(deps, { ...body, project_id: null, fallback_channel_id: null });
  const { generatedField: field } = content;
  if (field !== null && !work.isGenerating) {
    throw invalid(`secrets.${field}`, NOT_MADE);
  }
  const project = work.before.project.projectId;
  const { stored } = prepareChannel(deps, content, { project, now });
  await insertChannel(tx, stored);
  if (field !== null) {
    const value = content.plain[field] ?? '';
    work.generated.push({ kind: 'channel', name: entry.name, field, value, ingest_url: null });
  }
  return stored;
}

async function changeChannel(work: Work, known: ConfiguredChannel, entry: Entry) {
  if (entry.channel_type !== known.channelType) {
    const message = `is ${known.channelType}, and stays so; give the new channel another name`;
    throw invalid('channel_type', message);
  }
  const body = {
    config: entry.config,
    secrets: findNewSecrets(work, known, entry),
    is_active: entry.is_active ?? true,
    max_attempts: entry.max_attempts ?? RETRY_SCHEDULES.standard.attemptsMax,
    retry: entry.retry ?? 'standard',
  } as const;
  const fallback = work.before.channels.find((one) => one.name === entry.fallback_channel);
  const isKept = (fallback?.channelId ?? null) === known.fallbackChannelId;
  const patched = patchChannel(known, body, work.deps.secretBox);
  const next = isKept ? patched : { ...patched, fallbackChannelId: null };
  if (isDeepStrictEqual(next, known)) return { stored: known, isWritten: false };
  const stored = { ...next, ...nextStamps(known, work.now) };
  await updateChannel(work.tx, stored);
  return { stored, isWritten: true };
}

/** Those that are not what they were: sealed anew, they would look like a change every time. */
function findNewSecrets(work: Work, known: ConfiguredChannel, entry: Entry) {
  const { plain } = openAll(work.deps.secretBox, known, known.secrets);
  const given = Object.entries(entry.secrets ?? {});
  return Object.fromEntries(
    given.filter(([field, value]) => {
      if (value === null) return Object.hasOwn(known.secrets, field);
      return !Object.hasOwn(plain, field) || plain[field] !== value;
    }),
  );
}

async function linkChannel(work: Work, { entry, stored, isWritten }: Linked): Promise<void> {
  const { fallback_channel: name } = entry;
  if (name === null) return;
  const reference = { kind: 'channel', name, path: 'fallback_channel' };
  const fallbackChannelId = resolve(work.channels, reference);
  if (fallbackChannelId === stored.fallbackChannelId) return;
  const stamps = isWritten ? {} : nextStamps(stored, work.now);
  const next = { ...stored, ...stamps, fallbackChannelId };
  await checkFallback(work.tx, next);
  await updateChannel(work.tx, next);
}
