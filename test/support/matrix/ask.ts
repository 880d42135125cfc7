/** One request of the matrix, and whether what came of it is right. */
import assert from 'node:assert/strict';
import type { Answer } from '#test/support/hub/calls.ts';
import { openStream, refuseStream } from '#test/support/stream/stream-reader.ts';
import { type Ground, NORTH } from './ground.ts';
import { judge, type Verdict } from './judge.ts';
import type { MatrixPrincipal } from './principals.ts';
import type { Request } from './route.ts';
import type { NamedRoute } from './table.ts';

export type Asked = NamedRoute & { readonly by: MatrixPrincipal; readonly request: Request };

export async function assertRefused(ground: Ground, asked: Asked, status: number): Promise<void> {
  const who = `${asked.by.name}: ${asked.name}`;
  if (asked.route.isStream === true) {
    const refused = await refuseStream(ground.hub.node, streamOf(asked));
    assert.equal(refused.status, status, who);
    return;
  }
  const answer = await ask(ground, asked);
  assert.equal(answer.status, status, `${who}: ${answer.text}`);
  assertNoTrace(ground, answer, who);
  if (!isAskedAsHead(asked)) return;
  const head = await ask(ground, { ...asked, name: asked.name.replace('GET ', 'HEAD ') });
  assert.equal(head.status, status, `${who}, as HEAD`);
}

export async function assertDone(ground: Ground, asked: Asked, verdict: Verdict): Promise<void> {
  const { by, name, route } = asked;
  const who = `${by.name}: ${name}`;
  if (route.isStream === true) {
    // Fails when it is refused.
    (await openStream(ground.hub.node, streamOf(asked))).close();
  } else {
    const answer = await ask(ground, asked);
    assert.equal(answer.status, route.status ?? 200, `${who}: ${answer.text}`);
    if (isForeign(by) && route.about !== 'object') assertNoTrace(ground, answer, who);
    if (isAskedAsHead(asked)) {
      const head = await ask(ground, { ...asked, name: name.replace('GET ', 'HEAD ') });
      assert.equal(head.status, answer.status, `${who}, as HEAD`);
    }
  }
  const isFiltered = route.about === 'list' && route.hasNoFilter !== true;
  if (isFiltered && verdict === 'elsewhere') await assertNorthRefused(ground, asked);
}

/** The same with the same `Idempotency-Key`: answered as it was. */
export async function assertRepeated(ground: Ground, asked: Asked): Promise<void> {
  const answer = await ask(ground, asked);
  assert.equal(answer.status, asked.route.status ?? 200, answer.text);
  assert.equal(answer.headers['idempotent-replayed'], 'true');
}

/** Whoever asks for the north, and may not, learns nothing; not even that it is there. */
async function assertNorthRefused(ground: Ground, asked: Asked): Promise<void> {
  const request = { ...asked.request, query: `?project_id=${NORTH}` };
  const named = { ...asked, request, route: { ...asked.route, about: 'named' as const } };
  await assertRefused(ground, named, Number(judge(named.route, asked.by)));
}

/** The two are one route with one access: it is enough to ask for those at both ends. */
function isAskedAsHead({ name, by }: Asked): boolean {
  return name.startsWith('GET ') && (by.roles === null || by.roles === 'hub');
}

function streamOf({ by, request }: Asked) {
  return { key: null, headers: by.headers, query: request.query ?? '' };
}

/** Without any part in the north. */
function isForeign({ roles }: MatrixPrincipal): boolean {
  return roles !== 'hub' && roles?.[NORTH] === undefined;
}

function ask({ hub }: Ground, { name, by, request }: Asked): Promise<Answer> {
  const { path = {}, query = '', body, raw, headers = {} } = request;
  const what = name.replaceAll(/:(\w+)/g, (_, part: string) => path[part] ?? '');
  return hub.call(`${what}${query}`, body, {
    key: null,
    headers: { ...by.headers, ...headers },
    ...(raw === undefined ? {} : { raw }),
  });
}

function assertNoTrace({ traces }: Ground, { text }: Answer, who: string): void {
  const found = traces().filter((trace) => text.includes(trace));
  assert.deepEqual(found, [], `${who} hears of the north in ${text.slice(0, 500)}`);
}
