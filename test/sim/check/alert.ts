/** What must hold of alerts and their history. */
import { nameAlert, RANKS } from '#test/sim/seen/ledger.ts';
import type { AlertRow, Snapshot, TimelineRow } from '#test/sim/seen/snapshot.ts';
import {
  type Find,
  indexOf,
  isOpen,
  isTouched,
  listEntries,
  listWithEscalation,
} from '#test/sim/seen/observation.ts';
import { listRounds } from '#test/sim/seen/rounds.ts';

/** 3 */
export const findSecondOpenAlert: Find = ({ now }) => {
  const open = now.alerts.filter(isOpen);
  const nameProblem = (alert: AlertRow) =>
    alert.fingerprint === null
      ? `${alert.project_id}/${alert.alert_key}`
      : `${alert.project_id}/${alert.source_id}/${alert.fingerprint}`;
  for (const [problem, alerts] of Map.groupBy(open, nameProblem)) {
    if (alerts.length > 1) return `${alerts.length} alerts are open for ${problem}`;
  }
  return null;
};

/** 4 */
export const findBackwardStatus: Find = ({ before, now }) => {
  const known = new Map(before.alerts.map((alert) => [nameAlert(alert), alert.status]));
  for (const alert of now.alerts) {
    const was = known.get(nameAlert(alert));
    known.delete(nameAlert(alert));
    if (was === undefined || was === alert.status) continue;
    const isTerminal = was === 'RESOLVED' || was === 'EXPIRED';
    if (isTerminal || (RANKS[alert.status] ?? 0) < (RANKS[was] ?? 0)) {
      return `alert ${alert.alert_id} went from ${was} to ${alert.status}`;
    }
  }
  return null;
};

/** 5 */
export const findOpenWithoutDue: Find = (seen) => {
  for (const [alert, escalation] of listWithEscalation(seen)) {
    if (escalation === undefined) return `alert ${alert.alert_id} has no escalation`;
    if (!isOpen(alert)) {
      if (escalation.due_at !== null) return `${alert.status} ${alert.alert_id} is still due`;
      continue;
    }
    if (escalation.due_at === null) return `open alert ${alert.alert_id} has no due time`;
  }
  return null;
};

/** 11 */
export const findWrongTimeline: Find = (seen) => {
  const { ledger } = seen;
  for (const [alert, escalation] of listWithEscalation(seen)) {
    if (!isTouched(seen, alert)) continue;
    const entries = listEntries(seen.now, alert);
    const fault = findTimelineFault(alert, entries) ?? findRoundFault(entries, escalation);
    if (fault !== null) return `timeline of ${alert.alert_id}: ${fault}`;
  }
  const { timeline } = indexOf(seen.now);
  for (const { project, alertId, status } of ledger.answers) {
    const entries = timeline.get(nameAlert({ project_id: project, alert_id: alertId })) ?? [];
    const isThere = listMoves(entries).some(([, to]) => to === status);
    if (!isThere) return `the answer ${status} to ${alertId} was accepted and is not there`;
  }
  for (const { alert, mark } of ledger.said) {
    const isTold = (timeline.get(alert) ?? []).some(({ detail }) => isMarked(detail, mark));
    if (!isTold) return `what was said of ${alert} with ${mark} was accepted and is not there`;
  }
  return null;
};

function isMarked(detail: string, mark: string): boolean {
  return detail === mark || detail.endsWith(` ${mark}`);
}

function findTimelineFault(alert: AlertRow, entries: readonly TimelineRow[]): string | null {
  const count = (kind: string) => entries.filter((entry) => entry.kind === kind).length;
  if (count('CREATED') !== 1) return `${count('CREATED')} CREATED entries`;
  const moves = new Map(listMoves(entries));
  let status = 'PENDING';
  for (let index = 0; index < count('STATUS_CHANGED'); index += 1) {
    const to = moves.get(status);
    if (to === undefined) return `no change leads on from ${status}`;
    status = to;
  }
  if (status !== alert.status) return `it ends ${status}, the alert is ${alert.status}`;
  if (count('JOINED') !== alert.occurrence_count - 1) {
    return `${count('JOINED')} JOINED entries for ${alert.occurrence_count} occurrences`;
  }
  const isClosed = alert.closed_at !== null;
  return count('CLOSED') === (isClosed ? 1 : 0) ? null : `${count('CLOSED')} CLOSED entries`;
}

/** Replayed as a chain: entries of one millisecond by two nodes have no order of their own. */
function listMoves(entries: readonly TimelineRow[]): readonly (readonly [string, string])[] {
  return entries
    .filter(({ kind }) => kind === 'STATUS_CHANGED')
    .map(({ detail }) => {
      const [from = '', to = ''] = (detail.split(' | ')[0] ?? '').split(' -> ');
      return [from, to] as const;
    });
}

/** Every round handed over has its line, "send #m" from 2 on. */
function findRoundFault(
  entries: readonly TimelineRow[],
  escalation: Snapshot['escalations'][number] | undefined,
): string | null {
  if (escalation === undefined) return 'no escalation';
  const { round_count: rounds, round } = escalation;
  if (rounds !== round + 1) return `round ${round}, but ${rounds} rounds handed over`;
  const told = listRounds(entries).map((line) => line.round);
  const isWhole = told.length === round && told.every((number, index) => number === index + 1);
  return isWhole ? null : `it tells of rounds ${told.join(', ')}; there were ${round}`;
}

/** 36: the step that fired last gives a round beside the steps its level. */
export const findWrongLevel: Find = (seen) => {
  for (const [alert, escalation] of listWithEscalation(seen)) {
    if (escalation === undefined || !isTouched(seen, alert)) continue;
    let fired = 0;
    for (const { step, level, round } of listRounds(listEntries(seen.now, alert))) {
      if (step !== null) fired = step;
      if (level === fired) continue;
      return `round ${round} of ${alert.alert_id} has level ${level}; step ${fired} had fired`;
    }
    if (escalation.fired_level !== fired) {
      const { fired_level: level } = escalation;
      return `${alert.alert_id} stands at level ${level}; step ${fired} fired last`;
    }
  }
  return null;
};

/** 37: entries of one millisecond by two nodes have no order of their own. */
export const findWrongHolder: Find = (seen) => {
  for (const alert of seen.now.alerts) {
    if (!isTouched(seen, alert)) continue;
    const { alert_id: id, assigned_to: to, closed_by: by } = alert;
    const entries = listEntries(seen.now, alert);
    const assigned = entries.filter(({ kind }) => kind === 'ASSIGNED');
    const last = Math.max(...assigned.map(({ at }) => at));
    const said = assigned
      .filter(({ at }) => at === last)
      .map(({ detail }) => /^to (?:nobody|(\S+))/.exec(detail)?.[1] ?? null);
    if (assigned.length > 0 && !said.includes(to))
      return `${id} is assigned to ${to}, not ${said[0]}`;
    if (assigned.length === 0 && to !== null) return `${id} is assigned to ${to}, untold`;
    const closed = entries.find(({ kind }) => kind === 'CLOSED');
    if ((closed?.principal_name ?? null) !== by) return `${id} is closed by ${by}, untold`;
  }
  return null;
};

/** 17: same start as the last report, the episode not over: nobody is called, nothing is joined. */
export const findCallingRepost: Find = ({ before, now, act, ledger }) => {
  if (act?.kind !== 'labels') return null;
  const reports = ledger.reports.filter(({ step }) => step === ledger.step);
  for (const [problem, posts] of Map.groupBy(reports, (report) => report.problem)) {
    const alert = before.alerts.find(
      ({ labels, project_id }) =>
        labels['alertname'] === problem && project_id === posts[0]?.project,
    );
    if (alert === undefined) continue;
    const head = before.heads.find(({ alert_key }) => alert_key === alert.alert_key);
    const isSame = posts.every(
      ({ stage, startsAt }) => stage === 'received' && startsAt === head?.episode_started_at,
    );
    if (head === undefined || !isSame || head.is_episode_over) continue;
    const fault = findNewCall({ before, now }, head.project_id, head.current_alert_id ?? '');
    if (fault !== null) return fault;
  }
  return null;
};

function findNewCall(
  { before, now }: { readonly before: Snapshot; readonly now: Snapshot },
  projectId: string,
  alertId: string,
): string | null {
  const isIt = (row: { readonly project_id: string; readonly alert_id: string }) =>
    row.project_id === projectId && row.alert_id === alertId;
  const [was, is] = [before, now].map(({ alerts, escalations }) => ({
    occurrences: alerts.find(isIt)?.occurrence_count,
    round: escalations.find(isIt)?.round,
  }));
  if (was?.occurrences !== is?.occurrences) return `a re-post joined alert ${alertId}`;
  return was?.round === is?.round ? null : `a re-post called people again about ${alertId}`;
}
