/**
 * What the doctor looks at in a project: whether its secrets open, whether its channels' servers
 * take a connection, and whether anybody would be called at all. Sends nothing to anybody.
 */
import { findChannel } from '#delivery/channels/index.ts';
import type { Endpoint } from '#delivery/channel.ts';
import type { ConfiguredChannel } from '#delivery/settings/configured-channel.ts';
import type { ProjectId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Reach } from '#kernel/ports.ts';
import type { ConfigCache, ProjectConfig } from '#app/project-config.ts';
import { type Check, fail, pass, warn } from './check.ts';

export type ProjectExam = { readonly configs: ConfigCache; readonly reach: Reach };

export async function checkProject(
  exam: ProjectExam,
  projectId: ProjectId,
): Promise<readonly Check[]> {
  const config = await exam.configs.load(projectId);
  if (config === null) return [];
  const channels = [...config.channels.values()];
  const looked = await Promise.all(channels.map((channel) => checkChannel(exam, channel)));
  return [...checkCalling(config), ...looked];
}

/** Whether an alert that was raised now would reach a person. */
export function checkCalling(config: ProjectConfig): readonly Check[] {
  const { projectId, ways } = config;
  const about = { subject: 'calling', projectId };
  const isOpen = (id: string) =>
    [...ways.channels.values()].some((one) => one.channelId === id && one.isActive);
  const callers = ways.rules.filter(
    ({ rule }) =>
      rule.isActive && rule.eventTypes.includes('alert.created') && isOpen(rule.channelId),
  );
  const checks: Check[] = [];
  if (callers.length === 0) {
    checks.push(
      fail(
        about,
        'No active rule sends alert.created to an active channel: a new alert calls nobody.',
        'Make a channel and a rule, in a file of `tocsin apply`; `tocsin drill` shows who is told.',
      ),
    );
  } else {
    const names = callers.map(({ rule }) => rule.name).join(', ');
    checks.push(pass(about, `New alerts are told by ${names}.`));
  }
  if (ways.administrators.length === 0) {
    const sentence = 'The project has no administrators: nobody hears when a call reaches nobody.';
    checks.push(
      warn(about, sentence, 'Name them under `administrators` in a file for `tocsin apply`.'),
    );
  }
  return checks;
}

async function checkChannel(exam: ProjectExam, channel: ConfiguredChannel): Promise<Check> {
  const { projectId, name, isActive } = channel;
  const about = { subject: `channel ${name}`, projectId };
  if (!isActive) return warn(about, 'It is inactive.', 'Activate it, or remove it.');
  const ready = await exam.configs.readyChannel(channel);
  if (!ready.ok) return fail(about, `It cannot send: ${ready.hint}.`, `Mend ${ready.field} of it.`);
  const endpoints = findChannel(channel.channelType)?.listEndpoints(channel.config) ?? [];
  const failures: string[] = [];
  for (const endpoint of endpoints) {
    const outcome = await exam.reach.probe({ ...endpoint, timeoutMs: LIMITS.doctorProbeMaxMs });
    if (outcome.kind === 'failed') failures.push(`${nameOf(endpoint)}: ${outcome.detail}`);
  }
  if (failures.length > 0) {
    const action =
      'See its config, the network, and TOCSIN_ALLOW_PRIVATE_TARGETS for private addresses.';
    return fail(about, `Its server cannot be reached (${failures.join('; ')}).`, action);
  }
  const where = endpoints.map(nameOf).join(', ');
  const words = endpoints.length === 0 ? 'Its secrets open.' : `${where} takes a connection.`;
  return pass(about, words);
}

function nameOf({ host, port }: Endpoint): string {
  return `${host}:${port}`;
}
