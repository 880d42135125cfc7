/** Which channel may stand in for another. Pure. */
import type { ChannelId } from '#kernel/id.ts';

type Link = { readonly channelId: ChannelId; readonly fallbackChannelId: ChannelId | null };

/**
 * What is wrong with the fallback of one channel among those of its project; null = nothing. A
 * circle of stand-ins would end where it began, with the channel that did not deliver.
 */
export function findFallbackFault(link: Link, others: readonly Link[]): string | null {
  const { channelId, fallbackChannelId } = link;
  if (fallbackChannelId === null) return null;
  if (fallbackChannelId === channelId) return 'is this very channel';
  const fallbacks = new Map(others.map((other) => [other.channelId, other.fallbackChannelId]));
  if (!fallbacks.has(fallbackChannelId)) return 'is no channel of this project';
  const passed = new Set<ChannelId>();
  let next: ChannelId | null = fallbackChannelId;
  while (next !== null && !passed.has(next)) {
    if (next === channelId) return 'falls back on this channel in the end';
    passed.add(next);
    next = fallbacks.get(next) ?? null;
  }
  return null;
}

/** Whose fallback it is. */
export function listFallbackUsers<User extends Link>(
  channelId: ChannelId,
  channels: readonly User[],
): readonly User[] {
  return channels.filter(({ fallbackChannelId }) => fallbackChannelId === channelId);
}
