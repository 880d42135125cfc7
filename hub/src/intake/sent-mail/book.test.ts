import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sourceId } from '#kernel/id.ts';
import { PROJECT, SOURCE } from '#test/support/samples/alert.ts';
import {
  createSentNews,
  findSentMail,
  listMissing,
  openSentBook,
  type SentMailRef,
  type SentNews,
} from './book.ts';
import { NEW_SENT_MAIL, type Receipt } from './sent-mail.ts';

const OF = { projectId: PROJECT, sourceId: SOURCE };
const ACCEPTED: Receipt = { state: 'accepted', recipient: null, at: null };

function news(names: readonly string[], more: Partial<SentNews> = {}): SentNews {
  const sent = { names, receipt: more.receipt ?? ACCEPTED, isTrusted: more.isTrusted ?? true };
  const made = createSentNews(OF, sent, (text) => `#${text}`);
  assert.ok(made !== null);
  return made;
}

const stored = (ref: SentMailRef) => ({ ...ref, mail: NEW_SENT_MAIL });

describe('the messages that receipts are about', () => {
  test('are named by hashes alone, those of recipients too', () => {
    const receipt: Receipt = { state: 'delivered', recipient: 'town@example.it', at: null };
    const { ref, receipt: hashed } = news(['id:x', 'ref:y'], { receipt });
    assert.deepEqual(ref, { ...OF, key: '#id:x', reference: '#ref:y' });
    assert.equal(hashed.recipient, '#to:town@example.it');
    const nameless = { names: [], receipt, isTrusted: true };
    assert.equal(createSentNews(OF, nameless, String), null);
  });

  test('are found by what the provider calls them, else by what their sender called them', () => {
    const known = [news(['id:a', 'ref:1']).ref, news(['id:b', 'ref:2']).ref];
    assert.equal(findSentMail(known, news(['id:b', 'ref:1']).ref), known[1]);
    assert.equal(findSentMail(known, news(['ref:1']).ref), known[0]);
    assert.equal(findSentMail(known, news(['id:c', 'ref:2']).ref), known[1]);
    assert.equal(findSentMail(known, news(['id:c']).ref), null);
    const elsewhere = { ...news(['id:a']).ref, sourceId: sourceId('another') };
    assert.equal(findSentMail(known, elsewhere), null);
  });

  test('are made once, and only for receipts that are proved', () => {
    const first = news(['id:a', 'ref:1']);
    const again = news(['id:a', 'ref:1']);
    const byReference = news(['ref:1']);
    const doubtful = news(['id:z'], { isTrusted: false });
    assert.deepEqual(listMissing([], [first, again, byReference, doubtful]), [first.ref]);
    assert.deepEqual(listMissing([first.ref], [again, byReference]), []);
  });

  test('move with each receipt of a flush, in its order, and are saved once', () => {
    const first = news(['id:a', 'ref:1']);
    const book = openSentBook([stored(first.ref), stored(news(['id:b']).ref)]);
    const delivered = news(['ref:1'], {
      receipt: { state: 'delivered', recipient: 'town', at: null },
    });
    assert.equal(book.apply(first).move?.newState, 'accepted');
    assert.equal(book.apply(delivered).move?.oldState, 'accepted');
    assert.equal(book.apply(delivered).move, null);
    const [saved, ...others] = book.changed();
    assert.deepEqual([saved?.key, others.length], ['#id:a', 0]);
    assert.equal(saved?.mail.recipients['#to:town']?.state, 'delivered');
  });

  test('are never moved by what is not proved, nor made by it', () => {
    const known = news(['id:a']);
    const book = openSentBook([stored(known.ref)]);
    const forged = news(['id:a'], { isTrusted: false });
    assert.deepEqual(book.apply(forged), { move: null, isRefuted: false });
    assert.deepEqual(book.apply(news(['id:q'], { isTrusted: false })).move, null);
    assert.deepEqual(book.changed(), []);
  });
});
