/**
 * Bodies that were right and were then spoilt, at every way in: whatever comes, the hub answers,
 * in the sender's own words, and it is never the hub's fault. What it says it has taken is stored.
 *
 * `TOCSIN_FUZZ_RUNS` says how many (1,000 unless given), `TOCSIN_FUZZ_SEED` which: a failure names
 * its own. A line of the log at level error fails the test, for that is what a 5xx leaves.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { JsonValue } from '#kernel/syntax/json.ts';
import {
  type Addressing,
  addressing,
  CONTENT_TYPES,
  type Mutation,
  mutateBytes,
  mutateJson,
  mutation,
  renderAddress,
} from '#test/support/fuzz/mutation.ts';
import { listTargets, type Target } from '#test/support/fuzz/targets.ts';
import type { Answer } from '#test/support/hub/calls.ts';
import { prepareGround } from '#test/support/matrix/ground.ts';
import type { Request } from '#test/support/matrix/route.ts';
import { MATRIX_ROUTES } from '#test/support/matrix/table.ts';
import { startTestHub, type TestHub } from '#test/support/hub.ts';

const RUNS = Number(process.env['TOCSIN_FUZZ_RUNS'] ?? 1_000);
const SEED = Number(process.env['TOCSIN_FUZZ_SEED'] ?? 20_261_122);
/** More than the slowest of them ever needs, and less than a client waits. */
const TIMEOUT_MS = 30 * 60_000;

test('no body, however odd, is a fault of the hub', { timeout: TIMEOUT_MS }, async (t) => {
  const hub = await startTestHub(t);
  const targets = await listTargets(hub);
  const claimed = new Set<string>();
  const drawn = fc.record({ target: fc.nat(10_000), body: fc.nat(10_000), mutation });
  const property = fc.asyncProperty(drawn, async (one) => {
    const target = targets[one.target % targets.length] ?? assert.fail('there are targets');
    const body = target.bodies[one.body % target.bodies.length] ?? null;
    const answer = await send(hub, target, { body, mutation: one.mutation });
    assertAnswered(target, answer);
    if (answer.status < 300) for (const id of listEventIds(answer)) claimed.add(id);
  });
  await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: RUNS > 5_000 });
  await assertStored(hub, [...claimed]);
  await assertWorking(hub);
});

test('no request of an operator is a fault of the hub either', {
  timeout: TIMEOUT_MS,
}, async (t) => {
  const hub = await startTestHub(t);
  const ground = await prepareGround(hub);
  const routes = MATRIX_ROUTES.filter(({ route }) => route.isStream !== true);
  const asked = await Promise.all(
    routes.map(async ({ route }) => (await route.ask?.(ground)) ?? {}),
  );
  const drawn = fc.record({ route: fc.nat(10_000), mutation, addressing });
  const property = fc.asyncProperty(drawn, async (one) => {
    const index = one.route % routes.length;
    const { name } = routes[index] ?? assert.fail('there are routes');
    const answer = await sendAs(hub, name, { request: asked[index] ?? {}, ...one });
    const what = `${name}: ${answer.status} ${answer.text.slice(0, 300)}`;
    assert.ok(answer.status >= 200 && answer.status < 500, what);
  });
  await fc.assert(property, { numRuns: RUNS / 2, seed: SEED, endOnFailure: RUNS > 5_000 });
  await assertWorking(hub);
});

type Drawn = {
  readonly request: Request;
  readonly mutation: Mutation;
  readonly addressing: Addressing;
};

/** With all rights, so that nothing is kept from being read. */
function sendAs(hub: TestHub, name: string, drawn: Drawn): Promise<Answer> {
  const { request, mutation: how, addressing: where } = drawn;
  const [method = '', pattern = ''] = name.split(' ');
  const type = how.type === null ? 'application/json' : CONTENT_TYPES[how.type];
  const body = request.body === undefined ? undefined : mutateJson(request.body, how);
  const text = request.raw ?? body;
  return hub.call(`${method} ${renderAddress(pattern, request.path ?? {}, where)}`, undefined, {
    ...(text === undefined ? {} : { raw: mutateBytes(text, how) }),
    headers: { ...(text === undefined ? {} : { 'content-type': type ?? '' }), ...request.headers },
  });
}

type Sent = { readonly body: JsonValue; readonly mutation: Mutation };

function send(hub: TestHub, target: Target, { body, mutation: how }: Sent): Promise<Answer> {
  const isForm = typeof body === 'string';
  const text = isForm ? body : mutateJson(body, how);
  const type = how.type === null ? target.contentType : CONTENT_TYPES[how.type];
  return hub.call(target.what, undefined, {
    raw: mutateBytes(text, how),
    ...(target.isKeyed ? {} : { key: null }),
    headers: { 'content-type': type ?? '' },
  });
}

function assertAnswered(target: Target, answer: Answer): void {
  const what = `${target.name}: ${answer.status} ${answer.text.slice(0, 300)}`;
  assert.ok(answer.status >= 200 && answer.status < 500, what);
  if (answer.status >= 400) target.assertError(answer);
}

function listEventIds({ text }: Answer): readonly string[] {
  return [...text.matchAll(/"event_id":"([0-9a-f-]{36})"/g)].map(([, id]) => id ?? '');
}

async function assertStored(hub: TestHub, ids: readonly string[]): Promise<void> {
  const rows = await hub.query('select event_id from event where event_id = any($1)', [ids]);
  assert.equal(rows.length, ids.length, 'what was answered with 2xx is stored');
  assert.ok(ids.length >= RUNS / 50, `only ${ids.length} were taken: nothing was tried`);
}

async function assertWorking(hub: TestHub): Promise<void> {
  await hub.settle();
  const id = await hub.raise({ title: 'After all that' });
  await hub.settle();
  assert.equal((await hub.acknowledge(id)).status, 200);
  assert.equal((await hub.alert(id))['status'], 'ACKNOWLEDGED');
  const ready = await hub.call('GET /readyz');
  assert.equal(ready.status, 200, ready.text);
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
}
