import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Project } from '#access/key.ts';
import type { ConfiguredChannel } from '#delivery/settings/configured-channel.ts';
import type { Rule } from '#delivery/rule.ts';
import type { AlertCommand } from '#kernel/effect.ts';
import { alertId } from '#kernel/id.ts';
import { isJsonObject } from '#kernel/syntax/json.ts';
import { type Instant, MS_PER_SECOND, plusMs } from '#kernel/instant.ts';
import { EVENT_TYPES, isOpen } from '#kernel/words/lifecycle.ts';
import type { Responder } from '#kernel/calling/responder.ts';
import type { Policy } from '#kernel/calling/policy.ts';
import { TIMER } from '#kernel/principal.ts';
import {
  createOccurrence,
  createPerson,
  POLICY,
  PROJECT,
  REPORTER,
  SOURCE,
  START,
} from '#test/support/samples/alert.ts';
import {
  createChannel,
  createProject,
  createRule,
  REDACTOR,
} from '#test/support/samples/delivery.ts';
import { createPolicy, createStep } from '#test/support/samples/escalation.ts';
import { createSeededIds } from '#test/support/ids.ts';
import {
  type AlertWork,
  createWork,
  type DispatchContext,
  raise,
  runAlertCommand,
  wakeAlert,
} from './dispatch.ts';
import { buildConfig } from './project-config.ts';

const ANNA = createPerson('Anna');
const SEE: AlertCommand = { kind: 'see', by: ANNA, detail: null };
const TAKE: AlertCommand = { kind: 'acknowledge', by: ANNA, detail: null, intent: 'calling' };
const FIX: AlertCommand = { kind: 'resolve', by: ANNA, detail: null, outcome: 'fixed' };
const EXPIRE: AlertCommand = { kind: 'expire', by: TIMER, detail: null };
const END: AlertCommand = { kind: 'end', by: REPORTER, detail: null };
const JOIN: AlertCommand = { kind: 'join', by: REPORTER, occurrence: createOccurrence() };
const REPOST: AlertCommand = { kind: 'repost', by: REPORTER, occurrence: createOccurrence() };

type World = {
  readonly rules?: readonly Rule[];
  readonly channels?: readonly ConfiguredChannel[];
  readonly policy?: Partial<Policy>;
  readonly project?: Partial<Project>;
  readonly responders?: readonly Responder[];
  readonly occurrence?: Parameters<typeof createOccurrence>[0];
};

const context = (now: Instant = START): DispatchContext => ({
  ids: createSeededIds(),
  now,
  settings: { listeningSince: START },
});

const at = (seconds: number): DispatchContext => context(plusMs(START, seconds * MS_PER_SECOND));

function configure(world: World) {
  const { rules = [createRule(1)], channels = [createChannel(1)] } = world;
  return buildConfig({
    project: createProject(world.project),
    sources: [],
    policies: [],
    channels,
    rules,
    responders: world.responders ?? [],
    redactor: REDACTOR,
  });
}

/** A new alert in the flush that raises it. */
function raiseIn(world: World = {}): AlertWork {
  return raise(
    {
      projectId: PROJECT,
      alertId: alertId('fall-5'),
      alertKey: '0190a000-0000-7000-8000-0000000000c1',
      sourceId: SOURCE,
      policyId: POLICY,
      previousAlertId: null,
      occurrence: createOccurrence(world.occurrence),
      by: REPORTER,
    },
    { policy: createPolicy(world.policy), snapshotId: 'snapshot', config: configure(world) },
    context(),
  );
}

/** The same alert, loaded in a later transaction. */
function reload(work: AlertWork): AlertWork {
  return createWork(work);
}

/** One line each: `alert.created call pending`. */
const listRows = (work: AlertWork) =>
  work.notifications.map(({ eventType, purpose, status }) => `${eventType} ${purpose} ${status}`);

const listTimeline = (work: AlertWork) =>
  work.timeline.map(({ kind, detail }) => `${kind} ${detail}`);

describe('a new alert', () => {
  test('is raised, its calling started and its first round planned in one go', () => {
    const work = raiseIn();
    assert.deepEqual([work.isAlertNew, work.isAlertChanged], [true, false]);
    assert.equal(work.isEscalationNew, true);
    assert.deepEqual(listRows(work), ['alert.created call pending']);
    assert.equal(work.escalation?.calledCount, 1);
    const line = 'CREATED critical, raised by cameras | calling channel 1';
    assert.deepEqual(listTimeline(work), [line]);
  });

  test('shows in its message what it is and what comes next', () => {
    const alert = raiseIn().notifications[0]?.eventPayload['alert'];
    assert.ok(isJsonObject(alert));
    assert.deepEqual([alert['alert_id'], alert['status']], ['fall-5', 'PENDING']);
    const step = alert['next_step'];
    assert.ok(isJsonObject(step));
    assert.equal(step['due_at'], '2026-11-16T08:02:00.000Z');
  });

  test('that reaches nobody says so, and counts nobody as called', () => {
    const work = raiseIn({ rules: [] });
    assert.equal(work.escalation?.calledCount, 0);
    assert.match(listTimeline(work)[0] ?? '', /^CREATED .* \| nobody is called/);
    assert.deepEqual(work.notifications, []);
  });

  test('whose only channel is switched off reaches nobody, and keeps the skipped row', () => {
    const work = raiseIn({ channels: [createChannel(1, { isActive: false })] });
    assert.equal(work.escalation?.calledCount, 0);
    assert.match(listTimeline(work)[0] ?? '', /nobody is called/);
    assert.deepEqual(listRows(work), ['alert.created call skipped']);
  });

  test('is matched by rules on its labels and on its fields', () => {
    const rules = [
      createRule(1, { matchers: ['room=5', 'severity=critical', 'is_test=false'] }),
      createRule(2, { matchers: ['source_kind=alertmanager'] }),
      createRule(3, { matchers: ['status=PENDING', 'priority=critical', 'device_id=""'] }),
    ];
    const channels = [createChannel(1), createChannel(2), createChannel(3)];
    const work = raiseIn({ rules, channels });
    assert.deepEqual(
      work.notifications.map(({ target }) => target),
      ['channel 1', 'channel 3'],
    );
  });
});

describe('an alert that a device is silent', () => {
  const labels = { alertname: 'device.silent' };
  const rules = [
    createRule(1, { eventTypes: ['device.silent'] }),
    createRule(2, { eventTypes: ['device.silent', 'alert.created'] }),
    createRule(3, { eventTypes: ['alert.created'] }),
    createRule(4, { eventTypes: ['source.silent', 'alert.escalated'] }),
  ];
  const channels = [1, 2, 3, 4].map((number) => createChannel(number));
  const listTargets = (work: AlertWork) => work.notifications.map(({ target }) => target);

  test('goes to whoever asks for such alerts or for all of them, once', () => {
    const work = raiseIn({ rules, channels, occurrence: { labels } });
    assert.deepEqual(listTargets(work), ['channel 1', 'channel 2', 'channel 3']);
    assert.deepEqual(new Set(listRows(work)), new Set(['alert.created call pending']));
  });

  test('goes to them once more when nobody answers until it expires, and in no other round', () => {
    const policy = { steps: [createStep(60)] };
    const work = reload(raiseIn({ rules, channels, policy, occurrence: { labels } }));
    wakeAlert(work, at(60));
    assert.deepEqual(listTargets(work), ['channel 4']);
    const last = reload(work);
    runAlertCommand(last, EXPIRE, at(7_200));
    assert.deepEqual(listTargets(last), ['channel 1', 'channel 2', 'channel 3', 'channel 4']);
  });

  test('any other alert does not go to those who ask for silent devices alone', () => {
    const work = raiseIn({ rules, channels });
    assert.deepEqual(listTargets(work), ['channel 2', 'channel 3']);
  });
});

describe('an answer in the flush that raised the alert', () => {
  for (const command of [TAKE, FIX, END]) {
    test(`${command.kind}: the calls that were planned are never made`, () => {
      const work = raiseIn();
      runAlertCommand(work, command, context());
      assert.deepEqual(listRows(work), []);
      assert.equal(work.isCancellingCalls, true);
      assert.equal(work.isAlertChanged, true);
    });
  }

  test('notices of the answer stay', () => {
    const rules = [createRule(1, { eventTypes: EVENT_TYPES })];
    const work = raiseIn({ rules });
    runAlertCommand(work, TAKE, context());
    assert.deepEqual(listRows(work), ['alert.acknowledged notice pending']);
    runAlertCommand(work, FIX, context());
    assert.deepEqual(listRows(work), [
      'alert.acknowledged notice pending',
      'alert.resolved notice pending',
    ]);
  });

  test('seen is no answer: the calls stay', () => {
    const work = raiseIn();
    runAlertCommand(work, SEE, context());
    assert.deepEqual(listRows(work), ['alert.created call pending']);
    assert.equal(work.isCancellingCalls, false);
  });
});

describe('an answer in a later transaction', () => {
  test('cancels what waits, tells who asked, and leaves nothing due but its own end', () => {
    const work = reload(raiseIn({ rules: [createRule(1, { eventTypes: EVENT_TYPES })] }));
    assert.deepEqual(runAlertCommand(work, TAKE, at(60)), { kind: 'changed' });
    assert.equal(work.isCancellingCalls, true);
    assert.deepEqual(listRows(work), ['alert.acknowledged notice pending']);
    assert.deepEqual([work.escalation?.dueKind, work.isEscalationChanged], ['ack_timeout', true]);
    assert.deepEqual([work.isAlertNew, work.isEscalationNew], [false, false]);
    runAlertCommand(work, FIX, at(61));
    assert.deepEqual([work.escalation?.dueAt, work.escalation?.dueKind], [null, null]);
  });

  test('that is refused changes nothing at all', () => {
    const work = reload(raiseIn());
    runAlertCommand(work, FIX, at(60));
    const after = reload(work);
    const result = runAlertCommand(after, TAKE, at(61));
    assert.equal(result.kind, 'refused');
    assert.deepEqual(after, reload(work));
  });

  test('that is only recorded is on the timeline, and the row of the alert is left alone', () => {
    const work = reload(raiseIn());
    runAlertCommand(work, TAKE, at(60));
    const again = reload(work);
    assert.deepEqual(runAlertCommand(again, TAKE, at(61)), { kind: 'recorded' });
    // What went out since, because it happened again, is answered by it too.
    assert.deepEqual([again.isAlertChanged, again.isCancellingCalls], [false, true]);
    assert.deepEqual(listTimeline(again), [
      'RECEIPT ACKNOWLEDGED (calling) while ACKNOWLEDGED, nothing changed',
    ]);
  });

  test('a late answer to an expired alert saves the alert and calls nobody', () => {
    const work = reload(raiseIn());
    runAlertCommand(work, EXPIRE, at(60));
    const late = reload(work);
    assert.deepEqual(runAlertCommand(late, TAKE, at(90)), { kind: 'recorded' });
    assert.equal(late.isAlertChanged, true);
    assert.deepEqual(late.notifications, []);
  });
});

describe('what is due', () => {
  test('a step is told on the timeline with its level, its number and whom it went to', () => {
    const work = reload(raiseIn());
    wakeAlert(work, at(120));
    assert.deepEqual(listRows(work), ['alert.escalated call pending']);
    assert.deepEqual(listTimeline(work), [
      'ESCALATED after 120 s | level 1, send #2, high | calling channel 1',
    ]);
    assert.equal(work.escalation?.calledCount, 1);
  });

  test('a step that reaches nobody says so', () => {
    const rules = [createRule(1, { eventTypes: ['alert.created'] })];
    const work = reload(raiseIn({ rules }));
    wakeAlert(work, at(120));
    assert.match(listTimeline(work)[0] ?? '', /send #2, high \| nobody is called/);
    assert.equal(work.escalation?.calledCount, 0);
  });

  test('expiry moves the alert, cancels the calls before it and calls once more', () => {
    const work = reload(raiseIn({ policy: { steps: [], expireAfterS: 60 } }));
    wakeAlert(work, at(60));
    assert.deepEqual([work.alert.status, work.isAlertChanged], ['EXPIRED', true]);
    assert.equal(work.isCancellingCalls, true);
    assert.deepEqual(listRows(work), ['alert.expired call pending']);
    assert.deepEqual(
      listTimeline(work).map((line) => line.split(' ')[0]),
      ['STATUS_CHANGED', 'ESCALATED'],
    );
  });

  test('the end of the report resolves the alert', () => {
    const work = reload(raiseIn({ policy: { steps: [] } }));
    work.alert = { ...work.alert, endsAt: plusMs(START, 60_000) };
    wakeAlert(work, at(60));
    assert.deepEqual([work.alert.status, work.alert.outcome], ['RESOLVED', 'resolved_by_source']);
    assert.equal(work.escalation?.dueAt, null);
  });

  test('an acknowledgement that ran out calls again, or resolves', () => {
    for (const action of ['escalate', 'resolve'] as const) {
      const work = reload(raiseIn({ policy: { ackTimeoutS: 60, ackTimeoutAction: action } }));
      runAlertCommand(work, TAKE, at(0));
      const later = reload(work);
      wakeAlert(later, at(60));
      assert.equal(later.alert.status, action === 'resolve' ? 'RESOLVED' : 'ACKNOWLEDGED');
      const rows = action === 'resolve' ? [] : ['alert.escalated call pending'];
      assert.deepEqual(listRows(later), rows);
    }
  });

  test('nothing: nothing changes but the look at it', () => {
    const work = reload(raiseIn());
    wakeAlert(work, at(119));
    assert.deepEqual([work.notifications, work.timeline, work.isAlertChanged], [[], [], false]);
  });
});

describe('reports', () => {
  test('a re-post only moves the time, and looks anew at what is due', () => {
    const work = reload(raiseIn());
    const endsAt = plusMs(START, 90_000);
    const occurrence = createOccurrence({ endsAt });
    runAlertCommand(work, { ...REPOST, kind: 'repost', occurrence, by: REPORTER }, at(60));
    assert.deepEqual([work.escalation?.dueKind, work.escalation?.dueAt], ['source_end', endsAt]);
    assert.deepEqual([work.notifications, work.timeline], [[], []]);
    assert.equal(work.isAlertChanged, true);
  });

  test('a join of what someone has taken calls again, and is told', () => {
    const work = reload(raiseIn());
    runAlertCommand(work, TAKE, at(10));
    const again = reload(work);
    runAlertCommand(again, JOIN, at(20));
    assert.deepEqual(listRows(again), ['alert.escalated call pending']);
    assert.deepEqual(listTimeline(again), [
      'JOINED occurrence 2, reported by cameras',
      'ESCALATED Again | level 0, send #2, critical | calling channel 1',
    ]);
  });
});

describe('the version of an alert', () => {
  const versionOf = (work: AlertWork) => [work.alert.version, work.isAlertChanged];

  test('rises with a round, and the message of the round has it already', () => {
    const work = reload(raiseIn());
    wakeAlert(work, at(120));
    assert.deepEqual(versionOf(work), [2, true]);
    assert.equal(work.alert.updatedAt, at(120).now);
    const alert = work.notifications[0]?.eventPayload['alert'];
    assert.ok(isJsonObject(alert));
    assert.deepEqual([alert['version'], alert['notification_count']], [2, 2]);
  });

  test('rises once, however much one transaction changes', () => {
    const work = reload(raiseIn());
    runAlertCommand(work, TAKE, at(60));
    assert.deepEqual(versionOf(work), [2, true]);
  });

  test('rises with a note while it is open, not when it is over', () => {
    const note = { kind: 'note', by: REPORTER, detail: 'She is in bed 3' } as const;
    const work = reload(raiseIn());
    runAlertCommand(work, note, at(60));
    assert.deepEqual(versionOf(work), [2, true]);
    runAlertCommand(work, FIX, at(70));
    const over = reload(work);
    runAlertCommand(over, note, at(80));
    assert.deepEqual([over.alert.version, over.timeline.length], [work.alert.version, 1]);
  });

  test('stays with a look at what is not due', () => {
    const work = reload(raiseIn());
    wakeAlert(work, at(60));
    assert.deepEqual(versionOf(work), [1, false]);
  });

  test('stays while only the end of the source comes nearer or goes away', () => {
    const repost = (work: AlertWork, seconds: number) => {
      const occurrence = createOccurrence({ endsAt: at(seconds + 30).now });
      const command = { ...REPOST, kind: 'repost', occurrence, by: REPORTER } as const;
      runAlertCommand(work, command, at(seconds));
    };
    const work = reload(raiseIn());
    repost(work, 10);
    const known = reload(work);
    const before = known.alert.version;
    repost(known, 20);
    assert.equal(known.escalation?.dueAt, at(50).now);
    assert.equal(known.alert.version, before);
  });
});

describe('property: any flushes of any commands', () => {
  const anyCommand = fc.constantFrom(SEE, TAKE, FIX, EXPIRE, END, JOIN, REPOST);
  const anyFlush = fc.record({
    waitS: fc.nat(2_000),
    isWaking: fc.boolean(),
    commands: fc.array(anyCommand, { maxLength: 4 }),
  });

  test('effects end, no call survives an answer, and no message is planned twice', () => {
    const rules = [createRule(1, { eventTypes: EVENT_TYPES })];
    const steps = [createStep(120), createStep(300)];
    fc.assert(
      fc.property(fc.array(anyFlush, { maxLength: 8 }), (flushes) => {
        let work = raiseIn({ rules, policy: { steps, ackTimeoutAction: 'escalate' } });
        let now = START;
        const keys = new Set<string>();
        for (const { waitS, isWaking, commands } of flushes) {
          now = plusMs(now, waitS * MS_PER_SECOND);
          if (isWaking) wakeAlert(work, context(now));
          for (const command of commands) runAlertCommand(work, command, context(now));
          checkFlush(work, keys);
          work = reload(work);
        }
      }),
      { numRuns: 300 },
    );
  });

  function checkFlush(work: AlertWork, keys: Set<string>): void {
    for (const row of work.notifications) {
      const key = `${row.transition} ${row.channelId}`;
      assert.ok(!keys.has(key), `${key} twice`);
      keys.add(key);
      const isTold = row.purpose === 'notice' || row.eventType === 'alert.expired';
      assert.ok(isTold || isOpen(work.alert.status), 'a call about an alert that is over');
    }
    assert.equal(work.escalation?.dueAt === null, !isOpen(work.alert.status));
    if (work.timeline.length > 0) assert.ok(work.timeline.every(({ detail }) => detail !== ''));
  }
});
