/** Everybody who might come: each role, here and elsewhere, and those who have no business here. */
import assert from 'node:assert/strict';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { HUB_URL, logIn } from '#test/support/access/log-in.ts';
import { ADMIN_KEY } from '#test/support/hub/nodes.ts';
import type { TestHub } from '#test/support/hub.ts';
import { type Ground, MATRIX_KINDS, NORTH, SOUTH } from './ground.ts';
import { MATRIX_ROLES, type MatrixRole } from './route.ts';

export type MatrixPrincipal = {
  readonly name: string;
  /** What it sends to be known. */
  readonly headers: Readonly<Record<string, string>>;
  /** Its role in each project; `hub`: admin of all; null: nobody at all. */
  readonly roles: Readonly<Record<string, MatrixRole>> | 'hub' | null;
  /** Of the token of a source. */
  readonly kind?: string;
};

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

export async function listPrincipals(ground: Ground): Promise<readonly MatrixPrincipal[]> {
  return [
    { name: 'nobody', headers: {}, roles: null },
    { name: 'a nonsense key', headers: bearer('tcs_nonsense'), roles: null },
    { name: 'the admin of the hub', headers: bearer(ADMIN_KEY), roles: 'hub' },
    ...(await listKeys(ground.hub)),
    ...(await listOperators(ground.hub)),
    ...listTokens(ground),
  ];
}

async function listKeys(hub: TestHub): Promise<readonly MatrixPrincipal[]> {
  const principals: MatrixPrincipal[] = [];
  for (const project of [NORTH, SOUTH]) {
    for (const role of MATRIX_ROLES) {
      const { key } = await makeKey(hub, { project_id: project, name: `${role} key`, role });
      const roles = { [project]: role };
      principals.push({ name: `a ${role} key of the ${project}`, headers: bearer(key), roles });
    }
  }
  const admin = { project_id: NORTH, role: 'admin' };
  const expires_at = new Date(hub.clock.now() + 1_000).toISOString();
  const expired = await makeKey(hub, { ...admin, name: 'expired', expires_at });
  const revoked = await makeKey(hub, { ...admin, name: 'revoked' });
  assert.equal((await hub.call(`DELETE /api/v1/keys/${revoked.id}`)).status, 204);
  await hub.advance({ seconds: 1 });
  return [
    ...principals,
    { name: 'an expired admin key', headers: bearer(expired.key), roles: null },
    { name: 'a revoked admin key', headers: bearer(revoked.key), roles: null },
  ];
}

/**
 * What operators are here and there: neither must ever count in the other. None may report in
 * both, for a report that names no project would then be about neither.
 */
const PAIRS = [
  ['viewer', 'admin'],
  ['responder', 'operator'],
  ['operator', 'responder'],
  ['admin', 'viewer'],
] as const;

/** Logged in, with a cookie. */
async function listOperators(hub: TestHub): Promise<readonly MatrixPrincipal[]> {
  const principals: MatrixPrincipal[] = [];
  for (const [north, south] of PAIRS) {
    const roles = { [NORTH]: north, [SOUTH]: south };
    const { cookie } = await logIn(hub, { roles });
    const name = `${north} of the north and ${south} of the south, logged in`;
    principals.push({ name, headers: typed(cookie()), roles });
  }
  const south = await logIn(hub, { roles: { [SOUTH]: 'admin' } });
  const hubAdmin = await logIn(hub, { isHubAdmin: true });
  const nothing = await logIn(hub);
  const disabled = await logIn(hub, { roles: { [NORTH]: 'admin' } });
  const out = await hub.call(
    `PATCH /api/v1/operators/${disabled.id}`,
    { disabled: true },
    { headers: { 'if-match': '2' } },
  );
  assert.equal(out.status, 200, out.text);
  return [
    ...principals,
    {
      name: 'an admin of the south, logged in',
      headers: typed(south.cookie()),
      roles: { [SOUTH]: 'admin' },
    },
    { name: 'an admin of the hub, logged in', headers: typed(hubAdmin.cookie()), roles: 'hub' },
    { name: 'an operator without a role', headers: typed(nothing.cookie()), roles: {} },
    { name: 'a disabled operator', headers: typed(disabled.cookie()), roles: null },
  ];
}

/** As a page of the hub itself sends it. */
const typed = (cookie: string) => ({ cookie, origin: HUB_URL });

async function makeKey(hub: TestHub, body: JsonObject) {
  const made = await hub.call('POST /api/v1/keys', body);
  assert.equal(made.status, 201, made.text);
  return { id: made.textAt('id'), key: made.textAt('key') };
}

/** One of each kind of source. */
function listTokens({ token }: Ground): readonly MatrixPrincipal[] {
  return MATRIX_KINDS.map((kind) => ({
    name: `a token of a source of kind ${kind}`,
    headers: bearer(token(kind)),
    roles: { [NORTH]: 'ingest' },
    kind,
  }));
}
