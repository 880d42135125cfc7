import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseEvents } from './event.ts';
import { WIRE_LIMITS } from './limits.ts';
import type { WireDetail } from './wire.ts';

function detailsOf(body: unknown): readonly WireDetail[] {
  const reading = parseEvents(body);
  assert.ok(!reading.ok, JSON.stringify(body).slice(0, 200));
  return reading.details;
}

describe('events', () => {
  test('come alone or in a list, and are received unless they say otherwise', () => {
    const alone = parseEvents({ title: 'one' });
    const listed = parseEvents({ events: [{ title: 'one' }] });
    assert.ok(alone.ok && listed.ok);
    assert.equal(alone.value.length, 1);
    assert.equal(alone.value[0]?.stage, 'received');
    assert.deepEqual(listed, alone);
    for (const stage of ['received', 'updated', 'heartbeat']) {
      const reading = parseEvents({ title: 'one', stage });
      assert.equal(reading.ok && reading.value[0]?.stage, stage);
    }
  });

  test('keep their order', () => {
    const titles = ['c', 'a', 'b'];
    const reading = parseEvents({ events: titles.map((title) => ({ title })) });
    assert.ok(reading.ok);
    assert.deepEqual(
      reading.value.map(({ title }) => title),
      titles,
    );
  });

  test('are refused with the place of each fault', () => {
    const good = { title: 'x' };
    const events = [good, good, good, { title: ' ' }, { labels: { a: 1 }, colour: 'red' }];
    const paths = detailsOf({ events }).map(({ path }) => path);
    assert.deepEqual(paths, [
      'events[3].title',
      'events[4].title',
      'events[4].labels.a',
      'events[4].colour',
    ]);
    assert.deepEqual(
      detailsOf({ title: '', stage: 'gone' }).map(({ path }) => path),
      ['title', 'stage'],
    );
  });

  test('that end something say what', () => {
    const end = { title: 'over', stage: 'resolved' };
    assert.deepEqual(detailsOf({ events: [end] }), [
      {
        path: 'events[0].alert_id',
        message: 'is required of a resolved event, or fingerprint: which alert is over?',
      },
    ]);
    assert.ok(!parseEvents({ ...end, fingerprint: '' }).ok);
    assert.ok(parseEvents({ ...end, alert_id: 'a1' }).ok);
    assert.ok(parseEvents({ ...end, fingerprint: 'f1' }).ok);
  });

  test('are from one to a thousand, with nothing beside the list', () => {
    const many = (count: number) => ({
      events: Array.from({ length: count }, () => ({ title: 'x' })),
    });
    assert.ok(parseEvents(many(WIRE_LIMITS.eventsPerRequestMax)).ok);
    const over = detailsOf(many(WIRE_LIMITS.eventsPerRequestMax + 1));
    assert.deepEqual(over, [{ path: 'events', message: 'must have at most 1000 entries' }]);
    assert.equal(detailsOf(many(0))[0]?.path, 'events');
    assert.equal(detailsOf({ events: {} })[0]?.message, 'must be a list');
    assert.equal(detailsOf({ events: null })[0]?.path, 'events');
    assert.equal(detailsOf({ events: [{ title: 'x' }], title: 'y' })[0]?.path, 'title');
    assert.equal(detailsOf([{ title: 'x' }])[0]?.message, 'must be an object');
  });

  test('have no more faults listed than anybody would read', () => {
    const events = Array.from({ length: 500 }, () => ({}));
    assert.equal(detailsOf({ events }).length, WIRE_LIMITS.errorDetailsMax);
  });
});
