import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { createResourceServer, type ResourceServer } from '#test/support/resource-server.ts';

describe('kinds of channels', () => {
  let hub: ResourceServer;

  before(async () => {
    hub = await createResourceServer();
  });
  after(() => hub.close());

  test('are listed with their settings, secrets and what they can do', async () => {
    const answer = await hub.call('viewer', 'GET /api/v1/channel-types');
    assert.equal(answer.status, 200, answer.text);
    const items = [answer.at('items') ?? []].flat().filter(isJsonObject);
    const find = (type: string): JsonObject =>
      items.find((item) => item['channel_type'] === type) ?? {};
    const webhook = find('webhook');
    assert.equal(webhook['label'], 'Webhook');
    assert.deepEqual(webhook['secret_fields'], [
      { name: 'webhook_secret', label: 'Signing secret', is_required: false, is_generated: true },
      {
        name: 'webhook_secret_previous',
        label: 'Previous signing secret',
        is_required: false,
        is_generated: false,
      },
    ]);
    const email = find('email');
    assert.deepEqual(email['capabilities'], {
      has_duplicate_handle: true,
      has_receipts: false,
      has_actions: true,
    });
    const { config_schema: schema } = email;
    assert.ok(isJsonObject(schema) && isJsonObject(schema['properties']));
    assert.deepEqual(schema['required'], ['smtp_host', 'from_email', 'to_email']);
    assert.deepEqual(schema['properties']['smtp_use_starttls'], {
      type: 'boolean',
      title: 'STARTTLS, required (both off: unencrypted, and then without a password)',
      default: false,
    });
    assert.equal((await hub.call('stranger', 'GET /api/v1/channel-types')).status, 401);
  });
});
