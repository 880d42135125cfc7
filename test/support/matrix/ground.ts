/**
 * The ground that the matrix is played on: a hub with two projects that must never hear of one
 * another, and in the north one of everything. All that is of the north has `north` in its name,
 * so that a trace of it is found in any text.
 */
import assert from 'node:assert/strict';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { textOf } from '#test/support/hub/calls.ts';
import { logIn } from '#test/support/access/log-in.ts';
import { listReceived, pathOf } from '#test/support/hub/story.ts';
import type { TestHub } from '#test/support/hub.ts';
import { SOURCE_KIND_SAMPLES } from '#test/support/samples/source-kinds.ts';

export type Ground = {
  readonly hub: TestHub;
  /** A number that was not used before, for names that are used once. */
  readonly next: () => number;
  /** The id of the one of its kind that is always there. */
  readonly standing: (noun: string) => string;
  /** Makes something in the north; its id. */
  readonly make: (path: string, body: JsonObject) => Promise<string>;
  /** A fresh alert of the north. */
  readonly raise: () => Promise<string>;
  /** The token of the source of that kind in the north. */
  readonly token: (kind: string) => string;
  /** The last part of a link in the message about a fresh alert of the north. */
  readonly link: (field: string) => Promise<string>;
  /** All ids of the north that are known, and its name. */
  readonly traces: () => readonly string[];
};

export const NORTH = 'north';
export const SOUTH = 'south';

export const MATRIX_KINDS = ['native', ...SOURCE_KIND_SAMPLES.map(({ kind }) => kind)];

export async function prepareGround(hub: TestHub): Promise<Ground> {
  const standing = new Map<string, string>();
  const traces = new Set<string>([NORTH]);
  let count = 0;
  const next = () => {
    count += 1;
    return count;
  };
  const make: Ground['make'] = async (path, body) => {
    const answer = await hub.call(`POST ${path}`, body);
    assert.equal(answer.status, 201, `${path}: ${answer.text}`);
    const named = ['id', 'alert_id', 'device_id'].map((field) => answer.at(field));
    const id = textOf(named.find((value) => typeof value === 'string'));
    traces.add(id);
    return id;
  };
  const raise = () => {
    const alert_id = `north-fall-${next()}`;
    return make('/api/v1/alerts', { project_id: NORTH, alert_id, title: 'Fall in the north' });
  };
  const link: Ground['link'] = async (field) => {
    const id = await raise();
    await hub.settle();
    return pathOf(listReceived(hub, id)[0], field).split('/').at(-1) ?? '';
  };
  const find = (noun: string) => standing.get(noun) ?? assert.fail(`there is no ${noun}`);
  const token = (kind: string) => find(`token ${kind}`);
  const ground = { hub, next, standing: find, make, raise, token, link, traces: () => [...traces] };
  await hub.create('/api/v1/projects', { project_id: SOUTH, name: 'The south' });
  await hub.create('/api/v1/alerts', { project_id: SOUTH, title: 'Fall elsewhere' });
  await make('/api/v1/projects', { project_id: NORTH, name: 'The north' });
  for (const [noun, id] of await furnish(ground)) standing.set(noun, id);
  return ground;
}

/** One of everything, in the north. */
async function furnish({ hub, make, raise, link }: Ground): Promise<[string, string][]> {
  const named = (name: string): JsonObject => ({ project_id: NORTH, name: `north ${name}` });
  const channel = await make('/api/v1/channels', {
    ...named('channel'),
    channel_type: 'webhook',
    config: { url: hub.receiver.url('/north') },
  });
  const rule = await make('/api/v1/rules', {
    ...named('rule'),
    channel_id: channel,
    event_types: ['alert.created'],
  });
  const alert = await raise();
  const event = await hub.call(`GET /api/v1/alerts/${alert}/events`);
  const tokens: [string, string][] = [];
  for (const kind of MATRIX_KINDS) {
    const made = await hub.call('POST /api/v1/sources', { ...named(kind), kind });
    tokens.push([`token ${kind}`, made.textAt('token')]);
  }
  return [
    ['project', NORTH],
    ['channel', channel],
    ['rule', rule],
    ['alert', alert],
    ['event', event.textAt('items.0.event_id')],
    ['link', await link('action_url')],
    ...(await furnishOperators(hub, make)),
    ['key', await make('/api/v1/keys', { ...named('key'), role: 'viewer' })],
    ['source', await make('/api/v1/sources', { ...named('source'), kind: 'native' })],
    ['policy', await make('/api/v1/policies', { ...named('policy'), steps: [{ delay_s: 60 }] })],
    ['responder', await make('/api/v1/responders', named('responder'))],
    ['device', await make('/api/v1/devices', { project_id: NORTH, device_id: 'north-box' })],
    ...tokens,
  ];
}

async function furnishOperators(hub: TestHub, make: Ground['make']): Promise<[string, string][]> {
  const roles = [{ project_id: NORTH, role: 'viewer' }];
  const inside = await logIn(hub, { roles: { [NORTH]: 'viewer' } });
  const sessions = await inside.call('GET /api/v1/sessions');
  return [
    ['operator', await make('/api/v1/operators', { name: 'Of the north', login: 'north', roles })],
    ['session', sessions.textAt('items.0.id')],
  ];
}

/** Names of tables that only beats write to, or that remember answers. */
const UNWATCHED: readonly string[] = ['node', 'node\\_%', 'migration', 'idempotency\\_%'];

/** One line for each table: the hash of all its rows. */
export async function readState(hub: TestHub): Promise<readonly string[]> {
  const { database } = hub.db;
  const tables = await database.run(LIST_TABLES, [UNWATCHED]);
  const sql = tables.map(({ hashing }) => hashing).join(' union all ');
  const rows = await database.run({ name: 'test.hash_tables', text: sql }, []);
  return rows.map(({ line }) => textOf(parseText(line)));
}

function parseText(line: unknown): string {
  return line as string;
}

const LIST_TABLES = {
  name: 'test.list_tables',
  text: `
    select format(
             'select %L || coalesce(md5(string_agg(md5(t::text), $$$$ order by t::text)), $$$$)'
             '       as line from %I t', relname::text || ' ', relname) as hashing
      from pg_class
     where relnamespace = 'public'::regnamespace
       and relkind in ('r', 'p') and not relispartition
       and relname not like all ($1::text[])
     order by relname`,
};
