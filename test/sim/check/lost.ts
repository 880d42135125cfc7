/** What must hold of rounds whose messages all come to nothing. */
import {
  type Find,
  findProject,
  indexOf,
  isGivenUp,
  isOpen,
  listSettings,
} from '#test/sim/seen/observation.ts';
import type { NotificationRow } from '#test/sim/seen/snapshot.ts';
import { reachAdministrators } from '#test/sim/seen/ways.ts';

const isUnsent = ({ status }: NotificationRow) => status === 'failed' || status === 'skipped';

/**
 * 40: told after the commit that ended the last message, so it is looked for only where nothing
 * broke in between.
 */
export const findSilentLoss: Find = (seen) => {
  if (seen.ledger.isTroubled) return null;
  const [before, now] = [indexOf(seen.before), indexOf(seen.now)];
  const known = new Map(seen.before.notifications.map((row) => [row.notification_id, row]));
  for (const [name, rows] of now.notifications) {
    const escalation = now.escalations.get(name);
    const alert = now.alerts.get(name);
    if (escalation === undefined || alert === undefined) continue;
    const was = before.alerts.get(name)?.status;
    const { round, last_round_at: lastRoundAt } = escalation;
    // Somebody has it, unless people were called after that.
    const takenAt = isGivenUp(alert) ? null : alert.acknowledged_at;
    const isHeld = (takenAt ?? lastRoundAt) > lastRoundAt;
    if (!isOpen(alert) || isHeld || was !== alert.status) continue;
    const calls = rows.filter((row) => row.purpose === 'call' && row.round === round);
    const hasJustEnded = calls.some((row) => {
      const old = known.get(row.notification_id);
      return old !== undefined && !isUnsent(old) && isUnsent(row);
    });
    if (!hasJustEnded || !calls.every(isUnsent)) continue;
    const isTold = rows.some(({ transition }) => /^(lost|nobody):/.test(transition));
    const project = findProject(seen, alert.project_id);
    const wanted = listSettings(seen, project).every((one) => reachAdministrators(one).length > 0);
    if (!isTold && wanted) return `round ${round} of ${name} reaches nobody, and nobody is told`;
    if (escalation.called_count > 0) return `round ${round} of ${name} reaches nobody, and counts`;
  }
  return null;
};
