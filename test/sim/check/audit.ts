/** What persons did to alerts is in the audit, whatever broke meanwhile. */
import type { Find } from '#test/sim/seen/observation.ts';

/** Of a timeline: what only answers of persons write, whichever answer it was. */
const ANSWERED = ['NOTE', 'ASSIGNED', 'CLOSED'];

const PERSONS = ['admin_key', 'api_key', 'session', 'action_link'];

/** 41. Both are written in one transaction, and so at one moment. */
export const findUnaudited: Find = ({ now }) => {
  const audited = new Set(
    now.audit.map(({ project_id, object_id, at }) => `${project_id}/${object_id} at ${at}`),
  );
  for (const { project_id, alert_id, at, kind, auth_method } of now.timeline) {
    if (!ANSWERED.includes(kind) || !PERSONS.includes(auth_method)) continue;
    const name = `${project_id}/${alert_id} at ${at}`;
    if (!audited.has(name)) return `${kind} of ${name} is on the timeline, and not in the audit`;
  }
  return null;
};
