/** What was reported can be read back: listed, looked at, and followed from its alert. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listOf } from '#contract/field.ts';
import { eventAnswer, eventItem } from '#contract/intake/stored-event.ts';
import { parseWire } from '#contract/wire.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import type { TestHub } from '#test/support/hub.ts';
import { type Answer, type CallOptions, listItems, textOf } from '#test/support/hub/calls.ts';
import { typeCommand } from '#test/support/hub/command-line.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';

async function addProject(hub: TestHub, project_id: string) {
  await hub.create('/api/v1/projects', { project_id });
  const keyOf = async (role: string) => {
    const body = { project_id, name: role, role };
    return { key: (await hub.call('POST /api/v1/keys', body)).textAt('key') };
  };
  return { reader: await keyOf('viewer'), sender: await keyOf('ingest') };
}

/** Reports them through the project's key; the ids of the events, in their order. */
async function report(hub: TestHub, events: readonly JsonObject[], by: CallOptions) {
  const answer = await hub.call('POST /api/v1/events', { events }, by);
  assert.equal(answer.status, 202, answer.text);
  const results = answer.at('results');
  assert.ok(Array.isArray(results));
  return results.map((_, index) => answer.textAt(`results.${index}.event_id`));
}

async function list(hub: TestHub, query: string, by: CallOptions = {}): Promise<Answer> {
  const answer = await hub.call(`GET /api/v1/events?${query}`, undefined, by);
  assert.equal(answer.status, 200, answer.text);
  assert.ok(parseWire(listOf(eventItem), answer.body).ok, answer.text);
  return answer;
}

const titlesOf = (answer: Answer) => listItems(answer).map(({ title }) => textOf(title));

/** All of them, page after page. */
async function listTitles(hub: TestHub, query: string, by: CallOptions): Promise<string[]> {
  const titles: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await list(hub, `${query}${cursor}`, by);
    titles.push(...titlesOf(page));
    const next = page.at('next_cursor');
    if (typeof next !== 'string') return titles;
    cursor = `&cursor=${next}`;
  }
}

describe('the list of events', () => {
  const shared = shareTestHub({ isTelling: false });

  test('has the newest first, page after page, each once', async () => {
    const hub = shared();
    const { reader, sender } = await addProject(hub, 'paged');
    const titles = Array.from({ length: 23 }, (_, index) => `Door ${index}`);
    await report(
      hub,
      titles.slice(0, 10).map((title) => ({ title })),
      sender,
    );
    hub.clock.advanceMs(1_000);
    await report(
      hub,
      titles.slice(10).map((title) => ({ title })),
      sender,
    );
    assert.deepEqual(await listTitles(hub, 'limit=5', reader), titles.toReversed());
    assert.deepEqual(titlesOf(await list(hub, '', reader)), titles.toReversed());
    const last = await list(hub, 'limit=23', reader);
    assert.equal(last.at('next_cursor'), null);
  });

  test('is narrowed by source, kind, provider, stage, alert, text, time and copies', async () => {
    const hub = shared();
    const { reader, sender } = await addProject(hub, 'narrowed');
    const made = { project_id: 'narrowed', name: 'lifts', kind: 'native' };
    const lifts = await hub.call('POST /api/v1/sources', made);
    const fall = { title: 'Fall in room 12', alert_id: 'fall-12', content: 'by 100% camera' };
    await report(hub, [fall, { ...fall, title: 'Fall again' }], sender);
    hub.clock.advanceMs(60_000);
    const later = hub.clock.now();
    const stuck = { title: 'Lift stuck', provider: 'otis', fingerprint: 'lift-1' };
    await report(hub, [stuck, { ...stuck, stage: 'resolved', title: 'Lift works' }], {
      key: lifts.textAt('token'),
    });
    await hub.postAlertmanager([{ labels: { alertname: 'DiskFull' } }], sender.key);
    const since = new Date(later).toISOString();
    for (const [query, expected] of [
      ['source=lifts', ['Lift works', 'Lift stuck']],
      [`source=${lifts.textAt('id')}`, ['Lift works', 'Lift stuck']],
      ['channel_type=alertmanager', ['DiskFull']],
      ['provider=otis&stage=resolved', ['Lift works']],
      ['alert_id=fall-12', ['Fall again', 'Fall in room 12']],
      ['q=ROOM', ['Fall in room 12']],
      ['q=100%25', ['Fall again', 'Fall in room 12']],
      ['q=1_0', []],
      [`since=${since}`, ['DiskFull', 'Lift works', 'Lift stuck']],
      ['is_duplicate=true', ['Fall again']],
      ['is_duplicate=false&alert_id=fall-12', ['Fall in room 12']],
      [
        'project_id=narrowed&q=&source=',
        ['DiskFull', 'Lift works', 'Lift stuck', 'Fall again', 'Fall in room 12'],
      ],
    ] as const) {
      assert.deepEqual(titlesOf(await list(hub, query, reader)), expected, query);
    }
  });

  test('says what it does not understand', async () => {
    const hub = shared();
    const { reader } = await addProject(hub, 'asking');
    for (const [query, path] of [
      ['colour=red', 'colour'],
      ['stage=done', 'stage'],
      ['since=yesterday', 'since'],
      ['is_duplicate=maybe', 'is_duplicate'],
      ['limit=501', 'limit'],
      ['limit=0', 'limit'],
      ['cursor=abc', 'cursor'],
      ['source=nowhere', 'source'],
      ['q=a&q=b', 'q'],
      [`q=${'x'.repeat(257)}`, 'q'],
    ] as const) {
      const answer = await hub.call(`GET /api/v1/events?${query}`, undefined, reader);
      assert.deepEqual([answer.status, answer.at('error.details.0.path')], [422, path], query);
    }
  });
});

describe('one event', () => {
  const shared = shareTestHub({ isTelling: false });

  test('is shown with all that was stored of it', async () => {
    const hub = shared();
    const { reader, sender } = await addProject(hub, 'whole');
    const [id] = await report(
      hub,
      [
        {
          title: 'Disk full',
          severity: 'warning',
          labels: { host: 'db-1' },
          annotations: { runbook: 'https://wiki.example/disk' },
          content: 'x'.repeat(400),
          source_url: 'https://grafana.example/d/1',
          source_refs: { signoz: { rule: '7', trace: 'abc' } },
          log_correlation: { trace_id: 'abc' },
          provider: 'signoz',
          provider_event_id: 'e-1',
          provider_ts: '2026-11-16T07:00:00Z',
          payload: { free_bytes: 0 },
        },
      ],
      sender,
    );
    const answer = await hub.call(`GET /api/v1/events/${id}`, undefined, reader);
    assert.equal(answer.status, 200, answer.text);
    assert.ok(parseWire(eventAnswer, answer.body).ok, answer.text);
    const shown = (name: string) => answer.at(name);
    assert.deepEqual([shown('source.name'), shown('channel_type')], ['native', 'native']);
    assert.deepEqual([shown('severity'), shown('stage')], ['medium', 'received']);
    assert.equal(answer.textAt('content_preview').length, 280);
    assert.deepEqual(
      [answer.textAt('content_redacted').length, shown('content_length')],
      [400, 400],
    );
    assert.deepEqual(shown('source_refs'), { signoz: { rule: '7', trace: 'abc' } });
    assert.deepEqual(shown('annotations.runbook'), 'https://wiki.example/disk');
    assert.deepEqual(shown('log_correlation'), { trace_id: 'abc' });
    assert.deepEqual(shown('payload'), { free_bytes: 0 });
    assert.deepEqual(
      [shown('provider_ts'), shown('is_clock_skewed')],
      ['2026-11-16T07:00:00.000Z', true],
    );
    const alert = answer.textAt('alert_id');
    const known = await hub.call(`GET /api/v1/alerts/${alert}`, undefined, reader);
    assert.equal(known.at('title'), 'Disk full');
  });

  test('outlives its source', async () => {
    const hub = shared();
    const made = await hub.call('POST /api/v1/sources', { name: 'gone', kind: 'native' });
    const [id] = await report(hub, [{ title: 'Door' }], { key: made.textAt('token') });
    const removed = await hub.call(`DELETE /api/v1/sources/${made.textAt('id')}`);
    assert.equal(removed.status, 204, removed.text);
    const answer = await hub.call(`GET /api/v1/events/${id}`);
    assert.deepEqual(answer.at('source'), { id: made.textAt('id'), name: null });
    assert.equal((await list(hub, `source=${made.textAt('id')}`)).at('items.0.title'), 'Door');
  });

  test('that is none is not found', async () => {
    const hub = shared();
    for (const id of ['1', 'fall-12', '0190a000-0000-7000-8000-00000000ffff']) {
      assert.equal((await hub.call(`GET /api/v1/events/${id}`)).status, 404, id);
    }
  });
});

describe('the events of an alert', () => {
  const shared = shareTestHub({ isTelling: false });

  test('are told from the one that raised it on, copies too', async () => {
    const hub = shared();
    const { reader, sender } = await addProject(hub, 'followed');
    const lift = { fingerprint: 'lift-1' };
    await report(hub, [{ title: 'Before' }], sender);
    hub.clock.advanceMs(1_000);
    await report(
      hub,
      [{ ...lift, title: 'Stuck', provider_event_id: 'a' }, { title: 'Other' }],
      sender,
    );
    hub.clock.advanceMs(90_000);
    await report(
      hub,
      [{ ...lift, title: 'Stuck again', starts_at: '2026-11-16T08:01:00Z' }],
      sender,
    );
    hub.clock.advanceMs(90_000);
    await report(hub, [{ ...lift, title: 'Stuck (copy)', provider_event_id: 'a' }], sender);
    const first = listItems(await list(hub, 'q=Stuck', reader)).at(-1);
    const path = `/api/v1/alerts/${textOf(first?.['alert_id'])}/events`;
    const told = await hub.call(`GET ${path}`, undefined, reader);
    assert.deepEqual(titlesOf(told), ['Stuck', 'Stuck again', 'Stuck (copy)']);
    assert.equal(told.at('next_cursor'), null);
    const page = await hub.call(`GET ${path}?limit=2`, undefined, reader);
    const rest = await hub.call(`GET ${path}?limit=2&cursor=${page.textAt('next_cursor')}`);
    assert.deepEqual([titlesOf(page).length, titlesOf(rest)], [2, ['Stuck (copy)']]);
    assert.equal((await hub.call('GET /api/v1/alerts/none/events')).status, 404);
  });
});

describe('events', () => {
  const shared = shareTestHub({ isTelling: false });

  test('of another project are as good as not there', async () => {
    const hub = shared();
    const mine = await addProject(hub, 'mine');
    const theirs = await addProject(hub, 'theirs');
    await report(hub, [{ title: 'mine', alert_id: 'mine-1' }], mine.sender);
    const [id] = await report(hub, [{ title: 'theirs', alert_id: 'theirs-1' }], theirs.sender);
    assert.deepEqual(titlesOf(await list(hub, '', mine.reader)), ['mine']);
    assert.deepEqual(titlesOf(await list(hub, 'alert_id=theirs-1', mine.reader)), []);
    for (const path of [
      `/api/v1/events/${id}`,
      '/api/v1/alerts/theirs-1/events',
      '/api/v1/events?project_id=theirs',
    ]) {
      const answer = await hub.call(`GET ${path}`, undefined, mine.reader);
      assert.deepEqual([answer.status, answer.at('error.code')], [404, 'not_found'], path);
    }
    const all = titlesOf(await list(hub, 'limit=500'));
    assert.ok(all.includes('mine') && all.includes('theirs'), 'the hub admin sees both');
  });

  test('are for who may read, not for who may only report', async () => {
    const hub = shared();
    const { sender } = await addProject(hub, 'roles');
    const [id] = await report(hub, [{ title: 'Door', alert_id: 'door' }], sender);
    for (const path of ['/api/v1/events', `/api/v1/events/${id}`, '/api/v1/alerts/door/events']) {
      assert.equal((await hub.call(`GET ${path}`, undefined, sender)).status, 403, path);
      assert.equal((await hub.call(`GET ${path}`, undefined, { key: null })).status, 401, path);
    }
  });
});

describe('tocsin event', () => {
  const shared = shareTestHub({ isTelling: false });

  test('lists them, and shows one whole', async () => {
    const hub = shared();
    const labels = { room: '12', note: 'a\u001b[31mb' };
    const report = { title: 'Fall in\u0007 room 12', severity: 'critical', labels };
    await hub.raise({ alert_id: 'fall-12', content: 'one\ntwo', ...report });
    await hub.raise({ alert_id: 'door-3', title: 'Door' });
    const listed = await typeCommand(hub, ['event', 'list']);
    assert.equal(listed.code, 0, listed.err);
    const lines = listed.out.split('\n').map((line) => line.split(/ {2,}/));
    assert.deepEqual(lines[0], [
      'EVENT',
      'RECEIVED',
      'SOURCE',
      'STAGE',
      'SEVERITY',
      'ALERT',
      'TITLE',
    ]);
    const fall = ['native', 'received', 'critical', 'fall-12', 'Fall in room 12'];
    assert.deepEqual(lines[2]?.slice(1), ['2026-11-16 08:00:00Z', ...fall]);
    assert.equal(lines[1]?.at(-1), 'Door');
    const shown = await typeCommand(hub, ['event', 'show', lines[2]?.[0] ?? '']);
    assert.match(shown.out, /^title +Fall in room 12$/m);
    assert.match(shown.out, /^labels\.note +ab$/m);
    assert.match(shown.out, /\n\none\ntwo$/);
    assert.doesNotMatch(shown.out, /null/);
    const json = await typeCommand(hub, ['event', 'show', lines[2]?.[0] ?? '', '--json']);
    assert.equal(isJsonObject(json.json()), true);
  });

  test('narrows the list, and follows an alert', async () => {
    const hub = shared();
    await hub.raise({ alert_id: 'again-1', title: 'First' });
    await hub.call('POST /api/v1/events', { alert_id: 'again-1', title: 'Then', stage: 'updated' });
    const titles = async (...more: readonly string[]) => {
      const { out } = await typeCommand(hub, ['event', 'list', ...more]);
      return out
        .split('\n')
        .slice(1)
        .map((line) => line.split(/ {2,}/).at(-1));
    };
    assert.deepEqual(await titles('--alert', 'again-1'), ['First', 'Then']);
    assert.deepEqual(await titles('--alert', 'again-1', '--stage', 'updated'), ['Then']);
    assert.deepEqual(await titles('--q', 'FIRS', '--kind', 'native', '--limit', '1'), ['First']);
    const none = await typeCommand(hub, ['event', 'list', '--provider', 'nobody']);
    assert.deepEqual([none.code, none.out], [0, 'No event.']);
    const all = await typeCommand(hub, ['event', 'list', '--json', '--alert', 'again-1']);
    const json = all.json();
    assert.equal(Array.isArray(json) ? json.length : 0, 2);
  });

  test('says what is wrong', async () => {
    const hub = shared();
    const unknown = await typeCommand(hub, ['event', 'show', 'fall']);
    assert.deepEqual(
      [unknown.code, unknown.err],
      [1, 'tocsin: the hub answered 404: There is no such event.'],
    );
    const many = await typeCommand(hub, ['event', 'list', '--limit', 'all']);
    assert.equal(many.code, 2);
    assert.match(many.err, /^tocsin: --limit must be a whole number from 1 to 500/);
    const source = await typeCommand(hub, ['event', 'list', '--source', 'lifts']);
    assert.equal(source.code, 1);
    assert.match(source.err, /source: is no source that you may see/);
  });
});
