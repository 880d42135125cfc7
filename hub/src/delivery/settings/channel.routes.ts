/**
 * `/api/v1/channels`. Danger: secrets come in, are sealed for their project, channel and field,
 * and never go out again; answers say only whether they are set. The one exception is a signing
 * secret that was left out: it is made here and shown in the answer to that POST alone.
 * Emits: `onConfigChanged`.
 */
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
import { type ChannelId, channelId, type ProjectId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
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
import type { SecretBox } from '#platform/secret-box.ts';
import type { Channel } from '#delivery/channel.ts';
import {
  deleteChannel,
  findConfiguredChannel,
  insertChannel,
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
import { RETRY_SCHEDULES } from '#delivery/retry.ts';
import { listRuleNamesByChannel } from './rule.store.ts';

export type ChannelRouteDeps = ResourceDeps & {
  readonly secretBox: SecretBox;
  readonly listPolicyNamesByChannel: (
    db: Queryable,
    project: ProjectId,
    channel: ChannelId,
  ) => Promise<readonly string[]>;
};

export function registerChannelRoutes(server: FastifyInstance, deps: ChannelRouteDeps): void {
  const { database, secretBox } = deps;
  const render = (stored: ConfiguredChannel) => renderChannel(stored, secretBox);

  server.get('/api/v1/channels', { config: { access: 'read' } }, async (request) => {
    const query = accept(parseWire(pageQuery, request.query));
    const page = toListPage(principalOf(request), query);
    const rows = await database.read((db) => listChannelsPage(db, page));
    const position = ({ createdAt, channelId: id }: ConfiguredChannel) => ({ createdAt, id });
    return renderList(rows, page, { position, render });
  });

  server.get('/api/v1/channels/:id', { config: { access: 'read' } }, async (request) => {
    const id = channelId(readPathId(request));
    const projectIds = readableProjects(principalOf(request), null);
    return render(found(await database.read((db) => findConfiguredChannel(db, projectIds, id))));
  });

  server.post('/api/v1/channels', { config: { access: 'administer' } }, async (request, reply) => {
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
        await updateChannel(tx, next);
        return next;
      },
    );
    return render(changed);
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
          refuseInUse(await findUsers(deps, tx, item));
          await deleteChannel(tx, item);
        },
      );
      return reply.code(204).send();
    },
  );
}

async function addChannel(deps: ChannelRouteDeps, project: ProjectId, body: NewChannel) {
  const channel = findChannel(body.channel_type);
  if (channel === null) {
    const known = CHANNELS.map(({ type }) => type).join(', ');
    throw invalid('channel_type', `must be one of ${known}`);
  }
  const given = body.secrets ?? {};
  const generatedField = GENERATED_FIELDS[channel.type];
  const isGenerated = generatedField !== undefined && !Object.hasOwn(given, generatedField);
  const value = renderWebhookSecret(deps.random.bytes(LIMITS.webhookSecretBytesMin));
  const texts = isGenerated ? { ...given, [generatedField]: value } : given;
  const plain = applySecrets({}, texts);
  const config = accept(readSettings(channel, { config: body.config, given: texts, plain }));
  return changeProject(deps, project, async (tx, now) => {
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
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    await insertChannel(tx, stored);
    return { stored, generated: isGenerated ? { [generatedField]: { is_set: true, value } } : {} };
  });
}

/** Absent keeps. A secret that is kept stays in the envelope it has, readable or not. */
function patchChannel(
  stored: ConfiguredChannel,
  body: ChannelPatch,
  box: SecretBox,
): ConfiguredChannel {
  const channel = knownChannel(stored);
  const given = body.secrets ?? {};
  const plain = applySecrets(openAll(box, stored).plain, given);
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
  };
}

function knownChannel(stored: ConfiguredChannel): Channel {
  const channel = findChannel(stored.channelType);
  if (channel === null) throw new Error(`no channel of the kind ${stored.channelType}`);
  return channel;
}

type Place = Pick<ConfiguredChannel, 'projectId' | 'channelId'>;

function sealAll(
  box: SecretBox,
  { projectId, channelId }: Place,
  plain: PlainSecrets,
): PlainSecrets {
  return Object.fromEntries(
    Object.entries(plain).map(([field, text]) => [
      field,
      box.seal(text, { projectId, channelId, field }),
    ]),
  );
}

/** What does not open is named, never taken for unset. */
function openAll(box: SecretBox, stored: ConfiguredChannel) {
  const plain: [string, string][] = [];
  const closed: string[] = [];
  for (const [field, envelope] of Object.entries(stored.secrets)) {
    const { projectId, channelId } = stored;
    const opened = box.open(envelope, { projectId, channelId, field });
    if (opened.ok) plain.push([field, opened.plain]);
    else closed.push(field);
  }
  return { plain: Object.fromEntries(plain), closed };
}

async function findUsers(
  deps: ChannelRouteDeps,
  db: Queryable,
  { projectId, channelId }: ConfiguredChannel,
): Promise<readonly ErrorDetail[]> {
  const rules = await listRuleNamesByChannel(db, projectId, channelId);
  const policies = await deps.listPolicyNamesByChannel(db, projectId, channelId);
  return [
    ...rules.map((name) => ({ path: 'rules', message: `rule ${name} sends to it` })),
    ...policies.map((name) => ({ path: 'policies', message: `policy ${name} calls it` })),
  ];
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
  const { plain, closed } = openAll(box, stored);
  const unreadable = closed.map((path) => ({ path, message: 'no master key of ours opens it' }));
  const { warnings } = channel.checkSecrets(plain);
  return prefixPaths('secrets', [
    ...unreadable,
    ...warnings.filter(({ path }) => !closed.includes(path)),
  ]);
}
