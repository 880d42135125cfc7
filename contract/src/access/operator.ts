/** Operators, what they are in which project, and where they are logged in. */
import * as z from 'zod/mini';
import { id, maybe, name, oneLine, projectId, timestamp } from '#contract/field.ts';
import { WIRE_ROLES } from '#contract/key.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';

const grant = z.strictObject({
  project_id: projectId(),
  role: z.enum(['viewer', 'responder', 'operator', 'admin']),
});

/** Each project at most once. */
const grants = z.array(grant).check(
  z.maxLength(WIRE_LIMITS.rolesPerOperatorMax),
  z.refine((roles) => new Set(roles.map((role) => role.project_id)).size === roles.length, {
    error: 'must name each project once',
  }),
);

/** A mail address, or any word that one can type. */
function login() {
  return oneLine(WIRE_LIMITS.loginCharsMax).check(
    z.regex(/^\s*[^\s]+\s*$/u, 'must be one word, or a mail address'),
  );
}

export const newOperator = z.strictObject({
  name: name(),
  login: login(),
  is_hub_admin: maybe(z.boolean()),
  roles: maybe(grants),
});
export type NewOperator = z.output<typeof newOperator>;

export const operatorPatch = z.strictObject({
  name: z.optional(name()),
  login: z.optional(login()),
  is_hub_admin: z.optional(z.boolean()),
  roles: z.optional(grants),
  disabled: z.optional(z.boolean()),
});
export type WireOperatorPatch = z.output<typeof operatorPatch>;

export const operatorAnswer = z.strictObject({
  id: id(),
  name: name(),
  login: z.string(),
  is_hub_admin: z.boolean(),
  roles: z.array(grant),
  is_set_up: z.boolean(),
  last_login_at: z.nullable(timestamp()),
  disabled_at: z.nullable(timestamp()),
  version: z.int(),
  created_at: timestamp(),
  updated_at: timestamp(),
});
export type OperatorAnswer = z.output<typeof operatorAnswer>;

const setUpLink = {
  /** Null when the answer is told again: it is shown once. */
  set_up_url: z.nullable(z.string()),
  set_up_expires_at: timestamp(),
};

export const createdOperatorAnswer = z.extend(operatorAnswer, setUpLink);
export const resetAnswer = z.strictObject({ id: id(), ...setUpLink });

export const sessionAnswer = z.strictObject({
  id: id(),
  is_current: z.boolean(),
  created_at: timestamp(),
  last_seen_at: timestamp(),
  /** Unless it is used until then. */
  ends_at: timestamp(),
  address: z.string(),
  agent: z.string(),
});
export type SessionAnswer = z.output<typeof sessionAnswer>;

export const meAnswer = z.strictObject({
  /** Of the operator, the key or the source. */
  id: z.string(),
  name: z.string(),
  auth_method: z.enum(['admin_key', 'api_key', 'session', 'source_token']),
  is_hub_admin: z.boolean(),
  roles: z.array(z.strictObject({ project_id: projectId(), role: z.enum(WIRE_ROLES) })),
  /** Null of a key. */
  session: z.nullable(sessionAnswer),
  recovery_codes_left: z.nullable(z.int()),
});
export type MeAnswer = z.output<typeof meAnswer>;

/** Forms of the login's pages; a browser posts them. */
export const loginForm = z.strictObject({
  login: z.string(),
  password: z.string(),
  code: z.string(),
});

export const setUpForm = z.strictObject({
  step: z.enum(['choose', 'connect']),
  name: z.optional(z.string()),
  login: z.optional(z.string()),
  password: z.optional(z.string()),
  repeat: z.optional(z.string()),
  code: z.optional(z.string()),
});
