/** What a document changed is in the audit thing by thing, and never with a secret. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROJECT_DEFAULTS } from '#access/key.ts';
import type { ConfigChange } from '#contract/config/answer.ts';
import type { ConfiguredChannel } from '#delivery/settings/configured-channel.ts';
import { channelId, projectId } from '#kernel/id.ts';
import { instant } from '#kernel/instant.ts';
import { listAuditEntries } from './audit.ts';
import { listChanges, type Transition } from './changes.ts';
import type { ProjectState } from './state.ts';

const NOW = instant(1_700_000_000_000);
const HOME = projectId('home');

function stateOf(more: Partial<ProjectState> = {}): ProjectState {
  const stamps = { version: 1, createdAt: NOW, updatedAt: NOW };
  const named = { ...PROJECT_DEFAULTS, name: 'Home', projectId: HOME, linkNo: 1 };
  return {
    project: { ...named, ...stamps },
    sources: [],
    devices: [],
    channels: [],
    responders: [],
    policies: [],
    rules: [],
    ...more,
  };
}

function channelOf(more: Partial<ConfiguredChannel> = {}): ConfiguredChannel {
  return {
    projectId: HOME,
    channelId: channelId('c1'),
    name: 'ops',
    channelType: 'webhook',
    config: { url: 'https://ops.example/x' },
    secrets: { webhook_secret: 'v1.k1.sealed-canary' },
    isActive: true,
    attemptsMax: 3,
    retry: 'standard',
    fallbackChannelId: null,
    version: 1,
    createdAt: NOW,
    updatedAt: NOW,
    ...more,
  };
}

type Steps = {
  readonly start: ProjectState;
  readonly after: ProjectState;
  readonly isNew?: boolean;
  readonly generated?: Transition['generated'];
};

function entriesOf({ start, after, isNew = false, generated = [] }: Steps) {
  const transition: Transition = {
    wanted: { project_id: 'home' },
    before: isNew ? null : start,
    start,
    after,
    tokensChanged: new Set(),
    generated,
  };
  return listAuditEntries(transition, listChanges(transition));
}

test('what stayed as it was leaves nothing', () => {
  const same = stateOf({ channels: [channelOf()] });
  assert.deepEqual(entriesOf({ start: same, after: same }), []);
});

test('a project that was made is of the hub, what is in it of the project', () => {
  const after = stateOf({ channels: [channelOf()] });
  const entries = entriesOf({ start: stateOf(), after, isNew: true });
  const lines = entries.map(({ projectId: id, action, object }) => `${id} ${action} ${object.id}`);
  assert.deepEqual(lines, ['- project.created home', 'home channel.created c1']);
  assert.deepEqual(
    entries.map(({ before }) => before),
    [null, null],
  );
});

test('a setting of a project that changed is of the project', () => {
  const after = stateOf();
  const renamed = stateOf({ project: { ...after.project, name: 'Casa' } });
  const [entry] = entriesOf({ start: stateOf(), after: renamed });
  assert.deepEqual([entry?.projectId, entry?.action], [HOME, 'project.updated']);
  assert.deepEqual([entry?.before?.['name'], entry?.after?.['name']], ['Home', 'Casa']);
});

test('of a secret it says that it is set, that it is new, or that it is gone', () => {
  const old = stateOf({ channels: [channelOf()] });
  const fresh = stateOf({ channels: [channelOf({ secrets: { webhook_secret: 'v1.k1.other' } })] });
  const gone = stateOf({ channels: [channelOf({ secrets: {} })] });
  const secretsOf = (start: ProjectState, after: ProjectState) => {
    const [entry] = entriesOf({ start, after });
    return [entry?.before?.['secrets'], entry?.after?.['secrets']];
  };
  const [is, isNew] = [{ is_set: true }, { is_set: true, is_new: true }];
  assert.deepEqual(secretsOf(old, fresh), [{ webhook_secret: is }, { webhook_secret: isNew }]);
  const none = { webhook_secret: { is_set: false } };
  assert.deepEqual(secretsOf(old, gone), [{ webhook_secret: is }, none]);
  assert.deepEqual(secretsOf(gone, old), [none, { webhook_secret: is }]);
  assert.doesNotMatch(JSON.stringify(entriesOf({ start: old, after: fresh })), /canary|v1\.k1/);
});

test('what was removed is found by its id all the same', () => {
  const [entry] = entriesOf({ start: stateOf({ channels: [channelOf()] }), after: stateOf() });
  assert.deepEqual(
    [entry?.action, entry?.object.id, entry?.after],
    ['channel.deleted', 'c1', null],
  );
  assert.equal(entry?.before?.['channel_type'], 'webhook');
});

test('each kind of thing that a document has can be told of', () => {
  const kinds: readonly ConfigChange['kind'][] = [
    'project',
    'source',
    'device',
    'channel',
    'responder',
    'policy',
    'rule',
  ];
  const start = stateOf();
  const transition: Transition = {
    wanted: { project_id: 'home' },
    before: start,
    start,
    after: start,
    tokensChanged: new Set(),
    generated: [],
  };
  const changes = kinds.map((kind) => ({
    project_id: 'home',
    kind,
    name: 'x',
    change: 'update' as const,
    fields: [],
  }));
  const entries = listAuditEntries(transition, changes);
  assert.deepEqual(
    entries.map(({ action }) => action),
    kinds.map((kind) => `${kind}.updated`),
  );
});
