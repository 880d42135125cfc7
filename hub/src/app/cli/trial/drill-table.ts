/** A drill as a person reads it: one line for each who is called. Pure. */
import { MS_PER_SECOND } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { textOf } from '#app/cli/kit/ask.ts';
import { renderAfter } from '#app/trial/after.ts';

const CHOSEN_BY: Readonly<Record<string, string>> = {
  alert: 'asked for',
  source: 'that of the source',
  project: 'the default of the project',
};

export function renderDrillHead(answer: JsonObject): string {
  const [alert, source, policy] = ['alert', 'source', 'policy'].map((name) =>
    objectOf(answer[name]),
  );
  const chosen = CHOSEN_BY[textOf(policy?.['chosen_by'])] ?? '';
  return [
    `${textOf(alert?.['title'])} (${textOf(alert?.['severity'])}), through the source \
${textOf(source?.['name'])}.`,
    `Policy ${textOf(policy?.['name'])}, ${chosen}. Nothing is sent; if nobody answers:`,
    '',
  ].join('\n');
}

export const DRILL_HEADS = ['AFTER', 'CALL', 'PRIORITY', 'WHO', 'CHANNEL', 'NAMED BY'];

/** A call, and what follows when nothing of it is delivered. */
type Round = readonly [JsonObject, ...JsonObject[]];

/** A repeat that goes on and on is told once. */
export function listDrillRows(answer: JsonObject): readonly (readonly string[])[] {
  const runs: [Round, ...Round[]][] = [];
  for (const round of splitRounds(objectsOf(answer['steps']))) {
    const run = runs.at(-1);
    if (run !== undefined && isSameAgain(run, round)) run.push(round);
    else runs.push([round]);
  }
  return runs.flatMap(toRows);
}

function splitRounds(steps: readonly JsonObject[]): readonly Round[] {
  const rounds: [JsonObject, ...JsonObject[]][] = [];
  for (const step of steps) {
    const round = rounds.at(-1);
    if (round !== undefined && step['reason'] === 'undelivered') round.push(step);
    else rounds.push([step]);
  }
  return rounds;
}

function isSameAgain(run: readonly [Round, ...Round[]], round: Round): boolean {
  const [first, second] = run;
  if (first[0]['reason'] !== 'repeat' || round[0]['reason'] !== 'repeat') return false;
  if (renderTold(first) !== renderTold(round)) return false;
  if (second === undefined) return true;
  return startOf(round) - startOf(run.at(-1)) === startOf(second) - startOf(first);
}

/** Who is told what in a round, and how long after its beginning. */
function renderTold(round: Round): string {
  const told = round.map((one) => [one['label'], one['messages'], afterOf(one) - startOf(round)]);
  return JSON.stringify(told);
}

function startOf(round: Round | undefined): number {
  return afterOf(round?.[0]);
}

function toRows(run: readonly [Round, ...Round[]]): readonly (readonly string[])[] {
  const [first, second] = run;
  const gap = renderAfter((startOf(second) - startOf(first)) * MS_PER_SECOND);
  const times = run.length > 1 ? `, ${run.length} times, every ${gap}` : '';
  return first.flatMap((step) => toStepRows(step, times));
}

function toStepRows(step: JsonObject, times: string): readonly (readonly string[])[] {
  const whos = objectsOf(step['messages']).map(renderMessage);
  const head = [
    renderAfter(afterOf(step) * MS_PER_SECOND),
    `${nameStep(step)}${times}`,
    textOf(step['priority']),
  ];
  const nobody = [['nobody', '', '']];
  const listed = whos.length === 0 ? nobody : whos;
  return listed.map((who, index) => [...(index === 0 ? head : ['', '', '']), ...who]);
}

function nameStep(step: JsonObject): string {
  const event = textOf(step['event_type']).replace('alert.', '');
  return step['label'] === null ? event : textOf(step['label']);
}

function renderMessage(message: JsonObject): readonly string[] {
  const channel = `${textOf(message['channel'])} (${textOf(message['channel_type'])})`;
  const rule = message['rule'];
  const by = rule === null ? textOf(message['by']) : `rule ${textOf(rule)}`;
  const problem = message['problem'] === null ? '' : `: NOT SENT, ${textOf(message['problem'])}`;
  return [textOf(message['recipient']), channel, `${by}${problem}`];
}

export function renderDrillEnd(answer: JsonObject): string {
  const end = objectOf(answer['end']);
  const after = renderAfter(afterOf(end) * MS_PER_SECOND);
  const ended = end === null ? [] : [`It is ${textOf(end['status'])} after ${after}.`];
  const warnings = objectsOf(answer['warnings']).map((one) => `- ${textOf(one['message'])}`);
  const heard = warnings.length === 0 ? ['No warnings.'] : ['Warnings:', ...warnings];
  return ['', ...ended, ...heard].join('\n');
}

function afterOf(step: JsonObject | null | undefined): number {
  return Number(step?.['after_s'] ?? 0);
}

function objectOf(value: JsonValue | undefined): JsonObject | null {
  return isJsonObject(value) ? value : null;
}

function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
