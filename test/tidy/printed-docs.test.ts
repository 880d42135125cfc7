import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MAY_IMPORT, renderMayImport } from './may-import.ts';

const root = join(dirname(fileURLToPath(import.meta.resolve('#test/tidy/rules.ts'))), '..', '..');

test('every section of a page that is printed from the code is current', () => {
  const argv = ['scripts/print-docs.ts', '--check'];
  const run = spawnSync(process.execPath, argv, { cwd: root, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
});

test('the page shows every stage of the table', () => {
  const shown = renderMayImport();
  for (const stage of Object.keys(MAY_IMPORT))
    assert.match(shown, new RegExp(`^\\| \`${stage}\``, 'm'));
  assert.match(shown, /^\| `app` \| everything \|$/m);
  assert.match(shown, /^\| `contract` \| nothing \|$/m);
});
