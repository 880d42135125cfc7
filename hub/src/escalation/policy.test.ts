import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type ChannelId, channelId, policyId, type ResponderId, responderId } from '#kernel/id.ts';
import type { Policy, StepTarget } from '#kernel/calling/policy.ts';
import { POLICY } from '#test/support/samples/alert.ts';
import { createPolicy, createStep } from '#test/support/samples/escalation.ts';
import {
  BUILT_IN_POLICIES,
  copyStep,
  defaultMinIntervalS,
  findTargetFaults,
  listTargets,
  nameSnapshot,
  startPolicy,
} from './policy.ts';

const intervalOf = (...delays: readonly number[]) =>
  defaultMinIntervalS(delays.map((delayS) => ({ delayS })));

describe('the interval of a policy that names none', () => {
  test('is a minute, or the smallest gap where that is less', () => {
    assert.equal(intervalOf(), 60);
    assert.equal(intervalOf(120, 300), 60);
    assert.equal(intervalOf(120, 150), 30);
    assert.equal(intervalOf(10, 300), 10, 'from the creation to the first step is a gap too');
    assert.equal(intervalOf(120, 300, 330, 600), 30);
    assert.equal(intervalOf(0, 300), 0);
  });

  test('property: never holds a step of its policy back', () => {
    const delays = fc.uniqueArray(fc.nat(10_000), { maxLength: 8 });
    fc.assert(
      fc.property(delays, (unsorted) => {
        const sorted = unsorted.toSorted((one, other) => one - other);
        const interval = intervalOf(...sorted);
        assert.ok(interval >= 0 && interval <= 60);
        for (const [index, delayS] of sorted.entries()) {
          assert.ok(delayS - (sorted[index - 1] ?? 0) >= interval);
        }
      }),
    );
  });

  test('is not negative for steps out of order', () => {
    assert.equal(intervalOf(300, 120), 0);
  });
});

describe('the name of a snapshot', () => {
  const name = nameSnapshot(POLICY, createPolicy());

  test('is the same for the same content, and fits its column', () => {
    assert.equal(nameSnapshot(POLICY, createPolicy()), name);
    assert.match(name, /^[0-9a-f]{32}$/);
  });

  test('is another for another policy, and for any change of the content', () => {
    const other = policyId('0190a000-0000-7000-8000-0000000000b2');
    assert.notEqual(nameSnapshot(other, createPolicy()), name);
    const changes: readonly Partial<Policy>[] = [
      { steps: [createStep(120), createStep(301)] },
      { steps: [createStep(120, { label: 'x' }), createStep(300)] },
      { steps: [createStep(120, { targets: [] }), createStep(300)] },
      { repeatEveryS: null },
      { minIntervalS: 1 },
      { seenHoldS: 0 },
      { ifNotDeliveredS: 30 },
      { expireAfterS: 7_201 },
      { seenExpireAfterS: 1 },
      { ackTimeoutS: 1 },
      { ackTimeoutAction: 'escalate' },
    ];
    const names = changes.map((change) => nameSnapshot(POLICY, createPolicy(change)));
    assert.equal(new Set([...names, name]).size, changes.length + 1);
  });
});

describe('built-in policies', () => {
  const [sentinel, strict, ...others] = BUILT_IN_POLICIES;

  test('are two: sentinel, which comes first and is the default, and sentinel-strict', () => {
    assert.deepEqual([sentinel?.name, strict?.name, others], ['sentinel', 'sentinel-strict', []]);
  });

  test('sentinel says what the fall-alert manager did, with its first step', () => {
    const lines = sentinel?.policy.steps.map((step) => {
      return `${step.delayS} ${step.label} | ${step.priority} | ${step.condition}`;
    });
    assert.deepEqual(lines, [
      '120 Reminder 1 | high | not_acknowledged',
      '300 Reminder 2 | critical | not_acknowledged',
      '600 Reminder 3 | critical | not_acknowledged',
      '1200 URGENT reminder | emergency | not_acknowledged',
      '1800 MAX ESCALATION | emergency | not_acknowledged',
    ]);
    for (const step of sentinel?.policy.steps ?? []) {
      assert.deepEqual(step.targets, [{ type: 'rules' }]);
    }
    const { steps: _, ...times } = sentinel?.policy ?? createPolicy();
    assert.deepEqual(times, {
      repeatEveryS: 600,
      minIntervalS: 60,
      seenHoldS: null,
      ifNotDeliveredS: null,
      expireAfterS: 2 * 3_600,
      seenExpireAfterS: 4 * 3_600,
      ackTimeoutS: 2 * 3_600,
      ackTimeoutAction: 'resolve',
    });
  });

  test('strict differs in two things: a seen alert goes on, and so does one nobody got', () => {
    const meant = { ...sentinel?.policy, seenHoldS: 300, ifNotDeliveredS: 30 };
    assert.deepEqual(strict?.policy, meant);
  });
});

describe('the targets of a policy', () => {
  const CHANNEL = channelId('0190a000-0000-7000-8000-0000000000d1');
  const PERSON = responderId('0190a000-0000-7000-8000-0000000000e1');
  const toChannel: StepTarget = { type: 'channel', channelId: CHANNEL };
  const toPerson: StepTarget = { type: 'responder', responderId: PERSON };
  const policy = startPolicy([
    createStep(1, { targets: [toPerson] }),
    createStep(2, { targets: [{ type: 'rules' }, toChannel, toPerson] }),
  ]);

  test('are listed with where they stand', () => {
    assert.deepEqual(
      listTargets(policy).map(({ path, target }) => [path, target.type]),
      [
        ['steps[0].targets[0]', 'responder'],
        ['steps[1].targets[0]', 'rules'],
        ['steps[1].targets[1]', 'channel'],
        ['steps[1].targets[2]', 'responder'],
      ],
    );
  });

  test('are refused where the project has no such channel or responder', () => {
    const pathsOf = (channels: readonly ChannelId[], responders: readonly ResponderId[]) =>
      findTargetFaults(listTargets(policy), {
        channels: new Set(channels),
        responders: new Set(responders),
      }).map(({ path }) => path);
    assert.deepEqual(pathsOf([CHANNEL], [PERSON]), []);
    assert.deepEqual(pathsOf([], [PERSON]), ['steps[1].targets[1].channel_id']);
    const people = ['steps[0].targets[0].responder_id', 'steps[1].targets[2].responder_id'];
    assert.deepEqual(pathsOf([CHANNEL], []), people);
  });

  test('have one order of fields, in whatever order they came back', () => {
    const { targets: _, ...rest } = createStep(5);
    const targets = [toPerson, toChannel, { type: 'rules' } as const];
    const step = { ...rest, targets };
    const turned = {
      targets: [
        { responderId: PERSON, type: 'responder' } as const,
        { channelId: CHANNEL, type: 'channel' } as const,
        { type: 'rules' } as const,
      ],
      ...rest,
    };
    assert.notEqual(JSON.stringify(turned), JSON.stringify(step));
    assert.equal(JSON.stringify(copyStep(turned)), JSON.stringify(copyStep(step)));
    assert.deepEqual(copyStep(turned), step);
  });
});
