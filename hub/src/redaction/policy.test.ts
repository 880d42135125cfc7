import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import {
  BASE_POLICY,
  checkRedactionPolicy,
  compilePattern,
  isAtLeastAsStrict,
  listReveals,
  mergePolicies,
  nameRedactionVersion,
  type RedactionPolicy,
} from './policy.ts';

const night: RedactionPolicy = {
  extraKeys: ['badge_no', '工号'],
  extraPatterns: [{ name: 'EMPLOYEE', pattern: '\\bEMP-\\d{6}\\b' }],
  phoneRegions: ['FR', 'IT'],
  areLocalAddressesMasked: true,
};

describe('a policy is checked before it is used', () => {
  const pathsOf = (change: Partial<RedactionPolicy>): readonly string[] =>
    checkRedactionPolicy({ ...BASE_POLICY, ...change }).map(({ path }) => path);

  it('takes the built-in one and one with additions', () => {
    assert.deepEqual(checkRedactionPolicy(BASE_POLICY), []);
    assert.deepEqual(checkRedactionPolicy(night), []);
  });

  it('says where each fault is', () => {
    assert.deepEqual(pathsOf({ extraKeys: ['ok', ''] }), ['extra_keys[1]']);
    assert.deepEqual(pathsOf({ extraKeys: ['a"b'] }), ['extra_keys[0]']);
    assert.deepEqual(pathsOf({ phoneRegions: ['IT', 'Italy'] }), ['phone_regions[1]']);
    const broken = [{ name: 'lower', pattern: '(' }];
    assert.deepEqual(pathsOf({ extraPatterns: broken }), [
      'extra_patterns[0].name',
      'extra_patterns[0].pattern',
    ]);
  });

  it('refuses patterns that would cost too much, or mask between all letters', () => {
    assert.match(String(compilePattern('a'.repeat(LIMITS.regexCharsMax + 1))), /at most/);
    assert.match(String(compilePattern('(?:.{900}){2}')), /too large|RE2/);
    assert.equal(compilePattern('x*'), 'must not match the empty text');
    assert.equal(typeof compilePattern('EMP-\\d{6}'), 'object');
  });

  it('counts what it holds', () => {
    const max = LIMITS.redactionRulesMax;
    const keys = Array.from({ length: max + 1 }, (_, index) => `key${index}`);
    assert.deepEqual(pathsOf({ extraKeys: keys }), ['extra_keys']);
    assert.deepEqual(pathsOf({ extraKeys: keys.slice(1) }), []);
  });
});

describe('a change of a policy never reveals', () => {
  it('may add', () => {
    assert.ok(isAtLeastAsStrict(BASE_POLICY, mergePolicies(BASE_POLICY, night)));
    assert.ok(isAtLeastAsStrict(night, night));
  });

  it('may not take away, and says what', () => {
    assert.ok(!isAtLeastAsStrict(night, BASE_POLICY));
    assert.deepEqual(
      listReveals(night, BASE_POLICY).map(({ path }) => path),
      ['extra_keys', 'extra_keys', 'extra_patterns', 'phone_regions', 'are_local_addresses_masked'],
    );
  });

  it('keeps a pattern that is replaced by one of the same name', () => {
    const next = { ...night, extraPatterns: [{ name: 'EMPLOYEE', pattern: 'EMP-\\d{7}' }] };
    assert.ok(!isAtLeastAsStrict(night, next));
    const merged = mergePolicies(night, next);
    assert.ok(isAtLeastAsStrict(night, merged));
    assert.equal(merged.extraPatterns.length, 2);
  });
});

describe('the version of a policy', () => {
  it('changes with the rules and with every addition, not with their order', () => {
    const version = nameRedactionVersion(night, 'rules');
    assert.match(version, /^standard-\d+:[0-9a-f]{12}$/);
    assert.notEqual(nameRedactionVersion(night, 'other rules'), version);
    for (const change of [
      { extraKeys: ['badge_no'] },
      { extraPatterns: [] },
      { phoneRegions: ['IT'] },
      { areLocalAddressesMasked: false },
    ]) {
      assert.notEqual(nameRedactionVersion({ ...night, ...change }, 'rules'), version);
    }
    const turned = { ...night, extraKeys: night.extraKeys.toReversed() };
    assert.equal(nameRedactionVersion(turned, 'rules'), version);
  });
});
