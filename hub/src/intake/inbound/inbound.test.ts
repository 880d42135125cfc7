import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BARE_REPORT, type Report } from '#intake/report.ts';
import { ALERT_ID_PATTERN, alertId } from '#kernel/id.ts';
import { BASE_POLICY } from '#redaction/policy.ts';
import { createRedactor, type Redaction, type Redactor } from '#redaction/redaction.ts';
import { type InboundBasis, receiveReport, redactAlertId, redactSenderId } from './inbound.ts';

/** Masks every number of four digits with one and the same mask: the worst that masks can do. */
const mask = (text: string) => text.replaceAll(/\d{4}/g, '[PIN#aaaaaaaa]');

function redact<T>(value: T, masked: T): Redaction<T> {
  const hasRedactedContent = JSON.stringify(value) !== JSON.stringify(masked);
  return { value: masked, hasRedactedContent, version: 'test-1', masks: {} };
}

function refuse(): never {
  throw new Error('is not asked for here');
}

const redactor: Redactor = {
  version: 'test-1',
  redactText: (text) => redact(text, mask(text)),
  redactJson: refuse,
  redactObject: refuse,
  redactReport: (report) => {
    const providerEventId = report.providerEventId === null ? null : mask(report.providerEventId);
    return redact(report, { ...report, title: mask(report.title), providerEventId });
  },
  redactId: (id) => redact(id, id.replaceAll(/\d{4}/g, 'PIN-aaaaaaaa')),
};

const basis = (dedupWindowS: number | null = null): InboundBasis => ({
  source: { dedupWindowS },
  redactor,
  contentKey: new Uint8Array(32),
});

function receive(more: Partial<Report>, dedupWindowS: number | null = null) {
  const about = { stage: 'received', identity: { kind: 'single' }, title: 'Fall' } as const;
  const raw: Report = { ...BARE_REPORT, ...about, severity: 'high', ...more };
  return receiveReport(raw, basis(dedupWindowS));
}

describe('a report that comes in', () => {
  test('is stored masked, and says so', () => {
    const { redaction } = receive({ title: 'PIN 1234' });
    assert.equal(redaction.value.title, 'PIN [PIN#aaaaaaaa]');
    assert.deepEqual([redaction.hasRedactedContent, redaction.version], [true, 'test-1']);
    assert.equal(receive({}).redaction.hasRedactedContent, false);
  });

  test('is of the same problem as before, whatever was masked', () => {
    const identity = { kind: 'key', key: 'room 1234' } as const;
    assert.deepEqual(receive({ identity }).redaction.value.identity, identity);
  });

  test('whose own name is a secret is called by the mask of it, each time', () => {
    const identity = { kind: 'own', alertId: alertId('fall-1234') } as const;
    const { redaction } = receive({ identity });
    const own = { kind: 'own', alertId: 'fall-PIN-aaaaaaaa' };
    assert.deepEqual(redaction.value.identity, own);
    assert.equal(redaction.hasRedactedContent, true);
    const plain = { kind: 'own', alertId: alertId('fall-1') } as const;
    assert.deepEqual(receive({ identity: plain }).redaction.value.identity, plain);
  });
});

describe('what duplicates go by', () => {
  test("is the sender's id, as it is", () => {
    assert.equal(receive({ providerEventId: 'box-7/1' }).duplicateKey, 'box-7/1');
  });

  test('is never a mask, which two ids may share, nor an id that is masked', () => {
    const [one, other, again] = ['pin 1234', 'pin 5678', 'pin 1234'].map((providerEventId) => {
      const { duplicateKey, redaction } = receive({ providerEventId });
      assert.equal(redaction.value.providerEventId, 'pin [PIN#aaaaaaaa]');
      assert.match(duplicateKey ?? '', /^masked:[0-9a-f]{64}$/);
      return duplicateKey;
    });
    assert.notEqual(one, other);
    assert.equal(one, again);
  });

  test('is the content, keyed, where the source has a window for it', () => {
    assert.equal(receive({ title: 'PIN 1234' }).duplicateKey, null);
    const [one, other] = ['PIN 1234', 'PIN 5678'].map(
      (title) => receive({ title }, 60).duplicateKey,
    );
    assert.match(one ?? '', /^content:[0-9a-f]{64}$/);
    assert.notEqual(one, other);
  });
});

describe('ids', () => {
  const real = createRedactor(BASE_POLICY, 'key of a project');

  test('stay as they are, whatever they look like by chance', () => {
    for (const id of [
      '3312345678',
      '4111111111111111',
      '0199a2c3-7d4e-7a61-9b1f-5c2d8e4f6a70',
      'edge_box_01_camera_12_20260318160312_9f2c1b',
      'am1:507a62d79ee76c9a',
      '10.0.0.12:9100',
      '203.0.113.9',
    ]) {
      assert.equal(redactSenderId(id, real), null, id);
      assert.equal(redactAlertId(id.replaceAll(/[^\w.:-]/g, ''), real), null, id);
    }
  });

  test('are masked for a secret, or what is beyond doubt somebody', () => {
    for (const id of [
      'anna@example.org',
      '+39 347 768 2233',
      'RSSMRA85T10A562S',
      '11010519491231002X',
      '4111 1111 1111 1111',
      'https://box.example/a?access_token=qu3ryT0kenCanary',
      'event_alert/Authorization%3A%20Bearer%20c4n4ryBearer0123456789/triggered',
    ]) {
      assert.match(redactSenderId(id, real) ?? '', /\[[A-Z_]+#[a-z2-7]{8}\]/, id);
    }
  });

  test('of alerts are masked in characters that they may have, the same each time', () => {
    for (const id of ['RSSMRA85T10A562S', 'bed:11010519491231002X', 'AKIACANARYBIRD234567']) {
      const masked = redactAlertId(id, real);
      assert.match(masked ?? '', ALERT_ID_PATTERN);
      assert.match(masked ?? '', /[A-Z_]+-[a-z2-7]{8}$/);
      assert.equal(redactAlertId(id, real), masked);
    }
  });
});
