import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { PROJECT_DEFAULTS } from '#access/key.ts';
import { findProject, listProjectIds } from '#access/store.ts';
import { BUILT_IN_POLICIES } from '#escalation/policy.ts';
import { listPolicies, loadSnapshots } from '#escalation/policy.store.ts';
import { listSources } from '#intake/source.store.ts';
import { DEFAULT_PROJECT_ID, projectId } from '#kernel/id.ts';
import { SOURCE_KINDS } from '#kernel/words/severity.ts';
import { createManualClock } from '#test/support/clock.ts';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { createSeededIds } from '#test/support/ids.ts';
import { createProject, ensureDefaultProject, ensureProjects } from './create-project.ts';
import { nameVersion } from '#redaction/policy/document.ts';
import { listPolicyVersions } from '#redaction/policy/policy.store.ts';
import { BASE_POLICY } from '#redaction/policy.ts';
import { runOn } from '#test/support/server.ts';

describe('a new project', () => {
  let db: TestDatabase;
  const clock = createManualClock();
  const deps = { ids: createSeededIds(), clock };

  beforeEach(async () => {
    db = await createTestDatabase();
  });
  afterEach(() => db.drop());

  test('called default is there after the first start, and stays as it is', async () => {
    await ensureDefaultProject(db.database, deps);
    const first = await findProject(db.database, DEFAULT_PROJECT_ID);
    assert.equal(first?.name, 'Default');
    clock.advanceMs(1_000);
    await ensureDefaultProject(db.database, deps);
    assert.deepEqual(await findProject(db.database, DEFAULT_PROJECT_ID), first);
    assert.equal((await listPolicies(db.database, DEFAULT_PROJECT_ID)).length, 2);
  });

  test('remembers what it masks, and again at a start with other rules', async () => {
    await ensureProjects({ ...deps, database: db.database });
    const list = () => listPolicyVersions(db.database, DEFAULT_PROJECT_ID, 9);
    const [first, ...others] = await list();
    assert.deepEqual([first?.redactionVersion, others.length], [nameVersion(BASE_POLICY), 0]);
    await ensureProjects({ ...deps, database: db.database });
    assert.equal((await list()).length, 1);
    await runOn(db.connection, (client) =>
      client.query(`update redaction_policy set redaction_version = 'standard-0:abc'`),
    );
    clock.advanceMs(1_000);
    await ensureProjects({ ...deps, database: db.database });
    const versions = (await list()).map(({ redactionVersion }) => redactionVersion);
    assert.deepEqual(versions, [nameVersion(BASE_POLICY), 'standard-0:abc']);
  });

  test('is made once when several hubs start at once', async () => {
    const starts = Array.from({ length: 6 }, () => ensureDefaultProject(db.database, deps));
    await Promise.all(starts);
    assert.deepEqual(await listProjectIds(db.database), [DEFAULT_PROJECT_ID]);
    assert.equal((await listSources(db.database, DEFAULT_PROJECT_ID)).length, SOURCE_KINDS.length);
  });

  test('has the built-in policies with their snapshots, the first as its default', async () => {
    await ensureDefaultProject(db.database, deps);
    const policies = await listPolicies(db.database, DEFAULT_PROJECT_ID);
    assert.deepEqual(
      policies.map(({ name, policy }) => ({ name, policy })),
      BUILT_IN_POLICIES,
    );
    assert.deepEqual(
      policies.map(({ isDefault, isBuiltIn }) => [isDefault, isBuiltIn]),
      [
        [true, true],
        [false, true],
      ],
    );
    const snapshots = await loadSnapshots(db.database, policies);
    assert.equal(snapshots.length, 2);
    for (const { snapshotId, policy } of policies) {
      const snapshot = snapshots.find((each) => each.snapshotId === snapshotId);
      assert.deepEqual(snapshot?.policy, policy);
    }
  });

  test('has one built-in way in per kind, without a token', async () => {
    await ensureDefaultProject(db.database, deps);
    const sources = await listSources(db.database, DEFAULT_PROJECT_ID);
    assert.deepEqual(
      sources.map(({ kind }) => kind),
      SOURCE_KINDS,
    );
    for (const { name, kind, severityDefault, isBuiltIn, policyId } of sources) {
      const severity = kind === 'edge' ? 'high' : 'medium';
      assert.deepEqual([name, severityDefault, isBuiltIn, policyId], [kind, severity, true, null]);
    }
  });

  test('has the settings that it was made with, and the defaults for the others', async () => {
    const plain = { projectId: projectId('plain'), name: 'Plain' };
    const own = { language: 'fr', retentionDays: 7 } as const;
    for (const project of [plain, { ...plain, ...own, projectId: projectId('french') }]) {
      await db.database.transaction((tx) =>
        createProject(tx, project, { ids: deps.ids, now: clock.now() }),
      );
      const stored = await findProject(db.database, project.projectId);
      const { linkNo, version, createdAt, updatedAt, ...settings } = stored ?? {};
      assert.deepEqual(settings, { ...PROJECT_DEFAULTS, ...project });
      assert.deepEqual([version, createdAt, updatedAt], [1, clock.now(), clock.now()]);
      assert.equal(typeof linkNo, 'number');
    }
  });

  test('leaves nothing behind when its transaction does not commit', async () => {
    const project = { projectId: projectId('lost'), name: 'Lost' };
    const failed = db.database.transaction(async (tx) => {
      await createProject(tx, project, { ids: deps.ids, now: clock.now() });
      throw new Error('the power went');
    });
    await assert.rejects(failed, /the power went/);
    assert.equal(await findProject(db.database, project.projectId), null);
    assert.deepEqual(await listSources(db.database, project.projectId), []);
  });
});
