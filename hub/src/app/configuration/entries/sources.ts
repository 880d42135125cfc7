/**
 * Sources of a document. Danger: their tokens are compared and stored as hashes; one that is made
 * here leaves in `work.generated` alone.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ConfigEntry } from '#contract/config/document.ts';
import { findPolicy } from '#escalation/policy.store.ts';
import {
  checkPolicy,
  placeOf,
  readSource,
  renderIngestUrl,
  renderSourceToken,
  setSecrets,
} from '#intake/source.routes.ts';
import {
  findSourceByTokenHash,
  insertSource,
  updateSource,
  updateSourceToken,
} from '#intake/source.store.ts';
import type { Source } from '#intake/source.ts';
import { sha256 } from '#kernel/crypto.ts';
import { type PolicyId, type ProjectId, SOURCE_TOKEN_PATTERN, sourceId } from '#kernel/id.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import { invalid, nextStamps } from '#platform/http/resource.ts';
import { openAll } from '#platform/sealed-secrets.ts';
import { attempt, listEntries, resolveOrNull, type Work } from './work.ts';

const NOT_MADE = 'is required: nobody would see one that is made at a start';

type Entry = ConfigEntry<'sources'>;

export async function applySources(work: Work): Promise<void> {
  for (const [index, entry] of listEntries(work.wanted.sources)) {
    await attempt(work, { path: `sources[${index}]` }, async () => {
      const known = work.before.sources.find((one) => one.name === entry.name);
      if (known === undefined) await addSource(work, entry);
      else await changeSource(work, known, entry);
    });
  }
}

const deps = {
  hasPolicy: async (db: Queryable, project: ProjectId, policy: PolicyId) =>
    (await findPolicy(db, [project], policy)) !== null,
};

async function addSource(work: Work, entry: Entry): Promise<void> {
  const { tx, now } = work;
  const made: Source = {
    ...readContent(work, entry),
    projectId: work.before.project.projectId,
    sourceId: sourceId(work.deps.ids.next(now)),
    secrets: {},
    isBuiltIn: false,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  const source = setSecrets(made, entry.secrets ?? {}, work.deps.secretBox);
  if (entry.token === null && !work.isGenerating) {
    throw invalid('token', NOT_MADE);
  }
  const token = entry.token ?? renderSourceToken(work.deps.random);
  const hash = await acceptToken(work, token, null);
  await checkPolicy(deps, tx, source);
  await insertSource(tx, source, hash);
  if (entry.token !== null) return;
  const url = renderIngestUrl(work.deps.publicUrl(), source.kind, token);
  work.generated.push({
    kind: 'source',
    name: entry.name,
    field: 'token',
    value: token,
    ingest_url: url,
  });
}

async function changeSource(work: Work, known: Source, entry: Entry): Promise<void> {
  const { tx } = work;
  if (entry.kind !== known.kind) {
    throw invalid('kind', `is ${known.kind}, and stays so; give the new source another name`);
  }
  if (known.isBuiltIn && entry.token !== null) {
    throw invalid('token', 'a built-in source has none: keys report through it');
  }
  const content = { ...known, ...readContent(work, entry) };
  const next = setSecrets(content, findNewSecrets(work, known, entry), work.deps.secretBox);
  const hash = entry.token === null ? null : await acceptToken(work, entry.token, known);
  if (hash === null && isDeepStrictEqual(next, known)) return;
  await checkPolicy(deps, tx, next);
  await updateSource(tx, { ...next, ...nextStamps(known, work.now) });
  if (hash === null) return;
  await updateSourceToken(tx, known, hash);
  work.tokensChanged.add(known.name);
}

/** Those that are not what they were: sealed anew, they would look like a change every time. */
function findNewSecrets(work: Work, known: Source, entry: Entry) {
  const { plain } = openAll(work.deps.secretBox, placeOf(known), known.secrets);
  const given = Object.entries(entry.secrets ?? {});
  return Object.fromEntries(
    given.filter(([field, value]) =>
      value === null ? Object.hasOwn(known.secrets, field) : plain[field] !== value,
    ),
  );
}

function readContent(work: Work, entry: Entry) {
  const reference = { kind: 'policy', name: entry.policy, path: 'policy' };
  return readSource({
    ...entry,
    project_id: null,
    policy_id: resolveOrNull(work.policies, reference),
  });
}

/** Its hash; null when it is the token of this very source already. */
async function acceptToken(work: Work, token: string, known: null): Promise<Uint8Array>;
async function acceptToken(work: Work, token: string, known: Source): Promise<Uint8Array | null>;
async function acceptToken(
  work: Work,
  token: string,
  known: Source | null,
): Promise<Uint8Array | null> {
  if (!SOURCE_TOKEN_PATTERN.test(token)) throw invalid('token', 'must be 32 of a-z and 0-9');
  const hash = sha256(token);
  const owner = await findSourceByTokenHash(work.tx, hash);
  if (owner === null) return hash;
  if (owner.sourceId === known?.sourceId) return null;
  throw invalid('token', 'is the token of another source; each needs its own');
}
