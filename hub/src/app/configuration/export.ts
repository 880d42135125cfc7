/** A project as a document that, applied to it, changes nothing. Pure; secrets never come in. */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { describeProject } from './describe.ts';
import { type ListName, LISTS } from './document.ts';
import type { ProjectState } from './state.ts';

/** `index` is its place in the document. */
export function exportProject(
  state: ProjectState,
  index: number,
): { readonly config: JsonObject; readonly leftOut: readonly ErrorDetail[] } {
  const described = describeProject(state);
  const config: Record<string, JsonValue> = { ...described.project };
  const leftOut: ErrorDetail[] = [];
  for (const list of LISTS) {
    const entries = [...described[list]]
      .map(([name, { short }]) => ({ name, short }))
      .filter((entry) => !isUntouched(state, list, entry))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1));
    if (entries.length === 0) continue;
    config[list] = entries.map(({ short }) => short);
    for (const [at, { name }] of entries.entries()) {
      const path = `projects[${index}].${list}[${at}]`;
      for (const field of listSecrets(state, list, name)) {
        leftOut.push({ path: `${path}.${field}`, message: 'is set; it stays as it is' });
      }
    }
  }
  return { config, leftOut };
}

type Entry = { readonly name: string; readonly short: JsonObject };

/** Built-in things are there anyway; only what was made of them is worth a line. */
function isUntouched(state: ProjectState, list: ListName, { name, short }: Entry): boolean {
  const said = Object.keys(short).length;
  if (list === 'policies') return said === 1;
  const isBare = state.sources.some(
    (one) => one.name === name && one.isBuiltIn && Object.keys(one.secrets).length === 0,
  );
  return list === 'sources' && said === 2 && isBare;
}

function listSecrets(state: ProjectState, list: ListName, name: string): readonly string[] {
  if (list !== 'sources' && list !== 'channels') return [];
  const source = list === 'sources' ? state.sources.find((one) => one.name === name) : undefined;
  const sealed = source ?? state.channels.find((one) => list === 'channels' && one.name === name);
  const fields = Object.keys(sealed?.secrets ?? {}).toSorted();
  const token = source?.isBuiltIn === false ? ['token'] : [];
  return [...token, ...fields.map((field) => `secrets.${field}`)];
}
