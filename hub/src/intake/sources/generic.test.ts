import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatInstant, formatInstantOrNull, instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import type { Report } from '#intake/report.ts';
import { GENERIC } from './generic.ts';

const NOW = instant(1_800_000_000_000);
const YESTERDAY = formatInstant(plusMs(NOW, -86_400_000));

function contextOf(mapping: JsonObject) {
  assert.deepEqual(GENERIC.findMappingFaults(mapping), []);
  return { mapping, severityDefault: 'medium', headers: {}, now: NOW } as const;
}

function read(body: JsonValue, mapping: JsonObject = {}) {
  const reading = GENERIC.parse(body, contextOf(mapping));
  assert.ok(reading.ok, reading.ok ? '' : reading.sentence);
  return reading;
}

/** The only report of a body. */
function only(body: JsonValue, mapping: JsonObject = {}): Report {
  const { reports, refusals } = read(body, mapping);
  const [report, ...others] = reports;
  assert.ok(report !== undefined && others.length === 0);
  assert.deepEqual(refusals, []);
  return report;
}

function notesOf(body: JsonValue, mapping: JsonObject = {}): readonly string[] {
  const notes = GENERIC.explain?.(body, contextOf(mapping)) ?? [];
  return notes.map(({ path, message }) => `${path}: ${message}`);
}

function keyOf(report: Report): string | null {
  return report.identity.kind === 'key' ? report.identity.key : null;
}

function sentenceOf(body: JsonValue, mapping: JsonObject = {}): string {
  const reading = GENERIC.parse(body, contextOf(mapping));
  return reading.ok ? '' : reading.sentence;
}

describe('a body that nobody described', () => {
  test('is read by the usual names of things', () => {
    const report = only({
      Alert_Name: 'DoorOpen',
      message: 'Door 3 has been open for 5 minutes',
      priority: 'P2',
      dedup_key: 'door-3',
      createdAt: YESTERDAY,
      deviceId: 'd-3',
      camera: 'cam-3',
      'area-id': 7,
      link: 'https://doors.example/3',
      snapshot_url: 'https://doors.example/3.jpg',
      tags: { site: 'Milan', floor: 2 },
    });
    assert.equal(report.title, 'DoorOpen');
    assert.equal(report.content, 'Door 3 has been open for 5 minutes');
    assert.equal(report.severity, 'high');
    assert.equal(report.stage, 'received');
    assert.equal(keyOf(report), 'door-3');
    assert.equal(report.fingerprint, 'door-3');
    assert.equal(formatInstantOrNull(report.providerTs), YESTERDAY);
    assert.deepEqual([report.deviceId, report.cameraId, report.areaId], ['d-3', 'cam-3', '7']);
    assert.equal(report.sourceUrl, 'https://doors.example/3');
    assert.equal(report.image, 'https://doors.example/3.jpg');
    assert.deepEqual(report.labels, { site: 'Milan', floor: '2' });
    assert.equal(report.provider, 'generic');
    assert.equal(report.providerEventId, null);
  });

  test('finds title and severity in labels and annotations too', () => {
    const labels = { alertname: 'DiskFull', severity: 'page', instance: 'db1' };
    const named = only({ labels });
    assert.deepEqual([named.title, named.severity], ['DiskFull', 'critical']);
    assert.deepEqual([named.alertname, named.targetResource], ['DiskFull', 'db1']);
    const told = only({ labels, annotations: { summary: 'Disk of db1 is full' } });
    assert.equal(told.title, 'Disk of db1 is full');
    assert.deepEqual(told.annotations, { summary: 'Disk of db1 is full' });
  });

  test('has for a title one line, and what is behind it for content', () => {
    const report = only({ message: 'Fire in the kitchen\nSprinklers are on.' });
    assert.equal(report.title, 'Fire in the kitchen');
    assert.equal(report.content, 'Fire in the kitchen\nSprinklers are on.');
    assert.equal(only({ message: 'Fire' }).content, null);
    const long = 'x'.repeat(LIMITS.titleCharsMax + 1);
    assert.equal(only({ text: long }).title.length, LIMITS.titleCharsMax);
    assert.equal(only({ text: long }).content, long);
  });

  test('with nothing in it that is known is an alert with the whole body', () => {
    const body = { foo: { bar: [1, 2] }, baz: true };
    const report = only(body);
    assert.equal(report.title, 'Report without a title');
    assert.equal(report.content, JSON.stringify(body));
    assert.equal(report.severity, 'medium');
    assert.deepEqual(report.identity, { kind: 'single' });
    assert.deepEqual(report.payload, body);
  });

  test('that is no object is taken all the same', () => {
    assert.equal(only('Fire in room 4').title, 'Fire in room 4');
    assert.deepEqual(only(42).payload, { value: 42 });
    assert.deepEqual(only([1, 'two']).payload, { value: [1, 'two'] });
    assert.equal(only(false).content, '{"value":false}');
  });

  test('that is a list of objects is a report each', () => {
    const { reports } = read([{ title: 'a' }, { title: 'b', severity: 'low' }]);
    assert.deepEqual(
      reports.map(({ title, severity }) => `${title} ${severity}`),
      ['a medium', 'b low'],
    );
  });

  test('that is empty is refused', () => {
    for (const body of [{}, [], null, '', '  '])
      assert.equal(sentenceOf(body), 'The body is empty.');
  });

  test('skips a word for a severity that means nothing here', () => {
    assert.equal(only({ title: 'x', severity: 'purple', level: 'fatal' }).severity, 'critical');
    assert.equal(only({ title: 'x', severity: 'purple', level: 3 }).severity, 'medium');
  });

  test('is over only by a word that says nothing else, and only with a key', () => {
    const stageOf = (body: JsonObject) => only({ title: 'x', ...body }).stage;
    assert.equal(stageOf({ id: 1, status: 'Resolved ' }), 'resolved');
    assert.equal(stageOf({ id: 1, state: 'recovered' }), 'resolved');
    assert.equal(stageOf({ id: 1, state: 'acknowledged' }), 'updated');
    assert.equal(stageOf({ id: 1, status: 'ok' }), 'received');
    assert.equal(stageOf({ id: 1, status: 'firing' }), 'received');
    assert.equal(stageOf({ id: 1, state: 'alerting', status: 'closed' }), 'resolved');
    assert.equal(stageOf({ status: 'resolved' }), 'received');
  });
});

describe('a mapping', () => {
  test('says where things are, by pointer, by template, or as a constant', () => {
    const body = { a: { 'b/c': 'Leak', n: 3 }, host: 'pump-1', url: 'https://x.example/' };
    const report = only(body, {
      title: '{{ a["b/c"] }} at {{ host | upcase }}',
      content: '/a/n',
      device_id: '/host',
      area_id: { constant: '/cellar' },
      camera_id: 12,
      provider: 'pumps',
      url: null,
      labels: { host: '/host', site: 'Milan', none: '/nope', both: '{{ host }}-{{ a.n }}' },
      annotations: '/a',
    });
    assert.equal(report.title, 'Leak at PUMP-1');
    assert.equal(report.content, '3');
    assert.deepEqual(
      [report.deviceId, report.cameraId, report.areaId, report.provider],
      ['pump-1', '12', '/cellar', 'pumps'],
    );
    assert.equal(report.sourceUrl, null);
    assert.deepEqual(report.labels, { host: 'pump-1', site: 'Milan', both: 'pump-1-3' });
    assert.deepEqual(report.annotations, { 'b/c': 'Leak', n: '3' });
  });

  test('takes the first of several places that has something', () => {
    const mapping = { title: ['/a', '{{ b.c }}', 'Something happened'] };
    assert.equal(only({ a: ' ', b: { c: 'C' } }, mapping).title, 'C');
    assert.equal(only({ z: 1 }, mapping).title, 'Something happened');
  });

  test('that finds no title falls back to a guess: an alert is never nameless', () => {
    assert.equal(only({ message: 'Smoke' }, { title: '/name' }).title, 'Smoke');
    assert.equal(only({ message: 'Smoke' }, { title: null }).title, 'Smoke');
  });

  test('translates the words of the sender', () => {
    const severity = { from: '/level', words: { 5: 'critical', Rouge: 'high', true: 'low' } };
    const severityOf = (level: JsonValue) => only({ title: 'x', level }, { severity }).severity;
    assert.equal(severityOf(5), 'critical');
    assert.equal(severityOf('5'), 'critical');
    assert.equal(severityOf(' rouge'), 'high');
    assert.equal(severityOf(true), 'low');
    assert.equal(severityOf('warning'), 'medium');
    assert.equal(severityOf('err'), 'high');
    assert.equal(severityOf(null), 'medium');
  });

  test('knows by the words of the sender what begins, goes on and is over', () => {
    const listed = { from: '/s', resolved: ['UP', 1, false], updated: ['ack'], heartbeat: 'tick' };
    const stageOf = (s: JsonValue, state: JsonValue) => only({ id: 1, s }, { state }).stage;
    assert.equal(stageOf('up', listed), 'resolved');
    assert.equal(stageOf(1, listed), 'resolved');
    assert.equal(stageOf(false, listed), 'resolved');
    assert.equal(stageOf('ACK', listed), 'updated');
    assert.equal(stageOf('tick', listed), 'heartbeat');
    assert.equal(stageOf('ok', listed), 'received');
    assert.equal(stageOf('ok', '/s'), 'resolved');
    assert.equal(stageOf('down', '/s'), 'received');
    assert.equal(stageOf('resolved', null), 'received');
  });

  test('that calls something over without saying what is refused, and only that', () => {
    const mapping = { items: '/list', key: '/host', state: '/s' };
    const list = [{ host: 'a', s: 'ok' }, { s: 'ok' }, { s: 'down', title: 'x' }];
    const { reports, refusals } = read({ list }, mapping);
    assert.deepEqual(
      reports.map(({ stage }) => stage),
      ['resolved', 'received'],
    );
    assert.equal(refusals.length, 1);
    assert.match(refusals[0] ?? '', /^\/list\[1\]: it says .* over, but not what: map `key`/);
  });

  test('with a key of several parts has none when a part is missing', () => {
    const mapping = { key: '{{ host }}/{{ check }}' };
    assert.equal(keyOf(only({ host: 'a', check: 'b' }, mapping)), 'a/b');
    assert.equal(keyOf(only({ host: 'a', id: 7 }, mapping)), null);
    assert.equal(keyOf(only({ host: 'a', id: 7 }, { key: null })), null);
    assert.equal(keyOf(only({ id: 7 })), '7');
    assert.match(keyOf(only({ id: 'x'.repeat(300) })) ?? '', /^sha256:/);
  });

  test('with the id of an event tells its begin from its end', () => {
    const mapping = { event_id: '/uuid', key: '/host', state: '/s' };
    const idOf = (s: string) => only({ uuid: 'u1', host: 'a', s }, mapping).providerEventId;
    assert.deepEqual([idOf('down'), idOf('up'), idOf('ack')], ['u1', 'u1:resolved', 'u1:updated']);
  });

  test('takes the parts of a list, each with the whole body in reach', () => {
    const body = { site: 'Milan', list: [{ n: 'a', site: 'x' }, { n: 'b' }, 'c', null] };
    const mapping = {
      items: '/list',
      title: '{{ n }}{{ value }} in {{ root.site }}',
      area_id: '$/site',
      device_id: '/site',
    };
    const { reports, refusals } = read(body, mapping);
    assert.deepEqual(
      reports.map((one) => [one.title, one.areaId, one.deviceId]),
      [
        ['a in Milan', 'Milan', 'x'],
        ['b in Milan', 'Milan', null],
        ['c in Milan', 'Milan', null],
      ],
    );
    assert.deepEqual(refusals, ['/list[3]: is empty']);
    assert.deepEqual(reports[0]?.payload, { n: 'a', site: 'x' });
  });

  test('whose list is empty stores nothing, and whose list is missing takes the body', () => {
    const empty = read({ list: [] }, { items: '/list' });
    assert.deepEqual(empty.reports, []);
    assert.deepEqual(empty.refusals, ['the list is empty: there is nothing to store']);
    const missing = read({ msg: 'Test of the webhook' }, { items: '/list' });
    assert.deepEqual(
      missing.reports.map(({ title }) => title),
      ['Test of the webhook'],
    );
    assert.match(missing.refusals[0] ?? '', /no list at \/list; the whole body/);
  });

  test('with a list that is too long is refused whole', () => {
    const list = (count: number) => Array.from({ length: count }, () => ({ title: 'x' }));
    const { eventsPerRequestMax: max } = LIMITS;
    assert.equal(read({ list: list(max) }, { items: '/list' }).reports.length, max);
    assert.equal(sentenceOf({ list: list(max + 1) }, { items: '/list' }), 'Too many reports.');
    assert.equal(sentenceOf(list(max + 1)), 'Too many reports.');
  });
});

describe('the begin of a problem', () => {
  const beginOf = (body: JsonObject) => only({ id: 1, title: 'x', ...body }).startsAt;

  test('is the time that the sender says: the same again is the same report', () => {
    assert.equal(formatInstantOrNull(beginOf({ time: YESTERDAY })), YESTERDAY);
  });

  test('is now where the sender says none, or one that is unreadable or still to come', () => {
    for (const time of [null, 'soon', 0, '2999-01-01T00:00:00Z']) {
      assert.equal(beginOf({ time }), NOW);
    }
    const report = only({ id: 1, time: '2999-01-01T00:00:00Z' });
    assert.equal(formatInstantOrNull(report.providerTs), '2999-01-01T00:00:00.000Z');
  });

  test('is not said by what goes on or is over', () => {
    assert.equal(beginOf({ time: YESTERDAY, status: 'resolved' }), null);
    assert.equal(beginOf({ time: YESTERDAY, status: 'updated' }), null);
  });
});

describe('the notes', () => {
  test('tell where each field came from, and what was guessed', () => {
    const mapping = { title: '/a', severity: '/b', time: '/t', url: '/u' };
    const body = { a: 'Leak', b: 'loud', id: 5, t: '2026-01-01 10:00', u: 'x' };
    assert.deepEqual(notesOf(body, mapping), [
      'reports[0].key: guessed from /id',
      'reports[0].title: from /a',
      'reports[0].time: unreadable at /t: neither RFC 3339 nor seconds or milliseconds since ' +
        '1970; without an offset it needs time.zone',
      'reports[0].severity: "loud" of /b is no word for one that is known',
      'reports[0].severity: medium, the default of the source',
      'reports[0].url: /u is no http or https address: left out',
    ]);
  });

  test('tell what was looked for in vain', () => {
    const notes = notesOf({ message: 'm' }, { title: ['/a', '{{ b }}'], labels: '/l', key: '/k' });
    assert.deepEqual(notes, [
      'reports[0].key: missing or empty: /k',
      'reports[0].key: none: each report is a problem of its own',
      'reports[0].title: missing or empty: /a, the template',
      'reports[0].title: guessed from /message',
      'reports[0].labels: no object at /l',
      'reports[0].severity: medium, the default of the source',
    ]);
  });

  test('are bounded, however many reports there are', () => {
    const body = Array.from({ length: 1_000 }, () => ({ id: 1, title: 'x' }));
    const notes = GENERIC.explain?.(body, contextOf({})) ?? [];
    assert.ok(notes.length > 0 && notes.length <= LIMITS.triedNotesMax);
    assert.ok(notes.every(({ path }) => Number(/\d+/.exec(path)?.[0]) < LIMITS.triedReportsMax));
  });
});

test('identifiers that are too long are left out: cut, they would name another thing', () => {
  const id = 'x'.repeat(LIMITS.identifierCharsMax);
  assert.equal(only({ device_id: id, title: 't' }).deviceId, id);
  assert.equal(only({ device_id: `${id}x`, title: 't' }).deviceId, null);
});

test('the answers have the shapes of the operator API', () => {
  const stored = { report: only('x'), eventId: 'e', alertId: null, isDuplicate: true };
  assert.deepEqual(GENERIC.renderAnswer([stored], ['x']), {
    results: [{ event_id: 'e', alert_id: null, is_duplicate: true }],
    refused: ['x'],
  });
  const error = { status: 422, code: 'invalid', message: 'No.' };
  assert.deepEqual(GENERIC.renderError({ ...error, details: [] }), {
    error: { code: 'invalid', message: 'No.' },
  });
  const details = [{ path: 'a', message: 'b' }];
  assert.deepEqual(GENERIC.renderError({ ...error, details }), {
    error: { code: 'invalid', message: 'No.', details },
  });
});
