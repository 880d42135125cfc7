import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { encodeUtf8 } from '#kernel/crypto.ts';
import { formatInstantOrNull } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { Report } from '#intake/report.ts';
import { at, readSourceFixture, readWith } from '#test/support/samples/sources.ts';
import { SENTRY } from './sentry.ts';

const NOW = at('2026-03-18T15:00:12Z');
const SENT_S = 1_773_846_011;

type Headers = Readonly<Record<string, string>>;

function one(body: unknown, headers: Headers = {}): Report {
  return readWith(SENTRY, { now: NOW, headers }).one(body);
}

function hook(resource: string, action: string, data: JsonObject): Report {
  return one({ action, data }, { 'sentry-hook-resource': resource });
}

const ISSUE: JsonObject = { id: '117', shortId: 'SHOP-1Z', title: 'TimeoutError', level: 'error' };
const EVENT: JsonObject = { event_id: 'e1', issue_id: '117', title: 'TimeoutError' };

describe('an event alert of Sentry', () => {
  const report = one(readSourceFixture('sentry/event-alert'), {
    'sentry-hook-resource': 'event_alert',
    'sentry-hook-timestamp': String(SENT_S),
    'request-id': '8f1c0c1e5b6f4a0e9c1d2e3f4a5b6c7d',
  });

  test('is a problem by its issue, in words for people', () => {
    assert.deepEqual(report.identity, { kind: 'key', key: 'issue:117' });
    assert.deepEqual([report.stage, report.severity, report.isRemark], ['received', 'high', false]);
    assert.equal(report.title, 'TimeoutError: la città non risponde');
    assert.equal(report.alertname, 'Errori di pagamento');
    assert.deepEqual([report.namespace, report.targetResource], ['shop', 'checkout/pay']);
    assert.deepEqual(report.labels, {
      project: 'shop',
      level: 'error',
      environment: 'prod',
      platform: 'node',
      server_name: 'web-3',
      alert_rule: 'Errori di pagamento',
    });
  });

  test('leads back to Sentry, and to the logs', () => {
    assert.deepEqual(report.sourceRefs, {
      sentry: { issue: '117', event: 'e4874d664c3540c1a32eab185f12c5ab', project: 'shop' },
    });
    assert.match(
      report.sourceUrl ?? '',
      /^https:\/\/sentry\.example\.org\/.*\/issues\/117\/events\//,
    );
    const trace = { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) };
    const traced = hook('event_alert', 'triggered', {
      event: { ...EVENT, contexts: { trace }, tags: [['request_id', 'r-7']] },
    });
    assert.deepEqual(traced.logCorrelation, { ...trace, request_id: 'r-7' });
  });

  test('keeps nothing of the person who met the error', () => {
    const kept = JSON.stringify(report);
    for (const secret of ['192.0.2.55', 'cliente@example.com', 'Bearer', 'eyJ', 'Mozilla']) {
      assert.ok(!kept.includes(secret), secret);
    }
    assert.equal(report.payload?.['request_url'], 'https://shop.example.org/pay');
  });

  test('happened when Sentry got it, and was sent when the header says', () => {
    assert.equal(formatInstantOrNull(report.startsAt), '2026-03-18T15:00:10.000Z');
    assert.equal(formatInstantOrNull(report.providerTs), '2026-03-18T15:00:11.000Z');
    assert.equal(report.payload?.['is_clock_skewed'], undefined);
    const late = one(
      { action: 'triggered', data: { event: EVENT } },
      { 'sentry-hook-timestamp': String(SENT_S - 3_600) },
    );
    assert.equal(late.payload?.['is_clock_skewed'], true, 'flagged, not refused');
  });

  test('is known without the header, and by the link to its issue alone', () => {
    const { issue_id: _id, ...rest } = EVENT;
    const linked = one({
      action: 'triggered',
      data: { event: { ...rest, issue_url: 'https://sentry.io/api/0/issues/99/' } },
    });
    assert.deepEqual(linked.identity, { kind: 'key', key: 'issue:99' });
    assert.equal(linked.payload?.['resource'], 'event_alert');
  });
});

describe('what Sentry says of an issue', () => {
  const stageOf = ({ stage, isRemark }: Report) => (isRemark ? 'remark' : stage);

  test('begins it, ends it, or only speaks of it', () => {
    const said = (action: string) => stageOf(hook('issue', action, { issue: ISSUE }));
    assert.deepEqual(
      ['created', 'unresolved', 'resolved', 'archived', 'ignored', 'assigned', 'new_word'].map(
        said,
      ),
      ['received', 'received', 'resolved', 'resolved', 'resolved', 'remark', 'remark'],
    );
    const named = (activity: string) =>
      stageOf(hook('activity_alert', 'triggered', { issue: ISSUE, activity: { type: activity } }));
    assert.deepEqual(['set_regression', 'set_resolved', 'seer_root_cause_completed'].map(named), [
      'received',
      'resolved',
      'remark',
    ]);
    assert.equal(stageOf(hook('error', 'created', { error: EVENT })), 'received');
  });

  test('is one problem, whichever resource says it', () => {
    const reports = [
      hook('issue', 'resolved', { issue: ISSUE }),
      hook('error', 'created', { error: EVENT }),
      hook('event_alert', 'triggered', { event: EVENT }),
      hook('comment', 'created', { comment_id: 'c1', issue_id: '117', comment: 'Looking' }),
      hook('seer', 'root_cause_completed', { group_id: 117, run_id: 5 }),
    ];
    for (const { identity } of reports) {
      assert.deepEqual(identity, { kind: 'key', key: 'issue:117' });
    }
  });

  test('counts from its last sighting; its end from when it was sent', () => {
    const issue = { ...ISSUE, lastSeen: '2026-03-18T14:00:00Z' };
    const headers = {
      'sentry-hook-resource': 'issue',
      'sentry-hook-timestamp': String(SENT_S),
    };
    const end = one({ action: 'resolved', data: { issue } }, headers);
    assert.equal(formatInstantOrNull(end.startsAt), '2026-03-18T14:00:00.000Z');
    assert.equal(formatInstantOrNull(end.endsAt), '2026-03-18T15:00:11.000Z');
    const ahead = { ...headers, 'sentry-hook-timestamp': String(SENT_S + 3_600) };
    assert.equal(one({ action: 'resolved', data: { issue } }, ahead).endsAt, null);
  });

  test('is severe as its level says', () => {
    const severityOf = (level: string) =>
      hook('issue', 'created', { issue: { ...ISSUE, level } }).severity;
    assert.deepEqual(['fatal', 'error', 'warning', 'info', 'debug', 'sample'].map(severityOf), [
      'critical',
      'high',
      'medium',
      'info',
      'info',
      'medium',
    ]);
  });
});

describe('a metric alert of Sentry', () => {
  const METRIC = readSourceFixture('sentry/metric-alert-critical');
  const headers = {
    'sentry-hook-resource': 'metric_alert',
    'sentry-hook-timestamp': String(SENT_S),
  };
  const as = (action: string) => one({ ...METRIC, action }, headers);

  test('is a problem of its own until it is resolved', () => {
    const reports = ['warning', 'critical', 'resolved'].map(as);
    for (const { identity } of reports) {
      assert.deepEqual(identity, { kind: 'key', key: 'metric:4' });
    }
    assert.deepEqual(
      reports.map(({ stage, severity }) => `${stage} ${severity}`),
      ['received medium', 'received critical', 'resolved medium'],
    );
    const [warning, critical] = reports;
    assert.ok((critical?.startsAt ?? 0) > (warning?.startsAt ?? 0), 'it has become worse');
  });

  test('says what was measured', () => {
    const { title, content, namespace, alertname, labels } = as('critical');
    assert.deepEqual(
      [title, content, namespace, alertname],
      [
        'Critical: Too many errors',
        '1000 events in the last 10 minutes',
        'shop',
        'Too many errors',
      ],
    );
    assert.deepEqual(labels, { project: 'shop', alert_rule: 'Too many errors' });
  });
});

describe('an event of Sentry that comes once more', () => {
  const idOf = (body: JsonObject, id: string) =>
    one(body, { 'request-id': id, 'sentry-hook-timestamp': `${SENT_S + id.length}` })
      .providerEventId;

  test('by hand, with another Request-ID, is the same', () => {
    const { samples } = parseSigned();
    for (const { rawBody } of samples) {
      const body = parseObject(rawBody);
      assert.equal(idOf(body, 'a'), idOf(body, 'another'));
      assert.notEqual(idOf(body, 'a'), null);
    }
  });

  test('because it happened again is another', () => {
    const said = (action: string, issue: JsonObject) =>
      idOf({ action, data: { issue: { ...ISSUE, ...issue } } }, 'a');
    const ids = [
      said('resolved', { count: '42', lastSeen: '2026-03-18T14:00:00Z' }),
      said('resolved', { count: '43', lastSeen: '2026-03-18T14:30:00Z' }),
      said('unresolved', { count: '43', lastSeen: '2026-03-18T14:30:00Z' }),
      said('unresolved', { substatus: 'regressed', count: '43', lastSeen: '2026-03-18T14:30:00Z' }),
      idOf({ action: 'triggered', data: { event: EVENT, triggered_rule: 'one' } }, 'a'),
      idOf({ action: 'triggered', data: { event: EVENT, triggered_rule: 'two' } }, 'a'),
      idOf({ action: 'triggered', data: { event: { ...EVENT, event_id: 'e2' } } }, 'a'),
      ...['5 events', '7 events'].map((text) =>
        idOf(
          { action: 'critical', data: { metric_alert: { id: '4' }, description_text: text } },
          '',
        ),
      ),
    ];
    assert.equal(new Set(ids).size, ids.length, ids.join('\n'));
  });

  test('has an id that fits, however long its parts are', () => {
    const body = { action: 'x'.repeat(9_000), data: { issue: { ...ISSUE, id: '9'.repeat(999) } } };
    assert.match(idOf(body, 'a') ?? '', /^sha256:[0-9a-f]{64}$/);
  });
});

describe('what else Sentry sends', () => {
  test('is kept, whatever it is, and raises nothing', () => {
    for (const resource of ['installation', 'comment', 'seer', 'preprod_artifact', 'brand_new']) {
      const report = hook(resource, 'created', { installation: { status: 'installed' } });
      assert.deepEqual([report.isRemark, report.stage], [true, 'updated'], resource);
      assert.equal(report.title, `Sentry: ${resource} created`);
      assert.equal(report.startsAt, null);
    }
    assert.equal(one({}, { 'sentry-hook-resource': 'x' }).isRemark, true, 'without any data');
  });

  test('may be the old plugin, which knows no resources', () => {
    const report = one({
      id: '43',
      project: 'shop',
      project_slug: 'shop',
      level: 'fatal',
      culprit: 'pay.charge',
      message: 'Card refused',
      url: 'https://sentry.example.org/organizations/demo/issues/43/',
      triggering_rules: ['Payments'],
      event: { event_id: 'e7', title: 'Card refused', tags: [['environment', 'prod']] },
    });
    assert.deepEqual(report.identity, { kind: 'key', key: 'issue:43' });
    assert.deepEqual(
      [report.severity, report.namespace, report.targetResource, report.alertname],
      ['critical', 'shop', 'pay.charge', 'Payments'],
    );
    assert.equal(report.sourceUrl, 'https://sentry.example.org/organizations/demo/issues/43/');
  });

  test('is a test when it says so', () => {
    const tags = [['sample_event', 'yes']];
    assert.equal(hook('event_alert', 'triggered', { event: { ...EVENT, tags } }).isTest, true);
  });

  test('is refused when it is nothing of Sentry', () => {
    const { faults } = readWith(SENTRY, { now: NOW });
    assert.deepEqual(faults([]), [': must be an object']);
    assert.deepEqual(faults({ message: 'hello' }), [
      'data: must be an object, as Sentry-Hook-Resource says',
    ]);
  });
});

function parseObject(text: string): JsonObject {
  return JSON.parse(text) as JsonObject;
}

type Signed = {
  readonly samples: readonly {
    readonly rawBody: string;
    readonly headers: Headers;
    readonly signatureOfReserialisedBody: string;
    readonly reserialisingWouldFail: boolean;
  }[];
};

function parseSigned(): Signed {
  const path = 'test/fixtures/sources/sentry/signed.json';
  return JSON.parse(readFileSync(path, 'utf8')) as Signed;
}

describe('a signature of Sentry', () => {
  const context = {
    secrets: { client_secret: ['sentry-client-secret-for-tests'] },
    mapping: {},
    now: NOW,
  };
  const verify = (rawBody: string, headers: Headers) =>
    SENTRY.signing?.verify({ method: 'POST', headers, body: encodeUtf8(rawBody) }, context).kind;

  test('fits what was recorded, and not what was written anew', () => {
    for (const sample of parseSigned().samples) {
      const { rawBody, headers, signatureOfReserialisedBody } = sample;
      assert.equal(verify(rawBody, headers), 'verified');
      const again = JSON.stringify(JSON.parse(rawBody));
      const isSame = !sample.reserialisingWouldFail;
      assert.equal(verify(again, headers), isSame ? 'verified' : 'refused');
      const signed = { ...headers, 'sentry-hook-signature': signatureOfReserialisedBody };
      assert.equal(verify(again, signed), 'verified');
    }
  });

  test('may come in the header of an integration’s forms', () => {
    const [sample] = parseSigned().samples;
    assert.ok(sample !== undefined);
    const signature = sample.headers['sentry-hook-signature'] ?? '';
    assert.equal(verify(sample.rawBody, { 'sentry-app-signature': signature }), 'verified');
  });
});
