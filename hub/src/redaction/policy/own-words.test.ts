import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE_POLICY } from '#redaction/policy.ts';
import { createRedactor } from '#redaction/redaction.ts';
import { redactOwnWords } from './own-words.ts';

const redactor = createRedactor(BASE_POLICY, 'key of a project');
const write = (text: string) => redactOwnWords(text, redactor);

test('what a colleague has to read stays as it was written', () => {
  for (const text of [
    'Daughter is on her way: +39 06 6982 0001, anna@example.org',
    'moved him to room 12, asked the doctor',
    'the box at 203.0.113.7 is off',
  ]) {
    assert.equal(write(text), text);
  }
});

test('a secret that was pasted does not', () => {
  const pasted =
    'logged in with https://admin:canary-7-secret@box.example/ and called +390669820001';
  assert.doesNotMatch(write(pasted), /canary-7-secret/);
  assert.match(write(pasted), /^logged in with https:/);
  assert.doesNotMatch(write('Authorization: Bearer canary-7-secret-0123456789'), /canary-7/);
});
