import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EVENT_TYPES } from '#kernel/words/lifecycle.ts';
import { escapeRegex } from '#kernel/syntax/matcher.ts';
import { createRule } from '#test/support/samples/delivery.ts';
import { compileRule, isRuleMatching, type MatchFacts, type Rule } from './rule.ts';

const FACTS: MatchFacts = {
  eventType: 'alert.created',
  labels: { severity: 'warning', team: 'care', alertname: 'Fall' },
  fields: { severity: 'medium', status: 'PENDING', source: 'cameras' },
};

function isMatched(rule: Partial<Rule>, facts: Partial<MatchFacts> = {}): boolean {
  return isRuleMatching(compileRule(createRule(1, rule)), { ...FACTS, ...facts });
}

const isMet = (...matchers: readonly string[]) => isMatched({ matchers });

describe('a rule', () => {
  test('without matchers takes everything of its types, and nothing of others', () => {
    for (const eventType of EVENT_TYPES) {
      const isOwn = eventType === 'alert.created' || eventType === 'alert.escalated';
      assert.equal(isMatched({}, { eventType }), isOwn, eventType);
    }
  });

  test('needs all of its matchers to be met', () => {
    assert.equal(isMet('team=care', 'alertname=~"F.*"'), true);
    assert.equal(isMet('team=care', 'alertname=~"G.*"'), false);
    assert.equal(isMet('team=other', 'alertname=~"F.*"'), false);
  });

  test('that is switched off takes nothing', () => {
    assert.equal(isMatched({ isActive: false }), false);
  });

  test('that cannot be read takes nothing, and says why', () => {
    for (const matchers of [['team='], ['team=care', 'x=~"("'], [''], ['{}']]) {
      const compiled = compileRule(createRule(1, { matchers }));
      assert.ok(compiled.fault !== null && compiled.fault.length > 3, matchers.join());
      assert.deepEqual(compiled.matchers, []);
      assert.equal(isRuleMatching(compiled, FACTS), false);
    }
    assert.equal(compileRule(createRule(1)).fault, null);
  });
});

describe('a field and a label of one name', () => {
  test('both are true of the alert: a positive matcher is met by either', () => {
    for (const value of ['warning', 'medium']) {
      assert.equal(isMet(`severity=${value}`), true);
      assert.equal(isMet(`severity=~"${value}"`), true);
    }
    assert.equal(isMet('severity=high'), false);
    assert.equal(isMet('severity=~"h.*"'), false);
  });

  test('a negative matcher is met only when neither contradicts', () => {
    for (const value of ['warning', 'medium']) {
      assert.equal(isMet(`severity!=${value}`), false);
      assert.equal(isMet(`severity!~"${value}"`), false);
    }
    assert.equal(isMet('severity!=high'), true);
    assert.equal(isMet('severity!~"h.*"'), true);
  });

  test('a name that only one of them has is looked up there', () => {
    assert.equal(isMet('team=care', 'source=cameras', 'status!=SEEN'), true);
    assert.equal(isMet('team!=care'), false);
    assert.equal(isMet('source!=cameras'), false);
  });

  test('a name that neither has counts as empty', () => {
    assert.equal(isMet('area_id=""'), true);
    assert.equal(isMet('area_id!=""'), false);
    assert.equal(isMet('area_id=~".+"'), false);
    assert.equal(isMet('constructor=""', 'toString=""'), true);
  });

  test('property: != is the opposite of =, and !~ of =~, wherever the value is', () => {
    const word = fc.constantFrom('a', 'b', 'c', 'd');
    const values = fc.dictionary(fc.constantFrom('x', 'y'), word);
    fc.assert(
      fc.property(values, values, word, (labels, fields, wanted) => {
        const ask = (matcher: string) => isMatched({ matchers: [matcher] }, { labels, fields });
        const pattern = escapeRegex(wanted);
        for (const name of ['x', 'y', 'z']) {
          assert.notEqual(ask(`${name}=${wanted}`), ask(`${name}!=${wanted}`));
          assert.notEqual(ask(`${name}=~"${pattern}"`), ask(`${name}!~"${pattern}"`));
          assert.equal(ask(`${name}=${wanted}`), ask(`${name}=~"${pattern}"`));
        }
      }),
    );
  });
});
