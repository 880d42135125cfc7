/** People who can be called, as every stage knows them. */
import type { ChannelId, ResponderId } from '#kernel/id.ts';
import type { Language } from '#kernel/words/language.ts';

/** Where somebody can be reached. */
export type Address = {
  /** The kind of channel that goes there: `email`, `webhook`. */
  readonly channelType: string;
  readonly address: string;
  /** Which channel carries it; null = the oldest active one of the kind in the project. */
  readonly channelId: ChannelId | null;
};

export type Responder = {
  readonly responderId: ResponderId;
  readonly name: string;
  readonly language: Language;
  readonly addresses: readonly Address[];
  /** Who is next when one cannot: by position, then by age. */
  readonly position: number;
  readonly isActive: boolean;
};
