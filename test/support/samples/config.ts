/** Documents of configuration, and what is asked of the hub with them. */
import assert from 'node:assert/strict';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import type { TestHub } from '#test/support/hub.ts';
import { type Answer, textOf } from '#test/support/hub/calls.ts';

export const CANARY = 'canary-4f1e0d9c7b6a5948';
export const CANARY_SECRET = `whsec_${Buffer.from(`${CANARY}-and-more-of-it`).toString('base64')}`;
export const TOKEN = 'c4n4rytokenc4n4rytokenc4n4rytok0';

type Parts = Readonly<Record<string, JsonValue>>;

/** A home with a way in, two ways out, two people, and who is called when. */
export function describeHome(more: Parts = {}): JsonObject {
  return {
    version: 1,
    projects: [
      {
        project_id: 'home',
        name: 'Care home',
        language: 'it',
        administrators: [{ channel_type: 'email', address: 'a@home.example', channel: 'mail' }],
        sources: [{ name: 'cameras', kind: 'edge', policy: 'night', token: TOKEN }],
        channels: [
          {
            name: 'ops',
            channel_type: 'webhook',
            config: { url: 'https://ops.example/hook' },
            secrets: { webhook_secret: CANARY_SECRET },
            fallback_channel: 'mail',
          },
          {
            name: 'mail',
            channel_type: 'email',
            config: {
              smtp_host: 'smtp.home.example',
              smtp_user: 'u',
              from_email: 'from@home.example',
              to_email: 'to@home.example',
            },
            secrets: { smtp_password: CANARY },
          },
        ],
        responders: [
          {
            name: 'Anna',
            addresses: [{ channel_type: 'email', address: 'anna@home.example', channel: 'mail' }],
          },
          { name: 'Bruno', language: 'en', position: 4 },
        ],
        policies: [
          {
            name: 'night',
            is_default: true,
            steps: [
              { delay_s: 60, targets: [{ type: 'responder', responder: 'Anna' }] },
              { delay_s: 120, targets: [{ type: 'channel', channel: 'ops' }, { type: 'rules' }] },
            ],
          },
        ],
        rules: [
          {
            name: 'falls',
            event_types: ['alert.created', 'alert.escalated'],
            matchers: ['severity="critical"'],
            channel: 'ops',
          },
        ],
        ...more,
      },
    ],
  };
}

export function projectsOf(document: JsonObject): readonly JsonObject[] {
  const { projects } = document;
  return Array.isArray(projects) ? projects.filter(isJsonObject) : [];
}

export const plan = (hub: TestHub, document: JsonObject, more: Parts = {}) =>
  hub.call('POST /api/v1/config/plan', { ...document, ...more });
export const apply = (hub: TestHub, document: JsonObject, more: Parts = {}) =>
  hub.call('POST /api/v1/config/apply', { ...document, ...more });

function changesOf(answer: Answer): readonly JsonObject[] {
  assert.equal(answer.status, 200, answer.text);
  const changes = answer.at('changes');
  assert.ok(Array.isArray(changes), answer.text);
  return changes.filter(isJsonObject);
}

/** One line each: `update channel ops`; what stays the same is left out. */
export function linesOf(answer: Answer): readonly string[] {
  return changesOf(answer)
    .filter(({ change }) => change !== 'same')
    .map(({ change, kind, name }) => [change, kind, name].map(textOf).join(' '));
}

export function faultsOf(answer: Answer): readonly string[] {
  assert.equal(answer.status, 422, answer.text);
  const details = answer.at('error.details');
  assert.ok(Array.isArray(details), answer.text);
  return details
    .filter(isJsonObject)
    .map(({ path, message }) => `${textOf(path)}: ${textOf(message)}`);
}

function renderPair(before: JsonValue = null, after: JsonValue = null): string {
  return `${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
}

/** One line each: `channel ops config.url: "a" -> "b"`. */
export function fieldsOf(answer: Answer, wanted: string): readonly string[] {
  return changesOf(answer).flatMap(({ kind, name, fields }) =>
    kind === wanted && Array.isArray(fields)
      ? fields
          .filter(isJsonObject)
          .map(
            ({ path, before, after }) =>
              `${wanted} ${textOf(name)} ${textOf(path)}: ${renderPair(before, after)}`,
          )
      : [],
  );
}

export async function exportOf(hub: TestHub, query = ''): Promise<JsonObject> {
  const config = (await hub.call(`GET /api/v1/config${query}`)).at('config');
  assert.ok(isJsonObject(config));
  return config;
}
