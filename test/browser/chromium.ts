/**
 * The real browser of the machine. Where there is none it is installed, if that is possible at all:
 * tests that need one are never passed over in silence.
 * Options: TOCSIN_TEST_CHROMIUM, the path of a Chromium.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** A download of about 100 MB. */
const INSTALL_MAX_MS = 240_000;

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium() ?? installChromium();
  const args = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
  // Its sandbox does not work for root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args: [...args, ...sandbox] });
}

function findChromium(): string | null {
  const given = process.env['TOCSIN_TEST_CHROMIUM'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...(given ? [given] : []), ...paths].find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installChromium(): string {
  const isDebian = isProgram('/usr/bin/apt-get');
  if (process.getuid?.() === 0 && isDebian) {
    const command = 'apt-get update && apt-get install -y --no-install-recommends chromium';
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('/bin/sh', ['-c', command], { env, stdio: 'ignore', timeout: INSTALL_MAX_MS });
    const found = findChromium();
    if (found !== null) return found;
  }
  throw new Error(
    'the browser tests need Chromium: apt-get install chromium (Debian), or install it in ' +
      'another way and set TOCSIN_TEST_CHROMIUM to its path',
  );
}
