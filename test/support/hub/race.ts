/**
 * Races in tests: the first transaction stops at a gate, the second comes, the gate opens. And what
 * holds for every alert afterwards, whoever came first.
 */
import assert from 'node:assert/strict';
import type { TestHub } from '#test/support/hub.ts';
import { type Answer, textOf } from './calls.ts';
import type { Gate, Gates } from './gate.ts';

/** How often each race is run. */
export const TIMES = 5;

export type Racing<First, Second> = {
  readonly gate: Gate;
  readonly first: () => Promise<First>;
  readonly second: () => Promise<Second>;
  /** Sessions that wait once the second has come; 1 when it does not wait at all. */
  readonly waitingCount?: number;
};

/** The first stops at the gate, the second comes, the gate opens. */
export async function race<First, Second>(
  gates: Gates,
  { gate, first, second, waitingCount = 2 }: Racing<First, Second>,
): Promise<readonly [First, Second]> {
  await gate.close();
  const one = first();
  let other: Promise<Second>;
  try {
    await gates.waiting(1);
    other = second();
    if (waitingCount === 1) await other;
    else await gates.waiting(waitingCount);
  } finally {
    await gate.open();
  }
  return Promise.all([one, other]);
}

/** What holds for every alert, whoever came first. */
export async function assertWhole(hub: TestHub): Promise<void> {
  const broken = await hub.query(`
    select a.alert_id, a.status, n.transition, n.status as message
      from alert a
      join notification n on n.project_id = a.project_id and n.subject_id = a.alert_id
     where n.purpose = 'call' and n.event_type <> 'alert.expired'
       and a.status in ('RESOLVED', 'EXPIRED')
       and n.status in ('pending', 'sending')
    union all
    select a.alert_id, a.status, 'due', e.due_kind
      from alert a
      join escalation e on e.project_id = a.project_id and e.alert_id = a.alert_id
     where (a.status in ('RESOLVED', 'EXPIRED')) <> (e.due_at is null)`);
  assert.deepEqual(broken, [], 'nothing is sent or due for what is over');
  const moves = await hub.query(`
    select alert_id, detail from timeline where kind = 'STATUS_CHANGED' order by entry_id`);
  const statuses = new Map<string, string>();
  for (const { alert_id: id, detail } of moves) {
    const [, from = '', to = ''] = /^(\w+) -> (\w+)/.exec(textOf(detail)) ?? [];
    assert.equal(from, statuses.get(textOf(id)) ?? 'PENDING', 'the timeline has no gap');
    statuses.set(textOf(id), to);
  }
}

export const noteOf = (answers: readonly Answer[]) => answers.map(({ text }) => text).join('\n');

export function countChanged(answers: readonly Answer[]): number {
  assert.ok(
    answers.every(({ status }) => status === 200),
    noteOf(answers),
  );
  return answers.filter((answer) => answer.at('changed') === true).length;
}
