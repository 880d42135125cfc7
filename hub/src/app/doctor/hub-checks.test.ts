import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkDisk, checkPublicUrl } from './hub-checks.ts';

const GB = 1_000_000_000;

describe('the doctor', () => {
  test('says when the disk gets full, before it is', () => {
    const of = (freeBytes: number) => checkDisk({ freeBytes, totalBytes: 100 * GB })[0];
    assert.equal(of(50 * GB)?.status, 'pass');
    assert.equal(of(50 * GB)?.sentence, '50.0 GB (50 %) are free in the data directory.');
    assert.equal(of(2 * GB)?.status, 'pass');
    assert.equal(of(2 * GB - 1)?.status, 'warn');
    assert.equal(of(GB / 10)?.status, 'fail');
    assert.match(of(GB / 10)?.action ?? '', /Make room/);
  });

  test('says nothing of a disk that is not this machine', () => {
    assert.deepEqual(checkDisk(null), []);
  });

  test('knows links that no phone can open, and those that others can read', () => {
    for (const url of ['http://127.0.0.1:8470', 'http://localhost', 'http://[::1]:8470']) {
      assert.match(checkPublicUrl(url).sentence, /no phone can open/, url);
    }
    assert.equal(checkPublicUrl('http://hub.example').status, 'warn');
    assert.equal(checkPublicUrl('https://hub.example').status, 'pass');
    assert.equal(checkPublicUrl('https://127.example').status, 'pass');
  });
});
