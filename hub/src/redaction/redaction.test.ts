import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE_POLICY } from './policy.ts';
import { createRedactor, IDENTITY_POLICY, redactReport } from './redaction.ts';

test('the policy in force masks nothing, and says so with every report', () => {
  const report = { title: 'Fall in room 5', content: 'Call +39 06 1234567', labels: { room: '5' } };
  const redaction = redactReport(report, IDENTITY_POLICY);
  assert.equal(redaction.value, report);
  assert.deepEqual([redaction.hasRedactedContent, redaction.version], [false, 'identity-1']);
});

test('a redaction names the version of what was applied', () => {
  const redactor = createRedactor(BASE_POLICY, 'key');
  assert.equal(redactor.redactText('plain').version, redactor.version);
});
