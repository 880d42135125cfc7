import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { renderAfter } from '#app/trial/after.ts';
import { listDrillRows, renderDrillEnd, renderDrillHead } from './drill-table.ts';

const OPS: JsonObject = {
  channel: 'ops',
  channel_type: 'webhook',
  recipient: 'ops',
  by: 'policy',
  rule: null,
  problem: null,
};

function step(after_s: number, more: JsonObject = {}): JsonObject {
  const call = { reason: 'repeat', event_type: 'alert.escalated', label: 'Last', priority: 'high' };
  return { after_s, ...call, messages: [OPS], ...more };
}

describe('the table of a drill', () => {
  test('says a repeat once, as long as it is the same to the same at the same distance', () => {
    const other = { ...OPS, recipient: 'night' };
    const steps = [
      step(60, { reason: 'step' }),
      ...[120, 180, 240].map((after) => step(after)),
      step(290),
      step(350, { messages: [other] }),
    ];
    const rows = listDrillRows({ steps }).map(([after, call, , who]) => [after, call, who]);
    assert.deepEqual(rows, [
      ['1 min', 'Last', 'ops'],
      ['2 min', 'Last, 3 times, every 1 min', 'ops'],
      ['4 min 50 s', 'Last', 'ops'],
      ['5 min 50 s', 'Last', 'night'],
    ]);
  });

  test('folds a repeat together with what follows when it is not delivered', () => {
    const late = { reason: 'undelivered', label: 'Not delivered' };
    const round = (after: number) => [step(after), step(after + 30, late)];
    const steps = [...[120, 420, 720].flatMap(round), step(1_020), step(1_060, late)];
    const rows = listDrillRows({ steps }).map(([after, call]) => [after, call]);
    assert.deepEqual(rows, [
      ['2 min', 'Last, 3 times, every 5 min'],
      ['2 min 30 s', 'Not delivered, 3 times, every 5 min'],
      ['17 min', 'Last'],
      ['17 min 40 s', 'Not delivered'],
    ]);
  });

  test('has a line for each message, says who named it and why it is not sent', () => {
    const ruled = { ...OPS, by: 'rule', rule: 'grave', problem: 'channel is inactive' };
    const created = { reason: 'raised', event_type: 'alert.created', label: null };
    assert.deepEqual(listDrillRows({ steps: [step(0, { ...created, messages: [OPS, ruled] })] }), [
      ['0 s', 'created', 'high', 'ops', 'ops (webhook)', 'policy'],
      ['', '', '', 'ops', 'ops (webhook)', 'rule grave: NOT SENT, channel is inactive'],
    ]);
    const [nobody] = listDrillRows({ steps: [step(0, { messages: [] })] });
    assert.deepEqual(nobody, ['0 s', 'Last', 'high', 'nobody', '', '']);
  });

  test('begins with what is tried, and ends with how it ends and what is wrong', () => {
    const alert = { title: 'Fall', severity: 'high' };
    const policy = { name: 'night', chosen_by: 'source' };
    const head = renderDrillHead({ alert, policy, source: { name: 'lifts' } });
    assert.match(
      head,
      /^Fall \(high\), through the source lifts\.\nPolicy night, that of the source/,
    );
    const end = { status: 'EXPIRED', after_s: 7_200 };
    assert.equal(renderDrillEnd({ end, warnings: [] }), '\nIt is EXPIRED after 2 h.\nNo warnings.');
    const warnings = [{ code: 'cut', message: 'Cut.' }];
    assert.equal(renderDrillEnd({ end: null, warnings }), '\nWarnings:\n- Cut.');
  });
});

test('times after the creation are told in whole seconds, without what is nought', () => {
  const spans = [0, 400, 59_600, 61_000, 3_600_000, 5_405_000].map(renderAfter);
  assert.deepEqual(spans, ['0 s', '0 s', '1 min', '1 min 1 s', '1 h', '1 h 30 min 5 s']);
});
