import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '#kernel/limits.ts';
import { at, readSourceFixture, readWith } from '#test/support/samples/sources.ts';
import { EDGE } from './edge.ts';

const NOW = at('2026-03-18T08:03:20Z');
const read = readWith(EDGE, { now: NOW });
const FALL = { alarm_type: 'fall', device_id: 'edge_box_01', camera_id: 'camera_12' };

describe('an alarm of a box as it was recorded', () => {
  test('has its place, its time, its picture and what the detector said', () => {
    const report = read.one(readSourceFixture('edge/alarm'));
    assert.equal(report.title, 'Post left, camera_12');
    assert.equal(report.severity, 'high');
    assert.deepEqual(
      [report.deviceId, report.cameraId, report.areaId],
      ['edge_box_01', 'camera_12', '1317'],
    );
    assert.deepEqual(report.labels, {
      alarm_type: 'leave_post',
      device_id: 'edge_box_01',
      camera_id: 'camera_12',
      area_id: '1317',
    });
    assert.deepEqual(report.annotations, { alarm_label: '人员离岗' });
    assert.equal(report.providerTs, at('2026-03-18T08:03:12Z'));
    assert.match(report.image ?? '', /^alarms\/2026\/03\/18\/edge_box_01/);
    assert.equal(report.analyse['confidence'], 0.91);
    const ext = report.analyse['ext_data'];
    assert.deepEqual(ext, readSourceFixture('edge/alarm')['ext_data']);
  });

  test('and its end name the same alert', () => {
    const alarm = read.one(readSourceFixture('edge/alarm'));
    const over = read.one(readSourceFixture('edge/alarm-over'));
    assert.deepEqual([alarm.stage, over.stage], ['received', 'resolved']);
    const alertId = 'edge_box_01_camera_12_20260318160312_9f2c1b';
    assert.deepEqual(alarm.identity, { kind: 'own', alertId });
    assert.deepEqual(over.identity, alarm.identity);
    assert.deepEqual(
      [alarm.providerEventId, over.providerEventId],
      [`${alertId}:received`, `${alertId}:resolved`],
    );
  });
});

describe('what a body must have', () => {
  test('one field that says something, whichever it is', () => {
    for (const body of [
      { alarm_id: 'a1' },
      { alarm_id: 0 },
      { alarm_type: 'fall' },
      { alarm_type: 2031616 },
      { title: 'Help' },
      { vlm_description: 'An old man lies on the floor.' },
    ]) {
      assert.equal(read.one(body).stage, 'received', JSON.stringify(body));
    }
  });

  test('else it is refused with what is missing', () => {
    const missing = ['body: needs one of alarm_id, alarm_type, title, vlm_description'];
    for (const body of [{}, { camera_id: 'c' }, { alarm_id: null, title: ' ' }, { title: [] }]) {
      assert.deepEqual(read.faults(body), missing, JSON.stringify(body));
    }
    for (const body of [[], [FALL], '"fall"', 7, null, true]) {
      assert.deepEqual(read.faults(body), ['body: must be an object: one alarm per request']);
    }
  });
});

describe('the type of an alarm', () => {
  const severityOf = (alarmType: unknown) => read.one({ alarm_type: alarmType }).severity;

  test('makes the severity, however it is written', () => {
    for (const word of ['fall', 'FALL', 'Fall-Detection', 'fall_detected', ' 人员跌倒 ', 'fire']) {
      assert.equal(severityOf(word), 'critical', word);
    }
    assert.deepEqual(['intrusion', 'video_loss', 'loitering', 'garbage'].map(severityOf), [
      'high',
      'high',
      'medium',
      'low',
    ]);
  });

  test("that nobody knows is an alarm of the source's default severity", () => {
    const asHigh = readWith(EDGE, { now: NOW, severityDefault: 'high' });
    const strange = ['person_in_pool', '__proto__', 'constructor', 'toString', 2031616, '掉落'];
    for (const word of strange) {
      const report = asHigh.one({ alarm_type: word, camera_id: 'c1' });
      assert.deepEqual([report.stage, report.severity], ['received', 'high'], String(word));
    }
    assert.equal(asHigh.one({ alarm_id: 'x1' }).severity, 'high');
  });

  test('may come as event_type from boxes that have no other word for it', () => {
    const report = read.one({ alarm_id: 'a-1', event_type: 'fall' });
    assert.deepEqual([report.stage, report.severity], ['received', 'critical']);
    const both = read.one({ alarm_type: 'fire', event_type: 'update' });
    assert.deepEqual([both.stage, both.labels['alarm_type']], ['updated', 'fire']);
  });

  test('that is a sign of life is no alarm', () => {
    for (const word of ['heartbeat', 'heart-beat', 'KeepAlive']) {
      assert.equal(read.one({ alarm_type: word, device_id: 'b' }).stage, 'heartbeat', word);
    }
  });
});

describe('the severity', () => {
  test('that is given wins; a word or a level that nobody knows does not', () => {
    const severityOf = (fields: object) => read.one({ ...FALL, ...fields }).severity;
    assert.equal(severityOf({ severity: 'low' }), 'low');
    assert.equal(severityOf({ level: 'Warning' }), 'medium');
    assert.equal(severityOf({ severity: '紧急' }), 'critical');
    assert.equal(severityOf({ severity: 'urgent' }), 'critical');
    assert.equal(severityOf({ severity: 'low', level: 'high' }), 'low');
    for (const odd of [1, 5, '3', 'blue', '', null, {}, []]) {
      assert.equal(severityOf({ severity: odd }), 'critical', JSON.stringify(odd));
    }
  });
});

describe('the state', () => {
  const stageOf = (fields: object) => read.one({ ...FALL, ...fields }).stage;

  test('is a new alarm, an update or an end', () => {
    const words = {
      received: ['new', 'START', 'begin', 'firing', 'active', 'alarm', '开始', 'triggered'],
      updated: ['update', 'updated', 'ongoing', '更新'],
      resolved: ['end', 'Resolved', 'recovered', 'clear', 'cleared', 'inactive', ' stop ', '恢复'],
    };
    for (const [stage, list] of Object.entries(words)) {
      for (const word of list) assert.equal(stageOf({ state: word }), stage, word);
    }
  });

  test('is an alarm where no word is known: a duplicate is a nuisance, a silence is not', () => {
    for (const word of ['', 'blah', 'ok', 'normal', 'done', 0, 1, false, null, {}, ['end']]) {
      assert.equal(stageOf({ state: word }), 'received', JSON.stringify(word));
    }
  });

  test('is read from state, status and event_type; the first known word counts', () => {
    assert.equal(stageOf({ status: 'resolved' }), 'resolved');
    assert.equal(stageOf({ event_type: 'end' }), 'resolved');
    assert.equal(stageOf({ state: 'resolved', event_type: 'alarm' }), 'resolved');
    assert.equal(stageOf({ state: 'active', status: 'closed' }), 'received');
    assert.equal(stageOf({ state: 'uploaded', status: 'end' }), 'resolved');
  });
});

describe('which alarm it is', () => {
  const identify = (fields: object) => read.one({ ...FALL, ...fields });

  test('says its alarm_id, if it is a name', () => {
    const names = ['a1', 'fall_12', '1773820992.418-k3f9ab', '1773820992000', 'A:b.c-d'];
    for (const name of [...names, '9'.repeat(13)]) {
      const { identity, providerEventId } = identify({ alarm_id: name });
      assert.deepEqual(identity, { kind: 'own', alertId: name });
      assert.equal(providerEventId, `${name}:received`);
    }
    assert.equal(identify({ alarm_id: 'a1', state: 'update' }).providerEventId, null);
  });

  test('a counter is none: only with box and camera, and a re-post only with its time', () => {
    const event_time = '2026-03-18T08:03:12Z';
    for (const counter of [1, '1', ' 0017 ', '999999999999', -1, 4.2]) {
      const report = identify({ alarm_id: counter, event_time });
      const key = `edge_box_01/camera_12/${String(counter).trim()}`;
      assert.deepEqual(report.identity, { kind: 'key', key });
      assert.equal(report.providerEventId, `${key}@${at(event_time)}:received`);
      assert.equal(report.startsAt, at(event_time));
    }
    assert.equal(identify({ alarm_id: 1 }).providerEventId, null);
    assert.equal(identify({ alarm_id: 1, event_time, state: 'update' }).providerEventId, null);
  });

  test('what cannot be the id of an alert counts like a counter', () => {
    for (const odd of ['告警-1', '{0DD1BEA6}', 'a b', 'x'.repeat(129), '../../etc', 'a/b']) {
      assert.equal(identify({ alarm_id: odd }).identity.kind, 'key', odd);
    }
    const long = identify({ alarm_id: 'x'.repeat(100_000), event_time: '2026-03-18T08:03:12Z' });
    assert.match(long.providerEventId ?? '', /^sha256:[0-9a-f]{64}$/);
  });

  test('no names of box and camera can be mixed up', () => {
    const keys = [
      { device_id: 'a/b', camera_id: 'c' },
      { device_id: 'a', camera_id: 'b/c' },
      { device_id: 'a', camera_id: 'b', alarm_id: '告1' },
      { device_id: 'a%2Fb', camera_id: 'c' },
      { device_id: null, camera_id: 'c' },
      { device_id: 'c', camera_id: null },
    ].map((fields) => JSON.stringify(identify({ alarm_id: 1, ...fields }).identity));
    assert.equal(new Set(keys).size, keys.length);
  });

  test('without an id each is its own; sent again with its time it is the same request', () => {
    const event_time = 1_773_820_992_418;
    const report = identify({ event_time });
    assert.deepEqual(report.identity, { kind: 'single' });
    const id = 'edge_box_01/camera_12/fall@1773820992418:received';
    assert.equal(report.providerEventId, id);
    assert.equal(identify({}).providerEventId, null);
    const nowhere = { alarm_type: 'fall', event_time };
    assert.equal(read.one(nowhere).providerEventId, null);
    assert.equal(read.one({ ...nowhere, alarm_id: 1 }).providerEventId, null);
  });

  test('an id of many digits stays itself when it comes as a number', () => {
    const text = '{"alarm_id":12345678901234567891,"ext_data":{"area_id":9007199254740993}}';
    const report = read.one(text);
    assert.deepEqual(report.identity, { kind: 'own', alertId: '12345678901234567891' });
    assert.equal(report.areaId, '9007199254740993');
  });
});

describe("the box's clock", () => {
  const counter = (event_time: unknown, more: object = {}) =>
    read.one({ ...FALL, alarm_id: 1, event_time, ...more });

  test('is read in every form that boxes have', () => {
    const same = at('2026-03-18T08:03:12Z');
    for (const time of [
      '2026-03-18T16:03:12+08:00',
      '2026-03-18 16:03:12+0800',
      '2026-03-18T08:03:12.000Z',
      1_773_820_992,
      1_773_820_992_000,
      '1773820992',
      '1773820992000',
      1_773_820_992_000_000,
      '1773820992000000000',
      1_773_820_992.0,
    ]) {
      assert.equal(counter(time).providerTs, same, String(time));
      assert.equal(counter(undefined, { timestamp: time }).providerTs, same, String(time));
    }
  });

  test('says nothing where it cannot be a time', () => {
    const odd = [0, -1e300, 1e300, '', 'noon', '2026-13-01T00:00:00Z', true, {}, null, '0'];
    for (const time of [...odd, '2026-03-18 16:03:12']) {
      const report = counter(time);
      assert.deepEqual([report.providerTs, report.startsAt], [null, NOW], JSON.stringify(time));
    }
  });

  test('in a zone that nobody has told us: no time, but a re-post is a re-post', () => {
    const first = counter('2026-03-18 16:03:12');
    assert.equal(first.providerEventId, counter('2026-03-18 16:03:12').providerEventId);
    assert.notEqual(first.providerEventId, counter('2026-03-18 16:03:13').providerEventId);
    assert.match(first.providerEventId ?? '', /@wall/);
  });

  test('unset or hours off: what it said is kept, but an alarm begins now', () => {
    for (const time of ['1970-01-01T00:01:10Z', '2026-03-18T05:00:00Z', '2031-01-01T00:00:00Z']) {
      const report = counter(time);
      assert.equal(report.startsAt, NOW, time);
      assert.equal(report.providerTs, at(time));
    }
    // After each start a clock that is unset says the same again: it tells nothing apart.
    assert.equal(counter('1970-01-01T00:01:10Z').providerEventId, null);
    assert.equal(counter('9999-12-31T23:59:59Z').providerEventId, null);
    assert.notEqual(counter('2026-03-18T05:00:00Z').providerEventId, null);
  });

  test('an end that comes late keeps its time, one of an unset clock is now', () => {
    const over = { state: 'end' };
    const late = counter('2026-03-18T07:00:00Z', over);
    const then = at('2026-03-18T07:00:00Z');
    assert.deepEqual([late.startsAt, late.endsAt], [then, then]);
    for (const time of ['1970-01-01T00:01:10Z', '2026-03-18T09:00:00Z', undefined]) {
      const report = counter(time, over);
      assert.deepEqual([report.startsAt, report.endsAt], [null, null], time);
    }
  });

  test('of an alarm with a name it is shown, if it can be true', () => {
    const start = (event_time: string) =>
      read.one({ ...FALL, alarm_id: 'f1', event_time }).startsAt;
    assert.equal(start('2026-03-18T07:00:00Z'), at('2026-03-18T07:00:00Z'));
    assert.equal(start('2026-03-18T09:00:00Z'), NOW);
    assert.equal(start('1970-01-01T00:00:10Z'), null);
  });
});

describe('the other fields', () => {
  test('a title is plain words with the place', () => {
    const titleOf = (fields: object) => read.one(fields).title;
    assert.equal(titleOf(FALL), 'Fall detected, camera_12');
    assert.equal(titleOf({ alarm_type: 'fall', device_id: 'box' }), 'Fall detected, box');
    assert.equal(titleOf({ alarm_type: 'fall', area_id: 7 }), 'Fall detected, area 7');
    assert.equal(titleOf({ alarm_type: 'man_in_pool', camera_id: 'c' }), 'Alarm: man in pool, c');
    assert.equal(titleOf({ alarm_id: 'a1' }), 'Alarm');
    assert.equal(
      titleOf({ ...FALL, title: ' Old man\r\n\u001b[31mdown\u0007 ' }),
      'Old man [31mdown',
    );
    assert.equal(titleOf({ title: 'x'.repeat(5_000) }).length, LIMITS.titleCharsMax);
  });

  test('the area comes as a number or a text, in ext_data or beside it', () => {
    const areaOf = (fields: object) => read.one({ ...FALL, ...fields }).areaId;
    assert.equal(areaOf({ ext_data: { area_id: 1317 } }), '1317');
    assert.equal(areaOf({ ext_data: { area_id: 'hall' } }), 'hall');
    assert.equal(areaOf({ area_id: 4 }), '4');
    assert.equal(areaOf({ area_id: 4, ext_data: { area_id: 5 } }), '5');
    for (const odd of [null, [], 'x', 3]) assert.equal(areaOf({ ext_data: odd }), null);
  });

  test('confidence is 0 to 1, whatever scale the box has, or none', () => {
    const confidenceOf = (confidence: unknown) =>
      read.one({ ...FALL, confidence }).analyse['confidence'] ?? null;
    const scales = [0, 0.5, 1, '0.91', 91, '91%', '0.5%', 100];
    assert.deepEqual(scales.map(confidenceOf), [0, 0.5, 1, 0.91, 0.91, 0.91, 0.005, 1]);
    for (const odd of [-1, 197.5, 1e300, 'high', '', null, {}, true]) {
      assert.equal(confidenceOf(odd), null, JSON.stringify(odd));
    }
  });

  test('a picture is a text; one that is too long to be a link is none', () => {
    const imageOf = (fields: object) => read.one({ ...FALL, ...fields }).image;
    assert.equal(imageOf({ image_url: 'http://10.0.0.7/a.jpg' }), 'http://10.0.0.7/a.jpg');
    assert.equal(imageOf({ snapshot_path: 'a/b.jpg' }), 'a/b.jpg');
    assert.equal(imageOf({ image_url: '', snapshot_path: 'a/b.jpg' }), 'a/b.jpg');
    assert.equal(imageOf({ image_url: `data:image/jpeg;base64,${'A'.repeat(9_000)}` }), null);
    assert.equal(imageOf({ image_url: { url: 'x' } }), null);
  });

  test('what is not ours is kept as it is, and what is too large is named', () => {
    const image_base64 = 'A'.repeat(1_000_000);
    const body = {
      ...FALL,
      track: { id: 7, box: [0.1, 0.2] },
      image_base64,
      ext_data: { roi: 'a' },
    };
    const { analyse, payload } = read.one(body);
    assert.deepEqual(analyse, {
      ext_data: { roi: 'a' },
      track: { id: 7, box: [0.1, 0.2] },
      left_out: ['image_base64'],
    });
    assert.deepEqual(payload, FALL);
  });

  test('a test is marked as one', () => {
    assert.equal(read.one({ ...FALL, is_test: true }).isTest, true);
    assert.equal(read.one({ ...FALL, is_test: 'true' }).isTest, false);
  });
});

test('answers and errors have the envelope that boxes know', () => {
  const report = read.one({ ...FALL, alarm_id: 7 });
  const stored = { report, eventId: 'e', alertId: 'a', isDuplicate: false };
  const data = { alarm_id: 7, alert_id: 'a', event_id: 'e', is_duplicate: false };
  assert.deepEqual(EDGE.renderAnswer([stored], []), { code: 0, msg: '', data });
  const details = [{ path: 'body', message: 'must be an object' }];
  assert.deepEqual(
    EDGE.renderError({ status: 422, code: 'invalid', message: 'This is no alarm.', details }),
    { code: 422, msg: 'This is no alarm. body: must be an object', data: null },
  );
});

test('whatever the fields hold, an alarm is read, bounded and whole', () => {
  const names = [
    'alarm_id',
    'alarm_type',
    'camera_id',
    'device_id',
    'title',
    'event_time',
    'state',
  ];
  const more = ['confidence', 'ext_data', 'severity', 'timestamp', 'image_url', '__proto__', 'x'];
  const fields = fc.dictionary(fc.constantFrom(...names, ...more), fc.jsonValue({ maxDepth: 3 }));
  fc.assert(
    fc.property(fields, (body) => {
      const text = JSON.stringify({ ...body, vlm_description: 'somebody lies there' });
      const report = read.one(text);
      assert.ok(report.title !== '' && report.title.length <= LIMITS.titleCharsMax);
      assert.ok((report.providerEventId ?? '').length <= LIMITS.identifierCharsMax);
      assert.ok(JSON.stringify(report.analyse).length <= LIMITS.payloadCharsMax * 2);
      for (const value of Object.values(report.labels)) {
        assert.ok(
          value !== '' && value.length <= LIMITS.identifierCharsMax && value.isWellFormed(),
        );
      }
    }),
  );
});

test('a refusal of the body as a whole is said once', () => {
  const refuse = (message: string) =>
    EDGE.renderError({
      status: 400,
      code: 'malformed_json',
      message: 'The body is not valid JSON.',
      details: [{ path: '', message }],
    });
  const once = { code: 400, msg: 'The body is not valid JSON.', data: null };
  assert.deepEqual(refuse('the body is not valid JSON'), once);
  const more = { ...once, msg: 'The body is not valid JSON. is too deep' };
  assert.deepEqual(refuse('is too deep'), more);
});
