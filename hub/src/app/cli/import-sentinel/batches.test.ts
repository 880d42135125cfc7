import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { encodeUtf8 } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import { type JsonObject, parseJson } from '#kernel/syntax/json.ts';
import type { NamedAlert } from '#app/import/sentinel/merge.ts';
import { sendBatches, type Sending, splitBatches } from './batches.ts';
import type { HubAnswer } from '#app/cli/kit/hub-client.ts';

const alert = (alertId: string, fields: JsonObject = {}): NamedAlert => ({
  alertId,
  origin: 'active',
  fields,
});

describe('a long list of alerts', () => {
  test('property: is split in its order, into bodies that the hub takes', () => {
    const size = fc.constantFrom(0, 10, 3_000, 900_000);
    fc.assert(
      fc.property(fc.array(size, { maxLength: 12 }), fc.boolean(), (sizes, isWide) => {
        const alerts = sizes.map((chars, index) => {
          const values = chars > 10_000 ? [] : Array.from({ length: chars * 10 }, () => 0);
          return alert(`a${index}`, { text: (isWide ? '昏' : 'x').repeat(chars), values });
        });
        const batches = splitBatches(alerts);
        assert.deepEqual(batches.flat(), alerts);
        for (const batch of batches) {
          const text = JSON.stringify({ alerts: batch });
          assert.ok(encodeUtf8(text).length <= LIMITS.bodyBytesMax);
          assert.equal(parseJson(text).ok, true);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('goes in batches of a hundred', () => {
    const alerts = Array.from({ length: 201 }, (_, index) => alert(`a${index}`));
    assert.deepEqual(
      splitBatches(alerts).map(({ length }) => length),
      [100, 100, 1],
    );
  });
});

const OPTIONS = {
  files: [],
  zone: 'Europe/Paris',
  projectId: 'nord',
  isDryRun: false,
  isQuiet: true,
  isSkippingInvalid: false,
  isJson: false,
};

function createSending(batches: Sending['batches'], answers: readonly HubAnswer[]) {
  const bodies: unknown[] = [];
  const left = [...answers];
  const none: HubAnswer = { ok: false, status: null, sentence: 'no answer is left', details: [] };
  const sending: Sending = {
    client: {
      post: (_path, body) => {
        bodies.push(body);
        return Promise.resolve(left.shift() ?? none);
      },
    },
    out: { print: () => undefined, complain: () => undefined, progress: () => undefined },
    options: OPTIONS,
    batches,
    isDryRun: false,
  };
  return { sending, bodies };
}

const counts = (imported: number): HubAnswer => ({
  ok: true,
  body: {
    project_id: 'nord',
    imported,
    already_there: 1,
    open: 2,
    due_now: 1,
    warnings: [{ alert_id: 'a', message: 'odd' }],
    invalid: [],
  },
});

describe('batches that are sent', () => {
  test('are summed up', async () => {
    const { sending, bodies } = createSending([[alert('a')], [alert('b')]], [counts(1), counts(3)]);
    const { totals, failure } = await sendBatches(sending);
    assert.equal(failure, null);
    assert.deepEqual(
      [totals.imported, totals.alreadyThere, totals.open, totals.dueNow, totals.warnings.length],
      [4, 2, 4, 2, 2],
    );
    assert.deepEqual(bodies[0], {
      project_id: 'nord',
      timezone: 'Europe/Paris',
      is_quiet: true,
      is_dry_run: false,
      is_skipping_invalid: false,
      alerts: [{ alert_id: 'a', origin: 'active', fields: {} }],
    });
  });

  test('end at the first that is refused, and keep what was done before', async () => {
    const refused: HubAnswer = { ok: false, status: 422, sentence: 'no', details: [] };
    const batches = [[alert('a')], [alert('b')], [alert('c')]];
    const { sending, bodies } = createSending(batches, [counts(1), refused]);
    const { totals, failure } = await sendBatches(sending);
    assert.deepEqual([totals.imported, failure?.sentence, bodies.length], [1, 'no', 2]);
  });

  test('ask even for no alerts, so that a wrong key is told', async () => {
    const { sending, bodies } = createSending([], [counts(0)]);
    await sendBatches(sending);
    assert.equal(bodies.length, 1);
  });
});
