/** Numbers among other numbers: lists, tables and texts without spaces. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Hit } from '#redaction/text/hit.ts';
import { findNumbers } from './number.ts';

function list(text: string): readonly string[] {
  const hits: Hit[] = [];
  findNumbers(text, hits, { isId: false, phoneRegions: ['CN', 'IT'] });
  return hits.map(({ start, end, maskClass }) => `${maskClass} ${text.slice(start, end)}`);
}

describe('numbers in a row', () => {
  it('are told apart', () => {
    assert.deepEqual(list('4111 1111 1111 1111 13812345678'), [
      'credit_card 4111 1111 1111 1111',
      'phone 13812345678',
    ]);
    assert.deepEqual(list('13812345678 13912345678'), ['phone 13812345678', 'phone 13912345678']);
    assert.deepEqual(list('11010519491231002X,13812345678'), [
      'cn_id 11010519491231002X',
      'phone 13812345678',
    ]);
  });

  it('are found in lists with commas, where thousands are not', () => {
    assert.deepEqual(list('1,13812345678,3'), ['phone 13812345678']);
    assert.deepEqual(list('7,4111111111111111,9'), ['credit_card 4111111111111111']);
    assert.deepEqual(list('13,812,345,678'), []);
    assert.deepEqual(list('4,111,111,111,111,111'), []);
  });

  it('need no space in Chinese', () => {
    assert.deepEqual(list('电话13812345678转12'), ['phone 13812345678']);
    assert.deepEqual(list('订单13812345678已发货'), []);
    assert.deepEqual(list('卡号6222021234567890128余额'), ['credit_card 6222021234567890128']);
  });

  it('that go on for ever are read in parts', () => {
    const many = '138-1234-5678 '.repeat(200);
    assert.equal(list(many).length, 200);
    assert.deepEqual(list('1 '.repeat(10_000)), []);
    assert.deepEqual(list('9'.repeat(10_000)), []);
  });

  it('in ids written in any way are kept', () => {
    for (const text of [
      'id 13812345678',
      'ID: 13812345678',
      'orderId=13812345678',
      'order_id: "13812345678"',
      'trace 4111111111111111',
      'n_id=4111111111111111',
    ]) {
      assert.deepEqual(list(text), [], text);
    }
    for (const text of ['said 4111111111111111', 'paid: 13812345678', 'valid 13812345678']) {
      assert.equal(list(text).length, 1, text);
    }
  });
});
