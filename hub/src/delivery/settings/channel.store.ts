/**
 * Every statement on `channel`. Secrets come here sealed and leave sealed.
 * A channel is asked for by project and id; its notifications keep its id after it is gone.
 */
import type { Carrier } from '#kernel/calling/address.ts';
import { channelId, type ChannelId, projectId, type ProjectId } from '#kernel/id.ts';
import { formatInstant, type Instant, instantFromDate } from '#kernel/instant.ts';
import type { Queryable, Row } from '#platform/postgres/postgres.ts';
import { type ListPage, type ProjectFilter, toPageValues } from '#platform/http/resource.ts';
import { statement } from '#platform/postgres/statement.ts';
import type { ConfiguredChannel } from './configured-channel.ts';

const INSERT = statement(
  'delivery.insert_channel',
  `
  insert into channel (
    project_id, channel_id, name, channel_type, config, secrets, is_active, max_attempts, retry,
    version, created_at, updated_at, fallback_channel_id
  )
  values ($1, $2, $3, $4, $5::text::jsonb, $6::text::jsonb, $7, $8, $9, $10, $11, $12, $13)
  `,
);

const UPDATE = statement(
  'delivery.update_channel',
  `
  update channel
     set name = $3, config = $4::text::jsonb, secrets = $5::text::jsonb, is_active = $6,
         max_attempts = $7, retry = $8, version = $9, updated_at = $10,
         fallback_channel_id = $11
   where project_id = $1 and channel_id = $2
  `,
);

const DELETE = statement(
  'delivery.delete_channel',
  'delete from channel where project_id = $1 and channel_id = $2',
);

const LIST_OF_PROJECT = statement(
  'delivery.list_channels',
  'select * from channel where project_id = $1 order by channel_id',
);

const LIST_PAGE = statement(
  'delivery.list_channels_page',
  `
  select *
    from channel
   where ($1::text[] is null or project_id = any($1))
     and ($2::timestamptz is null or (created_at, channel_id) < ($2, $3::uuid))
   order by created_at desc, channel_id desc
   limit $4
  `,
);

const FIND = statement(
  'delivery.find_channel',
  'select * from channel where channel_id = $2 and ($1::text[] is null or project_id = any($1))',
);

const LIST_KNOWN_IDS = statement(
  'delivery.list_known_channel_ids',
  'select channel_id from channel where project_id = $1 and channel_id = any($2::uuid[])',
);

const LIST_CARRIERS = statement(
  'delivery.list_carriers',
  'select project_id, channel_id, channel_type from channel where project_id = any($1::text[])',
);

/** All of a project, oldest first. */
export async function listChannels(
  db: Queryable,
  id: ProjectId,
): Promise<readonly ConfiguredChannel[]> {
  return (await db.run(LIST_OF_PROJECT, [id])).map(parseChannelRow);
}

/** Newest first. */
export async function listChannelsPage(
  db: Queryable,
  page: ListPage,
): Promise<readonly ConfiguredChannel[]> {
  return (await db.run(LIST_PAGE, toPageValues(page))).map(parseChannelRow);
}

export async function findConfiguredChannel(
  db: Queryable,
  projectIds: ProjectFilter,
  id: ChannelId,
): Promise<ConfiguredChannel | null> {
  const [row] = await db.run(FIND, [projectIds, id]);
  return row === undefined ? null : parseChannelRow(row);
}

/** Those of the given ids that are channels of the project. */
export async function listKnownChannelIds(
  db: Queryable,
  project: ProjectId,
  ids: readonly ChannelId[],
): Promise<ReadonlySet<ChannelId>> {
  if (ids.length === 0) return new Set();
  const rows = await db.run(LIST_KNOWN_IDS, [project, ids]);
  return new Set(rows.map((row) => channelId(String(row['channel_id']))));
}

/** What could carry a message in these projects. In no order. */
export async function listCarriers(
  db: Queryable,
  projects: readonly ProjectId[],
): Promise<readonly Carrier[]> {
  if (projects.length === 0) return [];
  return (await db.run(LIST_CARRIERS, [projects])).map(parseCarrierRow);
}

export async function insertChannel(tx: Queryable, channel: ConfiguredChannel): Promise<void> {
  await tx.run(INSERT, [
    channel.projectId,
    channel.channelId,
    channel.name,
    channel.channelType,
    JSON.stringify(channel.config),
    JSON.stringify(channel.secrets),
    channel.isActive,
    channel.attemptsMax,
    channel.retry,
    channel.version,
    formatInstant(channel.createdAt),
    formatInstant(channel.updatedAt),
    channel.fallbackChannelId,
  ]);
}

export async function updateChannel(tx: Queryable, channel: ConfiguredChannel): Promise<void> {
  await tx.run(UPDATE, [
    channel.projectId,
    channel.channelId,
    channel.name,
    JSON.stringify(channel.config),
    JSON.stringify(channel.secrets),
    channel.isActive,
    channel.attemptsMax,
    channel.retry,
    channel.version,
    formatInstant(channel.updatedAt),
    channel.fallbackChannelId,
  ]);
}

export async function deleteChannel(
  tx: Queryable,
  channel: Pick<ConfiguredChannel, 'projectId' | 'channelId'>,
): Promise<void> {
  await tx.run(DELETE, [channel.projectId, channel.channelId]);
}

function parseChannelRow(row: Row): ConfiguredChannel {
  return {
    projectId: projectId(row['project_id'] as string),
    channelId: channelId(row['channel_id'] as string),
    name: row['name'] as string,
    channelType: row['channel_type'] as string,
    config: row['config'] as ConfiguredChannel['config'],
    secrets: row['secrets'] as ConfiguredChannel['secrets'],
    isActive: row['is_active'] as boolean,
    attemptsMax: row['max_attempts'] as number,
    retry: row['retry'] as ConfiguredChannel['retry'],
    fallbackChannelId: row['fallback_channel_id'] as ConfiguredChannel['fallbackChannelId'],
    version: row['version'] as number,
    createdAt: parseTime(row['created_at']),
    updatedAt: parseTime(row['updated_at']),
  };
}

function parseCarrierRow(row: Row): Carrier {
  return {
    projectId: projectId(row['project_id'] as string),
    channelId: channelId(row['channel_id'] as string),
    channelType: row['channel_type'] as string,
  };
}

function parseTime(value: unknown): Instant {
  return instantFromDate(value as Date);
}
