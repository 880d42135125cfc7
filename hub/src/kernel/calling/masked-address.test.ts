import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskAddress, maskMailIn, maskWritten } from './masked-address.ts';

test('a mail address keeps its first letter and where it leads to', () => {
  assert.equal(maskAddress('nurse@example.org'), 'n…@example.org');
});

test('a URL keeps its host: what comes after is often a secret', () => {
  assert.equal(maskAddress('https://hooks.example/T0/B0/secret?x=1'), 'https://hooks.example/…');
});

test('of anything else the end is enough to tell two apart', () => {
  assert.equal(maskAddress('+390612345678'), '…78');
  assert.equal(maskAddress('@'), '…@');
});

test('what else is written about an address stays', () => {
  const written = { channel_type: 'email', address: 'nurse@example.org', channel_id: 'c1' };
  assert.deepEqual(maskWritten([written]), [{ ...written, address: 'n…@example.org' }]);
});

test('sentences lose the addresses in them and nothing else', () => {
  assert.equal(
    maskMailIn('Mail to nurse@example.org (and <a.b@x.example>) was refused, 2 @ 3'),
    'Mail to n…@example.org (and <a…@x.example>) was refused, 2 @ 3',
  );
});
