import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseInstant } from '#kernel/instant.ts';
import { CliFailure } from '#app/cli/kit/command.ts';
import { readLabels } from './labels.ts';
import { renderRaised } from './raised.ts';

const NOW = parseInstant('2026-01-31T08:00:00Z') ?? assert.fail();
const ALERT = {
  alert_id: 'fall-17',
  severity: 'critical',
  status: 'PENDING',
  title: 'Fall in room 12',
  is_nobody_called: false,
  next_step: { label: 'Reminder 1', due_at: '2026-01-31T08:01:59.900Z' },
};

describe('an alert that was raised', () => {
  test('is told with its id first, who is called, and how to answer', () => {
    assert.equal(
      renderRaised(ALERT, NOW),
      `fall-17  critical  PENDING  Fall in room 12
People are called. Next, unless somebody answers: Reminder 1 in 2 min.
Answer it: tocsin alert ack fall-17. See who was told: tocsin alert show fall-17`,
    );
  });

  test('and calls nobody says so', () => {
    const text = renderRaised({ ...ALERT, is_nobody_called: true }, NOW);
    assert.match(text, /\nNobody is called: no rule takes it.* See tocsin rule list\. Next/);
    assert.match(renderRaised({ ...ALERT, next_step: null }, NOW), /\nPeople are called\.\n/);
  });
});

test('labels are names and values; a value may hold anything', () => {
  assert.deepEqual(readLabels(['ward=3', 'url=http://x/?a=b', 'empty=']), {
    ward: '3',
    url: 'http://x/?a=b',
    empty: '',
  });
  for (const wrong of ['ward', '=3', '']) assert.throws(() => readLabels([wrong]), CliFailure);
});
