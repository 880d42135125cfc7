/** What belongs to one project cannot be named from another: not even that it is there is told. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import {
  type Ground,
  NORTH,
  prepareGround,
  readState,
  SOUTH,
} from '#test/support/matrix/ground.ts';

type Try = readonly [what: string, body: (ground: Ground) => JsonObject];

const STEP = { delay_s: 60 };

/** Each by an admin of the south, about something of the north. */
const TRIES: Readonly<Record<string, Try>> = {
  'a rule, to a channel': [
    'POST /api/v1/rules',
    ({ standing }) => ({
      name: 'spy',
      event_type: 'alert.created',
      channel_id: standing('channel'),
    }),
  ],
  'a policy, of a channel': [
    'POST /api/v1/policies',
    ({ standing }) => ({
      name: 'spy',
      steps: [{ ...STEP, targets: [{ type: 'channel', channel_id: standing('channel') }] }],
    }),
  ],
  'a policy, of a responder': [
    'POST /api/v1/policies',
    ({ standing }) => ({
      name: 'spy',
      steps: [{ ...STEP, targets: [{ type: 'responder', responder_id: standing('responder') }] }],
    }),
  ],
  'a source, by a policy': [
    'POST /api/v1/sources',
    ({ standing }) => ({ name: 'spy', kind: 'generic', policy_id: standing('policy') }),
  ],
  'an alert, by a policy': [
    'POST /api/v1/alerts',
    ({ standing }) => ({ title: 'spy', policy_id: standing('policy') }),
  ],
  'a channel, with a fallback': [
    'POST /api/v1/channels',
    ({ standing, hub }) => ({
      name: 'spy',
      channel_type: 'webhook',
      config: { url: hub.receiver.url('/spy') },
      fallback_channel_id: standing('channel'),
    }),
  ],
  'a person, at an address by a channel': [
    'POST /api/v1/responders',
    ({ standing, hub }) => ({
      name: 'spy',
      addresses: [
        {
          channel_type: 'webhook',
          address: hub.receiver.url('/spy'),
          channel_id: standing('channel'),
        },
      ],
    }),
  ],
  'a rule test, of an alert': [
    'POST /api/v1/rules/test',
    ({ standing }) => ({ alert_id: standing('alert') }),
  ],
  'a rule test, of an event': [
    'POST /api/v1/rules/test',
    ({ standing }) => ({ event_id: standing('event') }),
  ],
  'a drill, through a source': [
    'POST /api/v1/drill',
    ({ standing }) => ({ title: 'spy', source: standing('source') }),
  ],
  'a drill, by a policy': [
    'POST /api/v1/drill',
    ({ standing }) => ({ title: 'spy', policy_id: standing('policy') }),
  ],
  'a document that makes a project': [
    'POST /api/v1/config/apply',
    () => ({ version: 1, projects: [{ project_id: 'mine' }] }),
  ],
};

describe('an admin of another project cannot name', () => {
  const shared = shareTestHub({ isTelling: false });
  let prepared: Promise<{ ground: Ground; key: string }> | null = null;

  async function prepare() {
    const ground = await prepareGround(shared());
    const body = { project_id: SOUTH, name: 'spy', role: 'admin' };
    const made = await ground.hub.call('POST /api/v1/keys', body);
    return { ground, key: made.textAt('key') };
  }

  for (const [name, [what, body]] of Object.entries(TRIES)) {
    test(name, async () => {
      prepared ??= prepare();
      const { ground, key } = await prepared;
      const before = await readState(ground.hub);
      const given = body(ground);
      const answer = await ground.hub.call(what, given, { key });
      assert.ok([403, 404, 422].includes(answer.status), `${answer.status} ${answer.text}`);
      assert.equal(answer.text.includes(NORTH), false, answer.text);
      assert.deepEqual(await readState(ground.hub), before);
      const unknown = JSON.stringify(given).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, NOBODYS);
      const other = await ground.hub.call(what, JSON.parse(unknown), { key });
      assert.deepEqual(withoutIds(other.text), withoutIds(answer.text), 'as if it were not there');
    });
  }
});

const NOBODYS = '01a1e35e-0000-7000-8000-000000000000';

function withoutIds(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
}
