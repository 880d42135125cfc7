import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { at, readSourceFixture, readWith } from '#test/support/samples/sources.ts';
import { SIGNOZ } from './signoz.ts';

const NOW = at('2026-03-18T15:01:00Z');
const { one, faults } = readWith(SIGNOZ, { now: NOW });
const FIRING = readSourceFixture('signoz/firing');

function relabel(change: JsonObject): JsonObject {
  const [alert] = [FIRING['alerts'] ?? []].flat().filter(isJsonObject);
  assert.ok(alert !== undefined && isJsonObject(alert['labels']));
  return { ...FIRING, alerts: [{ ...alert, labels: { ...alert['labels'], ...change } }] };
}

describe('an alert of SigNoz', () => {
  const report = one(FIRING);

  test('has the fingerprint that SigNoz computes', () => {
    assert.equal(report.fingerprint, 'am1:825ba831e6035217');
    assert.equal(report.provider, 'signoz');
    assert.deepEqual([report.title, report.severity], ['p99 above threshold', 'critical']);
  });

  test('leads to its rule, its traces and its logs', () => {
    assert.deepEqual(report.sourceRefs?.['signoz'], {
      rule: '0195f0a2-7b1e-7c11-9a52-3f2f5b8f9d01',
      rule_url:
        'https://signoz.example.org/alerts/edit?ruleId=0195f0a2-7b1e-7c11-9a52-3f2f5b8f9d01',
      trace: 'https://signoz.example.org/traces-explorer?x=1',
      logs: 'https://signoz.example.org/logs/logs-explorer?x=1',
    });
    assert.deepEqual(report.logCorrelation, {
      service: 'checkout',
      from: '2026-03-18T15:00:00.000Z',
    });
    assert.equal(report.targetResource, 'checkout');
  });

  test('stays the same problem when SigNoz moves to another host', () => {
    const moved = one(relabel({ ruleSource: 'https://new.example.org/alerts/edit?ruleId=7' }));
    assert.deepEqual(moved.identity, report.identity);
    assert.notEqual(moved.fingerprint, report.fingerprint);
    const other = one(relabel({ 'service.name': 'cart' }));
    assert.notDeepEqual(other.identity, report.identity);
  });

  test('is as severe as its threshold, when it says nothing else', () => {
    assert.equal(one(relabel({ severity: '', 'threshold.name': 'warning' })).severity, 'medium');
    assert.equal(one(relabel({ severity: 'info' })).severity, 'info');
  });

  test('says that there is no data, and that it is a test', () => {
    assert.equal(report.payload?.['is_nodata'], false);
    const silent = one(relabel({ alertname: '[No data] Checkout', nodata: 'true' }));
    assert.equal(silent.payload?.['is_nodata'], true);
    assert.notDeepEqual(silent.identity, report.identity, 'a problem of its own');
    assert.deepEqual([report.isTest, one(relabel({ testalert: 'true' })).isTest], [false, true]);
  });

  test('is refused with what to do when it is none', () => {
    assert.deepEqual(faults({ text: 'down' }), ['alerts: must be a list of alerts']);
  });
});
