import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import { PROJECT, SOURCE, START } from '#test/support/samples/alert.ts';
import { createEvent, type Event } from './event.ts';
import { BARE_REPORT, type Report } from './report.ts';

function create(report: Partial<Report>, hasRedactedContent = false): Event {
  const value: Report = {
    ...BARE_REPORT,
    stage: 'received',
    identity: { kind: 'single' },
    title: 'Fall',
    severity: 'high',
    ...report,
  };
  const redaction = { value, hasRedactedContent, version: 'identity-1' };
  const fresh = { projectId: PROJECT, eventId: eventId('e1'), sourceId: SOURCE, redaction };
  const where = { channelType: 'native', receivedAt: START } as const;
  return createEvent({ ...fresh, ...where }, (text) => `hash of ${text}`);
}

test('an event keeps the report as it was redacted, and how it was', () => {
  const event = create({ title: 'Smoke' }, true);
  assert.equal(event.report.title, 'Smoke');
  assert.deepEqual([event.hasRedactedContent, event.redactionVersion], [true, 'identity-1']);
  assert.deepEqual([event.receivedAt, event.alertId, event.duplicateOf], [START, null, null]);
});

test('content is hashed as it is stored, and previewed within its limit', () => {
  const content = `${'x'.repeat(LIMITS.previewCharsMax - 1)}😀 and more`;
  const event = create({ content });
  assert.equal(event.contentSha256, `hash of ${content}`);
  assert.equal(event.contentPreview?.length, LIMITS.previewCharsMax);
  assert.ok(event.contentPreview.isWellFormed());
  assert.equal(create({ content: 'short' }).contentPreview, 'short');
});

test('an event without content has neither hash nor preview', () => {
  const event = create({ content: null });
  assert.deepEqual([event.contentSha256, event.contentPreview], [null, null]);
  assert.equal(create({ content: '' }).contentSha256, 'hash of ');
});

test('references are counted over their groups, one or a list each', () => {
  assert.equal(create({ sourceRefs: null }).sourceRefCount, 0);
  assert.equal(create({ sourceRefs: {} }).sourceRefCount, 0);
  const sourceRefs = {
    media: ['a', 'b'],
    message: 'c',
    sentry: { issue: 'd', event: 'e' },
    x: null,
  };
  assert.equal(create({ sourceRefs }).sourceRefCount, 5);
});
