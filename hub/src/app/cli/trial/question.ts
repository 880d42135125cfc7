/** A question by POST: it changes nothing, so it may be asked again when its answer is lost. */
import type { JsonObject } from '#kernel/syntax/json.ts';
import { CliFailure } from '#app/cli/kit/command.ts';
import type { HubClient } from '#app/cli/kit/hub-client.ts';

export async function question(
  hub: HubClient,
  path: string,
  body: JsonObject,
): Promise<JsonObject> {
  const answer = await hub.post(path, body);
  if (answer.ok) return answer.body;
  throw new CliFailure(answer.sentence, { details: answer.details });
}
