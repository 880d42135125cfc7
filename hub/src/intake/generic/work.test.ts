import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createWork, WorkExceededError } from './work.ts';

describe('the work of a request', () => {
  test('can be spent to the last character, and not further', () => {
    const work = createWork(10);
    work.spend(10);
    assert.ok(!work.isExceeded());
    assert.throws(() => work.spend(1), WorkExceededError);
    assert.ok(work.isExceeded());
    assert.throws(() => work.spend(0), WorkExceededError, 'it stays spent');
  });

  test('makes the text of an object once, and pays for it once', () => {
    const work = createWork(20);
    const value = { a: 'b' };
    assert.equal(work.renderJson(value), '{"a":"b"}');
    for (let times = 0; times < 100; times += 1) work.renderJson(value);
    assert.ok(!work.isExceeded());
    work.renderJson({ a: 'b' });
    assert.throws(() => work.renderJson({ a: 'b' }), WorkExceededError);
    assert.equal(work.renderJson(value), '{"a":"b"}', 'what is there costs nothing');
  });

  test('makes no text at all once it is spent', () => {
    const work = createWork(1);
    assert.throws(() => work.renderJson({ a: 'too long' }), WorkExceededError);
    const untouchable = {
      get a(): string {
        return assert.fail('it is written');
      },
    };
    assert.throws(() => work.renderJson(untouchable), WorkExceededError);
  });

  test('reads the labels of an object once for each use of them', () => {
    const work = createWork();
    const value = { a: 'b' };
    let reads = 0;
    const read = () => {
      reads += 1;
      return { a: `read ${reads}` };
    };
    const [first, second] = [0, 1].map(() => work.rememberLabels('labels', value, read));
    assert.equal(first, second);
    assert.deepEqual(work.rememberLabels('annotations', value, read), { a: 'read 2' });
    assert.deepEqual(work.rememberLabels('labels', { a: 'b' }, read), { a: 'read 3' });
  });

  test('of one request is not that of another', () => {
    const [one, other] = [createWork(1), createWork(1)];
    assert.throws(() => one.spend(2), WorkExceededError);
    other.spend(1);
    assert.ok(!other.isExceeded());
  });
});
