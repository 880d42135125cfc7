/** Makes the hub call: channels, rules and a policy, as an admin would over HTTP. */
import type { JsonObject } from '#kernel/syntax/json.ts';
import { ask, isSuccess, readText } from './http.ts';
import { ADMIN_KEY } from '#test/crash/hub/hub-process.ts';
import type { WebhookTarget } from './webhook-target.ts';

/** Returns the secrets that the channels sign with. */
export async function configureCalling(
  url: string,
  targetUrl: WebhookTarget['url'],
): Promise<readonly string[]> {
  const create = async (path: string, body: JsonObject): Promise<JsonObject> => {
    const answer = await ask({ url, what: `POST /api/v1/${path}`, key: ADMIN_KEY, body });
    if (isSuccess(answer)) return answer.body;
    throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  const quick = await create('channels', createChannel('quick', targetUrl('/quick')));
  const held = await create('channels', createChannel('held', targetUrl('/held')));
  await create('policies', POLICY);
  await create('rules', {
    name: 'all',
    event_types: ['alert.created', 'alert.escalated', 'alert.acknowledged'],
    channel_id: readText(quick, 'id'),
  });
  await create('rules', {
    name: 'held',
    event_types: ['alert.created'],
    matchers: ['hold="yes"'],
    channel_id: readText(held, 'id'),
  });
  return [quick, held].map(parseSecret);
}

/** Urgent: what a kill has hit is tried again within seconds. */
function createChannel(name: string, url: string): JsonObject {
  return { name, channel_type: 'webhook', config: { url }, retry: 'urgent', max_attempts: 10 };
}

/** Steps in seconds, so that a kill finds escalations under way, and an end, so that it rests. */
const POLICY: JsonObject = {
  name: 'seconds',
  is_default: true,
  steps: [
    { delay_s: 1, priority: 'critical' },
    { delay_s: 2, priority: 'critical' },
    { delay_s: 5, priority: 'emergency' },
  ],
  repeat_every_s: null,
  min_interval_s: 0,
};

function parseSecret(channel: JsonObject): string {
  const { secrets } = channel as { secrets?: { webhook_secret?: { value?: string } } };
  return secrets?.webhook_secret?.value ?? '';
}
