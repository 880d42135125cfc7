/**
 * Operators: persons with a login, and what they are in which project. Who may change whom is
 * decided here. Pure.
 *
 * Danger: whoever can reset somebody can become them. So an admin of projects changes only those
 * whose every right lies in these projects, gives rights nowhere else, and sees nothing else.
 */
import type { ErrorCode } from '#kernel/error-codes.ts';
import type { OperatorId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { type Grant, isInProject, type Principal } from '#kernel/principal.ts';

export const OPERATOR_ROLES = ['viewer', 'responder', 'operator', 'admin'] as const;

export type Operator = {
  readonly operatorId: OperatorId;
  readonly name: string;
  readonly login: string;
  readonly isHubAdmin: boolean;
  /** By project, each at most once. */
  readonly grants: readonly Grant[];
  /** Has chosen a password, and can log in. */
  readonly isSetUp: boolean;
  readonly lastLoginAt: Instant | null;
  readonly disabledAt: Instant | null;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};

/** What a set-up has brought. */
export type Credentials = {
  readonly passwordHash: string;
  /** Sealed. */
  readonly totpSecret: string;
  readonly totpStep: number;
};

/** As names of logins are stored and compared; null when it can be none. */
export function readLogin(text: string): string | null {
  const login = text.normalize('NFKC').trim().toLowerCase();
  return login.length <= LIMITS.loginCharsMax && /^[^\s\p{C}]+$/u.test(login) ? login : null;
}

export function principalOfOperator(operator: Operator): Principal {
  const { grants, isHubAdmin } = operator;
  const held = new Set(grants.map(({ role }) => role));
  const highest = OPERATOR_ROLES.findLast((role) => held.has(role)) ?? 'viewer';
  const shared = {
    principalId: operator.operatorId,
    name: operator.name,
    authMethod: 'session',
    source: null,
  } as const;
  if (isHubAdmin) return { ...shared, role: 'admin', projects: 'all' };
  const projects = grants.map(({ projectId }) => projectId);
  return { ...shared, role: highest, projects, grants };
}

/** `by` as far as it administers: all that the other may do, it may give and take. */
export function isWithin(by: Principal, operator: Pick<Operator, 'isHubAdmin' | 'grants'>) {
  if (by.projects === 'all') return true;
  if (operator.isHubAdmin || operator.grants.length === 0) return false;
  return operator.grants.every(({ projectId }) => isInProject(by, projectId));
}

/** As far as `by` may know: nothing of other projects. */
export function listShownGrants(by: Principal, { grants }: Operator): readonly Grant[] {
  return grants.filter(({ projectId }) => isInProject(by, projectId));
}

export type Refusal = {
  readonly code: ErrorCode;
  readonly path: string;
  readonly message: string;
};

export type WantedOperator = {
  readonly name: string;
  readonly login: string;
  readonly isHubAdmin: boolean;
  readonly grants: readonly Grant[];
};

/** Null: `by` may make them. */
export function refuseNew(by: Principal, wanted: WantedOperator): Refusal | null {
  if (by.projects === 'all') return null;
  if (wanted.isHubAdmin) return HUB_ADMINS_ONLY;
  if (wanted.grants.length > 0) return null;
  return { code: 'invalid', path: 'roles', message: 'must name a project of yours' };
}

const HUB_ADMINS_ONLY: Refusal = {
  code: 'not_allowed',
  path: 'is_hub_admin',
  message: 'only an administrator of the hub gives or takes this',
};

export type OperatorPatch = {
  readonly name?: string;
  readonly login?: string;
  readonly isHubAdmin?: boolean;
  /** All of those projects that `by` administers; what they are elsewhere stays. */
  readonly grants?: readonly Grant[];
  readonly isDisabled?: boolean;
};

export type ChangedOperator =
  | { readonly kind: 'changed'; readonly operator: Operator }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export function changeOperator(
  by: Principal,
  operator: Operator,
  { patch, now }: { readonly patch: OperatorPatch; readonly now: Instant },
): ChangedOperator {
  const { name, login, isHubAdmin, grants, isDisabled } = patch;
  const isPersonal = name !== undefined || login !== undefined || isDisabled !== undefined;
  if (isPersonal && !isWithin(by, operator)) return { kind: 'refused', refusal: NOT_YOURS };
  const isRaised = isHubAdmin !== undefined && isHubAdmin !== operator.isHubAdmin;
  if (isRaised && by.projects !== 'all') return { kind: 'refused', refusal: HUB_ADMINS_ONLY };
  const kept = operator.grants.filter(({ projectId }) => !isInProject(by, projectId));
  return {
    kind: 'changed',
    operator: {
      ...operator,
      name: name ?? operator.name,
      login: login ?? operator.login,
      isHubAdmin: isHubAdmin ?? operator.isHubAdmin,
      grants: grants === undefined ? operator.grants : [...kept, ...grants],
      disabledAt:
        isDisabled === undefined
          ? operator.disabledAt
          : isDisabled
            ? (operator.disabledAt ?? now)
            : null,
    },
  };
}

export const NOT_YOURS: Refusal = {
  code: 'not_allowed',
  path: 'id',
  message: 'has rights that you do not administer; ask an administrator of the hub',
};

export function canAdministerHub(operator: Operator | null): boolean {
  return operator?.isHubAdmin === true && operator.isSetUp && operator.disabledAt === null;
}

/**
 * The last one who can log in and administer the hub stays. The hub's own admin key may do
 * without: it opens every door itself.
 */
export function refuseLastOne(
  by: Principal,
  change: { readonly before: Operator; readonly after: Operator | null },
  hubAdminsCount: number,
): Refusal | null {
  const isLost = canAdministerHub(change.before) && !canAdministerHub(change.after);
  if (!isLost || hubAdminsCount > 1 || by.authMethod === 'admin_key') return null;
  return {
    code: 'still_in_use',
    path: 'id',
    message: 'is the last one who can log in and administer the hub',
  };
}
