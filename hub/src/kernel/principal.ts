/** Who acts, and what they may do. Pure; authentication itself is `access/`. */
import type { ProjectId, SourceId } from './id.ts';
import type { SourceKind } from './words/severity.ts';

export const ROLES = ['viewer', 'responder', 'operator', 'admin', 'ingest'] as const;
export type Role = (typeof ROLES)[number];

export type AuthMethod =
  | 'admin_key'
  | 'api_key'
  /** An operator, logged in. */
  | 'session'
  | 'source_token'
  | 'timer'
  /** A signed link of one message: whoever has the message. */
  | 'action_link'
  | 'receipt_link'
  /** Another program, by the record of its own that was imported. */
  | 'import';

/** What somebody is in one project. */
export type Grant = { readonly projectId: ProjectId; readonly role: Role };

export type Principal = {
  /** The id of key, source or operator; `admin` for the hub's admin key, `tocsin` for timers. */
  readonly principalId: string;
  readonly name: string;
  readonly authMethod: AuthMethod;
  /** In all of `projects`; of an operator with several roles the highest, until `narrow`. */
  readonly role: Role;
  /** `all` only for the hub's own admin key, its administrators and its timers. */
  readonly projects: 'all' | readonly ProjectId[];
  /** Of an operator, whose role is another in each project. Left out: `role` in all. */
  readonly grants?: readonly Grant[];
  /** Set when a source's own token came: that source is the way in. */
  readonly source: { readonly sourceId: SourceId; readonly kind: SourceKind } | null;
};

/** The hub itself, when a due time and not a person moves an alert. */
export const TIMER: Principal = {
  principalId: 'tocsin',
  name: 'Tocsin',
  authMethod: 'timer',
  role: 'admin',
  projects: 'all',
  source: null,
};

export type Action =
  | 'report'
  | 'count'
  | 'read'
  | 'answer'
  | 'operate'
  | 'administer'
  | 'administer_hub';

/** Which roles may do what; `administer_hub` also needs all projects. */
const ALLOWED: Readonly<Record<Action, readonly Role[]>> = {
  report: ['ingest', 'operator', 'admin'],
  /** Senders throttle themselves by it. */
  count: ROLES,
  read: ['viewer', 'responder', 'operator', 'admin'],
  answer: ['responder', 'operator', 'admin'],
  operate: ['operator', 'admin'],
  administer: ['admin'],
  administer_hub: ['admin'],
};

export function may(principal: Principal, action: Action): boolean {
  if (action === 'administer_hub' && principal.projects !== 'all') return false;
  return ALLOWED[action].includes(principal.role);
}

/**
 * The principal as far as it may do this: with only the projects whose role allows it. Routes see
 * it so, and need not ask again. Null when that is nowhere.
 */
export function narrow(principal: Principal, action: Action): Principal | null {
  const { grants } = principal;
  if (principal.projects === 'all' || grants === undefined) {
    return may(principal, action) ? principal : null;
  }
  if (action === 'administer_hub') return null;
  const allowed = grants.filter(({ role }) => ALLOWED[action].includes(role));
  if (allowed.length === 0) return null;
  return { ...principal, projects: allowed.map(({ projectId }) => projectId) };
}

/** What it may do in one project. */
export function mayIn(principal: Principal, action: Action, project: ProjectId): boolean {
  const narrowed = narrow(principal, action);
  return narrowed !== null && isInProject(narrowed, project);
}

/** What it is there: of several grants the one for that project. */
export function roleIn(principal: Principal, project: ProjectId): Role {
  const granted = principal.grants?.find(({ projectId }) => projectId === project);
  return granted?.role ?? principal.role;
}

/** It knows this project, though it may not do there what it came for. */
export function isKnownTo(principal: Principal, project: ProjectId): boolean {
  const isGranted = principal.grants?.some(({ projectId }) => projectId === project) ?? false;
  return isGranted || isInProject(principal, project);
}

export function rolesThatMay(action: Action): readonly Role[] {
  return ALLOWED[action];
}

export function isInProject(principal: Principal, project: ProjectId): boolean {
  return principal.projects === 'all' || principal.projects.includes(project);
}
