import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertId, projectId } from '#kernel/id.ts';
import { createRecordingLog } from '#test/support/log.ts';
import { createCompletions } from './completion.runner.ts';
import type { RoundRef } from './store.ts';

const ROUND: RoundRef = {
  projectId: projectId('default'),
  alertId: alertId('fall'),
  round: 0,
  isExpiry: false,
};
const noDatabase = () => Promise.reject(new Error('no statement is wanted'));

function create(onUnsent: (rounds: readonly RoundRef[]) => Promise<void>) {
  const log = createRecordingLog();
  const database = {
    run: noDatabase,
    read: noDatabase,
    transaction: noDatabase,
    close: () => Promise.resolve(),
  };
  const nothing = () => undefined;
  const completions = createCompletions({
    database,
    log,
    onUnsent,
    recordAttempts: nothing,
    onAttempt: nothing,
    onLostLease: nothing,
  });
  return { completions, log };
}

test('a lost round that cannot be told ends no beat: others wait to be called', async () => {
  const { completions, log } = create(() => Promise.reject(new Error('no such project')));
  await completions.tellUnsent([ROUND]);
  assert.deepEqual(
    log.lines.map(({ level, message }) => `${level} ${message}`),
    ['warn a round that nobody gets could not be told'],
  );
});

test('nothing is told where no call was lost', async () => {
  const told: (readonly RoundRef[])[] = [];
  const { completions } = create((rounds) => {
    told.push(rounds);
    return Promise.resolve();
  });
  await completions.tellUnsent([]);
  await completions.tellUnsent([ROUND]);
  assert.deepEqual(told, [[ROUND]]);
});
