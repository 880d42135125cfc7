/** Every page that tells its reader to type something is followed, word by word. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { followPage } from './follow.ts';
import { PROJECT } from './workspace.ts';

const FOLDERS: readonly string[] = ['docs/guides', 'docs/operating'];

const PAGES: readonly string[] = [
  'README.md',
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(PROJECT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];

for (const page of PAGES) {
  test(`${page} does what it says`, async () => {
    await followPage(page);
  });
}
