import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BARE_REPORT, type Report } from '#intake/report.ts';
import { alertId } from '#kernel/id.ts';
import type { Redaction, Redactor } from '#redaction/redaction.ts';
import { type InboundBasis, receiveReport } from './inbound.ts';

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
