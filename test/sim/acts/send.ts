/** Sends what somebody outside asks of the nodes: who gets no answer may try another one. */
import type { JsonValue } from '#kernel/syntax/json.ts';
import type { PostedReport } from '#test/sim/seen/ledger.ts';
import type { Step } from '#test/sim/draw.ts';
import { settle, type SimNode } from '#test/sim/node.ts';
import type { Sim } from '#test/sim/sim.ts';
import { type Answer, ask, type MadeProject } from '#test/sim/world.ts';

export type Request = {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly key: string | null;
  readonly body?: JsonValue;
  readonly form?: string;
  readonly reports?: readonly PostedReport[];
};

const RETRY_SHARE = 0.7;

/** Goes to the step's node; who gets no answer may try the next one, with the same ids. */
export async function send(sim: Sim, step: Step, request: Request): Promise<Answer | null> {
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
export async function sendTo(sim: Sim, node: SimNode, request: Request): Promise<Answer | null> {
  const { method = 'POST', reports = [], ...rest } = request;
  if (method !== 'GET') sim.ledger.hasDelivered = false;
  for (const report of reports) report.sends += 1;
  const answer = await ask(node, { ...rest, method });
  await settle(sim.basis.activity);
  if (node.ports.isDead()) return null;
  const isTroubled = node.ports.hasStruck() || node.isCutOff;
  const isRefusal = answer.status >= 400 && answer.status < 500 && reports.length > 0;
  if ((answer.status >= 500 && !isTroubled) || isRefusal) {
    const line = node.log.lines.findLast(({ level }) => level === 'error');
    const why = JSON.stringify(line?.fields['error'] ?? answer.body);
    sim.ledger.surprises.push(`${request.path} answered ${answer.status}: ${why}`);
  }
  if (answer.status < 300) for (const report of reports) report.isAccepted = true;
  return answer;
}

export function projectOf(sim: Sim, index: number): MadeProject {
  const made = sim.projects[index % sim.projects.length] ?? sim.projects[0];
  if (made === undefined) throw new Error('a world has a project');
  return made;
}

export function keyOf(sim: Sim, projectId: string): string {
  return sim.projects.find(({ plan }) => plan.projectId === projectId)?.key ?? '';
}

/** A second fraction out of the one that a step has. */
export function pickAgain(step: Step): number {
  return (step.pick * 100) % 1;
}

export function pickOne<Item>(items: readonly Item[], fraction: number): Item | undefined {
  return items[Math.floor(fraction * items.length)];
}
