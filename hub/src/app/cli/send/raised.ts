/** What there is to say of an alert that was raised: that it is there, and who hears of it. Pure. */
import { type Instant, parseInstant } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { renderWait } from '#app/cli/kit/age.ts';
import { textOf } from '#app/cli/kit/ask.ts';

export function renderRaised(alert: JsonObject, now: Instant): string {
  const id = textOf(alert['alert_id']);
  return [
    `${id}  ${textOf(alert['severity'])}  ${textOf(alert['status'])}  ${textOf(alert['title'])}`,
    ...renderCalls(alert, now),
    `Answer it: tocsin alert ack ${id}. See who was told: tocsin alert show ${id}`,
  ].join('\n');
}

function renderCalls(alert: JsonObject, now: Instant): readonly string[] {
  const step = alert['next_step'];
  const dueAt = isJsonObject(step) ? parseInstant(textOf(step['due_at'])) : null;
  const called =
    alert['is_nobody_called'] === true
      ? `Nobody is called: no rule takes it, and no step names anybody who can be reached. \
See tocsin rule list.`
      : 'People are called.';
  if (!isJsonObject(step) || dueAt === null) return [called];
  const wait = renderWait(Math.max(0, dueAt - now));
  return [`${called} Next, unless somebody answers: ${textOf(step['label'])} in ${wait}.`];
}
