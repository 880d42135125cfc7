/** What commands ask of a hub: the answer, or the end of the command with the hub's own words. */
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import { CliFailure } from './command.ts';
import type { HubAnswer, HubClient, HubRequest } from './hub-client.ts';
import { cleanText } from './terminal/text.ts';

export async function ask(hub: HubClient, path: string): Promise<JsonObject> {
  return insistOn(await hub.get(path));
}

/** What changes something: done once, also when its answer got lost and it was sent again. */
export async function tell(hub: HubClient, request: HubRequest): Promise<JsonObject> {
  return insistOn(await hub.send(request));
}

function insistOn(answer: HubAnswer): JsonObject {
  if (answer.ok) return answer.body;
  throw new CliFailure(answer.sentence, { details: answer.details });
}

/** A path with a query; what is null is left out. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | null>>,
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null) params.append(name, String(value));
  }
  return params.size === 0 ? path : `${path}?${params.toString()}`;
}

export function itemsOf(answer: JsonObject): readonly JsonObject[] {
  const items = answer['items'];
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
}

/** All items of a list, page after page, up to `countMax`. */
export async function askAll(
  hub: HubClient,
  list: { readonly path: string; readonly query: Readonly<Record<string, string | null>> },
  countMax: number,
): Promise<readonly JsonObject[]> {
  const items: JsonObject[] = [];
  let cursor: string | null = null;
  while (items.length < countMax) {
    const limit = Math.min(LIMITS.pageMax, countMax - items.length);
    const page: JsonObject = await ask(hub, withQuery(list.path, { ...list.query, limit, cursor }));
    items.push(...itemsOf(page));
    const next: JsonValue = page['next_cursor'] ?? null;
    if (typeof next !== 'string') break;
    cursor = next;
  }
  return items;
}

/** A field as words for a person, on one clean line; what is absent is a dash. */
export function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null || value === '') return '-';
  return cleanText(typeof value === 'string' ? value : JSON.stringify(value));
}
