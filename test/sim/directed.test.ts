/** Chains of faults that once broke an invariant, each as short as it can be. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { FIRE, planOf, post, REPOST, RESOLVE, step, TIDY, WAIT_A_DAY } from './chains.ts';
import type { Act, Step } from './draw.ts';
import { renderFailure } from './shrink.ts';
import { simulate } from './simulate.ts';

const END_AND_FIRE = post({ problem: 0, how: 'resolve' }, { problem: 0, how: 'fire' });
const WAIT: Act = { kind: 'wait', ms: 10_000, isPaused: false };
const WAIT_LONG: Act = { kind: 'wait', ms: 250_000, isPaused: false };
const SEND: Act = { kind: 'beat', beats: ['delivery'] };
const TAKE_OVER: Act = { kind: 'beat', beats: ['lost'] };
const REMIND: Act = { kind: 'beat', beats: ['escalation'] };

const CHAINS: readonly (readonly [promise: string, steps: readonly Step[]])[] = [
  [
    'a message whose claim was made while its answer got lost is sent or told as ambiguous',
    [step(FIRE), step(SEND, 'run_unanswered')],
  ],
  [
    'a message that was taken over while the answer got lost is finished',
    [
      step(FIRE, null, 1),
      step(SEND, 'crash_before_send', 1),
      step(WAIT),
      step(TAKE_OVER, 'run_unanswered'),
    ],
  ],
  [
    'an alert is called although the database was away again and again',
    [step(FIRE), step(WAIT_LONG), ...Array.from({ length: 5 }, () => step(REMIND, 'commit_lost'))],
  ],
  [
    'the end of one episode and the start of the next may come in one request',
    [step(FIRE), step(WAIT), step(END_AND_FIRE)],
  ],
  [
    'an alert that is over is kept as long as its problem is reported, and forgotten after',
    [
      step(FIRE),
      step(RESOLVE),
      step(TIDY),
      step(WAIT_A_DAY),
      step(REPOST),
      step(TIDY),
      step(WAIT_A_DAY),
      step(TIDY),
      step(FIRE),
    ],
  ],
];

describe('in the simulator', () => {
  let db: TestDatabase;

  before(async () => {
    db = await createTestDatabase();
  });

  after(() => db.drop());

  for (const [promise, steps] of CHAINS) {
    test(promise, async () => {
      const plan = planOf(steps);
      const { broken } = await simulate(db.database, plan);
      assert.equal(broken, null, broken === null ? '' : renderFailure({ plan, broken }));
    });
  }
});
