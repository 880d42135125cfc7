import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BARE_REPORT, type Report } from '#intake/report.ts';
import type { Source } from '#intake/source.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { eventId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import { PROJECT, REPORTER, SOURCE, START } from '#test/support/samples/alert.ts';
import { createRecordingLog } from '#test/support/log.ts';
import type { IntakeRequest, IntakeResult } from './intake-decide.ts';
import { createIntakeQueue, type IntakeQueueOptions } from './intake-queue.ts';
import { buildConfig } from '#app/project-config.ts';
import { createProject, REDACTOR } from '#test/support/samples/delivery.ts';

const NATIVE: Source = {
  projectId: PROJECT,
  sourceId: SOURCE,
  name: 'cameras',
  kind: 'native',
  severityDefault: 'medium',
  policyId: null,
  silentAfterS: null,
  dedupWindowS: null,
  joinBy: null,
  mapping: {},
  secrets: {},
  isBuiltIn: true,
  version: 1,
  createdAt: START,
  updatedAt: START,
};

const CONFIG = buildConfig({
  project: createProject(),
  sources: [NATIVE],
  policies: [],
  channels: [],
  rules: [],
  responders: [],
  redactor: REDACTOR,
});

type CommitRequests = IntakeQueueOptions['commit'];

function createReport(title: string): Report {
  return {
    ...BARE_REPORT,
    stage: 'received',
    identity: { kind: 'single' },
    title,
    severity: 'high',
  };
}

/** Of `count` events, each called `name`. */
function createRequest(name: string, count = 1): IntakeRequest {
  const reports = Array.from({ length: count }, () => createReport(name));
  return { config: CONFIG, source: NATIVE, by: REPORTER, reports, isRaiseOnly: false };
}

const nameOf = (request: IntakeRequest) => request.reports[0]?.title ?? '';

/** As a commit answers: one result per report, which names its request. */
function answer(requests: readonly IntakeRequest[]): readonly (readonly IntakeResult[])[] {
  return requests.map(({ reports }) =>
    reports.map((report) => ({
      report,
      eventId: eventId(report.title),
      alertId: null,
      isDuplicate: false,
      isAlertNew: false,
      work: null,
    })),
  );
}

class DatabaseError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(`database says ${code}`);
    this.code = code;
  }
}

/** What a bad row does, and what a database does that is shutting down. */
const BAD_ROW = '22P02';
const GONE = '57P01';

type World = {
  readonly queue: ReturnType<typeof createIntakeQueue>;
  /** The names of the requests of each transaction, in order. */
  readonly flushes: string[][];
  readonly counts: number[];
  readonly reasons: string[];
  readonly log: ReturnType<typeof createRecordingLog>;
};

function createWorld(commit: CommitRequests, flushersMax = 1): World {
  const world = { flushes: [], counts: [], reasons: [], log: createRecordingLog() };
  const made: Omit<World, 'queue'> = world;
  const queue = createIntakeQueue({
    commit: (requests) => {
      made.flushes.push(requests.map(nameOf));
      return commit(requests);
    },
    log: made.log,
    flushersMax,
    onFlush: (events) => made.counts.push(events),
    onUnavailable: (reason) => made.reasons.push(reason),
  });
  return { ...made, queue };
}

const commitAll: CommitRequests = (requests) => Promise.resolve(answer(requests));

/** A commit that waits until the test lets it go. */
function createGate() {
  const open: (() => void)[] = [];
  const commit: CommitRequests = (requests) =>
    new Promise((resolve) => open.push(() => resolve(answer(requests))));
  return { commit, open };
}

/** Lets everything run that is ready to. */
async function turn(): Promise<void> {
  for (let beat = 0; beat < 3; beat += 1) await new Promise((done) => setImmediate(done));
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'stored',
    (error: unknown) => (error instanceof CodedError ? error.code : String(error)),
  );
}

describe('requests on their way in', () => {
  test('each is answered with the results of its own reports', async () => {
    const { queue } = createWorld(commitAll);
    const names = ['a', 'b', 'c'];
    const results = await Promise.all(
      names.map((name, n) => queue.submit(createRequest(name, n + 1))),
    );
    const seen = results.map((rows) => rows.map((row) => row.eventId).join());
    assert.deepEqual(seen, ['a', 'b,b', 'c,c,c']);
  });

  test('those of one turn share a transaction, in the order in which they came', async () => {
    const world = createWorld(commitAll);
    await Promise.all(['a', 'b', 'c'].map((name) => world.queue.submit(createRequest(name))));
    assert.deepEqual([world.flushes, world.counts], [[['a', 'b', 'c']], [3]]);
  });

  test('one alone does not wait for others', async () => {
    const world = createWorld(commitAll);
    for (const name of ['a', 'b']) await world.queue.submit(createRequest(name));
    assert.deepEqual(world.flushes, [['a'], ['b']]);
  });

  test('those that come while all flushers are busy travel together in the next', async () => {
    const gate = createGate();
    const world = createWorld(gate.commit);
    const answers = ['a', 'b', 'c'].map((name) => world.queue.submit(createRequest(name)));
    await turn();
    answers.push(world.queue.submit(createRequest('d')), world.queue.submit(createRequest('e')));
    await turn();
    assert.deepEqual([world.flushes, world.queue.waitingCount()], [[['a', 'b', 'c']], 2]);
    gate.open[0]?.();
    await turn();
    assert.deepEqual([world.flushes[1], world.queue.waitingCount()], [['d', 'e'], 0]);
    gate.open[1]?.();
    await Promise.all(answers);
  });

  test('there are never more flushers than were allowed', async () => {
    const gate = createGate();
    const world = createWorld(gate.commit, 2);
    const answers: Promise<unknown>[] = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      answers.push(world.queue.submit(createRequest(name)));
      await turn();
    }
    assert.deepEqual(world.flushes, [['a'], ['b']]);
    for (let index = 0; index < 3; index += 1) {
      gate.open[index]?.();
      await turn();
    }
    await Promise.all(answers);
    assert.deepEqual(world.flushes, [['a'], ['b'], ['c', 'd']]);
  });

  test('a request is not answered before its commit', async () => {
    const gate = createGate();
    const world = createWorld(gate.commit);
    let isAnswered = false;
    const done = world.queue.submit(createRequest('a')).then(() => {
      isAnswered = true;
    });
    await turn();
    assert.equal(isAnswered, false);
    gate.open[0]?.();
    await done;
    assert.equal(isAnswered, true);
  });
});

describe('the size of a flush', () => {
  test('is bounded, and the bound itself is used', async () => {
    const half = LIMITS.eventsPerFlushMax / 2;
    const world = createWorld(commitAll);
    const sizes = [half, half, 1, LIMITS.eventsPerFlushMax, 1];
    const names = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(names.map((name, n) => world.queue.submit(createRequest(name, sizes[n]))));
    assert.deepEqual(world.flushes, [['a', 'b'], ['c'], ['d'], ['e']]);
  });

  test('never splits a request: a large one travels alone', async () => {
    const world = createWorld(commitAll);
    const large = LIMITS.eventsPerRequestMax;
    const [, results] = await Promise.all([
      world.queue.submit(createRequest('a')),
      world.queue.submit(createRequest('b', large)),
      world.queue.submit(createRequest('c')),
    ]);
    assert.equal(results?.length, large);
    assert.deepEqual(world.flushes, [['a'], ['b'], ['c']]);
  });

  test('property: all are stored once, in order, within the bound, and none is split', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(sizes, async (counts) => {
        const world = createWorld(commitAll);
        const names = counts.map((_, index) => `r${index}`);
        await Promise.all(
          names.map((name, index) => world.queue.submit(createRequest(name, counts[index]))),
        );
        assert.deepEqual(world.flushes.flat(), names);
        for (const [index, flush] of world.flushes.entries()) {
          const isWithin = (world.counts[index] ?? 0) <= LIMITS.eventsPerFlushMax;
          assert.ok(isWithin || flush.length === 1);
        }
        assert.equal(world.queue.waitingCount(), 0);
      }),
      { numRuns: 50 },
    );
  });
});

describe('over the bound', () => {
  test('a request is refused at once, and fits again when others are through', async () => {
    const gate = createGate();
    const world = createWorld(gate.commit);
    const first = world.queue.submit(createRequest('busy'));
    await turn();
    const full = world.queue.submit(createRequest('full', LIMITS.intakeQueueMax));
    assert.equal(world.queue.waitingCount(), LIMITS.intakeQueueMax);
    assert.equal(await codeOf(world.queue.submit(createRequest('more'))), 'not_stored');
    gate.open[0]?.();
    await first;
    await turn();
    const later = world.queue.submit(createRequest('later'));
    gate.open[1]?.();
    await full;
    await turn();
    gate.open[2]?.();
    assert.equal((await later).length, 1);
  });
});

describe('a commit that fails', () => {
  const failOn =
    (code: string, ...bad: readonly string[]): CommitRequests =>
    (requests) =>
      requests.some((request) => bad.includes(nameOf(request)))
        ? Promise.reject(new DatabaseError(code))
        : Promise.resolve(answer(requests));

  test('for one bad request is halved until that one stands alone; others are stored', async () => {
    const world = createWorld(failOn(BAD_ROW, 'c'));
    const names = ['a', 'b', 'c', 'd', 'e'];
    const codes = await Promise.all(
      names.map((name) => codeOf(world.queue.submit(createRequest(name)))),
    );
    assert.deepEqual(codes, [
      'stored',
      'stored',
      `Error: database says ${BAD_ROW}`,
      'stored',
      'stored',
    ]);
    assert.deepEqual(world.flushes, [
      ['a', 'b', 'c', 'd', 'e'],
      ['a', 'b'],
      ['c', 'd', 'e'],
      ['c'],
      ['d', 'e'],
    ]);
    assert.deepEqual(world.reasons, []);
    assert.deepEqual(
      world.log.lines.map(({ level, message }) => `${level}: ${message}`),
      ['error: a request could not be stored'],
    );
  });

  test('property: exactly the bad ones are refused, and each good one is stored once', async () => {
    const flags = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(flags, async (isBad) => {
        const names = isBad.map((_, index) => `r${index}`);
        const bad = names.filter((_, index) => isBad[index]);
        const world = createWorld(failOn(BAD_ROW, ...bad));
        const codes = await Promise.all(
          names.map((name) => codeOf(world.queue.submit(createRequest(name)))),
        );
        assert.deepEqual(
          codes.map((code) => code !== 'stored'),
          isBad,
        );
        const stored = world.counts.reduce((sum, count) => sum + count, 0);
        assert.equal(stored, names.length - bad.length);
      }),
      { numRuns: 50 },
    );
  });

  test('because the database is away says not_stored to all, and tries none again', async () => {
    const world = createWorld(failOn(GONE, 'b'));
    const names = ['a', 'b', 'c'];
    const codes = await Promise.all(
      names.map((name) => codeOf(world.queue.submit(createRequest(name)))),
    );
    assert.deepEqual(codes, ['not_stored', 'not_stored', 'not_stored']);
    assert.deepEqual(world.flushes, [names]);
    assert.deepEqual(world.reasons, [`database says ${GONE}`]);
    assert.deepEqual(world.counts, []);
  });

  test('does not stop those that come after', async () => {
    const world = createWorld(failOn(GONE, 'a'));
    assert.equal(await codeOf(world.queue.submit(createRequest('a'))), 'not_stored');
    assert.equal(await codeOf(world.queue.submit(createRequest('b'))), 'stored');
    assert.equal(world.queue.waitingCount(), 0);
  });
});

describe('stopping', () => {
  test('stores what is in, and refuses what comes', async () => {
    const gate = createGate();
    const world = createWorld(gate.commit);
    const first = world.queue.submit(createRequest('a'));
    await turn();
    const second = world.queue.submit(createRequest('b'));
    let isStopped = false;
    const stopped = world.queue.stop().then(() => {
      isStopped = true;
    });
    assert.equal(await codeOf(world.queue.submit(createRequest('c'))), 'not_stored');
    gate.open[0]?.();
    await turn();
    assert.equal(isStopped, false);
    gate.open[1]?.();
    await Promise.all([first, second, stopped]);
    assert.deepEqual(world.flushes, [['a'], ['b']]);
  });

  test('at once when nothing is in', async () => {
    await createWorld(commitAll).queue.stop();
  });
});
