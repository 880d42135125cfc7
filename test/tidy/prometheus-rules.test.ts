/** docs/operating/prometheus-rules.yml asks only for metrics and labels that there are. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { isMap, isSeq, parseDocument, type YAMLMap } from 'yaml';
import type { SendOutcome } from '#delivery/outcome.ts';
import { ALERT_STATUSES } from '#kernel/words/lifecycle.ts';
import { createMetrics } from '#platform/metrics.ts';

const FILE = 'docs/operating/prometheus-rules.yml';
const OUTCOMES: readonly SendOutcome['kind'][] = [
  'accepted',
  'retry',
  'rate_limited',
  'ambiguous',
  'rejected',
  'misconfigured',
  'target_gone',
];

const SUFFIX = /_(?:bucket|sum|count)$/;

function readRules(): readonly YAMLMap[] {
  const document = parseDocument(readFileSync(FILE, 'utf8'));
  assert.deepEqual(document.errors, []);
  const rules = document.getIn(['groups', 0, 'rules']);
  assert.ok(isSeq(rules));
  return rules.items.filter((rule) => isMap(rule));
}

function textAt(rule: YAMLMap, path: readonly string[]): string {
  const text = rule.getIn(path);
  assert.ok(typeof text === 'string', `${path.join('.')} of ${String(rule.get('alert'))}`);
  return text;
}

describe('the rules for Prometheus', () => {
  const rules = readRules();

  test('ask only for metrics that the hub has', async () => {
    const known = (await createMetrics('1').registry.getMetricsAsJSON()).map(({ name }) => name);
    const asked = rules.flatMap((rule) => [...textAt(rule, ['expr']).matchAll(/tocsin_\w+/g)]);
    assert.ok(asked.length >= 8);
    for (const [name] of asked) {
      assert.ok(known.includes(name) || known.includes(name.replace(SUFFIX, '')), name);
    }
  });

  test('ask only for words that those labels have', () => {
    const expressions = rules.map((rule) => textAt(rule, ['expr'])).join('\n');
    for (const [, name = '', words = ''] of expressions.matchAll(
      /(status|outcome)!?=~?"([^"]*)"/g,
    )) {
      if (words === '5..') continue;
      const known: readonly string[] = name === 'status' ? ALERT_STATUSES : OUTCOMES;
      for (const word of words.split('|')) assert.ok(known.includes(word), `${name} ${word}`);
    }
  });

  test('say each what it is, how bad, and what to do', () => {
    const names = rules.map((rule) => textAt(rule, ['alert']));
    assert.equal(new Set(names).size, names.length);
    for (const rule of rules) {
      assert.match(textAt(rule, ['alert']), /^Tocsin[A-Z]\w+$/);
      assert.match(textAt(rule, ['labels', 'severity']), /^(?:critical|warning)$/);
      assert.match(textAt(rule, ['annotations', 'summary']), /^[A-Z].*[^.]$/);
      assert.match(textAt(rule, ['annotations', 'description']), /[.?]$/);
    }
  });
});
