/** What senders report to the nodes, over HTTP, and what they make of the answers. */
import { formatInstant, instant, MS_PER_MINUTE, plusMs } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { PostedReport } from '#test/sim/seen/ledger.ts';
import type { Act, LabelPost, Step } from '#test/sim/draw.ts';
import { SITES } from '#test/sim/draw-world.ts';
import { settle } from '#test/sim/node.ts';
import type { NativeRequest, Sim } from '#test/sim/sim.ts';
import { ask, type MadeProject } from '#test/sim/world.ts';
import { projectOf, type Request, send, sendTo } from './send.ts';

type ActOf<Kind extends Act['kind']> = Extract<Act, { readonly kind: Kind }>;

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

/**
 * Each post a request of its own, all at one moment: the first is flushed alone, the others share
 * the next flush. Whoever gets no answer asks again by itself.
 */
export async function postBurst(sim: Sim, step: Step, act: ActOf<'burst'>): Promise<void> {
  const project = projectOf(sim, act.project);
  const node = sim.nodes[step.node % sim.nodes.length];
  if (node === undefined || node.ports.isDead() || node.isPaused) return;
  const requests: readonly Request[] = act.posts.map((post) => {
    const { body, report } = renderPost(sim, step, { project, post });
    return { path: '/api/v2/alerts', key: project.key, body: [body], reports: [report] };
  });
  // Who asks is known then, and the configuration read: they reach the queue in their order.
  await ask(node, { method: 'GET', path: '/api/v1/alerts', key: project.key });
  await settle(sim.basis.activity);
  const answers = await Promise.all(requests.map((request) => sendTo(sim, node, request)));
  for (const [index, request] of requests.entries()) {
    const status = answers[index]?.status ?? 503;
    if (status >= 500) await send(sim, step, request);
  }
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
