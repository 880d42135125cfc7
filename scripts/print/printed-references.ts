/** docs/reference, as far as it is printed from the tables of the code. */
import { OPERATION_GROUPS } from '#contract/api/operations.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';
import { listOptions } from '#app/cli/kit/arguments.ts';
import { COMMANDS } from '#app/cli/commands.ts';
import type { Command, CommandOption } from '#app/cli/kit/command.ts';
import { COLUMNS_MAX, renderUsage } from '#app/cli/kit/help.ts';
import { wrapText } from '#app/cli/kit/terminal/text.ts';
import { listRoles } from '#app/openapi/print-openapi.ts';
import { READINESS_REASONS } from '#app/routes/readiness-reasons.ts';
import { LIMITS } from '#kernel/limits.ts';
import { createMetrics } from '#platform/metrics.ts';
import { renderTable } from './printed-table.ts';

export function renderApi(): string {
  return OPERATION_GROUPS.map(({ name, says, operations }) => {
    const rows = operations.map((operation) => [
      `\`${operation.method} ${operation.path}\``,
      operation.summary,
      listRoles(operation).join(', '),
    ]);
    return `## ${name}\n\n${says}\n\n${renderTable(['route', 'does', 'for'], rows)}`;
  }).join('\n\n');
}

export function renderCommands(): string {
  return COMMANDS.map(renderCommand).join('\n\n');
}

function renderCommand(command: Command): string {
  const args = (command.arguments ?? []).map(({ name, says }) => [`\`${name}\``, says]);
  const options = Object.entries(listOptions(command)).map(([name, option]) => [
    `\`${renderOption(name, option)}\``,
    option.says,
  ]);
  return [
    `## tocsin ${command.name}`,
    '',
    `${command.summary}.`,
    ...(command.about === undefined ? [] : ['', ...wrapText(command.about, COLUMNS_MAX)]),
    '',
    `\`${renderUsage(command)}\``,
    '',
    renderTable(['argument, option', ''], [...args, ...options]),
    '',
    '```sh',
    ...command.examples,
    '```',
  ].join('\n');
}

function renderOption(name: string, { value, short }: CommandOption): string {
  const shortly = short === undefined ? '' : `-${short}, `;
  return `${shortly}--${name}${value === undefined ? '' : ` ${value}`}`;
}

/** Those of the Node process are the library's own, and named in a line. */
export async function renderMetrics(): Promise<string> {
  const all = await createMetrics('0.0.0').registry.getMetricsAsJSON();
  const own = all.filter(({ name }) => !isOfProcess(name));
  const names = await readLabels();
  const rows = own.map(({ name, type, help }) => [
    `\`${name}\``,
    // Its value is a word in the types of the library, and a text at run time.
    String(type),
    (names.get(name) ?? []).map((label) => `\`${label}\``).join(', '),
    help,
  ]);
  return renderTable(['name', 'type', 'labels', 'meaning'], rows);
}

export function isOfProcess(name: string): boolean {
  return /^tocsin_(process|nodejs)_/.test(name);
}

async function readLabels(): Promise<ReadonlyMap<string, readonly string[]>> {
  const { registry } = createMetrics('0.0.0');
  const labels = new Map<string, readonly string[]>();
  for (const { name } of await registry.getMetricsAsJSON()) {
    const metric: unknown = registry.getSingleMetric(name);
    const has = typeof metric === 'object' && metric !== null && 'labelNames' in metric;
    const found: unknown = has ? metric.labelNames : [];
    labels.set(name, Array.isArray(found) ? found.filter((one) => typeof one === 'string') : []);
  }
  return labels;
}

export function renderReadiness(): string {
  const rows = Object.entries(READINESS_REASONS).map(([code, reason]) => [
    `\`${code}\``,
    reason.isBlocking ? 'yes' : 'no',
    reason.sentence.replace('{}', '…'),
    reason.action,
  ]);
  return renderTable(['code', '503', 'meaning', 'what to do'], rows);
}

/** Of the limits that senders meet. */
const LIMIT_WORDS: Readonly<Partial<Record<keyof typeof WIRE_LIMITS, string>>> = {
  eventsPerRequestMax: 'events in one request',
  bulkAlertsMax: 'alerts answered by one request',
  pageMax: 'items on a page',
  titleCharsMax: 'characters of a title',
  contentCharsMax: 'characters of `content`',
  detailCharsMax: 'characters of `detail`',
  labelsMax: 'labels',
  labelNameCharsMax: 'characters of a label name',
  labelValueCharsMax: 'characters of a label value',
  annotationsMax: 'annotations',
  annotationCharsMax: 'characters of an annotation',
  identifierCharsMax: 'characters of an id of a sender',
  urlCharsMax: 'characters of a URL',
  payloadCharsMax: 'characters of free JSON (`payload`, `analyse`, `source_refs`, ...)',
  severityCharsMax: 'characters of a severity',
  nameCharsMax: 'characters of a name',
  matchersPerRuleMax: 'matchers of a rule',
  matcherCharsMax: 'characters of a matcher',
  policyStepsMax: 'steps of a policy',
  policyTargetsMax: 'targets of a step',
  policyDelayMaxS: 'seconds of any delay in a policy',
  addressesPerResponderMax: 'addresses of a responder',
  administratorsMax: 'administrators of a project',
  maxAttemptsMax: 'attempts of a message',
  secretsMax: 'secrets of a channel',
  secretCharsMax: 'characters of a secret',
  retentionDaysMax: 'days of retention',
};

export function renderLimits(): string {
  const requests = [
    [String(LIMITS.bodyBytesMax), 'bytes of a body', '413 `body_too_large`'],
    [String(LIMITS.headerBytesMax), 'bytes of all headers', '431'],
    [String(LIMITS.jsonDepthMax), 'levels of nesting in JSON', '400 `too_deep`'],
    [String(LIMITS.jsonValuesMax), 'values in one JSON body', '400 `too_many_values`'],
    [String(LIMITS.intakeQueueMax), 'events that wait to be stored', '503 `not_stored`'],
  ];
  const fields = Object.entries(LIMIT_WORDS).map(([name, words]) => {
    const [, value] = Object.entries(WIRE_LIMITS).find(([known]) => known === name) ?? [];
    return [String(value), words, '422 `invalid`'];
  });
  return renderTable(['at most', 'of', 'beyond it'], [...requests, ...fields]);
}
