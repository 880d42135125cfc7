import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BANNED_SYNONYMS } from '#kernel/glossary.ts';
import { findBrokenIn } from './planted.fixture.ts';
import { splitWords } from './rules-names.ts';

const PATH = 'hub/src/alert/alert.ts';

test('names are split into words', () => {
  assert.deepEqual(splitWords('parseHTTPBody_v2'), ['parse', 'http', 'body', 'v2']);
  assert.deepEqual(splitWords('LINE_COLUMNS_MAX'), ['line', 'columns', 'max']);
});

test('exported names that say nothing are refused', () => {
  for (const name of ['AlertManager', 'AlertService', 'helperText', 'alertUtils', 'AlertInfo']) {
    const broken = findBrokenIn(PATH, '', `export const ${name} = 1;`);
    assert.match(broken.join(), new RegExp(`alert.ts:2 \\[house 5\\] ${name}: "`));
    assert.equal(broken.length, 1);
  }
  assert.equal(findBrokenIn(PATH, 'export type AlertData = string;').length, 1);
  assert.equal(findBrokenIn(PATH, 'export async function loadInfo() {}').length, 1);
  assert.deepEqual(findBrokenIn(PATH, 'export const dataDirMode = 1; const info = 2;'), []);
});

test('verbs that say nothing are refused for every function', () => {
  for (const text of [
    'function handleAlert() {}',
    'const processAlert = () => 1;',
    'const a = { manage() { return 1; } };',
  ]) {
    assert.match(
      findBrokenIn(PATH, text).join(),
      /\[house 5\] \w+: "\w+" says nothing; use decide/,
    );
  }
  assert.deepEqual(findBrokenIn(PATH, 'const handler = 1; function processedAt() {}'), []);
});

test('a synonym is refused and the word of the glossary named', () => {
  assert.deepEqual(findBrokenIn(PATH, 'const a = 1;', 'const tenantKey = 1;'), [
    'hub/src/alert/alert.ts:2 [house 5] tenantKey: the glossary says "project", not "tenant"',
  ]);
  assert.match(findBrokenIn(PATH, 'type EscalationChain = 1;').join(), /says "policy"/);
  assert.match(findBrokenIn(PATH, 'const openIncidents = 1;').join(), /says "alert"/);
});

test('text, comments, names of the wire and what others sent keep their words', () => {
  assert.deepEqual(
    findBrokenIn(
      PATH,
      "const a = 'incident'; // the tenant",
      'const b = { latest_incident_id: payload.incident, ticket_proposal: 1 };',
    ),
    [],
  );
});

test('no synonym is a word of the glossary', () => {
  const words = new Set(Object.values(BANNED_SYNONYMS));
  for (const synonym of Object.keys(BANNED_SYNONYMS)) assert.ok(!words.has(synonym), synonym);
});
