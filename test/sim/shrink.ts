/** A failing seed made small, and told so that a person can follow it. */
import type { Database } from '#platform/postgres/postgres.ts';
import type { Plan, Step } from './draw.ts';
import { type Broken, simulate, type Trial } from './simulate.ts';

/** Each try is a whole run. */
const TRIES_MAX = 80;

export type Shrunk = { readonly plan: Plan; readonly broken: Broken };

/** Leaves out steps, many at a time and then few, as long as the same invariant breaks. */
export async function shrink(
  database: Database,
  failed: Shrunk,
  trial: Trial = {},
): Promise<Shrunk> {
  const steps = failed.plan.steps.slice(0, failed.broken.step + 1);
  let best: Shrunk = { ...failed, plan: { ...failed.plan, steps } };
  let tries = 0;
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.plan.steps.length && tries < TRIES_MAX; tries += 1) {
      const fewer = best.plan.steps.toSpliced(at, size);
      const plan = { ...best.plan, steps: fewer };
      const { broken } = await simulate(database, plan, trial);
      if (broken?.invariant === best.broken.invariant) best = { plan, broken };
      else at += size;
    }
  }
  return best;
}

export function renderFailure(failed: Shrunk): string {
  const { plan, broken } = failed;
  const { seed, world, steps } = plan;
  return [
    `seed ${seed} breaks invariant ${broken.invariant}: ${broken.sentence}`,
    `  ${broken.detail}`,
    `  world ${JSON.stringify(world)}`,
    ...steps.map((step, index) => renderStep(step, index, broken.step)),
    ...(broken.step >= steps.length ? ['  -> found in the quiet period'] : []),
  ].join('\n');
}

function renderStep({ act, node, pick, fault }: Step, index: number, brokenAt: number): string {
  const { kind, ...rest } = act;
  const mark = index === brokenAt ? '->' : '  ';
  const struck = fault === null ? '' : ` !${fault}`;
  const what = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
  const place = `${mark}${String(index).padStart(4)} node ${node}`;
  return `${place} ${kind}${what} ~${pick.toFixed(3)}${struck}`;
}
