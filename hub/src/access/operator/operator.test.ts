import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operatorId, projectId } from '#kernel/id.ts';
import { plusMs } from '#kernel/instant.ts';
import { mayIn, narrow, type Principal, type Role } from '#kernel/principal.ts';
import { instantOf } from '#test/support/clock.ts';
import {
  canAdministerHub,
  changeOperator,
  isWithin,
  listShownGrants,
  type Operator,
  type OperatorPatch,
  principalOfOperator,
  readLogin,
  refuseLastOne,
  refuseNew,
} from './operator.ts';

const NOW = instantOf('2026-11-16T08:00:00Z');
const [NORTH, SOUTH, WEST] = ['north', 'south', 'west'].map(projectId);
assert.ok(NORTH !== undefined && SOUTH !== undefined && WEST !== undefined);

type Roles = Readonly<Record<string, Role>>;

const grantsOf = (roles: Roles) =>
  Object.entries(roles).map(([project, role]) => ({ projectId: projectId(project), role }));

function createOperator(roles: Roles, more: Partial<Operator> = {}): Operator {
  return {
    operatorId: operatorId('0190a000-0000-7000-8000-000000000001'),
    name: 'Anna',
    login: 'anna',
    isHubAdmin: false,
    grants: grantsOf(roles),
    isSetUp: true,
    lastLoginAt: null,
    disabledAt: null,
    version: 3,
    createdAt: NOW,
    updatedAt: NOW,
    ...more,
  };
}

/** As a route sees whoever administers: with those projects alone. */
function adminOf(roles: Roles): Principal {
  const by = narrow(principalOfOperator(createOperator(roles)), 'administer');
  assert.ok(by !== null, 'administers something');
  return by;
}

const HUB_ADMIN = principalOfOperator(createOperator({}, { isHubAdmin: true }));
const ADMIN_KEY: Principal = { ...HUB_ADMIN, authMethod: 'admin_key' };

describe('the name of a login', () => {
  test('is the same in any case, and as any keyboard types it', () => {
    const same = ['anna@x.example', ' Anna@X.Example ', 'ＡＮＮＡ@x.example', 'anna@x.example\n'];
    for (const text of same) assert.equal(readLogin(text), 'anna@x.example', text);
    assert.equal(readLogin('Ü'), readLogin('U\u0308'));
  });

  test('is one word of bounded length', () => {
    assert.equal(readLogin('a'.repeat(254))?.length, 254);
    for (const text of ['', ' ', 'a b', 'a\tb', 'a\0b', 'a'.repeat(255), 'a\u202eb', '\u200b']) {
      assert.equal(readLogin(text), null, JSON.stringify(text));
    }
  });
});

describe('an operator', () => {
  const anna = createOperator({ north: 'viewer', south: 'admin', west: 'responder' });
  const principal = principalOfOperator(anna);

  test('is in each project what they are there, and nothing elsewhere', () => {
    assert.equal(mayIn(principal, 'read', NORTH), true);
    assert.equal(mayIn(principal, 'answer', NORTH), false);
    assert.equal(mayIn(principal, 'answer', WEST), true);
    assert.equal(mayIn(principal, 'operate', WEST), false);
    assert.equal(mayIn(principal, 'administer', SOUTH), true);
    assert.equal(mayIn(principal, 'administer', NORTH), false);
    assert.equal(mayIn(principal, 'read', projectId('elsewhere')), false);
  });

  test('never administers the hub by being admin of projects', () => {
    assert.equal(narrow(principal, 'administer_hub'), null);
    assert.notEqual(narrow(HUB_ADMIN, 'administer_hub'), null);
  });

  test('without a role may do nothing at all', () => {
    const nobody = principalOfOperator(createOperator({}));
    assert.deepEqual([nobody.projects, nobody.role], [[], 'viewer']);
    for (const action of ['read', 'count', 'answer', 'report'] as const) {
      assert.equal(narrow(nobody, action), null, action);
    }
  });

  test('is known by their name, wherever it is told who did something', () => {
    assert.deepEqual(
      [principal.name, principal.authMethod, principal.principalId],
      ['Anna', 'session', anna.operatorId],
    );
  });
});

describe('an admin of projects', () => {
  const by = adminOf({ north: 'admin', south: 'viewer' });

  test('has those in hand whose every right lies there', () => {
    assert.equal(isWithin(by, createOperator({ north: 'admin' })), true);
    assert.equal(isWithin(by, createOperator({ north: 'viewer', south: 'viewer' })), false);
    assert.equal(isWithin(by, createOperator({ north: 'viewer' }, { isHubAdmin: true })), false);
    assert.equal(isWithin(by, createOperator({})), false, 'of nobody, so not of this one');
    assert.equal(isWithin(HUB_ADMIN, createOperator({ west: 'admin' })), true);
  });

  test('sees of their roles those of own projects', () => {
    const shown = listShownGrants(by, createOperator({ north: 'viewer', west: 'admin' }));
    assert.deepEqual(shown, grantsOf({ north: 'viewer' }));
  });

  test('makes operators with a role in own projects, and no administrators of the hub', () => {
    const wanted = {
      name: 'Bea',
      login: 'bea',
      isHubAdmin: false,
      grants: grantsOf({ north: 'admin' }),
    };
    assert.equal(refuseNew(by, wanted), null);
    assert.equal(refuseNew(by, { ...wanted, isHubAdmin: true })?.code, 'not_allowed');
    assert.equal(refuseNew(by, { ...wanted, grants: [] })?.code, 'invalid');
    assert.equal(refuseNew(HUB_ADMIN, { ...wanted, isHubAdmin: true, grants: [] }), null);
  });
});

describe('a change', () => {
  const by = adminOf({ north: 'admin' });
  const change = (who: Principal, operator: Operator, patch: OperatorPatch) =>
    changeOperator(who, operator, { patch, now: NOW });

  function refusalOf(who: Principal, operator: Operator, patch: OperatorPatch): string {
    const changed = change(who, operator, patch);
    assert.ok(changed.kind === 'refused', 'it is refused');
    return `${changed.refusal.code} ${changed.refusal.path}`;
  }

  function changedOf(who: Principal, operator: Operator, patch: OperatorPatch): Operator {
    const changed = change(who, operator, patch);
    assert.ok(changed.kind === 'changed', JSON.stringify(changed));
    return changed.operator;
  }

  test('of roles is about own projects; what somebody is elsewhere stays', () => {
    const shared = createOperator({ north: 'viewer', south: 'admin' });
    const changed = changedOf(by, shared, { grants: grantsOf({ north: 'operator' }) });
    assert.deepEqual(changed.grants, grantsOf({ south: 'admin', north: 'operator' }));
    const gone = changedOf(by, shared, { grants: [] });
    assert.deepEqual(gone.grants, grantsOf({ south: 'admin' }));
  });

  test('by an administrator of the hub is about all projects', () => {
    const shared = createOperator({ north: 'viewer', south: 'admin' });
    const changed = changedOf(HUB_ADMIN, shared, { grants: grantsOf({ west: 'viewer' }) });
    assert.deepEqual(changed.grants, grantsOf({ west: 'viewer' }));
  });

  test('of name, login or access needs somebody who has all of them in hand', () => {
    const shared = createOperator({ north: 'viewer', south: 'viewer' });
    const patches = [{ name: 'B' }, { login: 'b' }, { isDisabled: true }, { isDisabled: false }];
    for (const patch of patches) {
      assert.equal(refusalOf(by, shared, patch), 'not_allowed id', JSON.stringify(patch));
      assert.equal(change(by, createOperator({ north: 'admin' }), patch).kind, 'changed');
      assert.equal(change(HUB_ADMIN, shared, patch).kind, 'changed');
    }
  });

  test('raises nobody to the hub but by one who is there', () => {
    const own = createOperator({ north: 'admin' });
    assert.equal(refusalOf(by, own, { isHubAdmin: true }), 'not_allowed is_hub_admin');
    assert.equal(changedOf(by, own, { isHubAdmin: false }).isHubAdmin, false, 'as it was');
    assert.equal(changedOf(HUB_ADMIN, own, { isHubAdmin: true }).isHubAdmin, true);
    const boss = createOperator({ north: 'viewer' }, { isHubAdmin: true });
    assert.equal(refusalOf(by, boss, { isHubAdmin: false }), 'not_allowed is_hub_admin');
  });

  test('that says nothing changes nothing', () => {
    const operator = createOperator({ north: 'viewer', south: 'admin' });
    assert.deepEqual(changedOf(by, operator, {}), operator);
  });

  test('puts somebody out once, and remembers when', () => {
    const own = createOperator({ north: 'viewer' });
    const out = changedOf(by, own, { isDisabled: true });
    assert.equal(out.disabledAt, NOW);
    const again = changeOperator(by, out, {
      patch: { isDisabled: true },
      now: plusMs(NOW, 5_000),
    });
    assert.ok(again.kind === 'changed' && again.operator.disabledAt === NOW);
    assert.equal(changedOf(by, out, { isDisabled: false }).disabledAt, null);
  });
});

describe('the last administrator of the hub', () => {
  const last = createOperator({}, { isHubAdmin: true });

  test('is one who can really log in', () => {
    assert.equal(canAdministerHub(last), true);
    assert.equal(canAdministerHub({ ...last, isSetUp: false }), false);
    assert.equal(canAdministerHub({ ...last, disabledAt: NOW }), false);
    assert.equal(canAdministerHub(createOperator({ north: 'admin' })), false);
    assert.equal(canAdministerHub(null), false);
  });

  test('is neither removed, nor put out, nor made less', () => {
    for (const after of [null, { ...last, disabledAt: NOW }, { ...last, isHubAdmin: false }]) {
      assert.equal(refuseLastOne(HUB_ADMIN, { before: last, after }, 1)?.code, 'still_in_use');
      assert.equal(refuseLastOne(HUB_ADMIN, { before: last, after }, 2), null);
    }
  });

  test('may be renamed', () => {
    const after = { ...last, name: 'Bea' };
    assert.equal(refuseLastOne(HUB_ADMIN, { before: last, after }, 1), null);
  });

  test('may go when it is the admin key that says so, which opens every door', () => {
    assert.equal(refuseLastOne(ADMIN_KEY, { before: last, after: null }, 1), null);
  });

  test('is not one who never was set up', () => {
    const before = { ...last, isSetUp: false };
    assert.equal(refuseLastOne(HUB_ADMIN, { before, after: null }, 1), null);
  });
});
