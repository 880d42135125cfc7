/** An alert as a page of text: facts, the next step, the timeline and the messages. Pure. */
import { type Instant, parseInstant } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { renderMoment, renderSpan, renderWait } from '#app/cli/kit/age.ts';
import { textOf } from '#app/cli/kit/ask.ts';
import { paintSeverity, renderColumns, renderFacts, type Terminal } from '#app/cli/kit/output.ts';

export type AlertDossier = {
  readonly alert: JsonObject;
  readonly timeline: readonly JsonObject[];
  readonly notifications: readonly JsonObject[];
};

export type Reader = { readonly now: Instant; readonly terminal?: Terminal | undefined };

export function renderDossier(dossier: AlertDossier, reader: Reader): string {
  const { alert, timeline, notifications } = dossier;
  const severity = textOf(alert['severity']);
  const painted = reader.terminal?.hasColour === true ? paintSeverity(severity) : severity;
  const facts = listFacts(alert, reader.now).filter(([, value]) => value !== '-');
  const messages = notifications.map(toMessageRow);
  return [
    `${painted}  ${textOf(alert['status'])}  ${textOf(alert['title'])}`,
    '',
    renderFacts(facts),
    '',
    renderNext(alert, reader.now),
    '',
    'What happened',
    renderColumns(['WHEN', 'WHAT', 'BY', 'DETAIL'], timeline.map(toTimelineRow), reader.terminal),
    '',
    ...(messages.length === 0
      ? ['Nobody was told.']
      : ['Who was told', renderColumns(MESSAGE_HEADS, messages, reader.terminal)]),
  ].join('\n');
}

function listFacts(alert: JsonObject, now: Instant): readonly (readonly [string, string])[] {
  const at = (name: string) => renderWhen(alert[name], now);
  return [
    ['alert', textOf(alert['alert_id'])],
    ['project', textOf(alert['project_id'])],
    ['source', renderSource(alert['source'])],
    ['device', textOf(alert['device_id'])],
    ['camera', textOf(alert['camera_id'])],
    ['area', textOf(alert['area_id'])],
    ['labels', renderMap(alert['labels'])],
    ['annotations', renderMap(alert['annotations'])],
    ['picture', textOf(alert['image'])],
    ['see also', textOf(alert['source_url'])],
    ['test', alert['is_test'] === true ? 'yes: it is an exercise' : '-'],
    ['raised', at('created_at')],
    ['reported', renderReports(alert, now)],
    ['acknowledged', withName(at('acknowledged_at'), alert['acknowledged_by'])],
    ['intent', textOf(alert['intent'])],
    ['assigned to', textOf(alert['assigned_to'])],
    ['resolved', at('resolved_at')],
    ['outcome', textOf(alert['outcome'])],
    ['expired', at('expired_at')],
    ['closed', withName(at('closed_at'), alert['closed_by'])],
    ['archived', at('archived_at')],
    ['before it', textOf(alert['previous_alert_id'])],
  ];
}

function renderSource(source: JsonValue | undefined): string {
  if (!isJsonObject(source)) return '-';
  return `${textOf(source['name'])} (${textOf(source['kind'])})`;
}

/** One line each; names and values are the sender's. */
function renderMap(map: JsonValue | undefined): string {
  if (!isJsonObject(map) || Object.keys(map).length === 0) return '-';
  return Object.entries(map)
    .map(([name, value]) => `${textOf(name)}=${textOf(value)}`)
    .join('\n');
}

function renderReports(alert: JsonObject, now: Instant): string {
  const count = alert['occurrence_count'];
  if (typeof count !== 'number' || count < 2) return '-';
  return `${count} times, last ${renderWhen(alert['last_event_at'], now)}`;
}

function withName(when: string, name: JsonValue | undefined): string {
  return when === '-' || typeof name !== 'string' ? when : `${when}, by ${textOf(name)}`;
}

function renderWhen(value: JsonValue | undefined, now: Instant): string {
  const at = typeof value === 'string' ? parseInstant(value) : null;
  return at === null ? '-' : `${renderMoment(at)} (${renderAgo(at, now)})`;
}

function renderAgo(at: Instant, now: Instant): string {
  return at <= now ? `${renderSpan(now - at)} ago` : `in ${renderWait(at - now)}`;
}

/** The question of whoever reads it: and if I do nothing? */
function renderNext(alert: JsonObject, now: Instant): string {
  const step = alert['next_step'];
  const lines: string[] = [];
  if (alert['is_nobody_called'] === true) {
    lines.push('Nobody has been called: no rule and no step names anybody who can be reached.');
  }
  if (isJsonObject(step)) {
    const when = renderWhen(step['due_at'], now);
    lines.push(`Next: ${textOf(step['label'])} (${textOf(step['priority'])}) at ${when}.`);
    lines.push(`To answer: tocsin alert ack ${textOf(alert['alert_id'])}`);
  } else if (typeof alert['next_due_at'] === 'string') {
    lines.push(`Next: it is looked at again at ${renderWhen(alert['next_due_at'], now)}.`);
  } else lines.push('Next: nothing; nobody is called for it any more.');
  return lines.join('\n');
}

function toTimelineRow(entry: JsonObject): readonly string[] {
  const at = typeof entry['at'] === 'string' ? parseInstant(entry['at']) : null;
  const by = isJsonObject(entry['principal']) ? textOf(entry['principal']['name']) : '-';
  return [at === null ? '-' : renderMoment(at), textOf(entry['kind']), by, textOf(entry['detail'])];
}

const MESSAGE_HEADS = ['TO', 'CHANNEL', 'ABOUT', 'OUTCOME', 'TRIES', 'WHEN', 'WHY'];

function toMessageRow(message: JsonObject): readonly string[] {
  const times = ['read_at', 'delivered_at', 'sent_at', 'finished_at', 'created_at'] as const;
  const last = times.map((name) => message[name]).find((value) => typeof value === 'string');
  const at = typeof last === 'string' ? parseInstant(last) : null;
  return [
    textOf(message['recipient']),
    textOf(message['channel_name']),
    textOf(message['transition']),
    renderOutcome(message),
    textOf(message['attempt_count']),
    at === null ? '-' : renderMoment(at),
    textOf(message['last_error'] ?? message['reason']),
  ];
}

/** What a device has confirmed says more than that it was sent. */
function renderOutcome(message: JsonObject): string {
  const { read_at: readAt, delivered_at: deliveredAt } = message;
  const best = readAt !== null ? 'read' : deliveredAt !== null ? 'delivered' : null;
  const outcome = best ?? textOf(message['status']);
  return message['is_possibly_duplicate'] === true ? `${outcome} (perhaps twice)` : outcome;
}
