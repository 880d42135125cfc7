import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { textOf } from '#app/cli/kit/ask.ts';
import { CliFailure, type Command } from '#app/cli/kit/command.ts';
import type { HubAnswer, HubRequest } from '#app/cli/kit/hub-client.ts';
import { runTestCommand } from '#test/support/cli.ts';
import { ALERT_ACK } from './ack.ts';
import { ALERT_ASSIGN } from './assign.ts';
import { ALERT_ESCALATE } from './escalate.ts';
import { ALERT_NOTE } from './note.ts';
import { ALERT_RESOLVE } from './resolve.ts';

type Reply = (request: HubRequest) => HubAnswer;

const run = (command: Command, words: readonly string[], answer: Reply) =>
  runTestCommand(command, words, { answer });

const alertOf = (id: string, status: string): JsonObject => ({
  alert_id: id,
  status,
  title: `Title of ${id}`,
});

const bulk: Reply = ({ body }) => {
  const ids = isJsonObject(body) ? body['alert_ids'] : null;
  const results = [ids ?? []]
    .flat()
    .map(textOf)
    .map((id) => {
      if (id !== 'nope') {
        return { alert_id: id, changed: id !== 'old', alert: alertOf(id, 'X'), error: null };
      }
      const error = { code: 'not_found', message: 'There is no such alert.' };
      return { alert_id: id, changed: false, alert: null, error };
    });
  return { ok: true, body: { results } };
};

describe('an answer to several alerts', () => {
  test('is one request, and says of each what it came to', async () => {
    const words = ['a1', 'old', 'nope', 'bad id', 'a1', '--intent', 'on_site', '--detail', 'here'];
    const { code, asked, printed, complaints } = await run(ALERT_ACK, words, bulk);
    assert.equal(code, 1);
    const body = { status: 'ACKNOWLEDGED', intent: 'on_site', detail: 'here', project_id: null };
    assert.deepEqual(asked, [
      {
        method: 'POST',
        path: '/api/v1/alerts/bulk-status',
        body: { ...body, alert_ids: ['a1', 'old', 'nope'] },
      },
    ]);
    assert.equal(
      printed,
      [
        'ALERT   STATUS  CAME TO                     TITLE',
        'a1      X       done                        Title of a1',
        'old     X       no change, noted            Title of old',
        'nope    -       There is no such alert.     -',
        'bad id  -       That is no id of an alert.  -',
      ].join('\n'),
    );
    assert.equal(complaints, 'tocsin: 2 of 4 refused.');
  });

  test('is as many requests as one of them may not hold', async () => {
    const ids = Array.from({ length: LIMITS.bulkAlertsMax + 1 }, (_, index) => `a${index}`);
    const { code, asked, printed } = await run(ALERT_RESOLVE, [...ids, '--json'], bulk);
    assert.equal(code, 0);
    assert.equal(asked.length, 2);
    assert.equal(printed.split('"changed"').length - 1, ids.length);
  });

  test('asks nothing of the hub when none of them can be an id', async () => {
    const { code, asked } = await run(ALERT_ACK, ['a b', 'c/d'], bulk);
    assert.deepEqual([code, asked], [1, []]);
  });
});

describe('what is said of one alert after the other', () => {
  const refused: Reply = ({ path }) =>
    path.includes('nope')
      ? { ok: false, status: 404, sentence: 'the hub answered 404: No.', details: [] }
      : { ok: true, body: { alert: alertOf('a1', 'PENDING'), changed: true } };

  test('goes on after one that is refused', async () => {
    const words = ['She is asleep', 'nope', 'a1', '--project', 'night'];
    const { code, asked, printed } = await run(ALERT_NOTE, words, refused);
    assert.equal(code, 1);
    assert.deepEqual(
      asked.map(({ path, body }) => [path, body]),
      [
        ['/api/v1/alerts/nope/note?project_id=night', { detail: 'She is asleep' }],
        ['/api/v1/alerts/a1/note?project_id=night', { detail: 'She is asleep' }],
      ],
    );
    assert.match(printed, /nope {3}- {8}the hub answered 404: No\. {2}-\n/);
  });

  test('ends at once when the key may not, or the hub is away', async () => {
    for (const status of [401, 403, 422, null]) {
      const answer: Reply = () => ({ ok: false, status, sentence: 'No.', details: ['why'] });
      await assert.rejects(run(ALERT_ESCALATE, ['a1', 'a2'], answer), CliFailure);
    }
  });

  test('needs to know to whom an alert is assigned', async () => {
    const { asked } = await run(ALERT_ASSIGN, ['a1', '--nobody'], refused);
    assert.deepEqual(asked[0]?.body, { assigned_to: null, detail: null });
    for (const words of [['a1'], ['a1', '--to', 'Kim', '--nobody']]) {
      const failure = { name: 'CliFailure', exitCode: 2 };
      await assert.rejects(run(ALERT_ASSIGN, words, refused), failure);
    }
  });
});
