/** Who acts, and what they may do. Pure; authentication itself is `access/`. */
import type { ProjectId, SourceId } from './id.ts';
import type { SourceKind } from './words/severity.ts';

export const ROLES = ['viewer', 'responder', 'operator', 'admin', 'ingest'] as const;
export type Role = (typeof ROLES)[number];

export type AuthMethod =
  | 'admin_key'
  | 'api_key'
  | 'source_token'
  | 'timer'
  /** A signed link of one message: whoever has the message. */
  | 'action_link'
  | 'receipt_link'
  /** Another program, by the record of its own that was imported. */
  | 'import';

export type Principal = {
  /** The id of the key or source; `admin` for the hub's admin key, `tocsin` for timers. */
  readonly principalId: string;
  readonly name: string;
  readonly authMethod: AuthMethod;
  readonly role: Role;
  /** `all` only for the hub's own admin key and its timers. */
  readonly projects: 'all' | readonly ProjectId[];
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

export function rolesThatMay(action: Action): readonly Role[] {
  return ALLOWED[action];
}

export function isInProject(principal: Principal, project: ProjectId): boolean {
  return principal.projects === 'all' || principal.projects.includes(project);
}
