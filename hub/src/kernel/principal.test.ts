import assert from 'node:assert/strict';
import { test } from 'node:test';
import { projectId } from './id.ts';
import {
  type Action,
  isInProject,
  isKnownTo,
  may,
  mayIn,
  narrow,
  type Principal,
  type Role,
  ROLES,
  TIMER,
} from './principal.ts';

const HERE = projectId('here');
const ELSEWHERE = projectId('elsewhere');

function createPrincipal(role: Role, projects: Principal['projects'] = [HERE]): Principal {
  const principalId = '0190a000-0000-7000-8000-000000000001';
  return { principalId, name: role, authMethod: 'api_key', role, projects, source: null };
}

/** Who may do what, written out once more: v viewer, r responder, o operator, a admin, i ingest. */
const TABLE: Readonly<Record<Action, string>> = {
  report: '  oai',
  count: 'vroai',
  read: 'vroa ',
  answer: ' roa ',
  operate: '  oa ',
  administer: '   a ',
  administer_hub: '     ',
};

for (const [name, marks] of Object.entries(TABLE)) {
  const action = parseAction(name);
  test(`${action} is for exactly the roles that the table names`, () => {
    for (const [index, role] of ROLES.entries()) {
      assert.equal(may(createPrincipal(role), action), marks[index] !== ' ', role);
    }
  });
}

function parseAction(name: string): Action {
  return name as Action;
}

test('the hub itself is administered only by an admin of all projects', () => {
  assert.equal(may(createPrincipal('admin', 'all'), 'administer_hub'), true);
  assert.equal(may(createPrincipal('admin', [HERE, ELSEWHERE]), 'administer_hub'), false);
  assert.equal(may(createPrincipal('operator', 'all'), 'administer_hub'), false);
  assert.equal(may(TIMER, 'administer_hub'), true);
});

test('a principal is in its own projects and in no other; the timer is in all', () => {
  assert.equal(isInProject(createPrincipal('admin'), HERE), true);
  assert.equal(isInProject(createPrincipal('admin'), ELSEWHERE), false);
  assert.equal(isInProject(createPrincipal('admin', []), HERE), false);
  assert.equal(isInProject(createPrincipal('viewer', 'all'), ELSEWHERE), true);
  assert.equal(isInProject(TIMER, HERE), true);
});

test('whoever is something else in each project may do there what that allows', () => {
  const both: Principal = {
    ...createPrincipal('admin', [HERE, ELSEWHERE]),
    grants: [
      { projectId: HERE, role: 'viewer' },
      { projectId: ELSEWHERE, role: 'admin' },
    ],
  };
  assert.deepEqual(narrow(both, 'read')?.projects, [HERE, ELSEWHERE]);
  assert.deepEqual(narrow(both, 'administer')?.projects, [ELSEWHERE]);
  assert.equal(narrow(both, 'administer_hub'), null);
  assert.equal(mayIn(both, 'answer', HERE), false);
  assert.equal(mayIn(both, 'answer', ELSEWHERE), true);
  const narrowed = narrow(both, 'administer');
  assert.ok(narrowed !== null);
  assert.equal(isInProject(narrowed, HERE), false);
  assert.equal(isKnownTo(narrowed, HERE), true, 'it still knows where it is a viewer');
  assert.equal(isKnownTo(narrowed, projectId('nowhere')), false);
});

test('whoever has one role has it in all of its projects', () => {
  const viewer = createPrincipal('viewer');
  assert.equal(narrow(viewer, 'read'), viewer);
  assert.equal(narrow(viewer, 'answer'), null);
  assert.equal(mayIn(createPrincipal('admin', 'all'), 'administer_hub', HERE), true);
});
