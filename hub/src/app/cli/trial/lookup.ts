/** What the commands that try something out share: a question by POST, names, `k=v`. */
import { findNearest } from '#kernel/syntax/nearest.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import { askAll, textOf } from '#app/cli/kit/ask.ts';
import { CliFailure, type Given } from '#app/cli/kit/command.ts';
import type { HubAnswer, HubClient } from '#app/cli/kit/hub-client.ts';

/** A question that may be asked again when its answer is lost. */
export async function question(hub: HubClient, path: string, body: JsonObject) {
  return answerOf(await hub.post(path, body));
}

export function answerOf(answer: HubAnswer): JsonObject {
  if (answer.ok) return answer.body;
  throw new CliFailure(answer.sentence, { details: answer.details });
}

/** The one that is called so, or has that id, among all that the key may see. */
export async function findCalled(
  hub: HubClient,
  what: { readonly noun: string; readonly path: string },
  given: { readonly name: string; readonly project: string | null },
): Promise<JsonObject> {
  const query = { project_id: given.project };
  const all = await askAll(hub, { path: what.path, query }, LIMITS.cliLookupMax);
  const found = all.filter(({ id, name }) => id === given.name || name === given.name);
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  if (first !== undefined) {
    const projects = found.map((one) => textOf(one['project_id'])).join(', ');
    throw new CliFailure(`several projects have a ${what.noun} called ${given.name}: ${projects}; \
say which with --project`);
  }
  const near = findNearest(
    given.name,
    all.map((one) => textOf(one['name'])),
  );
  const hint = near === null ? '' : `; did you mean ${near}?`;
  throw new CliFailure(`there is no ${what.noun} ${given.name}${hint}`);
}

/** `--label site=north --label room=12`. */
export function readLabels(given: Given): JsonObject | null {
  const pairs = given.texts('label').map((text): [string, string] => {
    const at = text.indexOf('=');
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    throw new CliFailure(`--label ${text} is no name=value`, { exitCode: 2 });
  });
  return pairs.length === 0 ? null : Object.fromEntries(pairs);
}
