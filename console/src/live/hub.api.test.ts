import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { createAlert } from './alert.fixture.ts';
import { createHub, parseAlert, parseBeat } from './hub.api.js';

const KEY = 'the-key-of-this-tab';

type Asked = { readonly path: string; readonly init: RequestInit };

/** Answers each request of the page with the next of these, and keeps what was asked. */
function answerWith(t: TestContext, ...answers: readonly (Response | Error)[]) {
  const asked: Asked[] = [];
  const waiting = [...answers];
  t.mock.method(globalThis, 'fetch', (path: string, init: RequestInit = {}) => {
    asked.push({ path, init });
    const answer = waiting.shift();
    assert.ok(answer !== undefined, `nobody expected ${path}`);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  return { asked, hub: createHub(KEY) };
}

const list = (ids: readonly string[], next_cursor: string | null = null) =>
  Response.json({ items: ids.map((alert_id) => createAlert({ alert_id })), next_cursor });

const refusal = (status: number, code: string, message: string) =>
  Response.json({ error: { code, message, request_id: 'r' } }, { status });

const headerOf = ({ init }: Asked, name: string) => new Headers(init.headers).get(name);

test('the key goes into a header, and into nothing else', async (t) => {
  const { hub, asked } = answerWith(t, list([]), list([]), new Response('x'), list([]));
  await hub.listAlerts();
  await hub.openStream('c1', new AbortController().signal);
  await hub.answer(createAlert({}), { status: 'ACKNOWLEDGED' });
  assert.equal(asked.length, 4);
  for (const one of asked) {
    assert.equal(headerOf(one, 'authorization'), `Bearer ${KEY}`);
    assert.ok(!one.path.includes(KEY));
    assert.ok(one.path.startsWith('/api/v1/'), 'never another host');
    assert.ok(!JSON.stringify(one.init.body ?? '').includes(KEY));
  }
});

describe('whoever is logged in', () => {
  test('sends no key: the browser adds the cookie', async (t) => {
    const { asked } = answerWith(t, Response.json({ name: 'Anna' }), list([]), list([]));
    const hub = createHub(null);
    assert.deepEqual(await hub.readMe(), { ok: true, value: 'Anna' });
    await hub.listAlerts();
    assert.equal(asked[0]?.path, '/api/v1/me');
    for (const one of asked) assert.equal(headerOf(one, 'authorization'), null);
  });

  test('is nobody when the hub says so', async (t) => {
    answerWith(t, refusal(401, 'principal_missing', 'No valid key or token.'));
    const me = await createHub(null).readMe();
    assert.deepEqual([me.ok, me.ok || me.status], [false, 401]);
  });

  test('is gone from the page after a log-out, whether the hub heard it or not', async (t) => {
    const { asked } = answerWith(t, new Response(null, { status: 204 }), new TypeError('gone'));
    const hub = createHub(null);
    await hub.logOut();
    await hub.logOut();
    assert.deepEqual(
      asked.map(({ path, init }) => `${init.method} ${path}`),
      ['POST /logout', 'POST /logout'],
    );
  });
});

describe('the list', () => {
  test('is what is open and what expired unseen, page by page', async (t) => {
    const { hub, asked } = answerWith(t, list(['a', 'b'], 'c+1'), list(['c']), list(['d']));
    const answer = await hub.listAlerts();
    assert.ok(answer.ok);
    assert.deepEqual(
      answer.value.alerts.map(({ alert_id: id }) => id),
      ['a', 'b', 'c', 'd'],
    );
    assert.equal(answer.value.isCut, false);
    assert.deepEqual(
      asked.map(({ path }) => path),
      [
        '/api/v1/alerts?status=open&limit=500',
        '/api/v1/alerts?status=open&limit=500&cursor=c%2B1',
        '/api/v1/alerts?status=EXPIRED&archived=false&limit=500',
      ],
    );
  });

  test('ends somewhere, and says that there is more', async (t) => {
    const pages = Array.from({ length: 4 }, (_, page) => list([`a${page}`], `c${page}`));
    const { hub } = answerWith(t, ...pages, list([]));
    const answer = await hub.listAlerts();
    assert.ok(answer.ok);
    assert.deepEqual([answer.value.alerts.length, answer.value.isCut], [4, true]);
  });

  test('is not half a list when a page fails', async (t) => {
    const { hub } = answerWith(t, list(['a'], 'c'), refusal(503, 'not_ready', 'Not now.'));
    const answer = await hub.listAlerts();
    assert.deepEqual(answer, { ok: false, status: 503, sentence: 'Not now. (not_ready)' });
  });
});

describe('the stream', () => {
  const signal = new AbortController().signal;

  test('goes on where it was, when it was anywhere', async (t) => {
    const { hub, asked } = answerWith(t, new Response('x'), new Response('x'));
    await hub.openStream(null, signal);
    await hub.openStream('c7', signal);
    assert.deepEqual(
      asked.map((one) => headerOf(one, 'last-event-id')),
      [null, 'c7'],
    );
  });

  test('is read piece by piece', async (t) => {
    const { hub } = answerWith(t, new Response('event: beat\n\n'));
    const opened = await hub.openStream(null, signal);
    assert.ok(opened.ok);
    const { value } = await opened.value.read();
    assert.equal(new TextDecoder().decode(value), 'event: beat\n\n');
  });

  test('that is refused says so in the hub’s own words', async (t) => {
    const { hub } = answerWith(t, refusal(401, 'principal_missing', 'No valid key.'));
    const opened = await hub.openStream(null, signal);
    assert.deepEqual(opened, {
      ok: false,
      status: 401,
      sentence: 'No valid key. (principal_missing)',
    });
  });
});

describe('an answer to an alert', () => {
  test('names the project, for ids are unique in one only, and is sent as JSON', async (t) => {
    const alert = createAlert({ alert_id: 'a:1', project_id: 'ward', version: 2 });
    const { hub, asked } = answerWith(t, Response.json({ alert, changed: true }));
    const answer = await hub.answer(alert, { status: 'RESOLVED', outcome: 'fixed' });
    assert.deepEqual(answer, { ok: true, value: alert });
    assert.equal(asked[0]?.path, '/api/v1/alerts/a%3A1/status?project_id=ward');
    assert.equal(asked[0]?.init.method, 'POST');
    assert.equal(asked[0]?.init.body, '{"status":"RESOLVED","outcome":"fixed"}');
    assert.equal(asked[0] && headerOf(asked[0], 'content-type'), 'application/json');
  });

  const failures: readonly (readonly [string, Response | Error, string])[] = [
    [
      'a refusal',
      refusal(409, 'transition_refused', 'It is over.'),
      'It is over. (transition_refused)',
    ],
    ['no answer at all', new TypeError('Failed to fetch'), 'The hub cannot be reached.'],
    [
      'an answer that took too long',
      new DOMException('', 'TimeoutError'),
      'The hub cannot be reached.',
    ],
    ['a page of a proxy', new Response('<html>', { status: 502 }), 'The hub answered 502.'],
    ['no JSON at all', new Response('OK'), 'The hub cannot be reached.'],
    [
      'an error of another shape',
      Response.json({ error: 'no' }, { status: 500 }),
      'The hub answered 500.',
    ],
  ];
  for (const [name, response, sentence] of failures) {
    test(`${name} is never taken for success`, async (t) => {
      const { hub } = answerWith(t, response);
      const answer = await hub.answer(createAlert({}), { status: 'ACKNOWLEDGED' });
      assert.equal(answer.ok, false);
      assert.equal(answer.ok ? '' : answer.sentence, sentence);
    });
  }
});

test('what an event carries is read as it was written', () => {
  const alert = createAlert({ title: 'Fall \u2028 "5"' });
  assert.deepEqual(parseAlert(JSON.stringify(alert)), alert);
  assert.equal(parseBeat('{"at":"2026-11-22T12:00:00.000Z"}').at, '2026-11-22T12:00:00.000Z');
});
