/** What must hold of alerts that are over, and of those that are forgotten. */
import { nameAlert } from '#test/sim/seen/ledger.ts';
import { type Find, findProject, indexOf, type Observation } from '#test/sim/seen/observation.ts';
import type { AlertRow } from '#test/sim/seen/snapshot.ts';

const DAY_MS = 86_400_000;

/** 38 */
export const findWrongArchive: Find = (seen) => {
  const [before, now] = [indexOf(seen.before), indexOf(seen.now)];
  for (const [name, was] of before.alerts) {
    const is = now.alerts.get(name);
    const isGone = is === undefined || is.created_at !== was.created_at;
    if (isGone && !isForgettable(seen, was)) return `${name} was forgotten too soon`;
    if (isGone && now.escalations.get(name) !== undefined && is === undefined) {
      return `${name} was forgotten, its calling was not`;
    }
    if (isGone || is.archived_at === null || was.archived_at !== null) continue;
    if (!isArchivable(seen, was)) return `${name}, which is ${was.status}, was archived`;
  }
  return findKept(seen) ?? findOrphan(seen);
};

function isOver({ status, closed_at: closedAt }: AlertRow): boolean {
  return status === 'RESOLVED' || (status === 'EXPIRED' && closedAt !== null);
}

function isArchivable(seen: Observation, alert: AlertRow): boolean {
  const { archiveAfterS } = findProject(seen, alert.project_id).plan;
  return isOver(alert) && alert.updated_at + archiveAfterS * 1_000 <= seen.at;
}

function isForgettable(seen: Observation, alert: AlertRow): boolean {
  const { retentionDays } = findProject(seen, alert.project_id).plan;
  if (retentionDays === null || alert.archived_at === null || !isOver(alert)) return false;
  return Math.max(alert.archived_at, alert.last_event_at) + retentionDays * DAY_MS <= seen.at;
}

/** A beat that ran through leaves nothing behind that is past its time. */
function findKept(seen: Observation): string | null {
  if (!seen.ledger.hasForgotten || seen.ledger.isTroubled) return null;
  for (const alert of seen.now.alerts) {
    if (alert.archived_at === null && isArchivable(seen, alert)) {
      return `${nameAlert(alert)} is over and was not archived`;
    }
    if (isForgettable(seen, alert)) return `${nameAlert(alert)} was not forgotten`;
  }
  return null;
}

/** With an alert goes all that is about it. */
function findOrphan({ now }: Observation): string | null {
  const { alerts } = indexOf(now);
  const rows = [...now.timeline, ...now.escalations].map(nameAlert);
  const subjects = now.notifications.flatMap((row) =>
    row.subject_kind === 'alert'
      ? nameAlert({ project_id: row.project_id, alert_id: row.subject_id })
      : [],
  );
  const heads = now.heads.flatMap(({ project_id, current_alert_id: id }) =>
    id === null ? [] : nameAlert({ project_id, alert_id: id }),
  );
  const orphan = [...rows, ...subjects, ...heads].find((name) => !alerts.has(name));
  return orphan === undefined ? null : `something is left of ${orphan}, which is gone`;
}

/** 39 */
export const findVanishedExpiry: Find = ({ before, now }) => {
  const { alerts } = indexOf(now);
  for (const was of before.alerts) {
    if (was.status !== 'EXPIRED' || was.closed_at !== null) continue;
    const is = alerts.get(nameAlert(was));
    const isShown = is !== undefined && (is.archived_at === null || is.closed_at !== null);
    if (!isShown) return `${was.alert_id} expired, nobody closed it, and it left the board`;
  }
  return null;
};
