/**
 * What the application of a document leaves in the audit: one entry for each thing that changed, in
 * the words of the document, where others are called by name. Pure. Danger: as in the list of
 * changes, of a secret it only says that it is set, changed or gone.
 */
import type { ConfigChange } from '#contract/config/answer.ts';
import { projectId } from '#kernel/id.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { type AuditEntry, HUB_SCOPE } from '#kernel/words/audit-entry.ts';
import type { Transition } from './changes.ts';
import { describeProject, type DescribedProject } from './describe.ts';
import type { ProjectState } from './state.ts';

const VERBS = { create: 'created', update: 'updated', delete: 'deleted' } as const;

export function listAuditEntries(
  transition: Transition,
  changes: readonly ConfigChange[],
): readonly AuditEntry[] {
  const before = describeProject(transition.start);
  const after = describeProject(transition.after);
  return changes.flatMap((change) => {
    if (change.change === 'same') return [];
    const { kind, name } = change;
    const isNew = change.change === 'create';
    const isGone = change.change === 'delete';
    const id = findId(isGone ? transition.start : transition.after, kind, name);
    // As when it is made by its own route: a project is the hub's, what is in it the project's.
    const isNewProject = kind === 'project' && isNew;
    return [
      {
        projectId: isNewProject ? HUB_SCOPE : projectId(change.project_id),
        action: `${kind}.${VERBS[change.change]}`,
        object: { kind, id: id ?? name, name },
        before: isNew ? null : { ...find(before, kind, name), ...listMarks(change, 'before') },
        after: isGone ? null : { ...find(after, kind, name), ...listMarks(change, 'after') },
      },
    ];
  });
}

type Kind = ConfigChange['kind'];

function find(described: DescribedProject, kind: Kind, name: string): JsonObject {
  const { project, sources, devices, channels, responders, policies, rules } = described;
  const lists = {
    source: sources,
    device: devices,
    channel: channels,
    responder: responders,
    policy: policies,
    rule: rules,
  };
  return kind === 'project' ? project : (lists[kind].get(name)?.full ?? {});
}

/** Secrets and tokens are no fields of what is described; the changes say what became of them. */
function listMarks({ fields }: ConfigChange, side: 'before' | 'after'): JsonObject {
  const mark = (value: JsonValue): JsonObject =>
    value === 'changed' ? { is_set: true, is_new: true } : { is_set: value !== null };
  const token = fields.find(({ path }) => path === 'token');
  const secrets = fields.flatMap(({ path, ...sides }) =>
    path.startsWith('secrets.')
      ? [[path.slice('secrets.'.length), mark(sides[side])] as const]
      : [],
  );
  return {
    ...(token === undefined ? {} : { token: mark(token[side]) }),
    ...(secrets.length === 0 ? {} : { secrets: Object.fromEntries(secrets) }),
  };
}

function findId(state: ProjectState, kind: Kind, name: string): string | undefined {
  const isNamed = (one: { readonly name: string }) => one.name === name;
  switch (kind) {
    case 'project':
      return name;
    case 'device':
      return name;
    case 'source':
      return state.sources.find(isNamed)?.sourceId;
    case 'channel':
      return state.channels.find(isNamed)?.channelId;
    case 'responder':
      return state.responders.find(isNamed)?.responderId;
    case 'policy':
      return state.policies.find(isNamed)?.policyId;
    case 'rule':
      return state.rules.find(isNamed)?.ruleId;
  }
}
