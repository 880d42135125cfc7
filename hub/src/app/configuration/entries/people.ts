/** The settings of the project of a document, and its responders. */
import { isDeepStrictEqual } from 'node:util';
import { patchProject, requireAdministrators } from '#access/project.routes.ts';
import { findProject, updateProject } from '#access/store.ts';
import type { ConfigEntry, ConfigProject } from '#contract/config/document.ts';
import { listCarriers } from '#delivery/settings/channel.store.ts';
import { readResponder, requireReachable } from '#escalation/responder.routes.ts';
import {
  insertResponder,
  type StoredResponder,
  updateResponder,
} from '#escalation/responder.store.ts';
import { parseAddresses } from '#kernel/calling/address.ts';
import { responderId } from '#kernel/id.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import { nextStamps } from '#platform/http/resource.ts';
import { changeRedaction } from '#redaction/policy/policy.routes.ts';
import { PROJECT_DEFAULTS } from '#access/key.ts';
import type { ProjectId } from '#kernel/id.ts';
import { ADDRESS_KINDS, attempt, listEntries, resolveOrNull, type Work } from './work.ts';

const KINDS = { addressKinds: ADDRESS_KINDS };

type WrittenAddresses = NonNullable<ConfigProject['administrators']>;

function toAddresses(work: Work, field: string, written: WrittenAddresses) {
  return written.map(({ channel: name, ...one }, index) => {
    const path = `${field}[${index}].channel`;
    return { ...one, channel_id: resolveOrNull(work.channels, { kind: 'channel', name, path }) };
  });
}

/** What is left out of the project itself stays as it is. */
export async function applySettings(work: Work): Promise<void> {
  const { wanted, tx, before, by, now } = work;
  await attempt(work, { path: '' }, async () => {
    const { administrators } = wanted;
    const patched = patchProject(before.project, {
      name: wanted.name,
      language: wanted.language,
      archive_after_s: wanted.archive_after_s,
      retention_days: wanted.retention_days,
      mail_content: wanted.mail_content,
      administrators:
        administrators === undefined
          ? undefined
          : toAddresses(work, 'administrators', administrators),
    });
    const change = wanted.redaction;
    const next = await changeRedaction(tx, patched, { change, by, now });
    if (isDeepStrictEqual(next, before.project)) return;
    if (!isDeepStrictEqual(next.administrators, before.project.administrators)) {
      requireAdministrators(KINDS, next, await listCarriers(tx, [next.projectId]));
    }
    await updateProject(tx, next);
  });
}

type Entry = ConfigEntry<'responders'>;

export async function applyResponders(work: Work): Promise<void> {
  for (const [index, entry] of listEntries(work.wanted.responders)) {
    const { name } = entry;
    const place = { path: `responders[${index}]`, book: work.responders, name };
    await attempt(work, place, async () => {
      const known = work.before.responders.find((one) => one.name === name);
      const saved =
        known === undefined
          ? await addResponder(work, entry)
          : await changeResponder(work, known, entry);
      work.responders.set(name, saved.responderId);
    });
  }
}

/** Of those who have none of their own. */
async function readLanguage(db: Queryable, project: ProjectId) {
  return (await findProject(db, project))?.language ?? PROJECT_DEFAULTS.language;
}

async function addResponder(work: Work, entry: Entry): Promise<StoredResponder> {
  const { tx, now, deps } = work;
  const project = work.before.project.projectId;
  const addresses = toAddresses(work, 'addresses', entry.addresses ?? []);
  const body = { ...entry, project_id: null, addresses };
  const stored: StoredResponder = {
    ...(await readResponder({ readLanguage }, tx, { project, body })),
    projectId: project,
    responderId: responderId(deps.ids.next(now)),
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  requireReachable(KINDS, stored, await listCarriers(tx, [project]));
  await insertResponder(tx, stored);
  return stored;
}

async function changeResponder(
  work: Work,
  known: StoredResponder,
  entry: Entry,
): Promise<StoredResponder> {
  const { tx } = work;
  const { projectId } = known;
  const next = {
    ...known,
    language: entry.language ?? (await readLanguage(tx, projectId)),
    addresses: parseAddresses(toAddresses(work, 'addresses', entry.addresses ?? [])),
    position: entry.position ?? known.position,
    isActive: entry.is_active ?? true,
  };
  if (isDeepStrictEqual(next, known)) return known;
  if (!isDeepStrictEqual(next.addresses, known.addresses)) {
    requireReachable(KINDS, next, await listCarriers(tx, [projectId]));
  }
  const stored = { ...next, ...nextStamps(known, work.now) };
  await updateResponder(tx, stored);
  return stored;
}
