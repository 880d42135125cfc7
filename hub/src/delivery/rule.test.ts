import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EVENT_TYPES } from '#kernel/words/lifecycle.ts';
import { MAIL_DIRECTIONS, MAIL_KINDS } from '#kernel/words/mail.ts';
import { escapeRegex } from '#kernel/syntax/matcher.ts';
import { createRule } from '#test/support/samples/delivery.ts';
import {
  compileRule,
  findFilterFaults,
  findFilterMisses,
  isRuleMatching,
  type MailFilter,
  type MatchFacts,
  type Rule,
} from './rule.ts';

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

describe('a filter', () => {
  const MAIL: MatchFacts = {
    eventType: 'message.received',
    labels: {},
    fields: {},
    mail: {
      mailbox_id: ['box 7', 'Ufficio@pec.example.it'],
      direction: ['inbound'],
      pec_type: ['errore-consegna'],
    },
  };
  const isTaken = (filter: MailFilter, facts: MatchFacts = MAIL): boolean =>
    isMatched({ filter, eventTypes: ['message.received', 'alert.created'] }, facts);

  test('takes the mail that fits all of its keys, each by one of its values', () => {
    assert.equal(isTaken({}), true);
    assert.equal(isTaken({ mailbox_id: 'box 7', direction: 'inbound' }), true);
    assert.equal(isTaken({ mailbox_id: ['x', 'box 7'], pec_type: ['errore'] }), false);
    assert.equal(isTaken({ direction: 'outbound' }), false);
  });

  test('knows a mailbox by either of its names, and a kind by its old ones', () => {
    assert.equal(isTaken({ mailbox_id: 'ufficio@PEC.example.it' }), true);
    for (const word of ['errore-consegna', 'mancata_consegna', 'ERRORE_CONSEGNA']) {
      assert.equal(isTaken({ pec_type: word }), true, word);
    }
    assert.equal(isTaken({ pec_type: 'consegna' }), false, 'whole words only');
  });

  test('takes nothing that is no mail', () => {
    assert.equal(isTaken({ direction: 'inbound' }, FACTS), false);
    assert.equal(isTaken({}, FACTS), true);
  });

  test('looks at the labels of an alert that a mail has raised', () => {
    const labels = { pec_type: 'errore-consegna', direction: 'inbound', mailbox_id: 'box 7' };
    const alert: MatchFacts = { ...FACTS, labels };
    assert.equal(isTaken({ pec_type: 'mancata_consegna', mailbox_id: 'box 7' }, alert), true);
    assert.equal(isTaken({ pec_type: 'accettazione' }, alert), false);
  });

  test('that cannot be meant is told, with its place', () => {
    const faultsOf = (filter: MailFilter) =>
      findFilterFaults(filter).map(({ path, message }) => `${path}: ${message}`);
    assert.deepEqual(faultsOf({ pec_type: 'accettazione', direction: ['Inbound'] }), []);
    assert.deepEqual(faultsOf({ pec_type: ['errore', 'accettazine'], direction: 'both' }), [
      'filter.pec_type[1]: did you mean accettazione?',
      'filter.direction: is none of inbound, outbound',
    ]);
    assert.deepEqual(findFilterMisses({ pec_type: 'errore', direction: 'inbound' }, MAIL), [
      'pec_type',
    ]);
  });

  test('property: a mail is taken by the filter made of what it is', () => {
    const words = fc.string({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(words, fc.constantFrom(...MAIL_DIRECTIONS), (mailbox, direction) => {
        for (const kind of MAIL_KINDS) {
          const mail = { mailbox_id: [mailbox], direction: [direction], pec_type: [kind] };
          const filter = { mailbox_id: mailbox, direction, pec_type: kind };
          assert.equal(isTaken(filter, { ...MAIL, mail }), true);
          const others = MAIL_KINDS.filter((one) => one !== kind);
          assert.equal(isTaken({ ...filter, pec_type: others }, { ...MAIL, mail }), false);
        }
      }),
      { numRuns: 50 },
    );
  });
});
