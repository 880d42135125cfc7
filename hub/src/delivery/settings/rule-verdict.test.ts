import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileRule, isRuleMatching, type MatchFacts } from '#delivery/rule.ts';
import { createRule } from '#test/support/samples/delivery.ts';
import { judgeRule } from './rule-verdict.ts';

const FACTS: MatchFacts = {
  eventType: 'alert.created',
  fields: { severity: 'high', title: 'Fall' },
  labels: { severity: 'warning', site: 'north' },
};
const OPS = { name: 'ops', isActive: true };

function judge(matchers: readonly string[], more: Partial<Parameters<typeof compileRule>[0]> = {}) {
  const rule = { ...createRule(1), eventTypes: ['alert.created' as const], matchers, ...more };
  return judgeRule(compileRule(rule), FACTS, OPS);
}

describe('a verdict on a rule', () => {
  test('says where a match goes, or that it goes nowhere', () => {
    const { isSending, why } = judge(['site="north"']);
    assert.deepEqual([isSending, why], [true, 'it matches, and goes to ops']);
    const compiled = compileRule({ ...createRule(1), eventTypes: ['alert.created'], matchers: [] });
    const closed = judgeRule(compiled, FACTS, { ...OPS, isActive: false });
    assert.deepEqual([closed.isMatching, closed.isSending], [true, false]);
    assert.equal(closed.why, 'it matches, but its channel ops is inactive');
    const gone = judgeRule(compiled, FACTS, undefined);
    assert.deepEqual([gone.isMatching, gone.isSending], [true, false]);
    assert.equal(gone.why, 'it matches, but its channel is not there');
  });

  test('names each matcher with what it saw: the field, the label, or neither', () => {
    const { matchers, why } = judge(['severity="critical"', 'site=~"n.*"', 'room!="" ']);
    assert.deepEqual(matchers, [
      {
        matcher: 'severity="critical"',
        isMet: false,
        seen: [
          { from: 'field', value: 'high' },
          { from: 'label', value: 'warning' },
        ],
      },
      { matcher: 'site=~"n.*"', isMet: true, seen: [{ from: 'label', value: 'north' }] },
      { matcher: 'room!=""', isMet: false, seen: [] },
    ]);
    assert.equal(
      why,
      'severity="critical" is not met: the field is "high", the label is "warning"; ' +
        'room!="" is not met: there is no such field or label',
    );
  });

  test('tells all that stands in the way at once', () => {
    const { why } = judge(['title="Door"'], { isActive: false, eventTypes: ['alert.resolved'] });
    assert.equal(
      why,
      'it is inactive; it asks for alert.resolved, not alert.created; ' +
        'title="Door" is not met: the field is "Fall"',
    );
    assert.match(judge(['no matcher']).why, /^it cannot be used: no matcher: expected/);
  });

  test('property: it matches exactly what is sent, and a miss always has its reasons', () => {
    const matcher = fc
      .tuple(
        fc.constantFrom('severity', 'site', 'room', 'toString'),
        fc.constantFrom('=', '!=', '=~', '!~'),
        fc.constantFrom('high', 'warning', 'north', '', '.*', 'n.+'),
      )
      .map(([name, operator, value]) => `${name}${operator}"${value}"`);
    const how = fc.record({
      isActive: fc.boolean(),
      eventTypes: fc.constantFrom(['alert.created' as const], ['alert.seen' as const]),
    });
    fc.assert(
      fc.property(fc.array(matcher, { maxLength: 4 }), how, (matchers, more) => {
        const compiled = compileRule({ ...createRule(1), matchers, ...more });
        const verdict = judgeRule(compiled, FACTS, OPS);
        assert.equal(verdict.isMatching, isRuleMatching(compiled, FACTS));
        assert.equal(verdict.isMatching, verdict.why.startsWith('it matches'));
        const isAll = verdict.isTypeWanted && verdict.matchers.every(({ isMet }) => isMet);
        assert.equal(verdict.isMatching, isAll && more.isActive);
        assert.notEqual(verdict.why, '');
      }),
    );
  });
});
