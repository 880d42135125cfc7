import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BASE_POLICY, type RedactionPolicy } from '#redaction/policy.ts';
import {
  extendPolicy,
  isSamePolicy,
  nameVersion,
  parsePolicy,
  type RedactionChange,
  renderPolicy,
} from './document.ts';

const WARD = { name: 'WARD', pattern: 'WARD-[0-9]{3,6}' };

const SOME: RedactionPolicy = {
  extraKeys: ['bed', 'patient'],
  extraPatterns: [WARD],
  phoneRegions: ['CN', 'FR', 'IT'],
  areLocalAddressesMasked: true,
};

function extend(change: RedactionChange, before: RedactionPolicy = SOME): RedactionPolicy {
  const extension = extendPolicy(before, change);
  assert.ok(extension.kind === 'extended', JSON.stringify(extension));
  return extension.policy;
}

function refusal(change: RedactionChange, before: RedactionPolicy = SOME): string {
  const extension = extendPolicy(before, change);
  if (extension.kind !== 'reveals' && extension.kind !== 'invalid') return extension.kind;
  const lines = extension.details.map(({ path, message }) => `${path}: ${message}`);
  return `${extension.kind} ${lines.join('\n')}`;
}

describe('what a project masks', () => {
  test('grows by keys, patterns, countries and addresses, each alone', () => {
    const keys = ['patient', 'bed', 'Room-No'];
    assert.deepEqual(extend({ extra_keys: keys }).extraKeys, ['Room-No', 'bed', 'patient']);
    const badge = { name: 'BADGE', pattern: 'B-[0-9]{5}' };
    assert.deepEqual(extend({ extra_patterns: [WARD, badge] }).extraPatterns, [WARD, badge]);
    const regions = extend({ phone_regions: ['FR', 'CN', 'DE', 'IT'] }).phoneRegions;
    assert.deepEqual(regions, ['CN', 'DE', 'FR', 'IT']);
    const locals = extend({ are_local_addresses_masked: true }, BASE_POLICY);
    assert.equal(locals.areLocalAddressesMasked, true);
  });

  test('is the same when nothing is added, however it is written', () => {
    assert.equal(refusal({}), 'same');
    assert.equal(refusal({ extra_keys: ['patient', 'bed', 'bed'] }), 'same');
    assert.equal(refusal({ phone_regions: ['IT', 'FR', 'CN'], extra_patterns: [WARD] }), 'same');
    assert.ok(isSamePolicy(SOME, { ...SOME, extraKeys: ['patient', 'bed'] }));
    assert.ok(!isSamePolicy(SOME, { ...SOME, extraPatterns: [] }));
  });

  test('never loses an entry, and says which one is missing', () => {
    const fewer = refusal({ extra_keys: ['bed', 'new'] });
    assert.match(fewer, /^reveals redaction\.extra_keys: must still hold patient/);
    assert.match(refusal({ extra_patterns: [] }), /^reveals .*extra_patterns: .* WARD/);
    const changed = refusal({ extra_patterns: [{ name: 'WARD', pattern: 'WARD-[0-9]{3}' }] });
    assert.match(changed, /^reveals redaction\.extra_patterns/);
    assert.match(refusal({ phone_regions: ['FR'] }), /must still hold CN.*\n.*must still hold IT/);
    assert.match(refusal({ are_local_addresses_masked: false }), /must stay true/);
  });

  test('is stored as it is shown, and never without what every project masks', () => {
    assert.deepEqual(parsePolicy(renderPolicy(SOME)), SOME);
    assert.deepEqual(parsePolicy({}), BASE_POLICY);
    assert.deepEqual(parsePolicy({ phone_regions: ['FR'] }).phoneRegions, ['CN', 'FR', 'IT']);
  });

  test('has another version with each addition', () => {
    assert.notEqual(nameVersion(SOME), nameVersion(BASE_POLICY));
    assert.equal(nameVersion(SOME), nameVersion(parsePolicy(renderPolicy(SOME))));
  });
});

describe('a pattern', () => {
  const refusalOf = (pattern: string) =>
    refusal({ extra_patterns: [{ name: 'XX', pattern }] }, BASE_POLICY);

  test('is one that RE2 knows, of a bounded size, and takes no empty text', () => {
    assert.match(
      refusalOf('(?<=a)b'),
      /redaction\.extra_patterns\[0\]\.pattern: must be a regular/,
    );
    assert.match(refusalOf('a{999}b{999}c{999}'), /too large/);
    assert.match(refusalOf('x*'), /must not match the empty text/);
  });

  test('does not take what every alarm has', () => {
    const wide = ['.', '\\S+', '[a-z]{3,}', '\\d+', '\\d{4}', '(?i)CRITICAL', '[0-9a-f]{32}'];
    for (const pattern of wide) {
      assert.match(refusalOf(pattern), /would mask .* for good: too wide/, pattern);
    }
    assert.equal(refusalOf('ROOM-[0-9]+'), 'extended');
  });

  test('has a name of its own', () => {
    const twice = [WARD, { ...WARD, pattern: 'W-[0-9]{9}' }];
    assert.match(refusal({ extra_patterns: twice }), /extra_patterns\[1\]\.name: is that of anoth/);
  });

  test('that is there already is not asked again', () => {
    const wide = { name: 'WIDE', pattern: '\\d+' };
    const before = { ...SOME, extraPatterns: [wide] };
    assert.deepEqual(extend({ extra_patterns: [wide, WARD] }, before).extraPatterns, [wide, WARD]);
  });
});

test('a key is not one that alarms are read by, in whatever spelling', () => {
  for (const key of ['title', 'Alert-Name', 'DEVICE_ID', 'camera id']) {
    assert.match(refusal({ extra_keys: [key] }, BASE_POLICY), /is what alarms are read by/, key);
  }
  assert.match(refusal({ extra_keys: ['--'] }, BASE_POLICY), /must be the name of a field/);
  const before = { ...BASE_POLICY, extraKeys: ['title'] };
  assert.deepEqual(extend({ extra_keys: ['title', 'bed'] }, before).extraKeys, ['bed', 'title']);
});
