import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { isMask } from './mask.ts';
import { BASE_POLICY } from './policy.ts';
import { createRedactor } from './redaction.ts';
import { type RedactableReport, REPORT_FIELDS } from './report.ts';

const redactor = createRedactor(BASE_POLICY, 'key');
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.bm90LWEtcmVhbC1zaWduYXR1cmU';

const CLEAN: RedactableReport = {
  title: 'Fall in room 5',
  content: 'Person on the floor for 12 s',
  sourceUrl: 'https://cam.example.org/events/17',
  image: '/media/2024/05/01/fall-17.jpg',
  audioRelayWs: 'wss://relay.example.org/room/5',
  labels: { room: '5', instance: '10.0.0.5:9100' },
  annotations: { summary: 'Fall' },
  payload: { alarm_id: '1714550400123', confidence: 0.98 },
  analyse: { boxes: [[1, 2, 3, 4]] },
  sourceRefs: { sentry: { issue: '4504123456789012' } },
  logCorrelation: { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' },
  cameraIpMap: { 'cam-1': '192.168.1.64' },
  provider: 'edge',
  alertname: 'fall_detected',
  namespace: 'ward-2',
  targetResource: 'cam-1',
  channelChatId: '-1001234567890',
  fingerprint: 'am1:9f86d081884c7d65',
  providerEventId: '<20240501.1@mail.example.org>',
  runId: '018f2b9e-7c4a-7d21-9b3f-2a1c5e8d7f60',
  deviceId: 'box-7',
  cameraId: 'cam-1',
  areaId: '1203',
  policyId: 'sentinel',
};

/** The same report with a text in one of its fields, wherever that field may hold one. */
function plant(name: keyof RedactableReport, text: string): RedactableReport {
  const rule = REPORT_FIELDS[name];
  if (rule.kind === 'text') return { ...CLEAN, [name]: text };
  return { ...CLEAN, [name]: { field: text, [text]: 'name' } };
}

const NAMES = Object.keys(REPORT_FIELDS).filter((name) => name in CLEAN);
const parseName = (name: string) => name as keyof RedactableReport;

describe('a report', () => {
  it('with nothing to hide is left as it is', () => {
    const { value, hasRedactedContent, masks } = redactor.redactReport(CLEAN);
    assert.deepEqual(value, CLEAN);
    assert.deepEqual([hasRedactedContent, masks], [false, {}]);
    assert.equal(value.labels, CLEAN.labels);
  });

  for (const name of NAMES) {
    it(`hides a secret in ${name}, its names included`, () => {
      const { value, masks } = redactor.redactReport(plant(parseName(name), JWT));
      assert.doesNotMatch(JSON.stringify(value), /bm90LWEtcmVhbC/);
      assert.ok((masks.jwt ?? 0) > 0);
    });
  }

  const ids = NAMES.filter((name) => {
    const rule = REPORT_FIELDS[parseName(name)];
    return rule.kind === 'text' && rule.context === 'secrets_only';
  });

  it('keeps the ids by which reports are joined, even when they look like an address', () => {
    assert.deepEqual(ids.toSorted(), [
      'areaId',
      'cameraId',
      'deviceId',
      'fingerprint',
      'policyId',
      'providerEventId',
      'runId',
    ]);
    for (const name of ids) {
      const planted = plant(parseName(name), 'anna@example.org');
      assert.deepEqual(redactor.redactReport(planted).value, planted);
    }
  });

  for (const name of NAMES.filter((each) => !ids.includes(each))) {
    it(`hides a mail address in ${name}`, () => {
      const { value } = redactor.redactReport(plant(parseName(name), 'anna@example.org'));
      assert.doesNotMatch(JSON.stringify(value), /anna@/);
    });
  }

  it('counts what was masked, by class', () => {
    const labels = { password: 'hunter2', from: 'anna@example.org', to: 'otto@example.org' };
    const { masks, hasRedactedContent } = redactor.redactReport({ ...CLEAN, labels });
    assert.deepEqual(masks, { secret_field: 1, email: 2 });
    assert.ok(hasRedactedContent);
  });

  it('keeps all else that it has', () => {
    const report = { ...CLEAN, title: 'anna@example.org', stage: 'received', startsAt: 17 };
    const { value } = redactor.redactReport(report);
    assert.deepEqual([value.stage, value.startsAt], ['received', 17]);
  });
});

describe('labels', () => {
  it('whose names become one by masking are both kept', () => {
    const labels = { 'a@x.example': 'first', 'A@X.example': 'second' };
    const { value } = redactor.redactReport({ ...CLEAN, labels });
    assert.deepEqual(Object.values(value.labels), ['first', 'second']);
  });

  it('are masked by their name', () => {
    const labels = { api_key: 'x', key: 'x', secret_name: 'x' };
    const { value } = redactor.redactReport({ ...CLEAN, labels });
    assert.ok(isMask(value.labels['api_key'] ?? ''));
    assert.deepEqual([value.labels['key'], value.labels['secret_name']], ['x', 'x']);
  });
});

describe('bounds hold after masking', () => {
  const phones = (chars: number): string => '13812345678 '.repeat(chars / 12 + 1).slice(0, chars);

  it('of a text, which is never cut through a mask', () => {
    const { value } = redactor.redactReport({ ...CLEAN, title: phones(LIMITS.titleCharsMax) });
    assert.ok(value.title.length <= LIMITS.titleCharsMax);
    assert.match(value.title, /^(?:\[PHONE#[a-z2-7]{8}\] ?)+\d*$/);
    assert.equal(redactor.redactReport(value).value.title, value.title);
  });

  it('of labels and annotations', () => {
    const long = phones(LIMITS.labelValueCharsMax);
    const { value } = redactor.redactReport({
      ...CLEAN,
      labels: { text: long, [phones(LIMITS.labelNameCharsMax)]: 'x' },
      annotations: { text: phones(LIMITS.annotationCharsMax) },
    });
    assert.ok((value.labels['text']?.length ?? 0) <= LIMITS.labelValueCharsMax);
    assert.ok((value.annotations['text']?.length ?? 0) <= LIMITS.annotationCharsMax);
    for (const name of Object.keys(value.labels)) {
      assert.ok(name.length <= LIMITS.labelNameCharsMax);
    }
  });

  it('of a tree, whose first entries are kept', () => {
    const list = Array.from({ length: 4_000 }, () => 'a@b.example');
    const payload = { first: 'one', list, last: 'two' };
    const { value } = redactor.redactReport({ ...CLEAN, payload, cameraIpMap: list });
    const written = JSON.stringify(value.payload);
    assert.ok(written.length <= LIMITS.payloadCharsMax);
    assert.match(written, /^\{"first":"one","list":\["\[EMAIL#/);
    assert.ok(JSON.stringify(value.cameraIpMap).length <= LIMITS.payloadCharsMax);
  });
});
