import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REPORT_FIELDS } from '#redaction/report.ts';
import { BARE_REPORT } from './report.ts';

/** What holds no text of a sender: words of ours, moments, and the key that is only ever hashed. */
const UNTOUCHED = [
  'endsAt',
  'identity',
  'isRemark',
  'isSynthetic',
  'isTest',
  // Never stored, and never sent.
  'mail',
  'providerTs',
  'resolveTimeoutMs',
  'severity',
  'stage',
  'startsAt',
];

test('redaction knows every field of a report', () => {
  const fields = ['stage', 'identity', 'title', 'severity', ...Object.keys(BARE_REPORT)];
  assert.deepEqual(fields.toSorted(), [...Object.keys(REPORT_FIELDS), ...UNTOUCHED].toSorted());
});
