/**
 * Rounds that nobody will get: every message of them has failed or was skipped. Told to the
 * escalation of their alert, which tells those who look after the project. Many alerts in one
 * transaction: whoever tells it holds up what is to be sent.
 */
import { listLostRounds } from '#delivery/receipt.store.ts';
import type { RoundRef } from '#delivery/store.ts';
import { LIMITS } from '#kernel/limits.ts';
import { TIMER } from '#kernel/principal.ts';
import { listUntoldRounds } from '#app/read/untold-rounds.ts';
import { type CommandDeps, runAnswers } from '#app/run-commands.ts';

/** Returns whether there is something to send now. */
export async function tellLostRounds(
  deps: CommandDeps,
  rounds: readonly RoundRef[],
): Promise<boolean> {
  const lost = await deps.database.read((db) => listLostRounds(db, distinct(rounds)));
  let hasNotifications = false;
  for (const same of groupAlike(lost)) {
    const [first] = same;
    if (first === undefined) continue;
    const { round, isExpiry } = first;
    const command = { kind: 'lose_round', by: TIMER, round, isExpiry } as const;
    const results = await runAnswers(deps, same, command);
    const works = [...results.values()].flatMap((result) => ('work' in result ? result.work : []));
    if (works.some((work) => work.notifications.length > 0)) hasNotifications = true;
  }
  return hasNotifications;
}

/** Of one project and one number: ids of alerts are unique in a project only. */
function groupAlike(rounds: readonly RoundRef[]): readonly (readonly RoundRef[])[] {
  const nameOf = (ref: RoundRef) => JSON.stringify([ref.projectId, ref.round, ref.isExpiry]);
  return [...Map.groupBy(rounds, nameOf).values()];
}

function distinct(rounds: readonly RoundRef[]): readonly RoundRef[] {
  const nameOf = ({ projectId, alertId, round, isExpiry }: RoundRef) =>
    JSON.stringify([projectId, alertId, round, isExpiry]);
  return [...new Map(rounds.map((ref) => [nameOf(ref), ref])).values()];
}

/**
 * Finds those that were never told: whoever ended their last message died before saying so.
 * Returns whether there is something to send now.
 */
export async function runLostRoundsOnce(deps: CommandDeps): Promise<boolean> {
  const rounds = await deps.database.transaction((tx) =>
    listUntoldRounds(tx, LIMITS.untoldRoundsMax),
  );
  return rounds.length > 0 && (await tellLostRounds(deps, rounds));
}
