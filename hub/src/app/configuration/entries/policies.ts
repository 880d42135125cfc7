/** Policies of a document. The one that becomes the default comes first: there is always one. */
import { isDeepStrictEqual } from 'node:util';
import type { ConfigEntry } from '#contract/config/document.ts';
import type { NewPolicy } from '#contract/escalation/policy.ts';
import { listKnownChannelIds } from '#delivery/settings/channel.store.ts';
import { nameSnapshot, type StoredPolicy } from '#escalation/policy.ts';
import { checkTargets, readPolicy } from '#escalation/policy.routes.ts';
import { insertPolicy, updatePolicy } from '#escalation/policy.store.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { policyId } from '#kernel/id.ts';
import { invalid, nextStamps } from '#platform/http/resource.ts';
import { attempt, listEntries, resolve, type Work } from './work.ts';

type Entry = ConfigEntry<'policies'>;

export async function applyPolicies(work: Work): Promise<void> {
  const entries = listEntries(work.wanted.policies);
  const isNextDefault = ([, entry]: readonly [number, Entry]) => entry.is_default === true;
  const sorted = [
    ...entries.filter(isNextDefault),
    ...entries.filter((one) => !isNextDefault(one)),
  ];
  // Whoever becomes the default takes it from the one before.
  let isTaken = false;
  for (const [index, entry] of sorted) {
    const { name } = entry;
    const place = { path: `policies[${index}]`, book: work.policies, name };
    await attempt(work, place, async () => {
      const known = work.before.policies.find((one) => one.name === name);
      const isDefault = known?.isDefault === true && !isTaken;
      const saved =
        known === undefined
          ? await addPolicy(work, entry)
          : await changePolicy(work, { ...known, isDefault }, entry);
      isTaken ||= entry.is_default === true;
      work.policies.set(name, saved.policyId);
    });
  }
}

async function addPolicy(work: Work, entry: Entry): Promise<StoredPolicy> {
  const { tx, now, deps } = work;
  const policy = readPolicy(toBody(work, entry));
  const id = policyId(deps.ids.next(now));
  const stored: StoredPolicy = {
    name: entry.name,
    isDefault: entry.is_default ?? false,
    policy,
    projectId: work.before.project.projectId,
    policyId: id,
    snapshotId: nameSnapshot(id, policy),
    isBuiltIn: false,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  await checkTargets({ listKnownChannelIds }, tx, stored);
  await insertPolicy(tx, stored);
  return stored;
}

async function changePolicy(work: Work, known: StoredPolicy, entry: Entry): Promise<StoredPolicy> {
  const { tx } = work;
  const { name: _name, is_default: isDefault, ...terms } = entry;
  const isSaying = Object.values(terms).some((value) => value !== undefined);
  if (known.isBuiltIn && isSaying) {
    throw new CodedError('built_in', { hint: 'Of a built-in policy only is_default can be set.' });
  }
  if (isDefault === false && known.isDefault) {
    throw invalid('is_default', 'a project has a default; make another policy its default');
  }
  const policy = known.isBuiltIn ? known.policy : readPolicy(toBody(work, entry));
  const next = { ...known, policy, isDefault: isDefault ?? known.isDefault };
  if (isDeepStrictEqual(next, known)) return known;
  const snapshotId = nameSnapshot(known.policyId, policy);
  const stored = { ...next, snapshotId, ...nextStamps(known, work.now) };
  await checkTargets({ listKnownChannelIds }, tx, stored);
  await updatePolicy(tx, stored);
  return stored;
}

/** With ids for names. */
function toBody(work: Work, entry: Entry): NewPolicy {
  const { steps } = entry;
  if (steps === undefined) throw invalid('steps', 'is required');
  return {
    ...entry,
    project_id: null,
    steps: steps.map((step, index) => ({
      ...step,
      targets:
        step.targets?.map((target, at) =>
          toTarget(work, target, `steps[${index}].targets[${at}]`),
        ) ?? null,
    })),
  };
}

type EntryTarget = NonNullable<NonNullable<Entry['steps']>[number]['targets']>[number];

function toTarget(work: Work, target: EntryTarget, path: string) {
  switch (target.type) {
    case 'rules':
      return target;
    case 'channel': {
      const reference = { kind: 'channel', name: target.channel, path: `${path}.channel` };
      return { type: target.type, channel_id: resolve(work.channels, reference) };
    }
    case 'responder': {
      const reference = { kind: 'responder', name: target.responder, path: `${path}.responder` };
      return { type: target.type, responder_id: resolve(work.responders, reference) };
    }
  }
}
