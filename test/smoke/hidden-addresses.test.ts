/** How people are reached is for administrators; who works with alerts sees whom, not where. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestHub } from '#test/support/hub.ts';
import { startMailServer } from '#test/support/mail/mail-server.ts';

const PRIVATE = ['ann@example.org', 'desk@example.org', 'boss@example.org', 'hooks/T0-secret'];

test('an operator sees who was called, an administrator under which address', async (t) => {
  const server = await startMailServer({ security: 'none' });
  t.after(() => server.stop());
  const hub = await startTestHub(t, { isTelling: false });
  const channel_id = await hub.create('/api/v1/channels', {
    name: 'mail',
    channel_type: 'email',
    config: {
      smtp_host: '127.0.0.1',
      smtp_port: server.port,
      smtp_use_tls: false,
      from_email: 'tocsin@example.org',
      to_email: 'desk@example.org',
    },
  });
  const url = 'https://chat.example/hooks/T0-secret';
  const hook = { name: 'chat', channel_type: 'webhook', config: { url } };
  const hookId = await hub.create('/api/v1/channels', hook);
  const event_types = ['alert.created'];
  await hub.create('/api/v1/rules', { name: 'all', event_types, channel_id });
  const written = (address: string) => [{ channel_type: 'email', address }];
  const person = { name: 'Ann', addresses: written('ann@example.org') };
  const responder = await hub.create('/api/v1/responders', person);
  const before = await hub.call('GET /api/v1/projects/default');
  const patch = { administrators: written('boss@example.org') };
  const version = before.at('version');
  const headers = { 'if-match': JSON.stringify(version) };
  await hub.call('PATCH /api/v1/projects/default', patch, { headers });
  const targets = [{ type: 'responder', responder_id: responder }];
  const steps = [{ delay_s: 30, targets }];
  const policy_id = await hub.create('/api/v1/policies', { name: 'Ann', steps });
  const id = await hub.raise({ policy_id });
  await hub.advance({ seconds: 31 });
  assert.ok(server.received.length >= 2);
  const made = await hub.call('POST /api/v1/keys', { name: 'desk', role: 'operator' });
  const paths = [
    '/api/v1/channels',
    `/api/v1/channels/${hookId}`,
    '/api/v1/responders',
    `/api/v1/responders/${responder}`,
    '/api/v1/projects',
    '/api/v1/projects/default',
    `/api/v1/alerts/${id}/timeline`,
    `/api/v1/alerts/${id}/notifications`,
  ];
  let full = '';
  let hidden = '';
  for (const path of paths) {
    full += (await hub.call(`GET ${path}`)).text;
    const answer = await hub.call(`GET ${path}`, undefined, { key: made.textAt('key') });
    assert.equal(answer.status, 200, answer.text);
    hidden += answer.text;
  }
  for (const address of PRIVATE) {
    assert.ok(full.includes(address), `an administrator is not told ${address}`);
    assert.ok(!hidden.includes(address), `an operator is told ${address}`);
  }
  assert.match(hidden, /a…@example\.org/);
  assert.match(hidden, /https:\/\/chat\.example\/…/);
  assert.match(hidden, /"name":"Ann"/);
});
