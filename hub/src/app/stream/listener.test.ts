import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AlertFacts } from '#app/alert-view.ts';
import type { Changed } from '#app/read/alerts.ts';
import { alertId, projectId } from '#kernel/id.ts';
import { type Instant, instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { EventStream } from '#platform/http/event-stream.ts';
import { createAlert } from '#test/support/samples/alert.ts';
import { admit, isBehind, isSeenBy, listWanted, type StreamFilter } from './listener.ts';
import type { Reading } from './seen-changes.ts';

const NOW = instant(1_800_000_000_000);
const WARD = projectId('ward');
const LAB = projectId('lab');

const EVERYTHING: StreamFilter = {
  projectId: null,
  severity: null,
  deviceId: null,
  cameraId: null,
};

function createPrincipal(projects: Principal['projects']): Principal {
  return {
    principalId: 'key-1',
    name: 'board',
    authMethod: 'api_key',
    role: 'viewer',
    projects,
    source: null,
  };
}

/** A stream that takes everything, and says what the test wants of what waits. */
function createStream(waiting: { bytes: number }, isOpen = true): EventStream {
  return { send: () => isOpen, waitingBytes: () => waiting.bytes, end: () => undefined };
}

type Asking = {
  readonly cursorAt?: Instant | null;
  readonly projects?: Principal['projects'];
  readonly filter?: Partial<StreamFilter>;
  readonly waiting?: { bytes: number };
};

function createListener(asking: Asking = {}) {
  const { cursorAt = null, projects = 'all', filter = {}, waiting = { bytes: 0 } } = asking;
  const listening = {
    cursorAt,
    principal: createPrincipal(projects),
    credential: { kind: 'header' as const, text: 'Bearer key' },
    filter: { ...EVERYTHING, ...filter },
  };
  const listener = admit(listening, createStream(waiting), NOW);
  assert.ok(listener !== null);
  return listener;
}

function change(id: string, agoMs: number, project = WARD): Changed {
  return {
    projectId: project,
    alertId: alertId(id),
    version: 1,
    updatedAt: plusMs(NOW, -agoMs),
  };
}

const readingOf = (changes: readonly Changed[], more: Partial<Reading> = {}): Reading => ({
  now: NOW,
  since: plusMs(NOW, -LIMITS.streamResumeMaxMs - LIMITS.streamOverlapMs),
  changes,
  isCut: false,
  ...more,
});
const NOTHING_FRESH = { changes: [], hasGap: false };
const idsOf = (changes: readonly Changed[] | null) => changes?.map(({ alertId: id }) => id) ?? null;

describe('who comes', () => {
  test('without a cursor reads the list', () => {
    const listener = createListener();
    assert.deepEqual([listener.state.kind, listener.lacks], ['starting', 'no_cursor']);
  });

  test('with a cursor goes on where it was, and the overlap before', () => {
    const listener = createListener({ cursorAt: plusMs(NOW, -60_000) });
    const since = plusMs(NOW, -60_000 - LIMITS.streamOverlapMs);
    assert.deepEqual([listener.state, listener.lacks], [{ kind: 'resuming', since }, null]);
  });

  test('with a cursor at the edge of its time, and one beyond', () => {
    const reasonAt = (ms: number) => createListener({ cursorAt: plusMs(NOW, ms) }).lacks;
    assert.equal(reasonAt(-LIMITS.streamResumeMaxMs), null);
    assert.equal(reasonAt(-LIMITS.streamResumeMaxMs - 1), 'cursor_too_old');
  });

  test('with the cursor of a node whose clock is a little ahead is believed', () => {
    const reasonAt = (ms: number) => createListener({ cursorAt: plusMs(NOW, ms) }).lacks;
    assert.equal(reasonAt(2 * LIMITS.clockOffsetMaxMs), null);
    assert.equal(reasonAt(2 * LIMITS.clockOffsetMaxMs + 1), 'cursor_too_old');
  });

  test('and has left before it was let in is nobody', () => {
    const listening = {
      cursorAt: null,
      principal: createPrincipal('all'),
      credential: null,
      filter: EVERYTHING,
    };
    assert.equal(admit(listening, createStream({ bytes: 0 }, false), NOW), null);
  });
});

describe('what it is told', () => {
  const known = [change('new', 0), change('old', 30_000), change('older', 90_000)];

  test('nothing while it still has to read the list', () => {
    const fresh = { changes: known, hasGap: false };
    assert.equal(listWanted(createListener(), readingOf(known), fresh), null);
  });

  test('who comes back: what changed since its cursor, the oldest first', () => {
    const listener = createListener({ cursorAt: plusMs(NOW, -25_000) });
    const wanted = listWanted(listener, readingOf(known), NOTHING_FRESH);
    assert.deepEqual(idsOf(wanted), ['old', 'new']);
  });

  test('who follows: what is new, and no more', () => {
    const listener = createListener({ cursorAt: NOW });
    listener.state = { kind: 'following' };
    const fresh = { changes: [change('new', 0)], hasGap: false };
    assert.deepEqual(idsOf(listWanted(listener, readingOf(known), fresh)), ['new']);
  });

  test('only of its own projects, and of the one it chose', () => {
    const both = [change('here', 0), change('there', 0, LAB)];
    const told = (asking: Asking) => {
      const listener = createListener({ ...asking, cursorAt: NOW });
      return idsOf(listWanted(listener, readingOf(both), NOTHING_FRESH));
    };
    assert.deepEqual(told({}), ['there', 'here']);
    assert.deepEqual(told({ projects: [LAB] }), ['there']);
    assert.deepEqual(told({ filter: { projectId: WARD } }), ['here']);
    assert.deepEqual(told({ projects: [LAB], filter: { projectId: WARD } }), []);
    assert.deepEqual(told({ projects: [] }), []);
  });

  test('as many as may be told at once, and with one more none', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => change(`a${index}`, 0));
    const resume = (count: number) => {
      const listener = createListener({ cursorAt: NOW });
      const wanted = listWanted(listener, readingOf(many(count)), NOTHING_FRESH);
      return [wanted?.length ?? null, listener.lacks];
    };
    assert.deepEqual(resume(LIMITS.streamChangesMax), [LIMITS.streamChangesMax, null]);
    assert.deepEqual(resume(LIMITS.streamChangesMax + 1), [null, 'too_many_changes']);
  });

  test('a flood in a project of others is no reason to read the list', () => {
    const flood = Array.from({ length: LIMITS.streamChangesMax + 1 }, (_, index) =>
      change(`a${index}`, 0, LAB),
    );
    const listener = createListener({ cursorAt: NOW, projects: [WARD] });
    listener.state = { kind: 'following' };
    const fresh = { changes: [...flood, change('mine', 0)], hasGap: false };
    assert.deepEqual(idsOf(listWanted(listener, readingOf(fresh.changes), fresh)), ['mine']);
  });

  test('after a read that was cut: who needs no more than was read is told', () => {
    const cut = readingOf([change('new', 0), change('old', 20_000)], { isCut: true });
    const near = createListener({ cursorAt: plusMs(NOW, -5_000) });
    assert.deepEqual(idsOf(listWanted(near, cut, NOTHING_FRESH)), ['new']);
    const far = createListener({ cursorAt: plusMs(NOW, -15_000) });
    assert.equal(listWanted(far, cut, NOTHING_FRESH), null);
    assert.equal(far.lacks, 'too_many_changes');
  });

  test('who follows and may have missed something reads the list', () => {
    const listener = createListener({ cursorAt: NOW });
    listener.state = { kind: 'following' };
    assert.equal(listWanted(listener, readingOf([]), { changes: [], hasGap: true }), null);
    assert.equal(listener.lacks, 'too_many_changes');
  });
});

describe('filters', () => {
  const facts = (fields: Parameters<typeof createAlert>[0]): AlertFacts => ({
    alert: createAlert({ projectId: WARD, ...fields }),
    escalation: null,
    policy: null,
    source: { sourceId: 'source', kind: 'native', name: 'native' },
  });

  test('each holds by itself, and all together', () => {
    const sees = (filter: Partial<StreamFilter>, fields: Parameters<typeof facts>[0]) =>
      isSeenBy(createListener({ filter }), facts(fields));
    assert.equal(sees({}, {}), true);
    assert.equal(sees({ severity: 'low' }, { severity: 'low' }), true);
    assert.equal(sees({ severity: 'low' }, { severity: 'high' }), false);
    assert.equal(sees({ deviceId: 'edge-1' }, { deviceId: 'edge-1' }), true);
    assert.equal(sees({ deviceId: 'edge-1' }, { deviceId: null }), false);
    assert.equal(sees({ cameraId: 'cam-7' }, { cameraId: 'cam-7', severity: 'high' }), true);
    const both = { cameraId: 'cam-7', severity: 'low' } as const;
    assert.equal(sees(both, { cameraId: 'cam-7', severity: 'high' }), false);
  });

  test('the principal is looked at once more, with the whole alert', () => {
    const listener = createListener({ projects: [LAB] });
    assert.equal(isSeenBy(listener, facts({})), false);
    listener.principal = createPrincipal([WARD]);
    assert.equal(isSeenBy(listener, facts({})), true);
  });
});

test('a reader counts as gone when it has taken nothing for too long', () => {
  const waiting = { bytes: 0 };
  const listener = createListener({ waiting });
  const at = (ms: number) => isBehind(listener, plusMs(NOW, ms));
  assert.equal(at(LIMITS.streamStallMaxMs * 3), false, 'it has taken all there was');
  waiting.bytes = 1;
  assert.equal(at(LIMITS.streamStallMaxMs * 4), false);
  assert.equal(at(LIMITS.streamStallMaxMs * 4 + 1), true);
  waiting.bytes = 0;
  assert.equal(at(LIMITS.streamStallMaxMs * 5), false);
});
