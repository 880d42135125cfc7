/**
 * `/api/v1/keys`. Danger: the text of a key is answered once, by the POST that makes it, and is
 * stored only as its SHA-256. Whoever makes a key administers its project, so no key gets more
 * rights than its maker has; a key for all projects cannot be made here.
 * Emits: `onConfigChanged`, on which revoked keys have to be forgotten.
 */
import type { FastifyInstance } from 'fastify';
import { pageQuery } from '#contract/field.ts';
import { type KeyAnswer, newKey, type NewKey } from '#contract/key.ts';
import { parseWire } from '#contract/wire.ts';
import { encodeBase64Url, sha256 } from '#kernel/crypto.ts';
import { keyId, type ProjectId } from '#kernel/id.ts';
import { formatInstant, formatInstantOrNull, type Instant, parseInstant } from '#kernel/instant.ts';
import { noteChange } from '#kernel/words/audit-entry.ts';
import { noteNothingWritten } from '#platform/http/acting.ts';
import { principalOf } from '#platform/http/http-server.ts';
import {
  accept,
  changeItem,
  changeProject,
  found,
  invalid,
  nameTaken,
  readableProjects,
  readPathId,
  renderList,
  type ResourceDeps,
  toListPage,
  writableProject,
} from '#platform/http/resource.ts';
import type { ApiKey } from './key.ts';
import { findKey, hasKeyName, insertKey, listKeys, revokeKey } from './store.ts';

const KEY_PREFIX = 'tcs_';
const KEY_RANDOM_BYTES = 32;

export function registerKeyRoutes(server: FastifyInstance, deps: ResourceDeps): void {
  const { database } = deps;

  server.get('/api/v1/keys', { config: { access: 'read' } }, async (request) => {
    const query = accept(parseWire(pageQuery, request.query));
    const page = toListPage(principalOf(request), query);
    const rows = await database.read((db) => listKeys(db, page));
    const position = ({ createdAt, keyId: id }: ApiKey) => ({ createdAt, id });
    return renderList(rows, page, { position, render: renderKey });
  });

  server.get('/api/v1/keys/:id', { config: { access: 'read' } }, async (request) => {
    const id = keyId(readPathId(request));
    const projectIds = readableProjects(principalOf(request), null);
    return renderKey(found(await database.read((db) => findKey(db, projectIds, id))));
  });

  server.post(
    '/api/v1/keys',
    { config: { access: 'administer', shownOnce: ['key'] } },
    async (request, reply) => {
      const body = accept(parseWire(newKey, request.body));
      const project = writableProject(principalOf(request), body.project_id);
      const { key, text } = await addKey(deps, project, body);
      return reply.code(201).send({ ...renderKey(key), key: text });
    },
  );

  server.delete(
    '/api/v1/keys/:id',
    { config: { access: 'administer' } },
    async (request, reply) => {
      const id = keyId(readPathId(request));
      const projectIds = readableProjects(principalOf(request), null);
      await changeItem(
        deps,
        (db) => findKey(db, projectIds, id),
        async ({ tx, item, now }) => {
          if (item.revokedAt !== null) return noteNothingWritten();
          await revokeKey(tx, item, now);
          const after = renderKey({ ...item, revokedAt: now });
          const note = noteChange('key', renderKey(item), after);
          deps.recordAudit(tx, { ...note, action: 'key.revoked' });
        },
      );
      return reply.code(204).send();
    },
  );
}

async function addKey(deps: ResourceDeps, project: ProjectId, body: NewKey) {
  const text = `${KEY_PREFIX}${encodeBase64Url(deps.random.bytes(KEY_RANDOM_BYTES))}`;
  return changeProject(deps, project, async (tx, now) => {
    if (await hasKeyName(tx, project, body.name)) throw nameTaken('name');
    const key: ApiKey = {
      projectId: project,
      keyId: keyId(deps.ids.next(now)),
      name: body.name,
      role: body.role,
      createdAt: now,
      expiresAt: readExpiry(body.expires_at, now),
      revokedAt: null,
      lastUsedAt: null,
    };
    await insertKey(tx, key, sha256(text));
    deps.recordAudit(tx, noteChange('key', null, renderKey(key)));
    return { key, text };
  });
}

function readExpiry(given: string | null, now: Instant): Instant | null {
  const at = given === null ? null : parseInstant(given);
  if (at !== null && at <= now) throw invalid('expires_at', 'must be in the future');
  return at;
}

function renderKey(key: ApiKey): KeyAnswer {
  return {
    id: key.keyId,
    project_id: key.projectId,
    name: key.name,
    role: key.role,
    version: 1,
    created_at: formatInstant(key.createdAt),
    expires_at: formatInstantOrNull(key.expiresAt),
    revoked_at: formatInstantOrNull(key.revokedAt),
    last_used_at: formatInstantOrNull(key.lastUsedAt),
  };
}
