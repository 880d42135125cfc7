/** One answer to one or many alerts: what was asked of each, and what it came to. */
import { ALERT_ID_PATTERN } from '#kernel/id.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import { tell, textOf, withQuery } from '#app/cli/kit/ask.ts';
import {
  type CliDeps,
  CliFailure,
  type CommandArgument,
  type CommandOption,
  type Given,
} from '#app/cli/kit/command.ts';
import type { HubClient } from '#app/cli/kit/hub-client.ts';
import { printColumns } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';

export const ALERT_IDS: CommandArgument = {
  name: 'ALERT_ID',
  says: 'one or several, as alert list has them',
  isMany: true,
};

/** What is said comes first: of the ids there may be many. */
export const TEXT_AND_IDS: readonly CommandArgument[] = [
  { name: 'TEXT', says: 'what you have to say about it, in quotes' },
  ALERT_IDS,
];

export const PROJECT_OPTION: CommandOption = {
  value: 'ID',
  says: 'Of which project, when several have an alert of that id.',
};

export const DETAIL_OPTION: CommandOption = {
  value: 'TEXT',
  says: 'What you have to say about it; it is kept in the timeline.',
};

export type Answered = {
  readonly alertId: string;
  readonly changed: boolean;
  /** As it stands now; null when it was refused. */
  readonly alert: JsonObject | null;
  /** Why it was refused. */
  readonly refusal: string | null;
};

/** Of ids that can be ids; the others are refused here, so that they do not keep the rest back. */
type AnswerSome = (hub: HubClient, ids: readonly string[]) => Promise<readonly Answered[]>;

/** Says of each what it came to; the exit code is 1 when one of them was refused. */
export async function answerAlerts(
  given: Given,
  { hub, out }: CliDeps,
  answerSome: AnswerSome,
): Promise<number> {
  const ids = [...new Set(given.texts(ALERT_IDS.name))];
  const asked = ids.filter((id) => ALERT_ID_PATTERN.test(id));
  const answers = asked.length === 0 ? [] : await answerSome(hub(), asked);
  const results = ids.map(
    (id) =>
      answers.find(({ alertId }) => alertId === id) ?? refuse(id, 'That is no id of an alert.'),
  );
  if (given.flag('json')) out.print(renderJson(results.map(toJson)));
  else printColumns(out, ['ALERT', 'STATUS', 'CAME TO', 'TITLE'], results.map(toRow));
  const refusedCount = results.filter(({ refusal }) => refusal !== null).length;
  if (refusedCount === 0) return 0;
  out.complain(`tocsin: ${refusedCount} of ${results.length} refused.`);
  return 1;
}

export function refuse(alertId: string, refusal: string): Answered {
  return { alertId, changed: false, alert: null, refusal };
}

function toJson({ alertId, changed, alert, refusal }: Answered): JsonObject {
  return { alert_id: alertId, changed, alert, error: refusal };
}

function toRow({ alertId, changed, alert, refusal }: Answered): readonly string[] {
  const cameTo = changed ? 'done' : 'no change, noted';
  return [alertId, textOf(alert?.['status']), refusal ?? cameTo, textOf(alert?.['title'])];
}

/** `POST /api/v1/alerts/{id}/{verb}`, one after the other. */
export function answerEach(verb: string, given: Given, body: JsonObject): AnswerSome {
  return async (hub, ids) => {
    const answers: Answered[] = [];
    for (const id of ids) {
      const path = `/api/v1/alerts/${encodeURIComponent(id)}/${verb}`;
      const query = { project_id: given.text('project') };
      const answer = await hub.send({ method: 'POST', path: withQuery(path, query), body });
      if (answer.ok) answers.push(parseAnswer(id, answer.body));
      else if (isAboutOne(answer.status)) answers.push(refuse(id, answer.sentence));
      // What is wrong with the hub, the key or the words is wrong with all of them.
      else throw new CliFailure(answer.sentence, { details: answer.details });
    }
    return answers;
  };
}

function isAboutOne(status: number | null): boolean {
  return status === 404 || status === 409;
}

function parseAnswer(alertId: string, body: JsonObject): Answered {
  const { alert = null } = body;
  const changed = body['changed'] === true;
  return { alertId, changed, alert: isJsonObject(alert) ? alert : null, refusal: null };
}

/** A change of status of many at once: those of one request are decided together. */
export function answerStatus(given: Given, body: JsonObject): AnswerSome {
  return async (hub, ids) => {
    const answers: Answered[] = [];
    for (let at = 0; at < ids.length; at += LIMITS.bulkAlertsMax) {
      const some = ids.slice(at, at + LIMITS.bulkAlertsMax);
      const asked = { ...body, project_id: given.text('project'), alert_ids: some };
      const path = '/api/v1/alerts/bulk-status';
      const { results } = await tell(hub, { method: 'POST', path, body: asked });
      const items = Array.isArray(results) ? results.filter(isJsonObject) : [];
      answers.push(...items.map(parseResult));
    }
    return answers;
  };
}

function parseResult(item: JsonObject): Answered {
  const id = textOf(item['alert_id']);
  const { error } = item;
  return isJsonObject(error) ? refuse(id, textOf(error['message'])) : parseAnswer(id, item);
}
