/** What must hold of reports, and of the walls between projects. */
import { type Ledger, nameAlert } from '#test/sim/seen/ledger.ts';
import type { AlertRow, EventRow } from '#test/sim/seen/snapshot.ts';
import { type Find, isOpen, type Observation } from '#test/sim/seen/observation.ts';

/** 1 */
export const findLostOrDoubleReport: Find = ({ now, ledger }) => {
  const byMarker = Map.groupBy(now.events, ({ marker }) => marker ?? '');
  for (const report of ledger.reports) {
    const stored = byMarker.get(report.marker)?.length ?? 0;
    if (report.isAccepted && stored === 0)
      return `report ${report.marker} was accepted and is gone`;
    if (stored > report.sends) {
      return `report ${report.marker} was sent ${report.sends} times and stored ${stored} times`;
    }
  }
  const keyed = now.events.filter(({ provider_event_id }) => provider_event_id !== null);
  const nameKey = (event: EventRow) =>
    `${event.project_id}/${event.source_id}/${event.provider_event_id}`;
  for (const [key, events] of Map.groupBy(keyed, nameKey)) {
    const firsts = events.filter(({ is_duplicate }) => !is_duplicate).length;
    // The name of an alert is free again when it is forgotten.
    const lives = 1 + Math.max(...events.map((event) => countForgotten(ledger, event)));
    if (firsts < 1 || firsts > lives) return `${firsts} of the events ${key} count as the first`;
  }
  return null;
};

function countForgotten(ledger: Ledger, { project_id, alert_id }: EventRow): number {
  return alert_id === null
    ? 0
    : (ledger.forgetCounts.get(nameAlert({ project_id, alert_id })) ?? 0);
}

/** 2 */
export const findUnlinkedReport: Find = ({ now, ledger }) => {
  const alerts = new Set(now.alerts.map(nameAlert));
  for (const event of now.events) {
    const { project_id, alert_id, stage } = event;
    if (alert_id === null) {
      if (stage === 'resolved' || event.is_duplicate) continue;
      return `event ${event.event_id} (${event.marker}) has no alert`;
    }
    const name = nameAlert({ project_id, alert_id });
    if (!alerts.has(name) && !ledger.forgotten.has(name)) {
      return `event ${event.event_id} names alert ${alert_id}, which is not there`;
    }
  }
  return null;
};

/** 14: of label reports in a step of their own, so that nothing else moved the alert since. */
export const findSwallowedReport: Find = (seen) => {
  const { now, before, act, ledger } = seen;
  if (act?.kind !== 'labels') return null;
  // Sent twice, the end at the head of a batch comes again after what followed it.
  if (ledger.reports.some(({ step, sends }) => step === ledger.step && sends > 1)) return null;
  const known = new Set(before.events.map(({ event_id }) => event_id));
  const fresh = now.events.filter(({ event_id }) => !known.has(event_id));
  const alerts = new Map(now.alerts.map((alert) => [nameAlert(alert), alert]));
  for (const [, events] of Map.groupBy(fresh, ({ fingerprint }) => fingerprint)) {
    const last = events.at(-1);
    if (last?.stage !== 'received' || last.alert_id === null) continue;
    const { project_id, alert_id } = last;
    const alert = alerts.get(nameAlert({ project_id, alert_id }));
    if (alert === undefined || isOpen(alert) || isSettledByPerson(alert)) continue;
    return `report ${last.marker} came to ${alert.status} alert ${alert_id}, which nobody answered`;
  }
  return null;
};

function isSettledByPerson(alert: AlertRow): boolean {
  if (alert.status === 'EXPIRED') return alert.closed_at !== null;
  return alert.outcome !== 'resolved_by_source';
}

/** 13 */
export const findMixedProjects: Find = (seen) => {
  const { now, ledger } = seen;
  const projectOfReport = new Map(ledger.reports.map((report) => [report.marker, report.project]));
  for (const event of now.events) {
    const project = projectOfReport.get(event.marker ?? '');
    if (project !== event.project_id) return `report ${event.marker} is in ${event.project_id}`;
  }
  for (const alert of now.alerts) {
    const said = alert.labels['project'];
    if (said !== alert.project_id) return `an alert of ${said} is in ${alert.project_id}`;
  }
  return findMixedMessage(seen);
};

function findMixedMessage({ now, flights, projects }: Observation): string | null {
  const projectOfChannel = new Map(
    projects.flatMap(({ plan, channelIds }) => channelIds.map((id) => [id, plan.projectId])),
  );
  const subjects = new Set([
    ...now.alerts.map(nameAlert),
    ...now.events.map(({ project_id, event_id }) => `${project_id}/${event_id}`),
  ]);
  for (const row of now.notifications) {
    if (projectOfChannel.get(row.channel_id) !== row.project_id) {
      return `notification ${row.notification_id} of ${row.project_id} is on a strange channel`;
    }
    if (!subjects.has(`${row.project_id}/${row.subject_id}`)) {
      return `notification ${row.notification_id} is about ${row.subject_id}, not of its project`;
    }
  }
  return findMixedFlight({ now, flights, projects });
}

/** Every address has the name of its project in it. */
function findMixedFlight({
  now,
  flights,
  projects,
}: Pick<Observation, 'now' | 'flights' | 'projects'>): string | null {
  const ids = projects.map(({ plan }) => plan.projectId);
  const projectOf = new Map(now.notifications.map((row) => [row.notification_id, row.project_id]));
  for (const { to, notificationId, number } of flights) {
    const owner = ids.find((id) => to.startsWith(`${id}-`));
    const project = projectOf.get(notificationId);
    if (project === undefined || project === owner) continue;
    return `message ${number} of ${project} went to ${to}`;
  }
  return null;
}
