/**
 * What a project has configured, kept in memory for the paths that must be quick: who may report,
 * which rules, channels and policies there are. Read whole, never patched.
 *
 * Fresh at once on the node where something was changed, after a NOTIFY on the others, and after
 * one second at the latest where a NOTIFY does not reach (`refresh`).
 */
import { findChannel as findChannelKind } from '#delivery/channels/index.ts';
import type { ConfiguredChannel } from '#delivery/settings/configured-channel.ts';
import { listChannels } from '#delivery/settings/channel.store.ts';
import { type ChannelFacts, isReachable, type Ways } from '#delivery/way.ts';
import { compileRule } from '#delivery/rule.ts';
import { listRules } from '#delivery/settings/rule.store.ts';
import type { ChannelRef, ReadyChannel } from '#delivery/runner.ts';
import type { StoredPolicy } from '#escalation/policy.ts';
import { listPolicies, loadSnapshots } from '#escalation/policy.store.ts';
import { listResponders } from '#escalation/responder.store.ts';
import type { MailContent, Project } from '#access/key.ts';
import { findProject, listProjectVersions } from '#access/store.ts';
import { placeOf } from '#intake/source.routes.ts';
import { shareSecrets } from '#intake/signing/shared-secrets.ts';
import { listSources } from '#intake/source.store.ts';
import type { SharedSecrets } from '#intake/source-type.ts';
import type { Source } from '#intake/source.ts';
import { findSourceType } from '#intake/sources/index.ts';
import { hmacSha256 } from '#kernel/crypto.ts';
import { assert } from '#kernel/decision.ts';
import type { ChannelId, PolicyId, ProjectId, ResponderId, SourceId } from '#kernel/id.ts';
import { INSTANT_MIN } from '#kernel/instant.ts';
import type { Policy } from '#kernel/calling/policy.ts';
import type { Responder } from '#kernel/calling/responder.ts';
import type { Log } from '#kernel/ports.ts';
import { isEventNews } from '#kernel/words/lifecycle.ts';
import type { SourceKind } from '#kernel/words/severity.ts';
import type { Database, Queryable } from '#platform/postgres/postgres.ts';
import { openAll } from '#platform/sealed-secrets.ts';
import type { SecretBox } from '#platform/secret-box.ts';
import { isSamePolicy } from '#redaction/policy/document.ts';
import type { RedactionPolicy } from '#redaction/policy.ts';
import { createRedactor, type Redactor } from '#redaction/redaction.ts';

export type ProjectConfig = {
  readonly projectId: ProjectId;
  readonly version: number;
  /** Names the project in signed links. */
  readonly linkNo: number;
  readonly ways: Ways;
  /** Who can be called next, in their order. */
  readonly nextResponders: readonly ResponderId[];
  /** Rules that ask for every event; most projects have none. */
  readonly hasEventRules: boolean;
  readonly channels: ReadonlyMap<ChannelId, ConfiguredChannel>;
  readonly policies: readonly StoredPolicy[];
  readonly findSource: (id: SourceId) => Source;
  readonly builtInSource: (kind: SourceKind) => Source;
  /** The one that was asked for, else the project's default. */
  readonly choosePolicy: (ids: readonly (PolicyId | null)[]) => StoredPolicy;
  /** Takes out of what comes in all that may not be stored. */
  readonly redactor: Redactor;
  /** For texts that repeat what a sender sent. */
  readonly mask: (text: string) => string;
  readonly mailContent: MailContent;
};

export type SnapshotRef = { readonly projectId: ProjectId; readonly snapshotId: string };

export type ConfigCache = {
  /** Null when there is no such project. */
  readonly load: (projectId: ProjectId) => Promise<ProjectConfig | null>;
  /**
   * For who is in a transaction already. It must not wait for a second session: behind a pooler
   * with few sessions, as many transactions would wait for each other.
   */
  readonly loadWithin: (tx: Queryable, projectId: ProjectId) => Promise<ProjectConfig | null>;
  readonly loadPolicies: (tx: Queryable, refs: readonly SnapshotRef[]) => Promise<void>;
  /** After `loadPolicies`. */
  readonly policyOf: (ref: SnapshotRef) => Policy;
  /** Null: one of them does not open. */
  readonly secretsOf: (source: Source) => SharedSecrets | null;
  readonly readyChannel: (channel: ChannelRef) => Promise<ReadyChannel>;
  readonly drop: (projectId: ProjectId) => void;
  /** Drops what has changed elsewhere. Returns the projects that were dropped. */
  readonly refresh: () => Promise<readonly ProjectId[]>;
};

type CacheOptions = {
  readonly database: Database;
  readonly secretBox: SecretBox;
  readonly log: Log;
  /** What is masked in two projects cannot be joined: each has a key of its own, made of this. */
  readonly redactionKey: Uint8Array;
};

export function createConfigCache(options: CacheOptions): ConfigCache {
  const { database } = options;
  const redactors = createRedactors(options.redactionKey);
  const cached = new Map<ProjectId, Promise<ProjectConfig | null>>();
  /** Those of `cached` that are there. */
  const loaded = new Map<ProjectId, ProjectConfig>();

  function load(projectId: ProjectId): Promise<ProjectConfig | null> {
    const known = cached.get(projectId);
    if (known !== undefined) return known;
    const loading = database
      .read((tx) => readConfig(tx, projectId, redactors))
      .then(
        (config) => {
          if (cached.get(projectId) !== loading) return config;
          if (config === null) cached.delete(projectId);
          else loaded.set(projectId, config);
          return config;
        },
        (error: unknown) => {
          if (cached.get(projectId) === loading) cached.delete(projectId);
          throw error;
        },
      );
    cached.set(projectId, loading);
    return loading;
  }

  function drop(projectId: ProjectId): void {
    cached.delete(projectId);
    loaded.delete(projectId);
  }

  async function loadWithin(tx: Queryable, projectId: ProjectId): Promise<ProjectConfig | null> {
    return loaded.get(projectId) ?? readConfig(tx, projectId, redactors);
  }

  async function refresh(): Promise<readonly ProjectId[]> {
    if (loaded.size === 0) return [];
    const current = await listProjectVersions(database, [...loaded.keys()]);
    const changed = [...loaded].filter(([id, { version }]) => current.get(id) !== version);
    for (const [id] of changed) drop(id);
    return changed.map(([id]) => id);
  }

  /** Opening secrets is dear; a channel that is read anew is another object. */
  const ready = new WeakMap<ConfiguredChannel, ReadyChannel>();

  async function readyChannel(channel: ChannelRef): Promise<ReadyChannel> {
    const { projectId, channelId } = channel;
    let found = (await load(projectId))?.channels.get(channelId);
    if (found === undefined) {
      // Another node may have made it a moment ago, and what is to be sent has come first.
      drop(projectId);
      found = (await load(projectId))?.channels.get(channelId);
    }
    const known = found === undefined ? undefined : ready.get(found);
    if (known !== undefined) return known;
    const prepared = prepareChannel(found, options.secretBox);
    if (found !== undefined) ready.set(found, prepared);
    return prepared;
  }

  const secretsOf = createSecretOpener(options);
  return { load, loadWithin, ...createSnapshotCache(), secretsOf, readyChannel, drop, refresh };
}

/** Snapshots never change, so what was read once stays true. */
function createSnapshotCache(): Pick<ConfigCache, 'loadPolicies' | 'policyOf'> {
  const snapshots = new Map<string, Policy>();
  return {
    loadPolicies: async (tx, refs) => {
      const missing = refs.filter((ref) => !snapshots.has(nameOf(ref)));
      if (missing.length === 0) return;
      for (const row of await loadSnapshots(tx, missing)) {
        snapshots.set(nameOf(row), row.policy);
      }
    },
    policyOf: (ref) => {
      const policy = snapshots.get(nameOf(ref));
      assert(policy !== undefined, `snapshot ${ref.snapshotId} of ${ref.projectId} is there`);
      return policy;
    },
  };
}

/** Opening is dear; a source that is read anew is another object. */
function createSecretOpener({ secretBox, log }: Pick<CacheOptions, 'secretBox' | 'log'>) {
  const opened = new WeakMap<Source, SharedSecrets | null>();
  return (source: Source): SharedSecrets | null => {
    const known = opened.get(source);
    if (known !== undefined) return known;
    const { plain, closed } = openAll(secretBox, placeOf(source), source.secrets);
    const shared = closed.length > 0 ? null : shareSecrets(findSourceType(source.kind), plain);
    if (shared === null) {
      const told = { source_id: source.sourceId, fields: closed.join(', ') };
      log.error('a secret of a source does not open; its reports get 503', told);
    }
    opened.set(source, shared);
    return shared;
  };
}

function prepareChannel(
  configured: ConfiguredChannel | undefined,
  secretBox: SecretBox,
): ReadyChannel {
  if (configured === undefined) {
    return { ok: false, field: 'channel', hint: 'the channel has been removed' };
  }
  const kind = findChannelKind(configured.channelType);
  if (kind === null) {
    return { ok: false, field: 'channel_type', hint: `unknown kind ${configured.channelType}` };
  }
  return openSecrets(secretBox, configured, kind);
}

function nameOf(ref: SnapshotRef): string {
  return `${ref.projectId}/${ref.snapshotId}`;
}

/** A secret that does not open is an error that names its channel, never an empty secret. */
function openSecrets(
  secretBox: SecretBox,
  configured: ConfiguredChannel,
  kind: Extract<ReadyChannel, { ok: true }>['kind'],
): ReadyChannel {
  const { projectId, channelId, name } = configured;
  const secrets: Record<string, string> = {};
  for (const [field, envelope] of Object.entries(configured.secrets)) {
    const opened = secretBox.open(envelope, { projectId, channelId, field });
    if (!opened.ok) {
      const hint = `the secret of channel ${name} does not open (${opened.reason}); set it again`;
      return { ok: false, field, hint };
    }
    secrets[field] = opened.plain;
  }
  return { ok: true, configured, kind, secrets };
}

type RedactorOf = (project: Pick<Project, 'projectId' | 'redaction'>) => Redactor;

/** Patterns are dear to compile, and most changes of a project are not of what it masks. */
function createRedactors(redactionKey: Uint8Array): RedactorOf {
  const known = new Map<ProjectId, { readonly policy: RedactionPolicy; readonly made: Redactor }>();
  return ({ projectId, redaction: policy }) => {
    const before = known.get(projectId);
    if (before !== undefined && isSamePolicy(before.policy, policy)) return before.made;
    const made = createRedactor(policy, hmacSha256(redactionKey, projectId));
    known.set(projectId, { policy, made });
    return made;
  };
}

async function readConfig(
  tx: Queryable,
  projectId: ProjectId,
  redactorOf: RedactorOf,
): Promise<ProjectConfig | null> {
  const project = await findProject(tx, projectId);
  if (project === null) return null;
  const [sources, policies, channels, rules, responders] = await Promise.all([
    listSources(tx, projectId),
    listPolicies(tx, projectId),
    listChannels(tx, projectId),
    listRules(tx, projectId),
    listResponders(tx, projectId),
  ]);
  const redactor = redactorOf(project);
  return buildConfig({ project, sources, policies, channels, rules, responders, redactor });
}

function listFacts(configured: ConfiguredChannel): ChannelFacts {
  const kind = findChannelKind(configured.channelType);
  return { ...configured, addresses: kind?.listAddresses(configured.config) ?? [] };
}

/** Alerts outlive their source: one whose source was removed is still called out. */
function standInFor(projectId: ProjectId, sourceId: SourceId): Source {
  return {
    projectId,
    sourceId,
    name: 'a removed source',
    kind: 'native',
    severityDefault: 'medium',
    policyId: null,
    silentAfterS: null,
    dedupWindowS: null,
    joinBy: null,
    mapping: {},
    secrets: {},
    isBuiltIn: false,
    version: 1,
    createdAt: INSTANT_MIN,
    updatedAt: INSTANT_MIN,
  };
}

export function buildConfig(parts: {
  readonly project: Project;
  readonly sources: readonly Source[];
  readonly policies: readonly StoredPolicy[];
  readonly channels: readonly ConfiguredChannel[];
  readonly rules: readonly Parameters<typeof compileRule>[0][];
  readonly responders: readonly Responder[];
  readonly redactor: Redactor;
}): ProjectConfig {
  const { project } = parts;
  const { projectId } = project;
  const sources = new Map(parts.sources.map((source) => [source.sourceId, source]));
  const channels = new Map(parts.channels.map((channel) => [channel.channelId, channel]));
  const rules = parts.rules.map(compileRule);
  const facts = new Map(parts.channels.map((one) => [one.channelId, listFacts(one)]));
  return {
    projectId,
    version: project.version,
    linkNo: project.linkNo,
    ways: {
      rules,
      channels: facts,
      responders: new Map(parts.responders.map((one) => [one.responderId, one])),
      administrators: project.administrators,
      language: project.language,
    },
    nextResponders: parts.responders
      .filter((one) => isReachable(one, facts))
      .map(({ responderId }) => responderId),
    redactor: parts.redactor,
    mask: (text) => parts.redactor.redactText(text).value,
    mailContent: project.mailContent,
    hasEventRules: rules.some(({ rule }) => rule.eventTypes.some(isEventNews)),
    channels,
    policies: parts.policies,
    findSource: (id) => sources.get(id) ?? standInFor(projectId, id),
    builtInSource: (kind) => {
      const source = parts.sources.find((one) => one.isBuiltIn && one.kind === kind);
      assert(source !== undefined, `${projectId} has a built-in ${kind} source`);
      return source;
    },
    choosePolicy: (ids) => {
      const asked = ids.find((id) => id !== null);
      const found =
        parts.policies.find((stored) => stored.policyId === asked) ??
        parts.policies.find((stored) => stored.isDefault);
      assert(found !== undefined, `${projectId} has a default policy`);
      return found;
    },
  };
}
