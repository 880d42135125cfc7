import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '#kernel/crypto.ts';
import { BASE_POLICY, RULES_VERSION } from './policy.ts';
import { createRedactor } from './redaction.ts';
import { compileRules, RULES_TEXT } from './rules.ts';
import { KNOWN_TOKENS } from './secret/known-token.ts';

/**
 * Whoever changes a rule sees this fail, raises the number in `RULES_VERSION`, adds a line to the
 * corpus that shows why, and writes the new hashes down. Events keep the version they were
 * redacted under.
 */
const PINNED = { version: 'standard-1', tables: 'e9ed33aae9095d33', corpus: 'baeb45d483c6bd6d' };

const root = join(import.meta.dirname, '../../../test/fixtures/redaction');
const corpus = readdirSync(root)
  .toSorted()
  .map((file) => readFileSync(join(root, file), 'utf8'));

test('a change of the rules is a new version', () => {
  const redactor = createRedactor(BASE_POLICY, 'key');
  const outcome = corpus.map((text) => redactor.redactText(text).value).join('\n');
  const now = {
    version: RULES_VERSION,
    tables: sha256Hex(RULES_TEXT).slice(0, 16),
    corpus: sha256Hex(outcome).slice(0, 16),
  };
  assert.deepEqual(now, PINNED);
});

test('patterns of tokens are bounded and begin with letters that are fixed', () => {
  for (const { pattern } of KNOWN_TOKENS) {
    assert.doesNotMatch(pattern, /[^\\][*+]$|\{\d+,\}|\)[*+{]/, pattern);
    assert.match(pattern, /^(?:\(\?:)?[A-Za-z\\(]/, pattern);
    assert.ok(new RegExp(pattern).source.length > 0);
  }
});

test('a policy is made ready once', () => {
  assert.equal(compileRules(BASE_POLICY), compileRules(BASE_POLICY));
  assert.notEqual(compileRules({ ...BASE_POLICY }), compileRules(BASE_POLICY));
});

test('a policy that cannot run is a fault of ours, for it was checked when it was stored', () => {
  const broken = { ...BASE_POLICY, extraPatterns: [{ name: 'BROKEN', pattern: '(' }] };
  assert.throws(() => compileRules(broken), /checked before it is used: BROKEN/);
});

test('patterns of a project find all of theirs, beside one another and beside ours', () => {
  const extraPatterns = [
    { name: 'ROOM', pattern: 'room \\d+' },
    { name: 'STAFF', pattern: '(?i)\\bs-\\d{3}\\b' },
  ];
  const redactor = createRedactor({ ...BASE_POLICY, extraPatterns }, 'key');
  const { value, masks } = redactor.redactText('S-123 in room 5, s-124 in room 6: a@b.example');
  const plain = value.replace(/#[a-z2-7]{8}\]/g, ']');
  assert.equal(plain, '[STAFF] in [ROOM], [STAFF] in [ROOM]: [EMAIL]');
  assert.deepEqual(masks, { custom: 4, email: 1 });
  assert.equal(redactor.redactText(value).value, value);
});
