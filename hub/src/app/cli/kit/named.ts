/** Things of a hub by what a person calls them: a name, or the id that always works. */
import { findNearest } from '#kernel/syntax/nearest.ts';
import { isUuid } from '#kernel/id.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { ask, askAll, textOf } from './ask.ts';
import { CliFailure } from './command.ts';
import type { HubClient } from './hub-client.ts';

/** Where they are listed, and what one is called. */
export type NamedKind = { readonly noun: string; readonly path: string };

export const SOURCES: NamedKind = { noun: 'source', path: '/api/v1/sources' };
export const CHANNELS: NamedKind = { noun: 'channel', path: '/api/v1/channels' };
export const POLICIES: NamedKind = { noun: 'policy', path: '/api/v1/policies' };
export const KEYS: NamedKind = { noun: 'key', path: '/api/v1/keys' };

/** More than this of one kind, and a name has to be given as an id. */
const LISTED_MAX = 5_000;

export type Wanted = {
  /** As it was typed. */
  readonly name: string;
  /** Null: in all projects that the key may read. */
  readonly project: string | null;
};

/** The one that is meant, whole; otherwise the command ends and says which there are. */
export async function findNamed(
  hub: HubClient,
  kind: NamedKind,
  wanted: Wanted,
): Promise<JsonObject> {
  if (isUuid(wanted.name)) return ask(hub, `${kind.path}/${wanted.name}`);
  const query = { project_id: wanted.project };
  const items = await askAll(hub, { path: kind.path, query }, LISTED_MAX);
  const choice = chooseNamed(kind, items, wanted.name);
  if (choice.ok) return choice.item;
  throw new CliFailure(choice.sentence, { details: choice.details });
}

export type Choice =
  | { readonly ok: true; readonly item: JsonObject }
  | { readonly ok: false; readonly sentence: string; readonly details: readonly string[] };

/** Names are unique in a project at most, so two of one name are told apart by their ids. */
export function chooseNamed(
  { noun }: NamedKind,
  items: readonly JsonObject[],
  name: string,
): Choice {
  const same = items.filter((item) => item['name'] === name);
  const alike = items.filter((item) => textOf(item['name']).toLowerCase() === name.toLowerCase());
  const found = same.length > 0 ? same : alike;
  const [item, other] = found;
  if (item === undefined) return { ok: false, ...describeUnknown(noun, items, name) };
  if (other === undefined) return { ok: true, item };
  const sentence = `${found.length} of them are called ${name}: give the id of the ${noun}`;
  const details = found.map((one) => `${textOf(one['id'])}  project ${textOf(one['project_id'])}`);
  return { ok: false, sentence, details };
}

function describeUnknown(noun: string, items: readonly JsonObject[], name: string) {
  const names = items.map((item) => textOf(item['name']));
  const near = findNearest(name, names);
  const hint = near === null ? `tocsin ${noun} list shows them` : `did you mean ${near}?`;
  return { sentence: `there is no ${noun} ${name}; ${hint}`, details: [] };
}
