import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { textOf } from '#app/cli/kit/ask.ts';
import { CliFailure } from '#app/cli/kit/command.ts';
import type { HubAnswer, HubRequest } from '#app/cli/kit/hub-client.ts';
import { runTestCommand } from '#test/support/cli.ts';
import { SEND } from './send.ts';

const ALERT: HubAnswer = { ok: true, body: { alert_id: 'a1', title: 'Fall', severity: 'high' } };
const AWAY: HubAnswer = { ok: false, status: null, sentence: 'It does not answer.', details: [] };

function bodyOf(request: HubRequest | undefined): JsonObject {
  const body = request?.body;
  return isJsonObject(body) ? body : assert.fail('there is no body');
}

describe('an alert raised from the command line', () => {
  test('says all that was typed, and nothing else', async () => {
    const words = ['Fall', '--camera', 'room-12', '--label', 'ward=3', '--label', '__proto__=x'];
    const { asked, code } = await runTestCommand(SEND, words, { answer: () => ALERT });
    assert.equal(code, 0);
    const { provider_event_id: name, labels, ...body } = bodyOf(asked[0]);
    assert.match(textOf(name), /^cli-[0-9a-f-]{36}$/);
    assert.equal(JSON.stringify(labels), '{"ward":"3","__proto__":"x"}');
    assert.deepEqual(body, {
      title: 'Fall',
      severity: null,
      device_id: null,
      camera_id: 'room-12',
      area_id: null,
      alert_id: null,
      content: null,
      source_url: null,
      project_id: null,
      is_test: false,
    });
  });

  test('is tried again under the same name while nobody answers', async () => {
    const waits: number[] = [];
    let tries = 0;
    const { code, asked, complaints } = await runTestCommand(SEND, ['Fall'], {
      answer: () => ((tries += 1) < 3 ? AWAY : ALERT),
      wait: async (ms) => void waits.push(ms),
    });
    assert.deepEqual([code, waits], [0, [1_000, 2_000]]);
    assert.equal(new Set(asked.map((one) => bodyOf(one)['provider_event_id'])).size, 1);
    assert.match(complaints, /^tocsin: It does not answer\. Trying again in 1 s\.\n/);
  });

  test('is given up after a bounded number of tries, and at once when it is refused', async () => {
    let tries = 0;
    const count = (answer: HubAnswer) => () => {
      tries += 1;
      return answer;
    };
    await assert.rejects(runTestCommand(SEND, ['Fall'], { answer: count(AWAY) }), CliFailure);
    assert.equal(tries, 4);
    const refused: HubAnswer = { ok: false, status: 422, sentence: 'No.', details: [] };
    await assert.rejects(runTestCommand(SEND, ['Fall'], { answer: count(refused) }), CliFailure);
    assert.equal(tries, 5);
  });

  test('is either typed or read, and what is read says everything itself', async () => {
    const wrong = [[], ['Fall', '--stdin'], ['--stdin', '--file', 'x'], ['--stdin', '--test']];
    for (const words of [...wrong, ['--file', 'x', '--severity', 'high']]) {
      await assert.rejects(runTestCommand(SEND, words), { exitCode: 2 }, words.join(' '));
    }
  });
});
