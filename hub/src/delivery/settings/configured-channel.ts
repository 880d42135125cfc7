/** A channel as a project has set it up: kind, config, sealed secrets. */
import type { ProjectId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { ChannelFacts } from '#delivery/way.ts';

export type ConfiguredChannel = Omit<ChannelFacts, 'addresses'> & {
  readonly projectId: ProjectId;
  readonly config: JsonObject;
  /** Field -> sealed envelope. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};
