import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAlert } from './alert.fixture.ts';
import {
  applyAlerts,
  applyList,
  beginList,
  type Board,
  countNeeding,
  dropOver,
  EMPTY_BOARD,
  nameAlert,
  orderAlerts,
  summarise,
} from './board.model.js';

const one = (version: number, fields = {}) => createAlert({ alert_id: 'one', version, ...fields });
const two = (version: number, fields = {}) => createAlert({ alert_id: 'two', version, ...fields });

const show = (board: Board) =>
  [...board.alerts.values()].map(
    ({ alert_id: id, status, version }) => `${id} ${status} ${version}`,
  );

describe('list and changes, in whatever order they arrive', () => {
  test('the higher version of an alert wins', () => {
    const board = applyAlerts(EMPTY_BOARD, [one(2, { status: 'SEEN' }), one(1), one(2)]);
    assert.deepEqual(show(board), ['one SEEN 2']);
  });

  test('a list takes out what it does not hold, and is older than what was told since', () => {
    const before = applyAlerts(EMPTY_BOARD, [one(1)]);
    const asked = beginList(before);
    // Resolved, and another raised, while the list was on its way.
    const told = applyAlerts(asked, [two(3, { status: 'RESOLVED' })]);
    const board = applyList(told, [two(2), createAlert({ alert_id: 'three' })]);
    assert.deepEqual(show(board), ['two RESOLVED 3', 'three PENDING 1']);
    assert.equal(board.isRead, true);
  });

  test('a list may know more than what was told while it was read', () => {
    const asked = beginList(applyAlerts(EMPTY_BOARD, [one(1)]));
    const board = applyList(applyAlerts(asked, [one(2)]), [one(5, { status: 'SEEN' })]);
    assert.deepEqual(show(board), ['one SEEN 5']);
  });

  test('the same id in two projects is two alerts', () => {
    const board = applyAlerts(EMPTY_BOARD, [one(1), one(1, { project_id: 'ward' })]);
    assert.deepEqual([...board.alerts.keys()], ['default/one', 'ward/one']);
  });
});

test('what is over is forgotten once it has been seen leaving', () => {
  const asked = beginList(EMPTY_BOARD);
  const over = { status: 'RESOLVED' } as const;
  const board = applyList(asked, [one(1), two(2, over)]);
  assert.deepEqual(show(dropOver(board, new Set(['default/two']))), [
    'one PENDING 1',
    'two RESOLVED 2',
  ]);
  assert.deepEqual(show(dropOver(board, new Set())), ['one PENDING 1']);
  const told = applyAlerts(board, [one(2, over)]);
  // A list that is on its way may still show it as open.
  assert.ok(show(dropOver(told, new Set())).includes('one RESOLVED 2'));
});

describe('the order', () => {
  const taken = { status: 'ACKNOWLEDGED', intent: 'seen', acknowledged_by: 'Anna' } as const;
  const alerts = [
    createAlert({ alert_id: 'low', severity: 'low' }),
    createAlert({ alert_id: 'taken', severity: 'critical', ...taken }),
    createAlert({ alert_id: 'older', created_at: '2026-11-22T11:00:00.000Z' }),
    createAlert({ alert_id: 'newer' }),
    createAlert({ alert_id: 'worst', severity: 'critical' }),
  ];
  const idsOf = (list: readonly { alert_id: string }[]) => list.map(({ alert_id: id }) => id);

  test('those that need somebody, then the worst, then the newest', () => {
    const order = ['worst', 'newer', 'older', 'low', 'taken'];
    assert.deepEqual(idsOf(orderAlerts(alerts, null)), order);
  });

  test('nothing moves under a pointer; what is new comes last', () => {
    const shown = alerts.filter(({ alert_id: id }) => id !== 'worst').map(nameAlert);
    const order = ['low', 'taken', 'older', 'newer', 'worst'];
    assert.deepEqual(idsOf(orderAlerts(alerts, shown)), order);
  });
});

test('the sentence over the list tells calm from not knowing', () => {
  const read = applyList(EMPTY_BOARD, []);
  assert.match(summarise(EMPTY_BOARD, true), /^Reading/);
  assert.match(summarise(read, true), /^Nothing needs anyone/);
  assert.match(summarise(read, false), /may be a fault/);
  const both = applyList(EMPTY_BOARD, [one(1), two(1)]);
  assert.equal(summarise(both, true), '2 alerts are open, 2 need someone.');
  assert.equal(countNeeding(both), 2);
  const held = { status: 'ACKNOWLEDGED', intent: 'seen', acknowledged_by: 'Anna' } as const;
  const taken = applyAlerts(both, [one(2, held)]);
  assert.equal(summarise(taken, true), '2 alerts are open, 1 needs someone.');
  const all = applyList(EMPTY_BOARD, [one(2, held)]);
  assert.equal(summarise(all, true), '1 alert is open, and somebody has it.');
});
