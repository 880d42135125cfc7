/** The command against a stream that a test writes: when it is lost, frozen, resumed or refused. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plusMs } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { HubRequest } from '#app/cli/kit/hub-client.ts';
import { runTestCommand } from '#test/support/cli.ts';
import { createManualClock, instantOf } from '#test/support/clock.ts';
import { followStream } from './follow.ts';
import { ALERT_WATCH } from './watch.ts';

const at = instantOf('2026-01-31T08:00:00Z');

function alert(id: string, version: number, more: JsonObject = {}): JsonObject {
  return {
    alert_id: id,
    project_id: 'default',
    version,
    severity: 'high',
    status: 'PENDING',
    title: `Title of ${id}`,
    updated_at: '2026-01-31T08:00:00.000Z',
    notification_count: 1,
    ...more,
  };
}

const message = (event: string, data: JsonObject, id = ''): string =>
  `event: ${event}\n${id === '' ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;

/** A connection that says these pieces and then ends. */
const says = (...pieces: readonly string[]): Response => new Response(streamOf(pieces));

function streamOf(pieces: readonly string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
}

async function watch(
  words: readonly string[],
  world: {
    readonly open?: readonly JsonObject[];
    /** By the second time that it is asked what is open. */
    readonly ended?: JsonObject;
    readonly connections: readonly Response[];
  },
) {
  const opened: HubRequest[] = [];
  let lists = 0;
  const run = await runTestCommand(ALERT_WATCH, words, {
    answer: ({ path }) => {
      if (!path.includes('?status=open')) return { ok: true, body: world.ended ?? {} };
      lists += 1;
      const isEnded = lists > 1 && world.ended !== undefined;
      return { ok: true, body: { items: isEnded ? [] : (world.open ?? []), next_cursor: null } };
    },
    open: async (request) => {
      opened.push(request);
      return world.connections[opened.length - 1] ?? assert.fail('nobody connects again');
    },
    now: () => at,
  });
  return { ...run, opened };
}

describe('watching alerts', () => {
  test('tells what is open, oldest first, and then each change', async () => {
    const { code, printed, complaints, opened } = await watch(['--max', '4'], {
      open: [alert('a2', 1), alert('a1', 1)],
      connections: [
        says(
          message('beat', {}),
          message('alert', alert('a1', 2, { status: 'SEEN' }), '1'),
          message('alert', alert('a3', 1), '2'),
        ),
      ],
    });
    assert.equal(code, 0);
    const told = printed.split('\n').map((line) => line.slice(22).replaceAll(/ +/g, ' '));
    assert.deepEqual(told, [
      'high PENDING a1 raised Title of a1',
      'high PENDING a2 raised Title of a2',
      'high SEEN a1 seen Title of a1',
      'high PENDING a3 raised Title of a3',
    ]);
    assert.equal(complaints, 'Watching http://hub.example; Ctrl-C ends it.');
    assert.deepEqual(opened, [{ method: 'GET', path: '/api/v1/stream' }]);
  });

  test('goes on where it was, and tells nothing twice', async () => {
    const { printed, complaints, opened } = await watch(['--json', '--max', '2'], {
      connections: [
        says(message('alert', alert('a1', 1), '7')),
        says(message('alert', alert('a1', 1), '7'), message('alert', alert('a1', 2), '8')),
      ],
    });
    const versions = printed.split('\n').map((line) => /"version":(\d+)/.exec(line)?.[1]);
    assert.deepEqual(versions, ['1', '2']);
    assert.equal(opened[1]?.lastEventId, '7');
    assert.match(
      complaints,
      /^tocsin: lost the hub: the hub has ended the stream\. Trying again\.$/m,
    );
    assert.match(complaints, /^tocsin: the hub is back after 0 s\.$/m);
  });

  test('reads what is open again when the hub cannot say what has changed', async () => {
    const { printed } = await watch(['--new', '--max', '1'], {
      open: [alert('a1', 1)],
      connections: [
        says(message('resync', {})),
        says(message('resync', {}), message('alert', alert('a1', 2, { status: 'SEEN' }))),
      ],
    });
    assert.match(printed, / seen {2}Title of a1$/);
  });

  test('tells what has ended while the hub could not say so', async () => {
    const { printed, asked } = await watch(['--new', '--max', '1'], {
      open: [alert('a1', 1)],
      ended: alert('a1', 3, { status: 'RESOLVED', outcome: 'fixed' }),
      connections: [says(message('resync', {}))],
    });
    assert.match(printed, / a1 {2}resolved \(fixed\) {2}Title of a1$/);
    assert.equal(asked.at(-1)?.path, '/api/v1/alerts/a1?project_id=default');
  });

  test('tells only what was asked for', async () => {
    const words = ['--severity', 'critical', '--camera', 'room-12', '--max', '1'];
    const { printed, opened } = await watch(words, {
      open: [alert('a1', 1), alert('a2', 1, { severity: 'critical', camera_id: 'room-1' })],
      connections: [
        says(message('alert', alert('a3', 1, { severity: 'critical', camera_id: 'room-12' }))),
      ],
    });
    assert.match(printed, /^\S+ \S+ {2}critical {2}PENDING +a3 /);
    assert.equal(opened[0]?.path, '/api/v1/stream?severity=critical&camera_id=room-12');
  });

  test('tells no message that it does not understand', async () => {
    const { printed } = await watch(['--max', '1'], {
      connections: [
        says(
          'event: alert\ndata: {broken\n\n',
          'event: alert\ndata: []\n\n',
          message('news', alert('a1', 1)),
          message('alert', alert('a2', 1)),
        ),
      ],
    });
    assert.match(printed, / a2 {2}raised /);
  });
});

describe('a hub that', () => {
  test('cannot be reached at first ends the command with what to do', async () => {
    const failing = runTestCommand(ALERT_WATCH, [], {
      open: () => Promise.reject(new Error('connect ECONNREFUSED')),
    });
    const sentence = /^http:\/\/hub\.example does not answer: nothing listens there\. Is the hub/;
    await assert.rejects(failing, { name: 'CliFailure', message: sentence });
  });

  test('refuses ends it too, even when it was connected before', async () => {
    const body = JSON.stringify({ error: { code: 'x', message: 'No.' } });
    const refused = new Response(body, { status: 401 });
    const failing = watch([], { connections: [says(message('beat', {})), refused] });
    await assert.rejects(failing, { name: 'CliFailure', message: /^the hub answered 401: No\./ });
  });

  test('is overloaded is asked again', async () => {
    const { printed, complaints } = await watch(['--max', '1'], {
      connections: [
        says(message('beat', {})),
        new Response('', { status: 503 }),
        says(message('alert', alert('a1', 1))),
      ],
    });
    assert.match(printed, / a1 /);
    assert.equal(complaints.match(/lost the hub/g)?.length, 1, 'it is told once');
  });

  test('is frozen is lost after five beats without a word, and told how long', async () => {
    const clock = createManualClock();
    const stop = new AbortController();
    const told: string[] = [];
    let silences = 0;
    let connections = 0;
    const frozen = new Response(new ReadableStream({ start: () => undefined }));
    const following = followStream({
      hub: {
        url: 'http://hub.example',
        open: async () => ((connections += 1) === 1 ? frozen : says(message('beat', {}))),
      },
      path: '/api/v1/stream',
      clock,
      wait: async () => clock.set(plusMs(clock.now(), 3_000)),
      after: (ms) => {
        assert.equal(ms, 10_000);
        const silence = new AbortController();
        // The first is of the connection, the second of the stream that says nothing.
        if ((silences += 1) === 2) queueMicrotask(() => silence.abort());
        return silence.signal;
      },
      stop: stop.signal,
      onConnected: async (lostMs) => void told.push(`connected ${lostMs}`),
      onMessage: async () => stop.abort(),
      onLost: (reason) => void told.push(reason),
    });
    await following;
    assert.deepEqual(told, ['connected null', 'nothing was heard for 10 s', 'connected 3000']);
  });
});
