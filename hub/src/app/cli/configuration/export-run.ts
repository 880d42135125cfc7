/** Asks the hub for its configuration and writes it as YAML, with comments where secrets are. */
import { Document, isCollection, isMap } from 'yaml';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { ask, textOf, withQuery } from '#app/cli/kit/ask.ts';
import type { CliDeps, Given } from '#app/cli/kit/command.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';

const HEAD = ` Written by tocsin export; tocsin apply takes it.
 Ids are left out: everything goes by its name. Secrets are left out: those that are set stay as
 they are, and a comment says where. For another hub, give them as {from_env: NAME}.`;

export async function exportConfig(given: Given, { hub, out }: CliDeps): Promise<number> {
  const query = { project_id: given.text('project') };
  const { config, left_out: leftOut } = await ask(hub(), withQuery('/api/v1/config', query));
  const document = isJsonObject(config) ? config : {};
  if (given.flag('json')) out.print(renderJson(document));
  else out.print(renderConfig(document, listObjects(leftOut)).trimEnd());
  return 0;
}

function listObjects(value: JsonObject[string] | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

const PLACE = /^projects\[(\d+)\]\.(\w+)\[(\d+)\]\.(.+)$/;

export function renderConfig(config: JsonObject, leftOut: readonly JsonObject[]): string {
  const document = new Document(config, { version: '1.2', schema: 'core' });
  document.commentBefore = HEAD;
  for (const { path, message } of leftOut) {
    const [, project, list = '', entry, field] = PLACE.exec(textOf(path)) ?? [];
    const at = ['projects', Number(project), list, Number(entry)];
    const node = document.getIn(at, true);
    if (!isMap(node)) continue;
    const line = ` ${field} ${textOf(message)}`;
    node.comment = typeof node.comment === 'string' ? `${node.comment}\n${line}` : line;
  }
  spaceOut(document.getIn(['projects'], true));
  return document.toString({ lineWidth: 0, minContentWidth: 0 });
}

/** An empty line between projects, and before each list of entries. */
function spaceOut(projects: unknown): void {
  if (!isCollection(projects)) return;
  for (const [index, project] of projects.items.entries()) {
    if (!isMap(project)) continue;
    if (index > 0) spaceBefore(project);
    for (const { key, value } of project.items) {
      if (isCollection(value) && value.items.length > 0) spaceBefore(key);
    }
  }
}

function spaceBefore(node: unknown): void {
  if (typeof node === 'object' && node !== null) Object.assign(node, { spaceBefore: true });
}
