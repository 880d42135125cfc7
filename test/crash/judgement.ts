/** What the evidence says about the promises: every fault as a sentence. Pure. */
import { type Evidence, renderSome } from './evidence.ts';
import type { Ledger } from './ledger.ts';

export type Arrivals = {
  readonly counts: ReadonlyMap<string, number>;
  readonly unsignedCount: number;
};

export type Judgement = {
  readonly lost: readonly string[];
  /** Copies at the target beyond the first. */
  readonly duplicateCount: number;
  readonly ambiguousCount: number;
  /** Of the requests that a kill cut off: how many had been stored. */
  readonly cutOffStoredCount: number;
  readonly faults: readonly string[];
};

export function judge(ledger: Ledger, evidence: Evidence, arrivals: Arrivals): Judgement {
  const lost = findLost(ledger, evidence);
  const { duplicateCount, faults: sendFaults } = judgeSends(evidence, arrivals);
  const twice = [...evidence.storedCount].filter(([, count]) => count > 1).map(([id]) => id);
  const unknown = [...evidence.storedCount.keys()].filter((id) => !ledger.asked.has(id));
  const takenBack = [...ledger.acknowledged].filter(
    (id) => !evidence.acknowledged.has(id) || !isStillAnswered(evidence.apiStatus.get(id)),
  );
  const odd = [...ledger.oddAnswers].map(([what, count]) => `${count} x ${what}`);
  return {
    lost,
    duplicateCount,
    ambiguousCount: evidence.notifications.reduce((sum, one) => sum + one.ambiguousCount, 0),
    cutOffStoredCount: [...ledger.cutOff].filter((id) => evidence.storedCount.has(id)).length,
    faults: [
      ...evidence.violations,
      ...sendFaults,
      ...renderFault('answered with a success and not there', lost),
      ...renderFault('stored twice under one own id', twice),
      ...renderFault('stored and never asked for', unknown),
      ...renderFault('acknowledged, answered with 200, and open again', takenBack),
      ...renderFault('answers that no sender expects', odd),
    ],
  };
}

function findLost(ledger: Ledger, evidence: Evidence): readonly string[] {
  return [...ledger.answered].filter((id) => {
    const isEvent = ledger.asked.get(id)?.kind === 'events';
    if (!evidence.storedCount.has(id)) return true;
    return isEvent
      ? evidence.eventIds.get(id) !== ledger.eventIds.get(id)
      : !evidence.apiStatus.has(id);
  });
}

function isStillAnswered(status: string | undefined): boolean {
  return status === 'ACKNOWLEDGED' || status === 'RESOLVED';
}

/** A copy is allowed for each attempt whose outcome nobody can know, and for nothing else. */
function judgeSends(evidence: Evidence, { counts, unsignedCount }: Arrivals) {
  const known = new Map(evidence.notifications.map((one) => [one.id, one]));
  const strange: string[] = [];
  const unexplained: string[] = [];
  let duplicateCount = 0;
  for (const [id, count] of counts) {
    const notification = known.get(id);
    duplicateCount += count - 1;
    if (notification === undefined) strange.push(id);
    else if (count > 1 + notification.ambiguousCount) unexplained.push(`${id} x ${count}`);
  }
  const silent = evidence.notifications
    .filter(({ id, status }) => status === 'sent' && !counts.has(id))
    .map(({ id, transition }) => `${id} ${transition}`);
  const isUnsigned = unsignedCount > 0;
  const faults = [
    ...renderFault('arrived at the target and not in the database', strange),
    ...renderFault('arrived again without an ambiguous attempt', unexplained),
    ...renderFault('said to be sent and never arrived', silent),
    ...renderFault('arrived with a wrong signature', isUnsigned ? [String(unsignedCount)] : []),
  ];
  return { duplicateCount, faults };
}

function renderFault(what: string, found: readonly string[]): readonly string[] {
  return found.length === 0 ? [] : [`${what}: ${renderSome(found)}`];
}
