/** What became of one alert, in lines that a person can read; times count from its creation. */
import { parseInstant, MS_PER_SECOND } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import type { TestHub } from '#test/support/hub.ts';
import { listItems, textOf } from './calls.ts';
import type { Received } from './receiver.ts';

/** `2:00 escalated Reminder 1, high -> /ops`; messages about this alert, in order of arrival. */
export async function listRounds(hub: TestHub, id: string): Promise<readonly string[]> {
  const startedAt = parseInstant(textOf((await hub.alert(id))['created_at'])) ?? hub.clock.now();
  return listReceived(hub, id).map(({ at, body, data, path }) => {
    const event = textOf(body['event']).replace('alert.', '');
    const label = data['label'] === null ? '' : ` ${textOf(data['label'])}`;
    return `${toClock(at - startedAt)} ${event}${label}, ${textOf(data['priority'])} -> ${path}`;
  });
}

/** Messages about this alert, in order of arrival. */
export function listReceived(hub: TestHub, id: string): readonly Received[] {
  return hub.receiver.received().filter(({ data }) => {
    const alert = data['alert'];
    return isJsonObject(alert) && alert['alert_id'] === id;
  });
}

export function listEvents(hub: TestHub, id: string): readonly string[] {
  return listReceived(hub, id).map(({ body }) => textOf(body['event']).replace('alert.', ''));
}

/** `2:00 KIND detail (who)`. */
export async function tellStory(hub: TestHub, id: string): Promise<readonly string[]> {
  const entries = listItems(await hub.call(`GET /api/v1/alerts/${id}/timeline`));
  const startedAt = parseInstant(textOf(entries[0]?.['at'])) ?? hub.clock.now();
  return entries.map((entry) => {
    const at = parseInstant(textOf(entry['at'])) ?? startedAt;
    const by = isJsonObject(entry['principal']) ? textOf(entry['principal']['name']) : '';
    const what = `${textOf(entry['kind'])} ${textOf(entry['detail'])}`;
    return `${toClock(at - startedAt)} ${what} (${by})`;
  });
}

/** The message rows of an alert; `recipient transition status reason`. */
export async function listMessages(hub: TestHub, id: string): Promise<readonly string[]> {
  const rows = listItems(await hub.call(`GET /api/v1/alerts/${id}/notifications`));
  return rows.map((row) => {
    const parts = [row['recipient'], row['transition'], row['status'], row['reason']];
    return parts.flatMap((part) => (typeof part === 'string' ? [part] : [])).join(' ');
  });
}

/** A policy whose steps come after so many seconds, and nothing repeats unless `more` says so. */
export function addPolicy(
  hub: TestHub,
  name: string,
  { delays = [60], ...more }: JsonObject & { readonly delays?: readonly number[] },
): Promise<string> {
  const steps = delays.map((delay_s) => ({ delay_s }));
  return hub.create('/api/v1/policies', { name, steps, repeat_every_s: null, ...more });
}

/** A status, or the whole body. */
export function moveTo(hub: TestHub, id: string, to: string | JsonObject) {
  const body = typeof to === 'string' ? { status: to } : to;
  return hub.call(`POST /api/v1/alerts/${id}/status`, body);
}

/** `data.receipt_url` or `data.action_url` of a webhook, without the host. */
export function pathOf(received: Received | undefined, field: string): string {
  return new URL(textOf(received?.data[field])).pathname;
}

function toClock(durationMs: number): string {
  const seconds = Math.round(durationMs / MS_PER_SECOND);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Changes a resource as it is now; fails the test when it is refused. */
export async function patch(hub: TestHub, path: string, body: JsonObject): Promise<void> {
  const version = (await hub.call(`GET ${path}`)).at('version');
  const headers = { 'if-match': JSON.stringify(version) };
  const answer = await hub.call(`PATCH ${path}`, body, { headers });
  if (answer.status !== 200) throw new Error(`PATCH ${path}: ${answer.text}`);
}
