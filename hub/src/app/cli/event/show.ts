/** `tocsin event show`: all that was stored of one report. */
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { ask, textOf } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { cleanLines, cleanText, padText } from '#app/cli/kit/terminal/text.ts';

export const EVENT_SHOW: Command = {
  name: 'event show',
  summary: 'Show all that was stored of one report',
  arguments: [{ name: 'EVENT_ID', says: 'as event list shows it' }],
  hasJson: true,
  examples: ['tocsin event show 0190a000-0000-7000-8000-000000000001'],
  run: showEvent,
};

async function showEvent(given: Given, { hub, out }: CliDeps): Promise<number> {
  const id = given.text('EVENT_ID') ?? '';
  const event = await ask(hub(), `/api/v1/events/${encodeURIComponent(id)}`);
  out.print(given.flag('json') ? renderJson(event) : renderEvent(event));
  return 0;
}

/** Said by the whole content, or by nothing that a person reads. */
const LEFT_OUT: readonly string[] = ['content_preview', 'content_redacted'];

/** What is not known is left out; what the sender wrote comes last, as it wrote it. */
function renderEvent(event: JsonObject): string {
  const pairs = Object.entries(event)
    .filter(([name]) => !LEFT_OUT.includes(name))
    .flatMap(([name, value]) => flatten(name, value));
  const width = Math.max(...pairs.map(([name]) => name.length));
  const lines = pairs.map(([name, value]) => `${padText(name, width)}  ${value}`);
  const content = event['content_redacted'];
  return [...lines, ...(typeof content === 'string' ? ['', cleanLines(content)] : [])].join('\n');
}

/** Labels and the like one below the other: `labels.room`. */
function flatten(name: string, value: JsonValue): readonly (readonly [string, string])[] {
  if (value === null || value === '') return [];
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([key, inner]) => flatten(`${name}.${key}`, inner));
  }
  return [[cleanText(name), textOf(value)]];
}
