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

/** A repeat that goes on and on is one line. */
export function listDrillRows(answer: JsonObject): readonly (readonly string[])[] {
  const runs: JsonObject[][] = [];
  for (const step of objectsOf(answer['steps'])) {
    const run = runs.at(-1);
    if (run !== undefined && isSameAgain(run, step)) run.push(step);
    else runs.push([step]);
  }
  return runs.flatMap(toRows);
}

function isSameAgain(run: readonly JsonObject[], step: JsonObject): boolean {
  const [first, second] = run;
  const isRepeat = first?.['reason'] === 'repeat' && step['reason'] === 'repeat';
  if (first === undefined || !isRepeat) return false;
  const told = (one: JsonObject) => JSON.stringify([one['label'], one['messages']]);
  if (told(first) !== told(step)) return false;
  const gap = afterOf(second) - afterOf(first);
  return second === undefined || afterOf(step) - afterOf(run.at(-1)) === gap;
}

function toRows(run: readonly JsonObject[]): readonly (readonly string[])[] {
  const [first = {}] = run;
  const whos = objectsOf(first['messages']).map(renderMessage);
  const gap = renderAfter((afterOf(run[1]) - afterOf(first)) * MS_PER_SECOND);
  const times = run.length > 1 ? `, ${run.length} times, every ${gap}` : '';
  const head = [
    renderAfter(afterOf(first) * MS_PER_SECOND),
    `${nameStep(first)}${times}`,
    textOf(first['priority']),
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
