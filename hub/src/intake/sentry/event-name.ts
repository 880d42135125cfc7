/** What one of Sentry's events is called, so that a copy is known. Pure. */
import { sha256Hex } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject } from '#kernel/syntax/json.ts';
import type { SentryAction } from './action.ts';
import type { Subject } from './subject.ts';
import { lineOf, type Value } from './value.ts';

/**
 * What the sender's event is called. Two that differ in nothing but Request-ID and time of sending
 * are one; what happened to the issue in between shows in its count and its last sighting.
 */
export function nameReport(action: SentryAction, subject: Subject): string | null {
  const parts = listParts(action, subject);
  if (parts === null) return null;
  const name = parts.map((part) => encodeURIComponent(part ?? '')).join('/');
  return name.length <= LIMITS.identifierCharsMax ? name : `sha256:${sha256Hex(name)}`;
}

type Part = string | null;

function listParts(action: SentryAction, subject: Subject): readonly Part[] | null {
  const { resource, data } = action;
  const word = action.activity ?? action.action;
  const { issueId, eventId, metricId, rule } = subject;
  if (metricId !== null) {
    const said = sha256Hex(lineOf(data['description_text'], LIMITS.contentCharsMax) ?? '');
    return [resource, metricId, action.action, said.slice(0, SHORT_HASH_CHARS)];
  }
  if (eventId !== null) return [resource, eventId, rule, word];
  if (issueId !== null && isJsonObject(data['issue'])) {
    const { substatus, count, lastSeen } = data['issue'];
    const seen: readonly Value[] = [substatus, count, lastSeen];
    return [resource, issueId, word, ...seen.map((value) => lineOf(value))];
  }
  const comment = lineOf(data['comment_id']);
  return comment === null ? null : [resource, comment, word, lineOf(data['timestamp'])];
}

const SHORT_HASH_CHARS = 16;
