/** What persons do about alerts through the API, and what they are told. */
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import type { Asked } from '#test/sim/seen/ledger.ts';
import { nameAlert } from '#test/sim/seen/ledger.ts';
import type { AlertRow } from '#test/sim/seen/snapshot.ts';
import type { Act, AskedFor, Step } from '#test/sim/draw.ts';
import type { Sim } from '#test/sim/sim.ts';
import { textOf } from '#test/sim/world.ts';
import { keyOf, pickAgain, pickOne, send } from './send.ts';

type ActOf<Kind extends Act['kind']> = Extract<Act, { readonly kind: Kind }>;

/** Most answers are about open alerts. */
const OPEN_SHARE = 0.85;

function pickAlert(sim: Sim, step: Step): AlertRow | undefined {
  const { alerts } = sim.last;
  const open = alerts.filter(({ status }) => status !== 'RESOLVED' && status !== 'EXPIRED');
  const among = open.length > 0 && step.pick < OPEN_SHARE ? open : alerts;
  return pickOne(among, pickAgain(step));
}

export async function answerAlert(sim: Sim, step: Step, act: ActOf<'answer'>): Promise<void> {
  const alert = pickAlert(sim, step);
  if (alert !== undefined) await answerOne(sim, step, { alert, status: act.status });
}

export async function answerOne(
  sim: Sim,
  step: Step,
  what: { readonly alert: AlertRow; readonly status: string },
): Promise<void> {
  const { alert, status } = what;
  const answer = await send(sim, step, {
    path: `/api/v1/alerts/${alert.alert_id}/status`,
    key: keyOf(sim, alert.project_id),
    body: { status },
  });
  if (answer?.status !== 200 || !isJsonObject(answer.body)) return;
  if (answer.body['changed'] !== true) return;
  sim.ledger.answers.push({ project: alert.project_id, alertId: alert.alert_id, status });
}

type Wish = { readonly path: string; readonly body: JsonObject };

/** `mark` is found again on the timeline. */
const WISHES: Readonly<Record<AskedFor, (mark: string) => Wish>> = {
  escalate_step: (detail) => ({ path: 'escalate', body: { detail } }),
  escalate_responder: (detail) => ({ path: 'escalate', body: { whom: 'responder', detail } }),
  outside: (detail) => ({ path: 'notifications', body: { recipient: 'by phone', detail } }),
  note: (detail) => ({ path: 'note', body: { detail } }),
  assign: (detail) => ({ path: 'assign', body: { assigned_to: `to-${detail}`, detail } }),
  unassign: (detail) => ({ path: 'assign', body: { assigned_to: null, detail } }),
  close: (detail) => ({ path: 'close', body: { detail } }),
};

export async function askFor(sim: Sim, step: Step, act: ActOf<'ask'>): Promise<void> {
  const expired = sim.last.alerts.filter(({ status }) => status === 'EXPIRED');
  const alert =
    act.what === 'close' && step.pick < OPEN_SHARE
      ? pickOne(expired, pickAgain(step))
      : pickAlert(sim, step);
  if (alert === undefined) return;
  const mark = `mark-${sim.ledger.step}`;
  const { path, body } = WISHES[act.what](mark);
  const asked = noteAsked(sim, { what: act.what, alert: nameAlert(alert) });
  const answer = await send(sim, step, {
    path: `/api/v1/alerts/${alert.alert_id}/${path}`,
    key: keyOf(sim, alert.project_id),
    body,
  });
  asked.statuses.push(answer?.status ?? 0);
  if (answer?.status !== 200) return;
  sim.ledger.said.push({ alert: nameAlert(alert), mark });
}

/** What was asked for in this step; its answers are added as they come. */
export function noteAsked(sim: Sim, asked: Pick<Asked, 'what' | 'alert'> & Partial<Asked>): Asked {
  const entry: Asked = { notificationId: null, isFutile: false, statuses: [], ...asked };
  sim.ledger.asked.push(entry);
  return entry;
}

const BULK_MAX = 8;

/** Open ones and those that are over, and one that is not there. */
export async function answerMany(sim: Sim, step: Step, act: ActOf<'bulk'>): Promise<void> {
  const alert = pickAlert(sim, step);
  if (alert === undefined) return;
  const { project_id: project } = alert;
  const ids = sim.last.alerts.filter((one) => one.project_id === project).slice(-BULK_MAX);
  const alertIds = [...ids.map(({ alert_id }) => alert_id), 'not-there'];
  const answer = await send(sim, step, {
    path: '/api/v1/alerts/bulk-status',
    key: keyOf(sim, project),
    body: { project_id: project, alert_ids: alertIds, status: act.status },
  });
  if (answer?.status !== 200 || !isJsonObject(answer.body)) return;
  for (const row of ids) sim.ledger.bulk.push({ alert: nameAlert(row), status: act.status });
  for (const result of listResults(answer.body['results'])) {
    if (result['changed'] !== true) continue;
    const alertId = textOf(result, 'alert_id');
    sim.ledger.answers.push({ project, alertId, status: act.status });
  }
}

function listResults(results: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(results) ? results.filter(isJsonObject) : [];
}
