/**
 * Rounds that nobody will get: every message of them has failed or was skipped. Told to the
 * escalation of their alert, which tells those who look after the project.
 */
import { listLostRounds } from '#delivery/receipt.store.ts';
import type { RoundRef } from '#delivery/store.ts';
import { TIMER } from '#kernel/principal.ts';
import { type CommandDeps, runAnswer } from '#app/run-commands.ts';

/** Returns whether there is something to send now. */
export async function tellLostRounds(
  deps: CommandDeps,
  rounds: readonly RoundRef[],
): Promise<boolean> {
  const lost = await deps.database.read((db) => listLostRounds(db, distinct(rounds)));
  let hasNotifications = false;
  for (const { projectId, alertId, round } of lost) {
    const command = { kind: 'lose_round', by: TIMER, round } as const;
    const result = await runAnswer(deps, { projectId, alertId }, { command });
    const isMoved = result.kind === 'changed' || result.kind === 'recorded';
    if (isMoved && result.work.notifications.length > 0) hasNotifications = true;
  }
  return hasNotifications;
}

function distinct(rounds: readonly RoundRef[]): readonly RoundRef[] {
  const byName = new Map(
    rounds.map((ref) => [JSON.stringify([ref.projectId, ref.alertId, ref.round]), ref]),
  );
  return [...byName.values()];
}
