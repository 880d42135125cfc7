import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatInstant, type Instant, isTimeZone } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { ALERT_STATUSES } from '#kernel/words/lifecycle.ts';
import type { ImportedAlert } from '#app/import/imported-alert.ts';
import { instantOf } from '#test/support/clock.ts';
import { convertSentinelAlert } from './alert.ts';
import type { SentinelOrigin } from './file.ts';

const NOW = instantOf('2026-11-16T08:00:00Z');
const ZONE = 'Europe/Paris';

function convert(fields: JsonObject, origin: SentinelOrigin = 'active'): ImportedAlert {
  const conversion = convertSentinelAlert(
    { alertId: 'fall-1', origin, fields: { created_at: '2026-11-16T08:30:00', ...fields } },
    { zone: ZONE, now: NOW },
  );
  assert.ok(conversion.ok, conversion.ok ? '' : conversion.sentence);
  return conversion.alert;
}

/** UTC, without the date of today. */
function show(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at).replace('2026-11-16T', '').replace('.000Z', '');
}

function linesOf(alert: ImportedAlert): readonly string[] {
  return alert.entries.map(({ at, kind, detail, by }) =>
    [show(at), kind, detail, by === null ? '' : `(${by})`].join(' ').trim(),
  );
}

/** The rest: `details`, and other fields. */
const event = (time: string, kind: string, rest: JsonValue = {}): JsonObject => ({
  timestamp: `2026-11-16T${time}`,
  event: kind,
  ...(isJsonObject(rest) ? rest : { details: rest }),
});

describe('an alert of the fall-alert manager', () => {
  test('keeps its fields, under whatever name they were written', () => {
    const alert = convert({
      status: 'PENDING',
      type: 'CHUTE',
      titre: 'Chute détectée – salon',
      message: 'Au sol\ndepuis 12 s',
      gravite: 'Élevée',
      cameraId: 'cam_salon',
      appareil_id: 'boitier-7',
      zone: 14,
      image_path: '/var/www/alertes/1.jpg',
      audio_relay_ws: 'wss://relais.example/7',
      camera_ip_map: '{"cam_salon": "192.168.1.21"}',
      test: true,
    });
    assert.equal(alert.title, 'Chute détectée – salon');
    assert.equal(alert.severity, 'high');
    assert.deepEqual(alert.labels, { type: 'CHUTE' });
    assert.deepEqual(alert.annotations, { message: 'Au sol depuis 12 s' });
    assert.deepEqual(
      [alert.cameraId, alert.deviceId, alert.areaId, alert.image, alert.audioRelayWs],
      ['cam_salon', 'boitier-7', '14', '/var/www/alertes/1.jpg', 'wss://relais.example/7'],
    );
    assert.deepEqual(alert.cameraIpMap, { cam_salon: '192.168.1.21' });
    assert.equal(alert.isTest, true);
    assert.deepEqual(alert.warnings, []);
  });

  test('is critical when it does not say, and has a title when it has none', () => {
    assert.equal(convert({ status: 'PENDING' }).severity, 'critical');
    assert.equal(convert({ status: 'PENDING' }).title, 'Alert fall-1');
    assert.equal(convert({ status: 'PENDING', type: 'CHUTE' }).title, 'CHUTE');
    assert.equal(convert({ status: 'PENDING', message: 'Au sol' }).title, 'Au sol');
  });

  test('keeps what nobody knows beside what its detector said', () => {
    const alert = convert({
      id: 'fall-1',
      status: 'PENDING',
      analyse: '{"confiance": 0.94}',
      modele: 'yolo-pose-7',
      __proto__x: { a: 1 },
    });
    assert.deepEqual(alert.analyse, {
      confiance: 0.94,
      sentinel: { modele: 'yolo-pose-7', __proto__x: { a: 1 } },
    });
    assert.deepEqual(convert({ status: 'PENDING', analyse: 'floue' }).analyse, { text: 'floue' });
  });

  test('leaves out of analyse what is too large, and says so', () => {
    const alert = convert({ status: 'PENDING', blob: 'x'.repeat(LIMITS.payloadCharsMax), b: 1 });
    assert.deepEqual(alert.analyse, { sentinel: { b: 1 } });
    assert.deepEqual(alert.warnings, ['blob was left out: it is too large']);
  });

  test('never offers sound that travels in clear, and keeps its address as a note', () => {
    const alert = convert({ status: 'PENDING', audio_relay_ws: 'ws://203.0.113.17:8765/audio' });
    assert.equal(alert.audioRelayWs, null);
    assert.ok(
      linesOf(alert).includes(
        '07:30:00 NOTE audio_relay_ws was ws://203.0.113.17:8765/audio, which is not encrypted',
      ),
    );
    assert.match(alert.warnings.join(' '), /not encrypted/);
  });

  test('does not take the camera that stands for none for a camera', () => {
    const alert = convert({ status: 'PENDING', camera_id: 'cam_default' });
    assert.equal(alert.cameraId, null);
    assert.ok(linesOf(alert).includes('07:30:00 NOTE camera_id was cam_default'));
  });

  test('keeps a map of cameras that cannot be read as text, and leaves out what is none', () => {
    assert.equal(convert({ status: 'PENDING', camera_ip_map: '{oops' }).cameraIpMap, '{oops');
    assert.equal(convert({ status: 'PENDING', camera_ip_map: [1] }).cameraIpMap, null);
  });
});

describe('its status', () => {
  test('that is no word of ours leaves it open, and says so', () => {
    for (const status of ['BANANA', '', 7, null]) {
      const alert = convert({ status });
      assert.equal(alert.status, 'PENDING', String(status));
      assert.match(alert.warnings.join(' '), /no status/);
    }
  });

  test('in small letters is what it says', () => {
    const alert = convert({ status: 'acknowledged', updated_at: '2026-11-16T08:41:00' });
    assert.equal(alert.status, 'ACKNOWLEDGED');
    assert.deepEqual(
      [show(alert.acknowledgedAt), alert.acknowledgedBy, alert.intent],
      ['07:41:00', 'unknown', 'seen'],
    );
    assert.match(alert.warnings.join(' '), /"acknowledged" was read as ACKNOWLEDGED/);
  });

  test('RESOLVED is unconfirmed unless it says how it ended', () => {
    const outcomes = ['', 'fausse alerte', 'Faux_Positif', 'help_sent', 'on verra'].map(
      (resolution) => convert({ status: 'RESOLVED', resolution }).outcome,
    );
    assert.deepEqual(outcomes, [
      'unconfirmed',
      'false_alarm',
      'false_alarm',
      'help_sent',
      'unconfirmed',
    ]);
  });

  test('EXPIRED stays on the board from the active file, and is closed from the history', () => {
    const fields = { status: 'EXPIRED', updated_at: '2026-11-16T08:45:00' };
    const active = convert(fields);
    assert.deepEqual(
      [show(active.expiredAt), active.closedAt, active.archivedAt],
      ['07:45:00', null, null],
    );
    const old = convert({ ...fields, archived_at: '2026-11-16T08:50:00' }, 'history');
    assert.deepEqual(
      [show(old.expiredAt), show(old.closedAt), old.closedBy, show(old.archivedAt)],
      ['07:45:00', '07:50:00', 'Sentinel', '07:50:00'],
    );
    assert.ok(linesOf(old).includes('07:50:00 CLOSED archived by Sentinel'));
  });

  test('that is open in the history is over here too', () => {
    const ends = ['PENDING', 'SEEN', 'ACKNOWLEDGED', 'TRAITÉE'].map(
      (status) => convert({ status }, 'history').status,
    );
    assert.deepEqual(ends, ['EXPIRED', 'EXPIRED', 'RESOLVED', 'EXPIRED']);
  });

  test('replays from the events; what does not lead to it is kept as a note', () => {
    const alert = convert({
      status: 'ACKNOWLEDGED',
      events: [
        event('08:30:00', 'CREATED'),
        event('08:30:10', 'STATUS_CHANGED', 'PENDING -> DELIVERED'),
        event('08:30:20', 'STATUS_CHANGED', 'DELIVERED -> DELIVERED'),
        event('08:31:00', 'STATUS_CHANGED', {
          details: 'DELIVERED -> ACKNOWLEDGED | j’arrive',
          user: 'Claire',
        }),
        event('08:32:00', 'STATUS_CHANGED', 'ACKNOWLEDGED -> BANANA'),
        event('08:33:00', 'STATUS_CHANGED', { details: { new_status: 'SEEN' }, to: 'SEEN' }),
      ],
    });
    assert.deepEqual(linesOf(alert), [
      '07:30:00 CREATED critical, raised by Sentinel',
      '07:30:10 STATUS_CHANGED PENDING -> DELIVERED',
      '07:30:20 NOTE STATUS_CHANGED | DELIVERED -> DELIVERED',
      '07:31:00 STATUS_CHANGED DELIVERED -> ACKNOWLEDGED | seen | j’arrive (Claire)',
      '07:32:00 NOTE STATUS_CHANGED | ACKNOWLEDGED -> BANANA',
      '07:33:00 NOTE STATUS_CHANGED | {"new_status":"SEEN"}',
    ]);
    assert.equal(alert.acknowledgedBy, 'Claire');
    assert.equal(show(alert.deliveredAt), '07:30:10');
    assert.equal(alert.seenAt, null);
  });

  test('whose change the events lack gets it, at the time that the alert says', () => {
    const alert = convert({
      status: 'RESOLVED',
      resolved_at: '2026-11-16T08:50:00',
      events: [
        event('08:30:00', 'CREATED'),
        event('08:40:00', 'STATUS_CHANGED', 'PENDING -> SEEN'),
      ],
    });
    assert.ok(
      linesOf(alert).includes(
        '07:50:00 STATUS_CHANGED SEEN -> RESOLVED | unconfirmed | its own record lacks the change',
      ),
    );
    assert.equal(show(alert.resolvedAt), '07:50:00');
  });

  test('PENDING after an answer that was lost is PENDING: nobody knows of the answer', () => {
    const alert = convert({
      status: 'PENDING',
      acknowledged_at: '2026-11-16T08:31:00',
      events: [event('08:31:00', 'STATUS_CHANGED', 'PENDING -> ACKNOWLEDGED')],
    });
    assert.equal(alert.acknowledgedAt, null);
    assert.ok(linesOf(alert).includes('07:31:00 NOTE STATUS_CHANGED | PENDING -> ACKNOWLEDGED'));
  });
});

describe('its calls', () => {
  test('that were sent again are rounds, by their number or by when they were', () => {
    const alert = convert({
      status: 'PENDING',
      notification_count: 3,
      escalation_level: 2,
      events: [
        event('08:30:00', 'NOTIFICATION_SENT', 'Notification initiale'),
        event('08:35:05', 'NOTIFICATION_RESENT', 'Rappel 2 (level 1, send #2)'),
        event('08:40:05', 'NOTIFICATION_RESENT'),
      ],
    });
    const rounds = alert.entries.filter(({ kind }) => kind === 'ESCALATED');
    assert.deepEqual(
      rounds.map(({ stepDelayS }) => stepDelayS),
      [300, 600],
    );
    assert.deepEqual([alert.reminderCount, alert.sentDelayS], [2, 600]);
    assert.equal(show(alert.lastNotificationAt), '07:40:05');
    assert.ok(
      linesOf(alert).includes(
        '07:30:00 NOTIFICATION_SENT Notification initiale | as the old program recorded it, \
without a receipt',
      ),
    );
  });

  test('count from its level 1 on, which is its second step: it never sent the first', () => {
    const sent = [0, 1, 2, 3, 4, 99].map(
      (escalation_level) => convert({ status: 'PENDING', escalation_level }).sentDelayS,
    );
    assert.deepEqual(sent, [null, 300, 600, 1_200, 1_800, 1_800]);
  });

  test('that are counted and not told are told; a count that cannot be is not believed', () => {
    const alert = convert({
      status: 'PENDING',
      notification_count: 3,
      last_notification: '2026-11-16T08:40:00',
    });
    assert.equal(alert.reminderCount, 2);
    const lines = linesOf(alert).filter((line) => line.includes('ESCALATED'));
    assert.deepEqual(lines, Array(2).fill('07:40:00 ESCALATED counted, but not among its events'));
    const wild = convert({ status: 'PENDING', notification_count: 1e9 });
    assert.equal(wild.reminderCount, 0);
    assert.match(wild.warnings.join(' '), /more than can be/);
  });

  test('that nobody recorded leave open whether anyone was called', () => {
    assert.equal(convert({ status: 'PENDING' }).isFirstRoundRecorded, false);
    assert.equal(convert({ status: 'PENDING', notification_count: 1 }).isFirstRoundRecorded, true);
  });
});

describe('its times', () => {
  test('are local ones, with and without microseconds, or carry their offset', () => {
    const times = [
      '2026-11-16T08:30:00',
      '2026-11-16 08:30:00.000123',
      '2026-11-16T07:30:00+00:00',
      '2026-11-16T07:30:00Z',
      1_794_814_200,
      1_794_814_200_000,
    ].map((created_at) => show(convert({ status: 'PENDING', created_at }).createdAt));
    assert.deepEqual(times, Array(6).fill('07:30:00'));
  });

  test('in the hour that came twice follow one another as its events do', () => {
    const alert = convert({
      status: 'RESOLVED',
      created_at: '2026-10-25T02:50:00',
      updated_at: '2026-10-25T02:10:00',
      events: ['02:50:00', '02:55:05', '02:00:10', '02:05:00'].map((time) => ({
        timestamp: `2026-10-25T${time}`,
        event: 'NOTE',
      })),
    });
    const notes = alert.entries.filter(({ kind }) => kind === 'NOTE');
    assert.deepEqual(
      notes.map(({ at }) => formatInstant(at).slice(11, 19)),
      ['00:50:00', '00:55:05', '01:00:10', '01:05:00'],
    );
    assert.equal(formatInstant(alert.updatedAt), '2026-10-25T01:10:00.000Z');
    assert.match(alert.warnings.join(' '), /the hour that came twice/);
  });

  test('in the hour that was left out are moved forward, and it is said', () => {
    const alert = convert({ status: 'RESOLVED', created_at: '2026-03-29T02:30:00' });
    assert.equal(formatInstant(alert.createdAt), '2026-03-29T01:30:00.000Z');
    assert.match(alert.warnings.join(' '), /created_at is in the hour that the clocks jumped over/);
  });

  test('that lie in the future are now, and ask whether the zone is right', () => {
    const alert = convert({ status: 'PENDING', created_at: '2026-11-16T10:00:00' });
    assert.equal(alert.createdAt, NOW);
    assert.match(alert.warnings.join(' '), /is the time zone Europe\/Paris right/);
  });

  test('of the creation come from the first event, or from any other, when it has none', () => {
    const events = [event('08:40:00', 'NOTE')];
    const first = convert({ status: 'PENDING', created_at: null, events });
    assert.equal(show(first.createdAt), '07:40:00');
    const updated = convert({
      status: 'PENDING',
      created_at: 'hier',
      updated_at: '2026-11-16T08:45:00',
    });
    assert.equal(show(updated.createdAt), '07:45:00');
    const none = convertSentinelAlert(
      { alertId: 'fall-1', origin: 'active', fields: { status: 'PENDING' } },
      { zone: ZONE, now: NOW },
    );
    assert.deepEqual(none, { ok: false, sentence: 'says at no place when it was' });
  });

  test('of events that have none are those of the event before', () => {
    const alert = convert({
      status: 'PENDING',
      events: [event('08:40:00', 'NOTE', 'a'), { event: 'NOTE', details: 'b' }, 'c', null],
    });
    assert.deepEqual(linesOf(alert).slice(1), [
      '07:40:00 NOTE NOTE | a',
      '07:40:00 NOTE NOTE | b',
      '07:40:00 NOTE NOTE | c',
      '07:40:00 NOTE NOTE',
    ]);
  });
});

const word = fc.constantFrom(
  ...ALERT_STATUSES,
  'acknowledged',
  'BANANA',
  'PENDING -> SEEN',
  '2026-10-25T02:30:00',
  '2026-11-16 08:31:00.123456',
  '2026-03-29T02:30:00',
  '2026-11-16T08:31:00+01:00',
  '',
  'level 2',
);
const anyValue = fc.oneof(word, fc.jsonValue(), fc.integer(), fc.constant(null));
const anyEvent = fc.dictionary(
  fc.constantFrom('timestamp', 'event', 'details', 'to', 'level', 'by', 'x'),
  fc.oneof(word, fc.constantFrom('STATUS_CHANGED', 'NOTIFICATION_RESENT', 'CREATED'), anyValue),
);
const anyFields = fc.dictionary(
  fc.constantFrom(
    'status',
    'created_at',
    'updated_at',
    'acknowledged_at',
    'seen_at',
    'resolved_at',
    'archived_at',
    'notification_count',
    'last_notification',
    'escalation_level',
    'camera_ip_map',
    'analyse',
    'audio_relay_ws',
    'title',
    'resolution',
    '__proto__',
  ),
  anyValue,
);

describe('whatever stands in the file', () => {
  test('property: it is imported or refused with a sentence, and replays to its status', () => {
    assert.ok(isTimeZone(ZONE));
    const events = fc.oneof(fc.array(fc.oneof(anyEvent, fc.jsonValue())), fc.jsonValue());
    const origin = fc.constantFrom('active' as const, 'history' as const);
    fc.assert(
      fc.property(anyFields, events, origin, (known, list, from) => {
        const fields = parseFields({ ...known, events: list });
        const conversion = convertSentinelAlert(
          { alertId: 'fall-1', origin: from, fields },
          { zone: ZONE, now: NOW },
        );
        if (!conversion.ok) return;
        const { alert } = conversion;
        assert.equal(replay(alert), alert.status);
        assert.equal(alert.entries.filter(({ kind }) => kind === 'CREATED').length, 1);
        const rounds = alert.entries.filter(({ kind }) => kind === 'ESCALATED').length;
        assert.equal(rounds, alert.reminderCount);
        assert.ok(alert.entries.every(({ at }) => at <= NOW));
        assert.ok(alert.entries.every(({ detail }) => detail.length <= LIMITS.detailCharsMax));
        assert.equal(from === 'history', alert.archivedAt !== null);
      }),
      { numRuns: 1_000 },
    );
  });
});

function parseFields(value: unknown): JsonObject {
  const fields = JSON.parse(JSON.stringify(value)) as JsonValue;
  assert.ok(isJsonObject(fields));
  return fields;
}

/** Each change must begin where the one before it ended. */
function replay(alert: ImportedAlert): string {
  let status = 'PENDING';
  for (const { kind, detail } of alert.entries) {
    if (kind !== 'STATUS_CHANGED') continue;
    const [from = '', to = ''] = (detail.split(' | ')[0] ?? '').split(' -> ');
    assert.equal(from, status, detail);
    status = to;
  }
  return status;
}
