/** What has changed about an alert since it was seen last, in a few words. Pure. */
import { type Instant, parseInstant } from '#kernel/instant.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { renderMoment } from '#app/cli/kit/age.ts';
import { textOf } from '#app/cli/kit/ask.ts';
import { paintSeverity, type Terminal } from '#app/cli/kit/output.ts';
import { cutText } from '#app/cli/kit/terminal/text.ts';

/** `before` is null when it was not seen before. */
export function describeChange(before: JsonObject | null, alert: JsonObject): string {
  if (before === null) return describeFirst(alert);
  const hasGrown = (name: string) => Number(alert[name] ?? 0) > Number(before[name] ?? 0);
  const isNew = (name: string) => alert[name] !== before[name];
  const told = [
    isNew('status') ? describeStatus(alert) : '',
    hasGrown('notification_count')
      ? `people called, round ${textOf(alert['notification_count'])}`
      : '',
    hasGrown('occurrence_count')
      ? `reported again, ${textOf(alert['occurrence_count'])} times`
      : '',
    isNew('assigned_to') ? `assigned to ${orNobody(alert['assigned_to'])}` : '',
    isNew('severity') ? `now ${textOf(alert['severity'])}` : '',
    isNew('closed_at') ? `closed by ${orNobody(alert['closed_by'])}` : '',
    isNew('archived_at') ? 'archived' : '',
  ].filter((words) => words !== '');
  return told.length === 0 ? 'noted' : told.join('; ');
}

function describeFirst(alert: JsonObject): string {
  return alert['status'] === 'PENDING' ? 'raised' : describeStatus(alert);
}

function describeStatus(alert: JsonObject): string {
  switch (alert['status']) {
    case 'ACKNOWLEDGED':
      return `acknowledged by ${orNobody(alert['acknowledged_by'])}${inBrackets(alert['intent'])}`;
    case 'RESOLVED':
      return `resolved${inBrackets(alert['outcome'])}`;
    case 'EXPIRED':
      return 'expired: nobody has answered';
    default:
      return textOf(alert['status']).toLowerCase();
  }
}

function inBrackets(word: JsonValue | undefined): string {
  return typeof word === 'string' ? ` (${textOf(word)})` : '';
}

function orNobody(name: JsonValue | undefined): string {
  return typeof name === 'string' ? textOf(name) : 'nobody';
}

const STATUS_COLUMNS = 'ACKNOWLEDGED'.length;
const SEVERITY_COLUMNS = 'critical'.length;

export type ChangeLine = {
  readonly change: string;
  readonly now: Instant;
  readonly terminal?: Terminal | undefined;
};

/** One line: when, how bad, which, what of it, and its title. */
export function renderChange(alert: JsonObject, { change, now, terminal }: ChangeLine): string {
  const at = parseInstant(textOf(alert['updated_at'])) ?? now;
  const severity = textOf(alert['severity']).padEnd(SEVERITY_COLUMNS);
  const [before, after] = [
    `${renderMoment(at)}  `,
    [
      '',
      textOf(alert['status']).padEnd(STATUS_COLUMNS),
      textOf(alert['alert_id']),
      change,
      textOf(alert['title']),
    ].join('  '),
  ];
  if (terminal === undefined) return `${before}${severity}${after}`;
  const room = terminal.columns - before.length - severity.length;
  const painted = terminal.hasColour ? paintSeverity(severity) : severity;
  return `${before}${painted}${cutText(after, room)}`;
}
