/** In which project a report is, when it does not say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '#kernel/error-codes.ts';
import { projectId } from '#kernel/id.ts';
import type { Principal } from '#kernel/principal.ts';
import { createSourceChooser } from './source-chooser.ts';

const choosing = (...projects: readonly string[]): Principal => ({
  principalId: 'ada',
  name: 'Ada',
  authMethod: 'session',
  role: 'operator',
  projects: projects.map(projectId),
  source: null,
});

/** The project that was looked up, or the code of the refusal. */
async function choose(by: Principal, given: string | null): Promise<string> {
  let asked = 'nothing';
  const configs = {
    load: async (id: string) => {
      asked = id;
      return null;
    },
  };
  try {
    await createSourceChooser(configs)(by, 'native', given);
  } catch (error) {
    assert.ok(error instanceof CodedError);
    if (asked === 'nothing') return error.code;
  }
  return asked;
}

test('a report that names no project is in the only one of its principal', async () => {
  assert.equal(await choose(choosing('north'), null), 'north');
});

test('with several projects, it is in the default one only when that is theirs', async () => {
  assert.equal(await choose(choosing('north', 'default'), null), 'default');
  assert.equal(await choose(choosing('north', 'south'), null), 'invalid');
});

test('somebody without that project is told of none', async () => {
  assert.equal(await choose(choosing('north'), 'south'), 'not_found');
  assert.equal(await choose(choosing('north', 'south'), 'south'), 'south');
});
