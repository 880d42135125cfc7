import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeAudit } from './audit-answer.ts';

const answer = (vulnerabilities: object) =>
  JSON.stringify({ vulnerabilities, metadata: { dependencies: { prod: 90 } } });

test('a grave hole fails, and says which it is', () => {
  const judged = judgeAudit(
    answer({
      parser: { severity: 'high', via: [{ title: 'Reads beyond its end' }] },
      router: { severity: 'critical', via: ['parser'] },
      paint: { severity: 'moderate', via: [{ title: 'Drips' }] },
    }),
  );
  assert.deepEqual(judged, {
    kind: 'found',
    lines: [
      'FAILED audit: parser (high): Reads beyond its end',
      'FAILED audit: router (critical): by parser',
    ],
  });
});

test('without one it passes', () => {
  assert.equal(judgeAudit(answer({})).kind, 'clean');
  assert.equal(judgeAudit(answer({ paint: { severity: 'low', via: [] } })).kind, 'clean');
});

test('a registry that answers no audits is no pass: it is told, without its name', () => {
  const refused = { message: '405 - POST https://registry.example/x', statusCode: 405, error: {} };
  for (const output of [JSON.stringify(refused), '', 'npm error', '[]', '{}', 'null']) {
    const judged = judgeAudit(output);
    assert.ok(judged.kind === 'unanswered', output);
    assert.match(judged.sentence, /^WARNING audit: the registry answers no audits/);
    assert.doesNotMatch(judged.sentence, /example/);
  }
});
