/** `tocsin rule test`: which rules would take an alert or an event, and why the others would not. */
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { EVENT_TYPES } from '#kernel/words/lifecycle.ts';
import { findNearest } from '#kernel/syntax/nearest.ts';
import { textOf } from '#app/cli/kit/ask.ts';
import { type CliDeps, CliFailure, type Command, type Given } from '#app/cli/kit/command.ts';
import { printColumns } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { question } from './question.ts';
import { readReport, REPORT_OPTIONS } from './report-options.ts';

export const RULE_TEST: Command = {
  name: 'rule test',
  summary: 'Say which rules would take an alert or an event, and why the others would not',
  about: `Of an alert or an event that is there, or of one that is described. Nothing is sent and \
nothing is stored.`,
  options: {
    title: { value: 'TEXT', says: 'What would have happened.' },
    ...REPORT_OPTIONS,
    alert: { value: 'ID', says: 'Of this alert instead.' },
    event: { value: 'ID', says: 'Of this event instead.' },
    type: {
      value: 'TYPE',
      says: 'What is told of it; alert.created unless given.',
      choices: EVENT_TYPES,
    },
    rule: { value: 'NAME', says: 'Only this rule; its name or its id.' },
    matcher: {
      value: 'MATCHER',
      says: 'Also a rule that is not saved, with this matcher; may be given several times.',
      isMany: true,
    },
    project: { value: 'ID', says: 'In this project.' },
  },
  hasJson: true,
  examples: [
    "tocsin rule test --title 'Fall in room 12' --severity critical --label site=north",
    'tocsin rule test --alert fall-12 --type alert.escalated',
    'tocsin rule test --severity high --matcher \'severity=~"high|critical"\'',
  ],
  run: testRules,
};

async function testRules(given: Given, { hub, out }: CliDeps): Promise<number> {
  const answer = await question(hub(), '/api/v1/rules/test', readQuestion(given));
  const all = Array.isArray(answer['rules']) ? answer['rules'].filter(isJsonObject) : [];
  const rules = chooseRules(all, given.text('rule'));
  if (given.flag('json')) {
    out.print(renderJson({ ...answer, rules }));
    return 0;
  }
  if (rules.length === 0) out.print('The project has no rule: whatever comes, none is taken.');
  else printColumns(out, HEADS, rules.map(toRow));
  const sends = rules.filter((rule) => rule['would_send'] === true).length;
  const type = textOf(answer['event_type']);
  if (rules.length > 1) out.print(`\n${sends} of ${rules.length} rules would send ${type}.`);
  return 0;
}

function readQuestion(given: Given): JsonObject {
  const matchers = given.texts('matcher');
  const rest = {
    project_id: given.text('project'),
    event_type: given.text('type'),
    ...(matchers.length === 0 ? {} : { rule: { name: 'not saved', matchers: [...matchers] } }),
  };
  const [alert, event] = [given.text('alert'), given.text('event')];
  const isDescribed = DESCRIBING.some((name) => given.texts(name).length > 0);
  if ([alert !== null, event !== null, isDescribed].filter(Boolean).length > 1) {
    const sentence = 'give --alert, or --event, or describe one with --title and the like';
    throw new CliFailure(sentence, { exitCode: 2 });
  }
  if (alert !== null) return { ...rest, alert_id: alert };
  if (event !== null) return { ...rest, event_id: event };
  const described = { ...readReport(given), title: given.text('title') ?? 'Test' };
  return { ...rest, source: given.text('source'), event: described };
}

const DESCRIBING = ['title', ...Object.keys(REPORT_OPTIONS)] as const;

function chooseRules(all: readonly JsonObject[], name: string | null): readonly JsonObject[] {
  if (name === null) return all;
  const chosen = all.filter((rule) => rule['name'] === name || rule['id'] === name);
  if (chosen.length > 0) return chosen;
  const near = findNearest(
    name,
    all.map((rule) => textOf(rule['name'])),
  );
  const hint = near === null ? 'tocsin rule list shows them' : `did you mean ${near}?`;
  throw new CliFailure(`there is no rule ${name}; ${hint}`);
}

const HEADS = ['RULE', 'TAKES IT', 'CHANNEL', 'WHY'];

function toRow(rule: JsonObject): readonly string[] {
  const channel = rule['channel'];
  const word = rule['would_send'] === true ? 'yes' : 'no';
  return [
    textOf(rule['name']),
    rule['would_match'] === true && word === 'no' ? 'not sent' : word,
    textOf(isJsonObject(channel) ? channel['name'] : null),
    textOf(rule['why']),
  ];
}
