/**
 * Every route of the hub, asked by everybody: who may do something gets it done, and nobody else
 * gets anything, changes anything, or hears of a project that is not theirs. What is right is
 * written in test/support/matrix, from the design and not from the code.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { startTestHub } from '#test/support/hub.ts';
import { assertDone, assertRefused, assertRepeated } from '#test/support/matrix/ask.ts';
import {
  type Ground,
  MATRIX_KINDS,
  prepareGround,
  readState,
} from '#test/support/matrix/ground.ts';
import { judge, type Verdict } from '#test/support/matrix/judge.ts';
import { listPrincipals, type MatrixPrincipal } from '#test/support/matrix/principals.ts';
import type { Request } from '#test/support/matrix/route.ts';
import { FORM } from '#test/support/matrix/routes/ways-out.ts';
import { MATRIX_NAMES, MATRIX_ROUTES, type NamedRoute } from '#test/support/matrix/table.ts';
import { ADMIN_KEY } from '#test/support/hub/nodes.ts';
import { listenOn } from '#test/support/stream/stream-reader.ts';

describe('every route, asked by everybody', () => {
  const endings: (() => Promise<void>)[] = [];
  let ground: Ground;
  let principals: readonly MatrixPrincipal[] = [];

  before(async () => {
    const lifetime = { after: (end: () => Promise<void>) => void endings.push(end) };
    ground = await prepareGround(await startTestHub(lifetime));
    principals = await listPrincipals(ground);
    await listenOn(ground.hub.node);
  });
  after(async () => {
    for (const end of endings) await end();
  });

  test('the matrix has every route, and no other', () => {
    const { registeredRoutes } = ground.hub.node.hub.server;
    const real = registeredRoutes.map(({ method, path }) => `${method} ${path}`);
    const where = 'test/support/matrix/routes';
    const missing = real.filter((name) => !MATRIX_NAMES.includes(name));
    assert.deepEqual(missing, [], `routes without an entry in ${where}`);
    const stale = MATRIX_NAMES.filter((name) => !real.includes(name));
    assert.deepEqual(stale, [], `entries of ${where} without a route`);
  });

  for (const kind of MATRIX_KINDS.filter((one) => one !== 'native')) {
    test(`the address of a source of kind ${kind} takes its own token alone`, async () => {
      const { hub, token } = ground;
      const before = await readState(hub);
      const post = async (credential: string) =>
        (await hub.call(`POST /ingest/${kind}/${credential}`, {}, { key: null })).status;
      for (const other of MATRIX_KINDS.filter((one) => one !== kind)) {
        assert.equal(await post(token(other)), 404, `with a token of kind ${other}`);
      }
      const unknown = [ADMIN_KEY, 'x'.repeat(32), 'x'];
      assert.deepEqual(await Promise.all(unknown.map(post)), [401, 401, 401]);
      assert.deepEqual(await readState(hub), before);
    });
  }

  test('a link that was changed by one letter opens nothing', async () => {
    const { hub, link } = ground;
    const turn = (token: string) => token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    const [action, receipt] = [turn(await link('action_url')), turn(await link('receipt_url'))];
    const before = await readState(hub);
    const stranger = { key: null };
    assert.equal((await hub.call(`GET /a/${action}`, undefined, stranger)).status, 404);
    const form = { ...stranger, raw: 'action=seen', headers: FORM };
    assert.equal((await hub.call(`POST /a/${action}`, undefined, form)).status, 404);
    assert.equal((await hub.call(`POST /api/v1/receipts/${receipt}`, {}, stranger)).status, 404);
    assert.deepEqual(await readState(hub), before);
  });

  for (const one of MATRIX_ROUTES) {
    const { name, route } = one;
    test(`${name}${route.kind === undefined ? '' : ` (${route.kind})`}`, async () => {
      // Which kind a token is of matters at ways in alone.
      const asking = principals.filter(
        ({ kind }) => kind === undefined || kind === 'native' || route.kind !== undefined,
      );
      const all = asking.map((by) => ({ by, verdict: judge(route, by) }));
      await assertRefusals(ground, one, all);
      await assertDeeds(ground, one, all);
    });
  }
});

type Judged = { readonly by: MatrixPrincipal; readonly verdict: Verdict };

const prepare = async (ground: Ground, { route }: NamedRoute): Promise<Request> =>
  (await route.ask?.(ground)) ?? {};

async function assertRefusals(
  ground: Ground,
  one: NamedRoute,
  all: readonly Judged[],
): Promise<void> {
  const request = await prepare(ground, one);
  const before = await readState(ground.hub);
  const refusals = all.map(async ({ by, verdict }) => {
    if (typeof verdict === 'number') await assertRefused(ground, { ...one, by, request }, verdict);
  });
  await Promise.all(refusals);
  assert.deepEqual(await readState(ground.hub), before, 'a refused request changes nothing');
}

/** What can be done once is there anew for each who may do it. */
async function assertDeeds(ground: Ground, one: NamedRoute, all: readonly Judged[]): Promise<void> {
  const [first, ...others] = all.filter(({ verdict }) => typeof verdict !== 'number');
  assert.ok(first !== undefined, 'somebody may');
  await assertFirstDeed(ground, one, first);
  const deeds = others.map(({ by, verdict }) => async () => {
    await assertDone(ground, { ...one, by, request: await prepare(ground, one) }, verdict);
  });
  // Writes of one project wait for one another anyway, and what they make has versions.
  if (isWrite(one)) for (const deed of deeds) await deed();
  else await Promise.all(deeds.map((deed) => deed()));
}

const isWrite = ({ name, route }: NamedRoute): boolean =>
  !name.startsWith('GET ') && route.isReadOnly !== true;

/** Somebody's own doing: reports are their own record, and links name the message. */
const isOfPeople = ({ route: { who } }: NamedRoute): boolean =>
  who !== 'reporters' && who !== 'everyone';

/** It is done, it is written down, and sent again with its key it is not done again. */
async function assertFirstDeed(
  ground: Ground,
  one: NamedRoute,
  { by, verdict }: Judged,
): Promise<void> {
  const { hub, next } = ground;
  const request = await prepare(ground, one);
  const headers = { ...request.headers, 'idempotency-key': `matrix-${next()}` };
  const asked = { ...one, by, request: { ...request, headers } };
  const [before, count] = [await readState(hub), await hub.countRows('audit')];
  await assertDone(ground, asked, verdict);
  const after = await readState(hub);
  const does = !isDeepStrictEqual(after, before);
  assert.equal(does, isWrite(one), does ? 'reading changes nothing' : 'it is done');
  if (!isWrite(one) || !isOfPeople(one)) return;
  assert.ok((await hub.countRows('audit')) > count, 'it is in the audit');
  await assertRepeated(ground, asked);
  assert.deepEqual(await readState(hub), after, 'it is not done again');
}
