import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { instant } from '#kernel/instant.ts';
import { MAIL_KINDS } from '#kernel/words/mail.ts';
import {
  isFailure,
  isRefuted,
  moveSentMail,
  NEW_SENT_MAIL,
  type Receipt,
  type SentMail,
  stateOfKind,
} from './sent-mail.ts';

const at = (minute: number) => instant(minute * 60_000);

function whole(state: 'accepted' | 'not_accepted', minute = 0): Receipt {
  return { state, recipient: null, at: at(minute) };
}

type One = Exclude<Receipt, { recipient: null }>['state'];

function one(state: One, recipient = 'town', minute = 0): Receipt {
  return { state, recipient, at: at(minute) };
}

/** `old -> new` of each receipt that says something new. */
function tell(...receipts: readonly Receipt[]): readonly string[] {
  let mail: SentMail = NEW_SENT_MAIL;
  return receipts.map((receipt) => {
    const move = moveSentMail(mail, receipt);
    if (move === null) return '-';
    mail = move.next;
    return `${move.oldState} -> ${move.newState}`;
  });
}

describe('a message that was sent', () => {
  test('is accepted, and then delivered to each recipient', () => {
    assert.deepEqual(
      tell(whole('accepted'), one('delivered', 'town'), one('delivered', 'school')),
      ['sent -> accepted', 'accepted -> delivered', 'accepted -> delivered'],
    );
  });

  test('is in doubt after 12 hours, and failed after 24', () => {
    assert.deepEqual(tell(whole('accepted'), one('in_doubt'), one('failed_by_time')), [
      'sent -> accepted',
      'accepted -> in_doubt',
      'in_doubt -> failed_by_time',
    ]);
  });

  test('is delivered all the same when that comes after a notice', () => {
    for (const before of ['in_doubt', 'failed_by_time', 'failed'] as const) {
      assert.deepEqual(tell(whole('accepted'), one(before), one('delivered')).slice(1), [
        `accepted -> ${before}`,
        `${before} -> delivered`,
      ]);
    }
  });

  test('stays delivered, whatever is read later', () => {
    for (const later of ['in_doubt', 'failed_by_time', 'failed', 'delivered'] as const) {
      assert.deepEqual(tell(one('delivered'), one(later)), ['sent -> delivered', '-']);
    }
  });

  test('that is refused is refused for good, to everybody', () => {
    assert.deepEqual(tell(whole('not_accepted'), whole('accepted'), one('delivered')), [
      'sent -> not_accepted',
      '-',
      '-',
    ]);
  });

  test('has been accepted once something else is said of it', () => {
    assert.deepEqual(tell(one('in_doubt'), whole('accepted'), whole('not_accepted')), [
      'sent -> in_doubt',
      '-',
      '-',
    ]);
    assert.deepEqual(tell(whole('accepted'), whole('accepted')), ['sent -> accepted', '-']);
  });

  test('property: in any order of receipts, each recipient ends where the surest leads', () => {
    const order: readonly One[] = ['in_doubt', 'failed_by_time', 'failed', 'delivered'];
    const receipts = fc.array(
      fc.record({ state: fc.constantFrom(...order), recipient: fc.constantFrom('a', 'b', '') }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(receipts, (list) => {
        let mail: SentMail = NEW_SENT_MAIL;
        for (const { state, recipient } of list) {
          mail = moveSentMail(mail, { state, recipient, at: null })?.next ?? mail;
        }
        for (const name of ['a', 'b', '']) {
          const own = list.filter((receipt) => receipt.recipient === name);
          const ranks = own.map((receipt) => order.indexOf(receipt.state));
          const surest = own.length === 0 ? undefined : order[Math.max(...ranks)];
          assert.equal(mail.recipients[name]?.state, surest);
        }
      }),
    );
  });

  test('has a bounded memory of recipients, and still tells the others', () => {
    const mail: SentMail = {
      state: 'accepted',
      recipients: Object.fromEntries(
        Array.from({ length: 1_000 }, (_, n) => [`r${n}`, { state: 'in_doubt', at: null }]),
      ),
    };
    const more = moveSentMail(mail, one('failed', 'one more'));
    assert.equal(more?.newState, 'failed');
    assert.equal(Object.keys(more.next.recipients).length, 1_000);
    assert.equal(moveSentMail(mail, one('failed', 'r7'))?.next.recipients['r7']?.state, 'failed');
  });
});

describe('a failure that is read after the delivery', () => {
  const delivered = moveSentMail(NEW_SENT_MAIL, one('delivered', 'town', 60))?.next;
  assert.ok(delivered !== undefined);

  test('is none when it was written before it, or at that moment', () => {
    assert.equal(isRefuted(delivered, one('in_doubt', 'town', 30)), true);
    assert.equal(isRefuted(delivered, one('failed', 'town', 60)), true);
  });

  test('is told when it says that it came later, or says nothing, or is of another', () => {
    assert.equal(isRefuted(delivered, one('failed', 'town', 61)), false);
    assert.equal(isRefuted(delivered, { ...one('failed'), at: null }), false);
    assert.equal(isRefuted(delivered, one('failed', 'school', 30)), false);
    assert.equal(isRefuted(delivered, whole('not_accepted', 30)), false);
    assert.equal(isRefuted(delivered, one('delivered', 'town', 30)), false);
  });
});

test('each kind of mail says its state, and no kind says that of another', () => {
  const states = MAIL_KINDS.map((kind) => [kind, stateOfKind(kind, null)]);
  assert.deepEqual(Object.fromEntries(states), {
    'posta-certificata': null,
    accettazione: 'accepted',
    'non-accettazione': 'not_accepted',
    'presa-in-carico': null,
    'avvenuta-consegna': 'delivered',
    'errore-consegna': 'failed',
    'preavviso-errore-consegna': 'in_doubt',
    'rilevazione-virus': 'failed',
    errore: null,
    unknown: null,
  });
  assert.equal(stateOfKind('preavviso-errore-consegna', true), 'failed_by_time');
  assert.equal(stateOfKind('preavviso-errore-consegna', false), 'in_doubt');
  assert.deepEqual(
    (['sent', 'accepted', 'delivered', 'failed', 'in_doubt'] as const).map(isFailure),
    [false, false, false, true, true],
  );
});
