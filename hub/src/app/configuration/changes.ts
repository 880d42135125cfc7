/**
 * What a document changes, thing by thing: two descriptions held against each other, so that it
 * tells what was written and not what was meant. Pure. Danger: of a secret it only says that it is
 * set, changed or gone.
 */
import type { ConfigChange } from '#contract/config/answer.ts';
import type { ConfigProject } from '#contract/config/document.ts';
import { describeProject, type Described } from './describe.ts';
import { LISTS, type ListName, nameEntry } from './document.ts';
import { type FieldChange, listFieldChanges, omitField } from './fields.ts';
import type { ProjectState } from './state.ts';
import type { Generated } from './entries/work.ts';

export type Transition = {
  readonly wanted: ConfigProject;
  /** Null: the project is new. */
  readonly before: ProjectState | null;
  /** What a new project begins with is no change of anybody's. */
  readonly start: ProjectState;
  readonly after: ProjectState;
  readonly tokensChanged: ReadonlySet<string>;
  readonly generated: readonly Generated[];
};

const KINDS = {
  sources: 'source',
  devices: 'device',
  channels: 'channel',
  responders: 'responder',
  policies: 'policy',
  rules: 'rule',
} as const satisfies Readonly<Record<ListName, ConfigChange['kind']>>;

/** Those that the document names, and those that change although it does not name them. */
export function listChanges(transition: Transition): readonly ConfigChange[] {
  const { wanted, before } = transition;
  const start = describeProject(transition.start);
  const after = describeProject(transition.after);
  const settingChanges = listFieldChanges(
    before === null ? {} : start.project,
    before === null ? omitField(after.project, 'project_id') : after.project,
  );
  const ofLists = LISTS.flatMap((list) => {
    const named = new Set((wanted[list] ?? []).map(nameEntry));
    const names = new Set([...start[list].keys(), ...after[list].keys()]);
    return [...names].toSorted().flatMap((name) => {
      const sides = { before: start[list].get(name), after: after[list].get(name) };
      const change = compare(list, sides, listSecretChanges(transition, list, name));
      if (change.change === 'same' && !named.has(name)) return [];
      return [{ project_id: wanted.project_id, kind: KINDS[list], name, ...change }];
    });
  });
  return [describeChange(transition, settingChanges), ...ofLists];
}

function describeChange(
  { before, wanted: { project_id } }: Transition,
  fields: readonly FieldChange[],
): ConfigChange {
  const change = before === null ? 'create' : fields.length === 0 ? 'same' : 'update';
  return { project_id, kind: 'project', name: project_id, change, fields: [...fields] };
}

type Sides = { readonly before: Described | undefined; readonly after: Described | undefined };

function compare(
  list: ListName,
  { before, after }: Sides,
  secrets: readonly FieldChange[],
): Pick<ConfigChange, 'change' | 'fields'> {
  if (before === undefined) {
    const said = list === 'devices' ? 'device_id' : 'name';
    const fields = listFieldChanges({}, omitField(after?.short ?? {}, said));
    return { change: 'create', fields: [...fields, ...secrets] };
  }
  if (after === undefined) return { change: 'delete', fields: [] };
  const fields = [...listFieldChanges(before.full, after.full), ...secrets];
  return { change: fields.length === 0 ? 'same' : 'update', fields };
}

function listSecretChanges(
  transition: Transition,
  list: ListName,
  name: string,
): readonly FieldChange[] {
  if (list === 'channels') return listSealed(transition, 'channels', name);
  if (list !== 'sources') return [];
  return [...listTokenChanges(transition, name), ...listSealed(transition, 'sources', name)];
}

function listTokenChanges(transition: Transition, name: string): readonly FieldChange[] {
  const isIn = ({ sources }: ProjectState) => sources.some((one) => one.name === name);
  if (!isIn(transition.after)) return [];
  const isMade = transition.generated.some((one) => one.kind === 'source' && one.name === name);
  if (!isIn(transition.start)) {
    return [{ path: 'token', before: null, after: isMade ? 'generated' : 'set' }];
  }
  if (!transition.tokensChanged.has(name)) return [];
  return [{ path: 'token', before: 'set', after: 'changed' }];
}

type Sealed = { readonly name: string; readonly secrets: Readonly<Record<string, string>> };

function listSealed(
  { start, after, generated }: Transition,
  list: 'channels' | 'sources',
  name: string,
): readonly FieldChange[] {
  const find = (state: ProjectState): Sealed | undefined =>
    state[list].find((one) => one.name === name);
  const [old, next] = [find(start), find(after)];
  if (next === undefined) return [];
  const fields = new Set([...Object.keys(old?.secrets ?? {}), ...Object.keys(next.secrets)]);
  return [...fields].flatMap((field) => {
    const [was, is] = [old?.secrets[field], next.secrets[field]];
    if (was === is) return [];
    const isMade = generated.some((one) => one.name === name && one.field === field);
    const set = isMade ? 'generated' : was === undefined ? 'set' : 'changed';
    const before = was === undefined ? null : 'set';
    return [{ path: `secrets.${field}`, before, after: is === undefined ? null : set }];
  });
}
