/**
 * Removes what a document does not name: what refers to others before what is referred to. Built-in
 * things stay, and so does whatever something else still refers to; that is a fault.
 */
import { findProject } from '#access/store.ts';
import { deleteChannel } from '#delivery/settings/channel.store.ts';
import { findChannelUsers } from '#delivery/settings/channel.routes.ts';
import { deleteRule } from '#delivery/settings/rule.store.ts';
import { findPolicyUsers } from '#escalation/policy.routes.ts';
import { deletePolicy, findPolicy, listPolicyNamesByChannel } from '#escalation/policy.store.ts';
import { findResponderUsers } from '#escalation/responder.routes.ts';
import { deleteResponder, listResponderNamesByChannel } from '#escalation/responder.store.ts';
import { deleteSource, listSourceNamesByPolicy } from '#intake/source.store.ts';
import type { ErrorDetail } from '#kernel/error-codes.ts';
import type { ChannelId, ProjectId } from '#kernel/id.ts';
import type { Queryable } from '#platform/postgres/postgres.ts';
import type { Work } from './work.ts';

export async function prune(work: Work): Promise<void> {
  const { tx, wanted, before } = work;
  for (const rule of findUnnamed(before.rules, wanted.rules)) await deleteRule(tx, rule);
  for (const source of findUnnamed(before.sources, wanted.sources)) {
    if (!source.isBuiltIn) await deleteSource(tx, source);
  }
  for (const one of findUnnamed(before.policies, wanted.policies)) {
    if (one.isBuiltIn) continue;
    // Whether it is the default may have changed by now.
    const policy = (await findPolicy(tx, [one.projectId], one.policyId)) ?? one;
    const users = await findPolicyUsers({ listSourceNamesByPolicy }, tx, policy);
    if (isFree(work, { kind: 'policy', name: one.name, users })) await deletePolicy(tx, one);
  }
  for (const responder of findUnnamed(before.responders, wanted.responders)) {
    const users = await findResponderUsers(tx, responder);
    if (isFree(work, { kind: 'responder', name: responder.name, users }))
      await deleteResponder(tx, responder);
  }
  await pruneChannels(work);
}

/** One may stand in for another: each round removes those that nothing refers to any longer. */
async function pruneChannels(work: Work): Promise<void> {
  const { tx } = work;
  let left = findUnnamed(work.before.channels, work.wanted.channels);
  for (;;) {
    const used = [];
    for (const channel of left) {
      const users = await findChannelUsers(CHANNEL_USERS, tx, channel);
      if (users.length === 0) await deleteChannel(tx, channel);
      else used.push({ channel, users });
    }
    if (used.length === 0) return;
    if (used.length === left.length) {
      for (const { channel, users } of used) {
        isFree(work, { kind: 'channel', name: channel.name, users });
      }
      return;
    }
    left = used.map(({ channel }) => channel);
  }
}

const CHANNEL_USERS = {
  listPolicyNamesByChannel,
  listResponderNamesByChannel,
  isAdministratorsChannel: async (db: Queryable, project: ProjectId, channel: ChannelId) => {
    const administrators = (await findProject(db, project))?.administrators ?? [];
    return administrators.some(({ channelId }) => channelId === channel);
  },
};

function findUnnamed<Item extends { readonly name: string }>(
  stored: readonly Item[],
  wanted: readonly { readonly name: string }[] | undefined,
): readonly Item[] {
  const names = new Set(wanted?.map(({ name }) => name));
  return stored.filter(({ name }) => !names.has(name));
}

type Unnamed = {
  readonly kind: string;
  readonly name: string;
  readonly users: readonly ErrorDetail[];
};

function isFree(work: Work, { kind, name, users }: Unnamed): boolean {
  for (const { message } of users) {
    work.faults.push({
      path: work.path,
      message: `${kind} ${name} is not named and cannot be removed: ${message}`,
    });
  }
  return users.length === 0;
}
