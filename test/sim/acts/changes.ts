/** Administrators who change what a project has configured while alerts are open. */
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { Act, ConfigChange, Step } from '#test/sim/draw.ts';
import { LANGUAGES } from '#test/sim/draw-world.ts';
import { settle, type SimNode } from '#test/sim/node.ts';
import type { ResponderSetting, RuleSetting, Setting } from '#test/sim/settings.ts';
import type { Sim } from '#test/sim/sim.ts';
import {
  addressOf,
  change,
  makeRule,
  type MadeProject,
  remove,
  renderAddresses,
} from '#test/sim/world.ts';
import { pickAgain, pickOne, projectOf } from './send.ts';

type ActOf<Kind extends Act['kind']> = Extract<Act, { readonly kind: Kind }>;

type Changing = {
  readonly node: SimNode;
  readonly step: Step;
  readonly project: MadeProject;
  readonly now: Setting;
};

/** What the project has then; null = there is nothing to change. */
type Change = (changing: Changing) => Promise<Partial<Setting> | null>;

const CHANGES: Readonly<Record<ConfigChange, Change>> = {
  toggle_channel: async ({ node, step, now }) => {
    const channel = pickOne(now.channels, pickAgain(step));
    if (channel === undefined) return null;
    const isActive = !channel.isActive;
    await change(node, `/channels/${channel.channelId}`, { is_active: isActive });
    return { channels: replace(now.channels, channel, { ...channel, isActive }) };
  },
  toggle_rule: async ({ node, step, now }) => {
    const rule = pickOne(now.rules, pickAgain(step));
    if (rule === undefined) return null;
    const isActive = !rule.isActive;
    await change(node, `/rules/${rule.ruleId}`, { is_active: isActive });
    return { rules: replace(now.rules, rule, { ...rule, isActive }) };
  },
  delete_rule: async ({ node, step, now }) => {
    const rule = pickOne(now.rules, pickAgain(step));
    if (rule === undefined) return null;
    await remove(node, `/rules/${rule.ruleId}`);
    return { rules: now.rules.filter((one) => one !== rule) };
  },
  add_rule: async (changing) => {
    const { now } = changing;
    const rule = await addRule(changing);
    return { rules: [...now.rules, rule] };
  },
  toggle_responder: (changing) =>
    changeResponder(changing, ({ isActive }) => ({
      body: { is_active: !isActive },
      next: { isActive: !isActive },
    })),
  change_responder: (changing) =>
    changeResponder(changing, ({ name, language }) => {
      const next = LANGUAGES[(LANGUAGES.indexOf(language) + 1) % LANGUAGES.length] ?? 'en';
      const type = changing.step.pick < 0.5 ? 'email' : 'webhook';
      const addresses = [addressOf(type, `${name}-new`)];
      return {
        body: { language: next, addresses: renderAddresses(addresses) },
        next: { language: next, addresses },
      };
    }),
  change_project: async ({ node, step, project, now }) => {
    const { projectId } = project.plan;
    const language = pickOne(LANGUAGES, pickAgain(step)) ?? 'en';
    const [, ...kept] = now.administrators;
    const type = step.pick < 0.5 ? 'email' : 'webhook';
    const administrators =
      step.pick < 0.2 ? kept : [...kept, addressOf(type, `${projectId}-admin-new`)];
    const body = { language, administrators: renderAddresses(administrators) };
    await change(node, `/projects/${projectId}`, body);
    return { language, administrators };
  },
};

const EVENT_TYPES = [
  ['alert.created', 'alert.escalated'],
  ['alert.expired', 'alert.escalated'],
  ['alert.seen', 'alert.acknowledged', 'alert.resolved'],
] as const;

function addRule({ node, step, project, now }: Changing): Promise<RuleSetting> {
  const channel = Math.floor(pickAgain(step) * now.channels.length);
  const eventTypes = pickOne(EVENT_TYPES, step.pick) ?? EVENT_TYPES[0];
  const rule = { eventTypes, site: null, channel };
  const { projectId } = project.plan;
  const name = `added-${project.history.length}`;
  return makeRule(node, { projectId, rule, channels: now.channels, name });
}

async function changeResponder(
  { node, step, now }: Changing,
  decide: (responder: ResponderSetting) => {
    readonly body: JsonObject;
    readonly next: Partial<ResponderSetting>;
  },
): Promise<Partial<Setting> | null> {
  const responder = pickOne(now.responders, pickAgain(step));
  if (responder === undefined) return null;
  const { body, next } = decide(responder);
  await change(node, `/responders/${responder.responderId}`, body);
  return { responders: replace(now.responders, responder, { ...responder, ...next }) };
}

function replace<Item>(items: readonly Item[], old: Item, next: Item): readonly Item[] {
  return items.map((item) => (item === old ? next : item));
}

/** Only on a node that is well: nobody changes a configuration through one that is not. */
export async function changeConfig(sim: Sim, step: Step, act: ActOf<'change'>): Promise<void> {
  const node = sim.nodes[step.node % sim.nodes.length];
  const project = projectOf(sim, act.project);
  const now = project.history.at(-1);
  if (node === undefined || now === undefined) return;
  if (node.ports.isDead() || node.isPaused || node.isCutOff) return;
  const next = await CHANGES[act.what]({ node, step, project, now });
  await settle(sim.basis.activity);
  if (next !== null) project.history.push({ ...now, ...next, step: sim.ledger.step });
}
