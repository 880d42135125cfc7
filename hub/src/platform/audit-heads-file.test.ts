/** Where chains had got to is kept outside of the database, through crashes, and in bounds. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createAuditHeadsFile, type HeadLine, parseHeadLines } from './audit-heads-file.ts';

function makeDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-heads-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const headOf = (project: string, seq: number): HeadLine => ({
  at: '2026-01-31T08:00:00.000Z',
  project_id: project,
  seq,
  mac: 'ab'.repeat(32),
});

test('what was appended is read again, by another process too', async (t) => {
  const dir = makeDir(t);
  const file = createAuditHeadsFile(dir);
  assert.deepEqual(await file.read(), []);
  await file.append([headOf('a', 1), headOf('-', 1)]);
  await file.append([headOf('a', 2)]);
  const all = [headOf('a', 1), headOf('-', 1), headOf('a', 2)];
  assert.deepEqual(await createAuditHeadsFile(dir).read(), all);
  assert.equal(statSync(join(dir, 'audit-heads.log')).mode & 0o777, 0o600);
});

test('half a line of a crash spoils nothing that comes after it', async (t) => {
  const dir = makeDir(t);
  const file = createAuditHeadsFile(dir);
  await file.append([headOf('a', 1)]);
  appendFileSync(
    join(dir, 'audit-heads.log'),
    '{"at":"2026-01-31T08:00:00.000Z","project_id":"a","s',
  );
  await file.append([headOf('a', 3)]);
  assert.deepEqual(await file.read(), [headOf('a', 1), headOf('a', 3)]);
});

test('a file that grows too large goes on with the last line of each project', async (t) => {
  const dir = makeDir(t);
  const bytesMax = 2_000;
  const file = createAuditHeadsFile(dir, bytesMax);
  await file.append([headOf('quiet', 7)]);
  for (let seq = 1; seq <= 200; seq += 1) await file.append([headOf('busy', seq)]);
  const lines = await file.read();
  assert.ok(lines.some(({ project_id: id, seq }) => id === 'quiet' && seq === 7));
  assert.equal(lines.at(-1)?.seq, 200);
  const sizes = ['audit-heads.log', 'audit-heads.1.log'].map(
    (name) => statSync(join(dir, name)).size,
  );
  assert.ok(
    sizes.every((size) => size <= bytesMax + 500),
    String(sizes),
  );
  assert.equal(existsSync(join(dir, 'audit-heads.log.new')), false);
});

test('heads are found in a log among other lines, and nothing else is taken for one', () => {
  const head = headOf('default', 12);
  const { at: _at, ...logged } = head;
  const text = [
    '',
    'info  audit head  project_id=default  seq=12',
    JSON.stringify({ level: 30, time: 'x', ...logged, msg: 'audit head' }),
    `2026-01-31T08:00:00Z host tocsin[1]: ${JSON.stringify(head)}`,
    JSON.stringify({ ...head, seq: 0 }),
    JSON.stringify({ ...head, seq: 1.5 }),
    JSON.stringify({ ...head, mac: 'ab' }),
    JSON.stringify({ ...head, project_id: 1 }),
    '{"mac": broken',
  ].join('\n');
  assert.deepEqual(parseHeadLines(text), [{ ...head, at: '' }, head]);
});
