import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  createEventReader,
  describeLink,
  hearEvent,
  isAlive,
  isStalled,
  loseLink,
  openLink,
  renderCaughtUp,
  retryLink,
  SILENCE_MAX_MS,
  startLink,
} from './link.model.js';

const BEAT = { name: 'beat', id: 'c1', data: '{}' };
const ALERT = { name: 'alert', id: 'c1', data: '{}' };
const BROKEN = { trouble: 'The line to the hub broke.', chance: 1 };

describe('events in text that comes in pieces', () => {
  const text =
    'retry: 2000\n\n: hello\n\nevent: beat\nid: c1\ndata: {}\n\n' +
    'event: alert\nid: c2\ndata:{"a":\ndata: 1}\n\n';
  const events = [BEAT, { name: 'alert', id: 'c2', data: '{"a":\n1}' }];

  test('wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const read = createEventReader();
        const places = [0, ...cuts.toSorted((one, other) => one - other), text.length];
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
        assert.deepEqual(pieces.flatMap(read), events);
      }),
    );
  });

  test('an event that is not whole yet waits', () => {
    const read = createEventReader();
    assert.deepEqual(read('event: beat\nid: c1\ndata: {}\n'), []);
    assert.deepEqual(read('\n'), [BEAT]);
  });
});

describe('whether the path is alive', () => {
  const open = openLink(startLink(0), 100);
  const live = hearEvent(open, BEAT, 1_000);

  test('an open line without a beat proves nothing', () => {
    assert.equal(isAlive(open, 200), false);
    assert.equal(describeLink(open, 200).state, 'unknown');
  });

  test('a beat does, for ten seconds', () => {
    assert.equal(isAlive(live, 1_000 + SILENCE_MAX_MS), true);
    assert.match(describeLink(live, 3_500).strip, /^Alarm path alive · last beat 2 s ago$/);
    assert.equal(isAlive(live, 1_001 + SILENCE_MAX_MS), false);
  });

  test('after ten seconds of silence a banner says so, and why', () => {
    const lost = loseLink(live, BROKEN, 2_000);
    assert.equal(describeLink(lost, 9_000).banner, null);
    const { state, banner } = describeLink(lost, 15_000);
    assert.equal(state, 'silent');
    assert.match(banner ?? '', /Nothing has come from the hub for 14 s/);
    assert.match(banner ?? '', /The line to the hub broke\. Trying again in 0 s\./);
    assert.equal(
      describeLink(hearEvent(openLink(lost, 16_000), BEAT, 16_001), 16_002).banner,
      null,
    );
  });

  test('a line that is open and silent is cut', () => {
    assert.equal(isStalled(live, 1_000 + SILENCE_MAX_MS), false);
    assert.equal(isStalled(live, 1_001 + SILENCE_MAX_MS), true);
    assert.equal(isStalled(loseLink(live, BROKEN, 2_000), 60_000), false);
    assert.equal(isStalled(retryLink(live, 60_000), 60_001), false, 'it has just been tried');
  });
});

describe('coming back', () => {
  test('tries are further and further apart, and never at one moment for all', () => {
    let link = startLink(0);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      link = loseLink(link, BROKEN, 0);
      waits.push(link.retryAtMs);
    }
    assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
    assert.equal(loseLink(link, { ...BROKEN, chance: 0 }, 0).retryAtMs, 5_000);
    const back = hearEvent(openLink(link, 0), BEAT, 0);
    assert.equal(loseLink(back, BROKEN, 0).retryAtMs, 500, 'a beat makes the next try quick');
  });

  test('it goes on where it was, and counts what it had missed', () => {
    const live = hearEvent(openLink(startLink(0), 0), BEAT, 0);
    assert.equal(live.cursor, 'c1');
    assert.equal(live.changesMissed, null);
    const back = openLink(loseLink(live, BROKEN, 1_000), 2_000);
    const told = [ALERT, { ...ALERT, id: 'c2' }].reduce(
      (link, event) => hearEvent(link, event, 2_001),
      back,
    );
    assert.deepEqual([told.changesMissed, told.cursor], [2, 'c2']);
    assert.equal(hearEvent(told, BEAT, 2_002).changesMissed, null);
  });

  test('and says so', () => {
    assert.equal(renderCaughtUp(0), 'Caught up: nothing changed meanwhile.');
    assert.equal(renderCaughtUp(1), 'Caught up: 1 change came meanwhile.');
    assert.equal(renderCaughtUp(7), 'Caught up: 7 changes came meanwhile.');
  });
});
