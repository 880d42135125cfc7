/**
 * `/api/v1/channels`. Danger: secrets come in, are sealed for their project, channel and field,
 * and never go out again; answers say only whether they are set. The one exception is a signing
 * secret that was left out: it is made here and shown in the answer to that POST alone.
 * Emits: `onConfigChanged`.
 */
import { mayIn, type Principal } from '#kernel/principal.ts';
import { maskAddress, maskMailIn } from '#kernel/calling/masked-address.ts';
import type { FastifyInstance } from 'fastify';
import {
  type ChannelAnswer,
  channelPatch,
  type ChannelPatch,
  newChannel,
  type NewChannel,
} from '#contract/channel.ts';
import { pageQuery } from '#contract/field.ts';
import { parseWire } from '#contract/wire.ts';
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { type ChannelId, channelId, type ProjectId, projectId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { noteChange } from '#kernel/words/audit-entry.ts';
import { renderWebhookSecret } from '#kernel/webhook-signature.ts';
import { principalOf } from '#platform/http/http-server.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import {
  accept,
  changeItem,
  changeProject,
  found,
  invalid,
  nextStamps,
  readableProjects,
  readPathId,
  refuseInUse,
  renderList,
  renderStamps,
  requireVersion,
  type ResourceDeps,
  toListPage,
  writableProject,
} from '#platform/http/resource.ts';
import { listReplaced, openAll, sealAll } from '#platform/sealed-secrets.ts';
import type { SecretBox } from '#platform/secret-box.ts';
import type { Channel } from '#delivery/channel.ts';
import {
  deleteChannel,
  findConfiguredChannel,
  insertChannel,
  listChannels,
  listChannelsPage,
  updateChannel,
} from './channel.store.ts';
import {
  applySecrets,
  GENERATED_FIELDS,
  type PlainSecrets,
  prefixPaths,
  readSettings,
} from './channel-settings.ts';
import { CHANNELS, findChannel } from '#delivery/channels/index.ts';
import type { ConfiguredChannel } from './configured-channel.ts';
import { findFallbackFault, listFallbackUsers } from './fallback.ts';
import { RETRY_SCHEDULES } from '#delivery/retry.ts';
import { listRuleNamesByChannel } from './rule.store.ts';

export type ChannelRouteDeps = ResourceDeps & ChannelUserDeps & { readonly secretBox: SecretBox };

/** Who refers to a channel. */
export type ChannelUserDeps = {
  readonly listPolicyNamesByChannel: AskOfChannel<readonly string[]>;
  readonly listResponderNamesByChannel: AskOfChannel<readonly string[]>;
  /** An address of the project's administrators names it. */
  readonly isAdministratorsChannel: AskOfChannel<boolean>;
};

type AskOfChannel<Answer> = (
  db: Queryable,
  project: ProjectId,
  channel: ChannelId,
) => Promise<Answer>;

export function registerChannelRoutes(server: FastifyInstance, deps: ChannelRouteDeps): void {
  const { database, secretBox } = deps;
  const render = (stored: ConfiguredChannel) => renderChannel(stored, secretBox);

  server.get('/api/v1/channels', { config: { access: 'read' } }, async (request) => {
    const query = accept(parseWire(pageQuery, request.query));
    const page = toListPage(principalOf(request), query);
    const rows = await database.read((db) => listChannelsPage(db, page));
    const position = ({ createdAt, channelId: id }: ConfiguredChannel) => ({ createdAt, id });
    const by = principalOf(request);
    return renderList(rows, page, { position, render: (stored) => showTo(by, render(stored)) });
  });

  server.get('/api/v1/channels/:id', { config: { access: 'read' } }, async (request) => {
    const id = channelId(readPathId(request));
    const projectIds = readableProjects(principalOf(request), null);
    const stored = found(await database.read((db) => findConfiguredChannel(db, projectIds, id)));
    return showTo(principalOf(request), render(stored));
  });

  const created = { access: 'administer', shownOnce: ['secrets.*.value'] } as const;
  server.post('/api/v1/channels', { config: created }, async (request, reply) => {
    const body = accept(parseWire(newChannel, request.body));
    const project = writableProject(principalOf(request), body.project_id);
    const { stored, generated } = await addChannel(deps, project, body);
    const answer = render(stored);
    return reply.code(201).send({ ...answer, secrets: { ...answer.secrets, ...generated } });
  });

  server.patch('/api/v1/channels/:id', { config: { access: 'administer' } }, async (request) => {
    const id = channelId(readPathId(request));
    const projectIds = readableProjects(principalOf(request), null);
    const body = accept(parseWire(channelPatch, request.body));
    const changed = await changeItem(
      deps,
      (db) => findConfiguredChannel(db, projectIds, id),
      async ({ tx, item, now }) => {
        requireVersion(request, item.version);
        const next = { ...patchChannel(item, body, secretBox), ...nextStamps(item, now) };
        await checkFallback(tx, next);
        await updateChannel(tx, next);
        const answer = render(next);
        const secrets = { ...answer.secrets, ...listReplaced(item.secrets, next.secrets) };
        deps.recordAudit(tx, noteChange('channel', render(item), { ...answer, secrets }));
        return answer;
      },
    );
    return changed;
  });

  server.delete(
    '/api/v1/channels/:id',
    { config: { access: 'administer' } },
    async (request, reply) => {
      const id = channelId(readPathId(request));
      const projectIds = readableProjects(principalOf(request), null);
      await changeItem(
        deps,
        (db) => findConfiguredChannel(db, projectIds, id),
        async ({ tx, item }) => {
          refuseInUse(await findChannelUsers(deps, tx, item));
          await deleteChannel(tx, item);
          deps.recordAudit(tx, noteChange('channel', render(item), null));
        },
      );
      return reply.code(204).send();
    },
  );
}

async function addChannel(deps: ChannelRouteDeps, project: ProjectId, body: NewChannel) {
  const content = readChannel(deps, body);
  return changeProject(deps, project, async (tx, now) => {
    const prepared = prepareChannel(deps, content, { project, now });
    await checkFallback(tx, prepared.stored);
    await insertChannel(tx, prepared.stored);
    const answer = renderChannel(prepared.stored, deps.secretBox);
    deps.recordAudit(tx, noteChange('channel', null, answer));
    return prepared;
  });
}

type ChannelContent = {
  readonly body: NewChannel;
  readonly channel: Channel;
  readonly config: JsonObject;
  readonly plain: PlainSecrets;
  /** The field whose secret was left out, and is made here. */
  readonly generatedField: string | null;
};

/** What the author of a channel says, with the default for all that may be left out. */
export function readChannel(
  deps: Pick<ChannelRouteDeps, 'random'>,
  body: NewChannel,
): ChannelContent {
  const channel = findChannel(body.channel_type);
  if (channel === null) {
    const known = CHANNELS.map(({ type }) => type).join(', ');
    throw invalid('channel_type', `must be one of ${known}`);
  }
  const given = body.secrets ?? {};
  const field = GENERATED_FIELDS[channel.type];
  const generatedField = field !== undefined && !Object.hasOwn(given, field) ? field : null;
  const value = renderWebhookSecret(deps.random.bytes(LIMITS.webhookSecretBytesMin));
  const texts = generatedField === null ? given : { ...given, [generatedField]: value };
  const plain = applySecrets({}, texts);
  const config = accept(readSettings(channel, { config: body.config, given: texts, plain }));
  return { body, channel, config, plain, generatedField };
}

/** As it will be stored, and what was made for it. */
export function prepareChannel(
  deps: Pick<ChannelRouteDeps, 'ids' | 'secretBox'>,
  { body, channel, config, plain, generatedField }: ChannelContent,
  { project, now }: { readonly project: ProjectId; readonly now: Instant },
) {
  const id = channelId(deps.ids.next(now));
  const stored: ConfiguredChannel = {
    projectId: project,
    channelId: id,
    name: body.name,
    channelType: channel.type,
    config,
    secrets: sealAll(deps.secretBox, { projectId: project, channelId: id }, plain),
    isActive: body.is_active ?? true,
    attemptsMax: body.max_attempts ?? RETRY_SCHEDULES.standard.attemptsMax,
    retry: body.retry ?? 'standard',
    fallbackChannelId: toChannelId(body.fallback_channel_id),
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  if (generatedField === null) return { stored, generated: {} };
  const value = plain[generatedField] ?? '';
  return { stored, generated: { [generatedField]: { is_set: true, value } } };
}

/** Absent keeps. A secret that is kept stays in the envelope it has, readable or not. */
export function patchChannel(
  stored: ConfiguredChannel,
  body: ChannelPatch,
  box: SecretBox,
): ConfiguredChannel {
  const channel = knownChannel(stored);
  const { fallback_channel_id: fallback } = body;
  const given = body.secrets ?? {};
  const plain = applySecrets(openAll(box, stored, stored.secrets).plain, given);
  const settings = { config: body.config ?? stored.config, given, plain };
  const config = accept(readSettings(channel, settings));
  const kept = Object.entries(stored.secrets).filter(([field]) => !Object.hasOwn(given, field));
  const replaced = Object.entries(applySecrets({}, given));
  const sealed = sealAll(box, stored, Object.fromEntries(replaced));
  return {
    ...stored,
    name: body.name ?? stored.name,
    config,
    secrets: { ...Object.fromEntries(kept), ...sealed },
    isActive: body.is_active ?? stored.isActive,
    attemptsMax: body.max_attempts ?? stored.attemptsMax,
    retry: body.retry ?? stored.retry,
    fallbackChannelId: fallback === undefined ? stored.fallbackChannelId : toChannelId(fallback),
  };
}

function toChannelId(id: string | null): ChannelId | null {
  return id === null ? null : channelId(id);
}

/** Under the lock of the project: what it falls back on cannot change in between. */
export async function checkFallback(tx: Queryable, next: ConfiguredChannel): Promise<void> {
  if (next.fallbackChannelId === null) return;
  const fault = findFallbackFault(next, await listChannels(tx, next.projectId));
  if (fault !== null) throw invalid('fallback_channel_id', fault);
}

function knownChannel(stored: ConfiguredChannel): Channel {
  const channel = findChannel(stored.channelType);
  if (channel === null) throw new Error(`no channel of the kind ${stored.channelType}`);
  return channel;
}

export async function findChannelUsers(
  deps: ChannelUserDeps,
  db: Queryable,
  { projectId, channelId }: ConfiguredChannel,
): Promise<readonly ErrorDetail[]> {
  const rules = await listRuleNamesByChannel(db, projectId, channelId);
  const policies = await deps.listPolicyNamesByChannel(db, projectId, channelId);
  const responders = await deps.listResponderNamesByChannel(db, projectId, channelId);
  const isAdministrators = await deps.isAdministratorsChannel(db, projectId, channelId);
  const channels = listFallbackUsers(channelId, await listChannels(db, projectId));
  return [
    ...rules.map((name) => ({ path: 'rules', message: `rule ${name} sends to it` })),
    ...policies.map((name) => ({ path: 'policies', message: `policy ${name} calls it` })),
    ...responders.map((name) => ({ path: 'responders', message: `it carries to ${name}` })),
    ...(isAdministrators
      ? [{ path: 'administrators', message: 'it carries to the administrators of the project' }]
      : []),
    ...channels.map(({ name }) => ({
      path: 'channels',
      message: `channel ${name} falls back on it`,
    })),
  ];
}

/** Where its messages go is for those who look after it: a URL is often a secret in itself. */
function showTo(by: Principal, answer: ChannelAnswer): ChannelAnswer {
  if (mayIn(by, 'administer', projectId(answer.project_id))) return answer;
  const hide = (value: string) => (URL.canParse(value) ? maskAddress(value) : maskMailIn(value));
  const shown = Object.entries(answer.config).map(([name, value]): [string, typeof value] => [
    name,
    typeof value === 'string' ? hide(value) : value,
  ]);
  return { ...answer, config: Object.fromEntries(shown) };
}

function renderChannel(stored: ConfiguredChannel, box: SecretBox): ChannelAnswer {
  const channel = knownChannel(stored);
  return {
    id: stored.channelId,
    ...renderStamps(stored),
    name: stored.name,
    channel_type: stored.channelType,
    config: stored.config,
    secrets: renderSecrets(channel, stored),
    is_active: stored.isActive,
    max_attempts: stored.attemptsMax,
    retry: stored.retry,
    fallback_channel_id: stored.fallbackChannelId,
    warnings: [...findWarnings(channel, stored, box)],
  };
}

/** A previous secret is there only while receivers change over, and else not worth a line. */
function renderSecrets(channel: Channel, { secrets }: ConfiguredChannel) {
  const shown = channel.secretFields
    .map(({ name }) => ({ name, is_set: Object.hasOwn(secrets, name) }))
    .filter(({ name, is_set }) => is_set || !name.endsWith('_previous'));
  return Object.fromEntries(shown.map(({ name, is_set }) => [name, { is_set }]));
}

function findWarnings(
  channel: Channel,
  stored: ConfiguredChannel,
  box: SecretBox,
): readonly ErrorDetail[] {
  const { plain, closed } = openAll(box, stored, stored.secrets);
  const unreadable = closed.map((path) => ({ path, message: 'no master key of ours opens it' }));
  const { warnings } = channel.checkSecrets(plain, stored.config);
  return prefixPaths('secrets', [
    ...unreadable,
    ...warnings.filter(({ path }) => !closed.includes(path)),
  ]);
}
