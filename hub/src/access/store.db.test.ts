import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sha256 } from '#kernel/crypto.ts';
import { keyId, projectId } from '#kernel/id.ts';
import { plusMs } from '#kernel/instant.ts';
import { instantOf } from '#test/support/clock.ts';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { type ApiKey, type Project, PROJECT_DEFAULTS, type ProjectSettings } from './key.ts';
import {
  findKeyByHash,
  findProject,
  findProjectByLinkNo,
  insertKey,
  insertProject,
  listProjectIds,
  listProjectVersions,
  type NewProject,
  noteKeyUse,
  touchProject,
  updateProject,
} from './store.ts';

const NOW = instantOf('2026-11-22T12:00:00.123Z');
const ONE = projectId('one');
const TWO = projectId('two');

function projectOf(id: string): NewProject {
  const stamps = { version: 1, createdAt: NOW, updatedAt: NOW };
  return { ...PROJECT_DEFAULTS, ...stamps, projectId: projectId(id), name: id };
}

function withoutLink(project: Project | null): NewProject | null {
  if (project === null) return null;
  const { linkNo: _, ...rest } = project;
  return rest;
}

describe('the store of projects and keys', () => {
  let db: TestDatabase;

  before(async () => {
    db = await createTestDatabase();
    for (const id of ['two', 'one']) await insertProject(db.database, projectOf(id));
  });
  after(() => db.drop());

  test('takes a project once and leaves the first as it was', async () => {
    const again = { ...projectOf('one'), name: 'changed' };
    assert.equal(await insertProject(db.database, again), false);
    assert.deepEqual(withoutLink(await findProject(db.database, ONE)), projectOf('one'));
    assert.deepEqual(await listProjectIds(db.database), [ONE, TWO]);
  });

  test('finds a project by the number in its links, and no other', async () => {
    const linkNos = new Set<number>();
    for (const id of [ONE, TWO]) {
      const project = await findProject(db.database, id);
      const { linkNo = 0 } = project ?? {};
      assert.ok(Number.isSafeInteger(linkNo) && linkNo >= 1, String(linkNo));
      assert.deepEqual(await findProjectByLinkNo(db.database, linkNo), project);
      linkNos.add(linkNo);
    }
    assert.equal(linkNos.size, 2);
    for (const linkNo of [0, -1, 999, 0.5, Number.NaN, 2 ** 60, 2 ** 80]) {
      assert.equal(await findProjectByLinkNo(db.database, linkNo), null, String(linkNo));
    }
  });

  test('keeps what a project is set to, and its number, over a change', async () => {
    const three = projectOf('three');
    await insertProject(db.database, three);
    const before = await findProject(db.database, three.projectId);
    const settings: ProjectSettings = {
      name: 'Third',
      language: 'zh-Hans',
      administrators: [{ channelType: 'email', address: 'a@b.example', channelId: null }],
      archiveAfterS: 0,
      retentionDays: 36_500,
      mailContent: 'full',
      redaction: {
        extraKeys: ['bed'],
        extraPatterns: [{ name: 'WARD', pattern: 'WARD-[0-9]+' }],
        phoneRegions: ['CN', 'FR', 'IT'],
        areLocalAddressesMasked: true,
      },
    };
    await updateProject(db.database, { ...settings, projectId: three.projectId });
    const changed = await findProject(db.database, three.projectId);
    assert.deepEqual(changed, { ...before, ...settings });
    const { redaction } = PROJECT_DEFAULTS;
    await updateProject(db.database, { ...three, redaction });
    assert.deepEqual(await findProject(db.database, three.projectId), before);
  });

  test('counts a touch, and its time never goes back', async () => {
    assert.equal(await touchProject(db.database, TWO, plusMs(NOW, 10)), true);
    assert.equal(await touchProject(db.database, TWO, plusMs(NOW, -10)), true);
    const touched = await findProject(db.database, TWO);
    assert.equal(touched?.version, 3);
    assert.equal(touched?.updatedAt, plusMs(NOW, 10));
    assert.equal(await touchProject(db.database, projectId('none'), NOW), false);
    const versions = await listProjectVersions(db.database, [ONE, TWO, projectId('none')]);
    const expected = new Map([
      [ONE, 1],
      [TWO, 3],
    ]);
    assert.deepEqual(versions, expected);
  });

  test('lets one writer of a project at a time, and the next sees what it wrote', async () => {
    const order: string[] = [];
    const first = db.database.transaction(async (tx) => {
      await touchProject(tx, ONE, NOW);
      order.push('first has it');
      // The second one cannot have it before this transaction is over.
      const second = db.database.transaction(async (other) => {
        await touchProject(other, ONE, NOW);
        order.push('second has it');
        return (await findProject(other, ONE))?.version;
      });
      await tx.run({ name: 'test.one', text: 'select 1' }, []);
      order.push('first is done');
      return { second };
    });
    const { second } = await first;
    assert.equal(await second, 3);
    assert.deepEqual(order, ['first has it', 'first is done', 'second has it']);
  });

  test('notes the last use of a key, however late the note comes', async () => {
    const key: ApiKey = {
      projectId: ONE,
      keyId: keyId('0190a000-0000-7000-8000-000000000001'),
      name: 'ci',
      role: 'ingest',
      createdAt: NOW,
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    };
    const hash = sha256('tcs_x');
    await insertKey(db.database, key, hash);
    assert.deepEqual(await findKeyByHash(db.database, hash), key);
    await noteKeyUse(db.database, [{ ...key, usedAt: plusMs(NOW, 50) }]);
    await noteKeyUse(db.database, [{ ...key, usedAt: plusMs(NOW, 40) }]);
    await noteKeyUse(db.database, []);
    const used = await findKeyByHash(db.database, hash);
    assert.equal(used?.lastUsedAt, plusMs(NOW, 50));
  });
});
