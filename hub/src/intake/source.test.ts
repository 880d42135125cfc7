import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertId } from '#kernel/id.ts';
import { plusMs } from '#kernel/instant.ts';
import { START } from '#test/support/samples/alert.ts';
import { BARE_REPORT, type Report } from './report.ts';
import { joinByLabels } from './source.ts';

const DETECTION: Report = {
  ...BARE_REPORT,
  stage: 'received',
  identity: { kind: 'own', alertId: alertId('fall-1') },
  title: 'Fall',
  severity: 'critical',
  labels: { camera_id: 'c1', alarm_type: 'fall' },
};
const join = (report: Report, joinBy: readonly string[] | null) =>
  joinByLabels(report, { joinBy }, START);

test('without a list of labels a report is what its sender says', () => {
  assert.equal(join(DETECTION, null), DETECTION);
});

test('reports with the same values of the labels are one problem, in that order', () => {
  const other = { ...DETECTION, identity: { kind: 'single' }, title: 'Again' } as const;
  const names = ['camera_id', 'alarm_type'];
  assert.deepEqual(join(DETECTION, names).identity, join(other, names).identity);
  const elsewhere = { ...DETECTION, labels: { camera_id: 'c2', alarm_type: 'fall' } };
  assert.notDeepEqual(join(DETECTION, names).identity, join(elsewhere, names).identity);
  const swapped = { ...DETECTION, labels: { camera_id: 'fall', alarm_type: 'c1' } };
  assert.notDeepEqual(join(DETECTION, names).identity, join(swapped, names).identity);
});

test('what has none of the labels is not thrown together with all others that have none', () => {
  assert.equal(join(DETECTION, ['room', 'toString']), DETECTION);
});

test('a label that is not there differs from one that is', () => {
  const names = ['camera_id', 'room'];
  const inRoom = { ...DETECTION, labels: { camera_id: 'c1', room: '12' } };
  assert.notDeepEqual(join(DETECTION, names).identity, join(inRoom, names).identity);
});

test('each detection is an occurrence of its own; an episode stays the one that it is', () => {
  assert.equal(join(DETECTION, ['camera_id']).startsAt, START);
  const begun = { ...DETECTION, startsAt: plusMs(START, -5_000) };
  assert.equal(join(begun, ['camera_id']).startsAt, begun.startsAt);
  const rule: Report = { ...DETECTION, identity: { kind: 'key', key: 'am1:1' } };
  assert.equal(join(rule, ['camera_id']).startsAt, null);
  assert.equal(join({ ...DETECTION, stage: 'resolved' }, ['camera_id']).startsAt, null);
});
