/**
 * `/api/v1/sources`. Danger: a source's token is answered once, by the POST that makes it, and is
 * stored only as its SHA-256. Secrets that a sender signs with come in, are sealed, and never go
 * out again. Built-in sources cannot be renamed or removed, but set up.
 * Emits: `onConfigChanged`.
 */
import type { SourceKind } from '#kernel/words/severity.ts';
import type { FastifyInstance } from 'fastify';
import { pageQuery } from '#contract/field.ts';
import {
  newSource,
  type NewSource,
  type SourceAnswer,
  sourcePatch,
  type SourcePatch,
} from '#contract/source.ts';
import { parseWire } from '#contract/wire.ts';
import { sha256 } from '#kernel/crypto.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { type PolicyId, policyId, type ProjectId, type SourceId, sourceId } from '#kernel/id.ts';
import { formatInstantOrNull, type Instant } from '#kernel/instant.ts';
import type { Random } from '#kernel/ports.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { noteChange } from '#kernel/words/audit-entry.ts';
import { principalOf } from '#platform/http/http-server.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import { listReplaced, openAll, sealAll } from '#platform/sealed-secrets.ts';
import type { SecretBox } from '#platform/secret-box.ts';
import {
  accept,
  changeItem,
  changeProject,
  found,
  invalid,
  nextStamps,
  readableProjects,
  readPathId,
  renderList,
  renderStamps,
  requireVersion,
  type ResourceDeps,
  toListPage,
  writableProject,
} from '#platform/http/resource.ts';
import { SEVERITY_DEFAULTS, type Source } from './source.ts';
import {
  applySecrets,
  findSecretFaults,
  findSecretWarnings,
  type GivenSecrets,
  planSecrets,
  renderSecrets,
} from '#intake/signing/shared-secrets.ts';
import { NO_MAPPING } from './source-type.ts';
import { findSourceType } from './sources/index.ts';
import {
  deleteSource,
  findSource,
  insertSource,
  listSourcesPage,
  updateSource,
} from './source.store.ts';

export type SourceRouteDeps = ResourceDeps & {
  readonly secretBox: SecretBox;
  /** Asked when a source is made: the port may be known only once the server listens. */
  readonly publicUrl: () => string;
  readonly hasPolicy: (db: Queryable, project: ProjectId, policy: PolicyId) => Promise<boolean>;
  /** Those that were heard, or are silent; who is left out is neither. */
  readonly readHearings: (
    db: Queryable,
    sources: readonly Source[],
  ) => Promise<ReadonlyMap<SourceId, Hearing>>;
};

export type Hearing = {
  readonly lastHeardAt: Instant | null;
  /** For its signature. */
  readonly lastRefusedAt: Instant | null;
  readonly isSilent: boolean;
};

/** Where a source reports to. Most senders can be given a URL and nothing else. */
function nameWayIn(kind: SourceKind, token: string): string {
  return findSourceType(kind) === null ? '/api/v1/events' : `/ingest/${kind}/${token}`;
}

/** A path alone where the hub does not know what it is called from outside. */
export function renderIngestUrl(publicUrl: string, kind: SourceKind, token: string): string {
  return `${publicUrl.replace(/\/+$/, '')}${nameWayIn(kind, token)}`;
}

export function registerSourceRoutes(server: FastifyInstance, deps: SourceRouteDeps): void {
  const { database } = deps;

  server.get('/api/v1/sources', { config: { access: 'read' } }, async (request) => {
    const query = accept(parseWire(pageQuery, request.query));
    const page = toListPage(principalOf(request), query);
    return database.read(async (db) => {
      const rows = await listSourcesPage(db, page);
      const hearings = await deps.readHearings(db, rows);
      const position = ({ createdAt, sourceId: id }: Source) => ({ createdAt, id });
      const render = (source: Source) => renderSource(deps, source, hearings.get(source.sourceId));
      return renderList(rows, page, { position, render });
    });
  });

  server.get('/api/v1/sources/:id', { config: { access: 'read' } }, async (request) => {
    const id = sourceId(readPathId(request));
    const projectIds = readableProjects(principalOf(request), null);
    return database.read(async (db) =>
      showSource(deps, db, found(await findSource(db, projectIds, id))),
    );
  });

  const created = { access: 'administer', shownOnce: ['token', 'ingest_url'] } as const;
  server.post('/api/v1/sources', { config: created }, async (request, reply) => {
    const body = accept(parseWire(newSource, request.body));
    const project = writableProject(principalOf(request), body.project_id);
    const token = renderSourceToken(deps.random);
    const source = await addSource(deps, { project, body, token });
    const ingestUrl = renderIngestUrl(deps.publicUrl(), source.kind, token);
    return reply.code(201).send({ ...renderSource(deps, source), token, ingest_url: ingestUrl });
  });

  server.patch('/api/v1/sources/:id', { config: { access: 'administer' } }, async (request) => {
    const id = sourceId(readPathId(request));
    const projectIds = readableProjects(principalOf(request), null);
    const body = accept(parseWire(sourcePatch, request.body));
    return changeItem(
      deps,
      (db) => findSource(db, projectIds, id),
      async ({ tx, item, now }) => {
        requireVersion(request, item.version);
        const isRenamed = body.name !== undefined && body.name !== item.name;
        if (item.isBuiltIn && isRenamed) throw new CodedError('built_in');
        const next = { ...patchSource(item, body, deps.secretBox), ...nextStamps(item, now) };
        await checkPolicy(deps, tx, next);
        await updateSource(tx, next);
        const after = renderSource(deps, next);
        const secrets = { ...after.secrets, ...listReplaced(item.secrets, next.secrets) };
        const noted = noteChange('source', renderSource(deps, item), { ...after, secrets });
        deps.recordAudit(tx, noted);
        return showSource(deps, tx, next);
      },
    );
  });
  registerRemoval(server, deps);
}

function registerRemoval(server: FastifyInstance, deps: SourceRouteDeps): void {
  server.delete(
    '/api/v1/sources/:id',
    { config: { access: 'administer' } },
    async (request, reply) => {
      const id = sourceId(readPathId(request));
      const projectIds = readableProjects(principalOf(request), null);
      await changeItem(
        deps,
        (db) => findSource(db, projectIds, id),
        async ({ tx, item }) => {
          if (item.isBuiltIn) throw new CodedError('built_in');
          await deleteSource(tx, item);
          deps.recordAudit(tx, noteChange('source', renderSource(deps, item), null));
        },
      );
      return reply.code(204).send();
    },
  );
}

type Addition = {
  readonly project: ProjectId;
  readonly body: NewSource;
  readonly token: string;
};

async function addSource(deps: SourceRouteDeps, addition: Addition): Promise<Source> {
  const { project, body, token } = addition;
  return changeProject(deps, project, async (tx, now) => {
    const made: Source = {
      ...readSource(body),
      projectId: project,
      sourceId: sourceId(deps.ids.next(now)),
      secrets: {},
      isBuiltIn: false,
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    const source = setSecrets(made, body.secrets ?? {}, deps.secretBox);
    await checkPolicy(deps, tx, source);
    await insertSource(tx, source, sha256(token));
    deps.recordAudit(tx, noteChange('source', null, renderSource(deps, source)));
    return source;
  });
}

type SourceContent = Pick<
  Source,
  | 'name'
  | 'kind'
  | 'severityDefault'
  | 'policyId'
  | 'silentAfterS'
  | 'dedupWindowS'
  | 'joinBy'
  | 'mapping'
>;

/** What the author of a source says, with the default for all that may be left out. */
export function readSource(body: NewSource): SourceContent {
  return {
    name: body.name,
    kind: body.kind,
    severityDefault: body.severity_default ?? SEVERITY_DEFAULTS[body.kind],
    policyId: body.policy_id === null ? null : policyId(body.policy_id),
    silentAfterS: body.silent_after_s,
    dedupWindowS: body.dedup_window_s,
    joinBy: body.join_by,
    mapping: acceptMapping(body.kind, body.mapping),
  };
}

/** Absent keeps, null clears. */
function patchSource(source: Source, body: SourcePatch, box: SecretBox): Source {
  const { policy_id: policy, silent_after_s: silence, dedup_window_s: window } = body;
  return {
    ...setSecrets(source, body.secrets ?? {}, box),
    name: body.name ?? source.name,
    severityDefault: body.severity_default ?? source.severityDefault,
    policyId: policy === undefined ? source.policyId : policy === null ? null : policyId(policy),
    silentAfterS: silence === undefined ? source.silentAfterS : silence,
    dedupWindowS: window === undefined ? source.dedupWindowS : window,
    joinBy: body.join_by === undefined ? source.joinBy : body.join_by,
    mapping: body.mapping === null ? source.mapping : acceptMapping(source.kind, body.mapping),
  };
}

/** A secret that is kept stays in the envelope it has, readable or not. */
export function setSecrets(source: Source, given: GivenSecrets, box: SecretBox): Source {
  if (Object.keys(given).length === 0) return source;
  const type = findSourceType(source.kind);
  const { plain, closed } = openAll(box, placeOf(source), source.secrets);
  const changes = planSecrets(type, plain, given);
  // One that does not open is there all the same.
  const there = { ...Object.fromEntries(closed.map((field) => [field, ''])), ...plain };
  const details = findSecretFaults(type, given, applySecrets(there, changes));
  if (details.length > 0) throw new CodedError('invalid', { details });
  const kept = Object.entries(source.secrets).filter(([field]) => !Object.hasOwn(changes, field));
  const sealed = sealAll(box, placeOf(source), applySecrets({}, changes));
  return { ...source, secrets: { ...Object.fromEntries(kept), ...sealed } };
}

/** Where its secrets are sealed for. */
export function placeOf({ projectId, sourceId: id }: Pick<Source, 'projectId' | 'sourceId'>) {
  return { projectId, channelId: id };
}

/** Each kind knows itself what its mapping may hold. */
export function acceptMapping(kind: SourceKind, mapping: JsonObject | null): JsonObject {
  if (mapping === null || Object.keys(mapping).length === 0) return {};
  const faults = (findSourceType(kind) ?? NO_MAPPING).findMappingFaults(mapping);
  if (faults.length === 0) return mapping;
  throw new CodedError('invalid', {
    details: faults.map(({ path, message }) => ({
      path: path === '' ? 'mapping' : `mapping.${path}`,
      message,
    })),
  });
}

export async function checkPolicy(
  deps: Pick<SourceRouteDeps, 'hasPolicy'>,
  db: Queryable,
  source: Source,
): Promise<void> {
  if (source.policyId === null) return;
  if (await deps.hasPolicy(db, source.projectId, source.policyId)) return;
  throw invalid('policy_id', 'is no policy of this project');
}

const TOKEN_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const TOKEN_CHARS = 32;
/** Bytes from here on would make the first letters likelier than the others. */
const TOKEN_BYTE_MAX = 256 - (256 % TOKEN_ALPHABET.length);

/** 32 of [a-z0-9]: 165 bits. */
export function renderSourceToken(random: Pick<Random, 'bytes'>): string {
  let token = '';
  while (token.length < TOKEN_CHARS) {
    for (const byte of random.bytes(TOKEN_CHARS)) {
      if (byte < TOKEN_BYTE_MAX) token += TOKEN_ALPHABET.charAt(byte % TOKEN_ALPHABET.length);
    }
  }
  return token.slice(0, TOKEN_CHARS);
}

async function showSource(
  deps: SourceRouteDeps,
  db: Queryable,
  source: Source,
): Promise<SourceAnswer> {
  return renderSource(deps, source, (await deps.readHearings(db, [source])).get(source.sourceId));
}

function renderSource(
  { secretBox }: Pick<SourceRouteDeps, 'secretBox'>,
  source: Source,
  hearing?: Hearing,
): SourceAnswer {
  const type = findSourceType(source.kind);
  const { closed } = openAll(secretBox, placeOf(source), source.secrets);
  // Keys report through a built-in one: nobody needs a signature to know them.
  const isUnsignedFine = source.isBuiltIn && Object.keys(source.secrets).length === 0;
  return {
    id: source.sourceId,
    ...renderStamps(source),
    name: source.name,
    kind: source.kind,
    severity_default: source.severityDefault,
    policy_id: source.policyId,
    silent_after_s: source.silentAfterS,
    dedup_window_s: source.dedupWindowS,
    join_by: source.joinBy === null ? null : [...source.joinBy],
    mapping: source.mapping,
    is_built_in: source.isBuiltIn,
    last_heard_at: formatInstantOrNull(hearing?.lastHeardAt ?? null),
    last_refused_at: formatInstantOrNull(hearing?.lastRefusedAt ?? null),
    is_silent: hearing?.isSilent ?? false,
    secrets: renderSecrets(type, source.secrets),
    warnings: isUnsignedFine ? [] : [...findSecretWarnings(type, source.secrets, closed)],
  };
}
