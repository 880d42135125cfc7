/** What is told of an alert to who may not know how people are reached. Pure. */
import { maskMailIn } from '#kernel/calling/masked-address.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';

/** What people wrote themselves; all else is in our own words. */
const OWN_WORDS: readonly JsonValue[] = ['NOTE', 'STATUS_CHANGED', 'CLOSED'];

export function hideInTimeline(item: JsonObject): JsonObject {
  if (OWN_WORDS.includes(item['kind'] ?? null)) return item;
  return hideIn(item, ['detail']);
}

export function hideInNotification(item: JsonObject): JsonObject {
  return hideIn(item, ['target', 'recipient', 'last_error']);
}

function hideIn(item: JsonObject, fields: readonly string[]): JsonObject {
  const hidden = fields.flatMap((field) => {
    const text = item[field];
    return typeof text === 'string' ? [[field, maskMailIn(text)] as const] : [];
  });
  return { ...item, ...Object.fromEntries(hidden) };
}
