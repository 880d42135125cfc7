/**
 * Operators for tests: made by the API, set up and logged in by the pages, as a person would, with
 * a telephone that shows codes.
 */
import assert from 'node:assert/strict';
import { Secret, TOTP } from 'otpauth';
import type { Clock } from '#kernel/ports.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { TestHub } from '#test/support/hub.ts';
import type { Answer, CallOptions } from '#test/support/hub/calls.ts';
import type { TestNode } from '#test/support/hub/nodes.ts';

export const PASSWORD = 'four quiet herons wading';
/** Where the pages of test hubs are. */
export const HUB_URL = 'https://tocsin.example';

type Role = 'viewer' | 'responder' | 'operator' | 'admin';

export type NewPerson = {
  /** Also the name to log in with; one of its own unless given. */
  readonly name?: string;
  /** By project. */
  readonly roles?: Readonly<Record<string, Role>>;
  readonly isHubAdmin?: boolean;
};

export type Telephone = {
  /** What it shows now. */
  readonly code: () => string;
};

export type LoggedIn = {
  readonly id: string;
  readonly login: string;
  readonly telephone: Telephone;
  readonly recoveryCodes: readonly string[];
  /** All cookies of the browser, as it sends them. */
  readonly cookie: () => string;
  /** What a page of the hub asks the API; `call('GET /api/v1/me')`. */
  readonly call: (what: string, body?: unknown, more?: CallOptions) => Promise<Answer>;
  readonly browser: Browser;
};

/** Makes an operator, sets up the login behind the link, and is in. */
export async function logIn(hub: TestHub, person: NewPerson = {}): Promise<LoggedIn> {
  const made = await createOperator(hub, person);
  return setUp(hub, made.url, { id: made.id, login: made.login });
}

let count = 0;

export async function createOperator(hub: TestHub, person: NewPerson = {}) {
  count += 1;
  const name = person.name ?? `operator-${count}`;
  const roles = Object.entries(person.roles ?? {}).map(([id, role]) => ({ project_id: id, role }));
  const body: JsonObject = {
    name,
    login: name.toLowerCase().replaceAll(' ', '.'),
    is_hub_admin: person.isHubAdmin ?? false,
    roles,
  };
  const answer = await hub.call('POST /api/v1/operators', body);
  assert.equal(answer.status, 201, answer.text);
  const [id, login] = [answer.textAt('id'), answer.textAt('login')];
  return { id, login, url: answer.textAt('set_up_url') };
}

export type Browser = {
  readonly cookie: () => string;
  readonly get: (path: string) => Promise<Page>;
  readonly post: (
    path: string,
    fields: Readonly<Record<string, string>>,
    more?: { readonly headers?: Readonly<Record<string, string>>; readonly node?: TestNode },
  ) => Promise<Page>;
};

export type Page = {
  readonly status: number;
  readonly text: string;
  readonly headers: Answer['headers'];
};

/** Keeps cookies, and says where its forms come from, as browsers do. */
export function openBrowser(hub: TestHub): Browser {
  const cookies = new Map<string, string>();
  const cookie = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const ask: Browser['post'] = async (path, fields, more = {}) => {
    const isRead = Object.keys(fields).length === 0 && path.startsWith('GET ');
    const { server } = (more.node ?? hub.node).hub;
    const response = await server.inject({
      method: isRead ? 'GET' : 'POST',
      url: path.replace(/^GET /, ''),
      headers: {
        ...(cookies.size === 0 ? {} : { cookie: cookie() }),
        ...(isRead ? {} : { origin: HUB_URL }),
        ...(isRead ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...more.headers,
      },
      ...(isRead ? {} : { payload: new URLSearchParams(fields).toString() }),
    });
    for (const line of [response.headers['set-cookie'] ?? []].flat()) keep(cookies, line);
    return { status: response.statusCode, text: response.body, headers: response.headers };
  };
  return { cookie, get: (path) => ask(`GET ${path}`, {}), post: ask };
}

function keep(cookies: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
  if (/max-age=0/i.test(line)) cookies.delete(name);
  else cookies.set(name, value);
}

/** From the link to the recovery codes. */
export async function setUp(
  hub: TestHub,
  url: string,
  person: { readonly id: string; readonly login: string; readonly name?: string },
): Promise<LoggedIn> {
  const browser = openBrowser(hub);
  const path = url.replace(HUB_URL, '');
  const { name = '', login } = person;
  const chosen = { step: 'choose', name, login, password: PASSWORD, repeat: PASSWORD };
  const connect = await browser.post(path, chosen);
  assert.equal(connect.status, 200, connect.text);
  const telephone = createTelephone(readSecret(connect.text), hub.clock);
  const done = await browser.post(path, { step: 'connect', code: telephone.code() });
  assert.equal(done.status, 200, done.text);
  const recoveryCodes = [...done.text.matchAll(/<code>([^<]+)<\/code>/g)].map(
    ([, one]) => one ?? '',
  );
  return {
    ...person,
    telephone,
    recoveryCodes,
    browser,
    cookie: browser.cookie,
    call: (what, body, more = {}) =>
      hub.call(what, body, {
        ...more,
        key: null,
        headers: { cookie: browser.cookie(), origin: HUB_URL, ...more.headers },
      }),
  };
}

export function readSecret(page: string): string {
  const [, secret = ''] = /<code>([A-Z2-7 ]+)<\/code>/.exec(page) ?? [];
  assert.notEqual(secret, '', 'the page shows the secret');
  return secret.replaceAll(' ', '');
}

export function createTelephone(secret: string, clock: Clock): Telephone {
  const totp = new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 });
  return { code: () => totp.generate({ timestamp: clock.now() }) };
}
