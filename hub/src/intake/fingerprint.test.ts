import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { computeFingerprint, renderBareFingerprint } from './fingerprint.ts';

type Labels = Readonly<Record<string, string>>;

/** Each value is one that Alertmanager itself gave. */
const VECTORS: readonly (readonly [string, Labels])[] = [
  ['cbf29ce484222325', {}],
  ['507a62d79ee76c9a', { name: 'garland, briggs', fear: 'love is not enough' }],
  [
    'ba00795d978ce75b',
    {
      alertname: 'HighErrorRate',
      severity: 'critical',
      namespace: 'prod',
      service: 'checkout',
      cluster: 'eu-1',
    },
  ],
  [
    '225b5a65cb4778b6',
    { alertname: 'CadutaRilevata', camera: 'camera n° 12 – letto', severity: 'page' },
  ],
];

/** FNV-1a over 64 bits, said as its definition says it. */
function computeReference(labels: Labels): string {
  const encoder = new TextEncoder();
  const compare = (one: string, other: string) =>
    Buffer.compare(encoder.encode(one), encoder.encode(other));
  let hash = 0xcbf29ce484222325n;
  const add = (bytes: Iterable<number>) => {
    for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & (2n ** 64n - 1n);
  };
  for (const name of Object.keys(labels).toSorted(compare)) {
    const value = labels[name] ?? '';
    if (value === '') continue;
    for (const text of [name, value]) add([...encoder.encode(text), 0xff]);
  }
  return hash.toString(16).padStart(16, '0');
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('a', 'é', '\uffff', '\ue000', '😀', '\u{10ffff}'),
    maxLength: 4,
  }),
);
const anyLabels = fc.dictionary(anyText, anyText, { maxKeys: 8 });

describe('a fingerprint', () => {
  for (const [meant, labels] of VECTORS) {
    test(`of ${JSON.stringify(labels)} is what Alertmanager computes`, () => {
      assert.equal(computeFingerprint(labels), `am1:${meant}`);
      assert.equal(computeReference(labels), meant);
    });
  }

  test('is the one that a real Alertmanager answered with', () => {
    const folder = join(import.meta.dirname, '../../../test/fixtures/alertmanager');
    const answer = readFileSync(join(folder, 'api-v2-get-alerts-response.json'), 'utf8');
    const alerts = parseAnswer(answer);
    assert.ok(alerts.length > 0);
    for (const { labels, fingerprint } of alerts) {
      assert.equal(renderBareFingerprint(computeFingerprint(labels)), fingerprint);
    }
  });

  test('property: is FNV-1a of the labels in the order of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(anyLabels, (labels) => {
        assert.equal(computeFingerprint(labels), `am1:${computeReference(labels)}`);
      }),
      { numRuns: 2_000 },
    );
  });

  test('property: does not depend on the order in which labels come', () => {
    fc.assert(
      fc.property(anyLabels, (labels) => {
        const turned = Object.fromEntries(Object.entries(labels).toReversed());
        assert.equal(computeFingerprint(turned), computeFingerprint(labels));
      }),
    );
  });

  test('names beyond U+FFFF come after U+FFFF, as their bytes do, not before as in UTF-16', () => {
    const labels = { '\uffff': 'a', '😀': 'b' };
    assert.deepEqual(Object.keys(labels).toSorted(), ['😀', '\uffff']);
    assert.equal(computeFingerprint(labels), `am1:${computeReference(labels)}`);
  });

  test('a label without a value counts as none', () => {
    assert.equal(computeFingerprint({ a: 'b', c: '' }), computeFingerprint({ a: 'b' }));
    assert.equal(computeFingerprint({ a: '' }), computeFingerprint({}));
  });

  test('where a name ends and its value begins matters', () => {
    const prints = [{ ab: 'c' }, { a: 'bc' }, { a: 'b', c: 'd' }, { a: 'c', b: 'd' }, { abc: 'x' }];
    assert.equal(new Set(prints.map(computeFingerprint)).size, prints.length);
  });

  test('is shown as Alertmanager prints it, and one of a sender stays as it is', () => {
    assert.equal(renderBareFingerprint('am1:00000000000000ff'), '00000000000000ff');
    assert.equal(renderBareFingerprint('their-own'), 'their-own');
  });
});

function parseAnswer(text: string): readonly { labels: Labels; fingerprint: string }[] {
  return JSON.parse(text) as readonly { labels: Labels; fingerprint: string }[];
}
