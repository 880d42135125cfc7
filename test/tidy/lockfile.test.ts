/**
 * `npm ci` refuses a lockfile that lacks an optional package of any platform. A registry mirror
 * that does not carry those of other platforms makes `npm install` leave them out silently.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isJsonObject, parseJson } from '#kernel/syntax/json.ts';

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
