/** What senders and persons ask of the nodes, over HTTP, and what they make of the answers. */
import { formatInstant, instant, MS_PER_MINUTE, plusMs } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';

import { type Act, type LabelPost, SITES, type Step } from './draw.ts';
import type { PostedReport } from './check/ledger.ts';
import { settle, type SimNode } from './node.ts';
import type { NativeRequest, Sim } from './sim.ts';
import type { AlertRow } from './check/snapshot.ts';
import { type Answer, ask, type MadeProject } from './world.ts';

type ActOf<Kind extends Act['kind']> = Extract<Act, { readonly kind: Kind }>;

type Request = {
  readonly path: string;
  readonly key: string;
  readonly body: JsonValue;
  readonly reports: readonly PostedReport[];
};

const RETRY_SHARE = 0.7;

/** Goes to the step's node; who gets no answer may try the next one, with the same ids. */
async function send(sim: Sim, step: Step, request: Request): Promise<Answer | null> {
  const count = sim.nodes.length;
  const tries = step.pick < RETRY_SHARE ? count + 1 : 1;
  for (let index = 0; index < tries; index += 1) {
    const node = sim.nodes[(step.node + index) % count];
    if (node === undefined || node.ports.isDead() || node.isPaused) continue;
    const answer = await sendTo(sim, node, request);
    if (answer !== null && answer.status < 500) return answer;
  }
  return null;
}

/** Null when the node died before it could answer. */
async function sendTo(sim: Sim, node: SimNode, request: Request): Promise<Answer | null> {
  const { path, key, body, reports } = request;
  sim.ledger.hasDelivered = false;
  for (const report of reports) report.sends += 1;
  const answer = await ask(node, { method: 'POST', path, key, body });
  await settle(sim.basis.activity);
  if (node.ports.isDead()) return null;
  const isTroubled = node.ports.hasStruck() || node.isCutOff;
  const isRefusal = answer.status >= 400 && answer.status < 500 && reports.length > 0;
  if ((answer.status >= 500 && !isTroubled) || isRefusal) {
    const line = node.log.lines.findLast(({ level }) => level === 'error');
    const why = JSON.stringify(line?.fields['error'] ?? answer.body);
    sim.ledger.surprises.push(`${path} answered ${answer.status}: ${why}`);
  }
  if (answer.status < 300) for (const report of reports) report.isAccepted = true;
  return answer;
}

function projectOf(sim: Sim, index: number): MadeProject {
  const made = sim.projects[index % sim.projects.length] ?? sim.projects[0];
  if (made === undefined) throw new Error('a world has a project');
  return made;
}

function labelsOf(project: MadeProject, name: string, problem: number): JsonObject {
  return {
    alertname: name,
    site: SITES[problem % SITES.length] ?? SITES[0],
    project: project.plan.projectId,
    severity: ['critical', 'warning', 'error', 'info'][problem] ?? 'info',
  };
}

function createReport(
  sim: Sim,
  project: MadeProject,
  facts: Pick<PostedReport, 'stage' | 'eventKey' | 'problem' | 'startsAt'>,
): PostedReport {
  const { ledger } = sim;
  const report: PostedReport = {
    project: project.plan.projectId,
    marker: `m${ledger.reports.length + 1}`,
    step: ledger.step,
    sends: 0,
    isAccepted: false,
    ...facts,
  };
  ledger.reports.push(report);
  return report;
}

/** Announced by most senders, left out by some: then it is over unless posted again in time. */
const ANNOUNCED_END_MS = 20 * MS_PER_MINUTE;
const ANNOUNCED_SHARE = 0.6;

export async function postLabels(sim: Sim, step: Step, act: ActOf<'labels'>): Promise<void> {
  const project = projectOf(sim, act.project);
  const posts = act.posts.map((post) => renderPost(sim, step, { project, post }));
  await send(sim, step, {
    path: '/api/v2/alerts',
    key: project.key,
    body: posts.map(({ body }) => body),
    reports: posts.map(({ report }) => report),
  });
}

function renderPost(
  sim: Sim,
  step: Step,
  what: { readonly project: MadeProject; readonly post: LabelPost },
): NativeRequest {
  const { project, post } = what;
  const now = sim.clock.now();
  const problem = `P${post.problem}`;
  const name = `${project.plan.projectId}/${problem}`;
  const known = sim.episodes.get(name);
  const isNew = post.how === 'fire' || known === undefined;
  const startsAt = isNew ? now : instant(known);
  sim.episodes.set(name, startsAt);
  const stage = post.how === 'resolve' ? 'resolved' : 'received';
  const report = createReport(sim, project, { stage, eventKey: null, problem, startsAt });
  const isAnnounced = (step.pick * 10) % 1 < ANNOUNCED_SHARE;
  const end = plusMs(now, post.how === 'resolve' ? 0 : ANNOUNCED_END_MS);
  const body = {
    labels: labelsOf(project, problem, post.problem),
    annotations: { sim: report.marker },
    startsAt: formatInstant(startsAt),
    ...(stage === 'resolved' || isAnnounced ? { endsAt: formatInstant(end) } : {}),
  };
  return { body, report };
}

export async function postEvent(sim: Sim, step: Step, act: ActOf<'event'>): Promise<void> {
  const project = projectOf(sim, act.project);
  const kind = `${project.plan.projectId}/${act.identity}/${act.problem}`;
  const repeated = act.isRepeat ? sim.lastEvents.get(kind) : undefined;
  const request = repeated ?? renderEvent(sim, step, { project, act });
  sim.lastEvents.set(kind, request);
  const { body, report } = request;
  await send(sim, step, {
    path: '/api/v1/events',
    key: project.key,
    body,
    reports: [report],
  });
}

function renderEvent(
  sim: Sim,
  step: Step,
  what: { readonly project: MadeProject; readonly act: ActOf<'event'> },
): NativeRequest {
  const { project, act } = what;
  const stage = act.identity === 'single' ? 'received' : act.stage;
  const own = `own-${act.problem}`;
  const eventKey = act.identity === 'own' ? `${own}:${stage}` : `e${sim.ledger.reports.length}`;
  const startsAt = act.identity === 'key' && step.pick < 0.3 ? sim.clock.now() : null;
  const problem = act.identity === 'key' ? `K${act.problem}` : null;
  const report = createReport(sim, project, { stage, eventKey, problem, startsAt });
  const body: JsonObject = {
    ...nativeBody(project, report, act.problem),
    ...(act.identity === 'own' ? { alert_id: own } : { provider_event_id: eventKey }),
    ...(act.identity === 'key' ? { fingerprint: `K${act.problem}` } : {}),
    ...(startsAt === null ? {} : { starts_at: formatInstant(startsAt) }),
    stage,
  };
  return { body, report };
}

function nativeBody(project: MadeProject, report: PostedReport, problem: number): JsonObject {
  return {
    project_id: project.plan.projectId,
    title: `problem ${problem}`,
    labels: labelsOf(project, `N${problem}`, problem),
    annotations: { sim: report.marker },
  };
}

/** Our own way in for people's software: raise, or find that it is there. */
export async function raiseAlert(sim: Sim, step: Step, act: ActOf<'raise'>): Promise<void> {
  const project = projectOf(sim, act.project);
  const own = `own-${act.problem}`;
  const facts = { stage: 'received', eventKey: `${own}:received`, problem: null, startsAt: null };
  const report = createReport(sim, project, facts);
  await send(sim, step, {
    path: '/api/v1/alerts',
    key: project.key,
    body: { ...nativeBody(project, report, act.problem), alert_id: own },
    reports: [report],
  });
}

/** Most answers are about open alerts. */
const OPEN_SHARE = 0.85;

export async function answerAlert(sim: Sim, step: Step, act: ActOf<'answer'>): Promise<void> {
  const { alerts } = sim.last;
  const open = alerts.filter(({ status }) => status !== 'RESOLVED' && status !== 'EXPIRED');
  const among = open.length > 0 && step.pick < OPEN_SHARE ? open : alerts;
  const alert = among[Math.floor(((step.pick * 100) % 1) * among.length)];
  if (alert !== undefined) await answerOne(sim, step, { alert, status: act.status });
}

export async function answerOne(
  sim: Sim,
  step: Step,
  what: { readonly alert: AlertRow; readonly status: string },
): Promise<void> {
  const { alert, status } = what;
  const project = sim.projects.find(({ plan }) => plan.projectId === alert.project_id);
  const answer = await send(sim, step, {
    path: `/api/v1/alerts/${alert.alert_id}/status`,
    key: project?.key ?? '',
    body: { status },
    reports: [],
  });
  if (answer?.status !== 200 || !isJsonObject(answer.body)) return;
  if (answer.body['changed'] !== true) return;
  sim.ledger.answers.push({ project: alert.project_id, alertId: alert.alert_id, status });
}
